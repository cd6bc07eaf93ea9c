"""The first page: where to begin, and what awaits whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.application import Template, migrated_copy, opened, start_template
from tests.web.world import Reader

SCRIPT = "export MLFLOW_TRACKING_URI=http://localhost"
TEAM = "Bring your teams"
NOTHING = "Nothing is shared with you yet"


@pytest.fixture(scope="session")
def empty(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    """A home after its first start, with the cast and nothing that they made."""
    home = tmp_path_factory.mktemp("empty")
    return start_template(home, migrated_copy(engine_name, request, home))


@pytest.fixture
def beginning(empty: Template, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    with opened(empty, tmp_path, request) as app:
        yield app


@pytest.mark.parametrize(
    "name, told, untold",
    [
        ("admin", (SCRIPT, TEAM), (NOTHING,)),
        ("alice", (SCRIPT,), (TEAM, NOTHING)),
        ("charlie", (NOTHING,), (SCRIPT, TEAM)),
    ],
)
def test_who_sees_no_model_is_told_how_to_begin(
    beginning: Flask, name: str, told: tuple[str, ...], untold: tuple[str, ...]
):
    text = Reader(beginning, name).get("/").text
    assert all(sentence in text for sentence in told)
    assert not any(sentence in text for sentence in untold)


def test_who_sees_models_is_shown_the_latest_instead(bob: Reader):
    text = bob.get("/").text
    assert "/models/ml.prod.detector" in text
    assert "version 2" in text or "version 1" in text
    assert SCRIPT not in text


def test_refusals_that_are_alike_are_one_line(root: Reader, charlie: Reader):
    for _ in range(3):
        assert charlie.get("/models/ml.prod.detector").status_code == 404
    text = root.get("/").text
    assert text.count("registered_model.read") == 1
    assert "3 times" in text


def test_one_place_of_the_navigation_is_current(root: Reader):
    text = root.get("/keys/metastore/disable").text
    assert text.count('aria-current="page"') == 2  # once wide, once narrow
