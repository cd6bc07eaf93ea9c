"""The examples of the policy files."""

from pathlib import Path

import pytest

from app.config.paths import shipped
from tests.cli.command import Command

EXAMPLES = sorted(shipped("policies", "assertions").glob("*.yaml"))


@pytest.fixture
def anywhere() -> Command:
    """The command without any home: the examples need none."""
    return Command({})


def test_the_examples_that_are_shipped_hold(anywhere: Command):
    assert ", 0 do not" in anywhere.says("policy", "test").splitlines()[-1]
    assert anywhere.json("policy", "test", str(EXAMPLES[0])) == []


def test_an_example_that_does_not_hold_ends_with_1(anywhere: Command, tmp_path: Path):
    turned = tmp_path / "turned.yaml"
    turned.write_text(EXAMPLES[0].read_text().replace("denied:", "hidden:", 1))
    result = anywhere.run("policy", "test", str(turned))
    assert result.exit_code == 1
    assert "denied" in result.stdout


@pytest.mark.parametrize(
    "rest",
    [
        "assertions: [{who: ann, allowed: [metastore]}]",
        "assertions: [ann]",
        "assertions: 5",
        "grants: [{to: ann, at: metastore, items: [MANAGE, MANAGE]}]\nassertions: []",
        "groups: {ann: [ann]}\nassertions: []",
        "groups: [ann]\nassertions: []",
    ],
)
def test_a_file_that_is_none_is_told_in_a_line(anywhere: Command, tmp_path: Path, rest: str):
    odd = tmp_path / "odd.yaml"
    odd.write_text(f"users: [ann]\nsecurables: {{metastore: {{owner: ann}}}}\n{rest}\n")
    assert anywhere.fails("policy", "test", str(odd)).startswith("Error: ")
