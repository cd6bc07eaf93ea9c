"""What the demo does before its server runs: its folder, its port. The story is in conformance."""

import json
import socket
import stat
from pathlib import Path

import click
import pytest

from app.cli.demo.folder import SECRETS, claim
from app.cli.demo.server import choose_port
from tests.cli.command import Command


def test_an_empty_folder_is_claimed_for_its_owner_alone(tmp_path: Path):
    claim(tmp_path / "demo").sign_in("ann@example.com")
    kept = tmp_path / "demo" / SECRETS
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_claimed_folder_gives_the_same_sign_ins_again(tmp_path: Path):
    first = claim(tmp_path).sign_in("ann@example.com")
    first.token = "a token"
    folder = claim(tmp_path)
    assert folder.sign_in("ann@example.com").password == first.password
    assert folder.sign_in("bob@example.com").password != first.password
    assert len(first.password) >= 16
    assert json.loads((tmp_path / SECRETS).read_text()).keys() == {
        "ann@example.com",
        "bob@example.com",
    }


def test_a_folder_of_something_else_is_left_alone(home: Path, command: Command):
    before = sorted(path.name for path in home.iterdir())
    said = command.fails("demo", "--exit", "--home", str(home))
    assert "not the demo's" in said
    assert sorted(path.name for path in home.iterdir()) == before


def test_the_port_that_is_wanted_must_be_free():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(click.ClickException, match="taken"):
            choose_port(port, 5000)
        assert choose_port(None, port) > port
