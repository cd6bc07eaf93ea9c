"""What all commands have in common: who acts, where, and how it ends."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app import __version__
from app.cli.main import COMMANDS
from app.config import load_settings, shipped
from app.db.metadata import now_millis
from app.edge.services import build_services
from app.identity.authentication import authenticate_token
from tests.cli.command import Command


def test_the_version_is_told(command: Command):
    assert command.says("--version") == f"muniment, version {__version__}"


@pytest.mark.parametrize("section", COMMANDS)
def test_every_section_explains_itself(command: Command, section: str):
    assert command.says(section, "--help").startswith("Usage: ")


@pytest.mark.parametrize(
    "arguments",
    [("fly",), ("user",), ("user", "create"), ("token", "create", "--user", "ann", "--for", "1y")],
)
def test_what_is_not_understood_ends_with_2(command: Command, arguments: tuple[str, ...]):
    assert "Usage: " in command.fails(*arguments, code=2)


def test_what_is_refused_ends_with_1_and_one_line(command: Command):
    said = command.fails("workspace", "create", "lab", "--as", "charlie")
    assert said.startswith("Error: ")
    assert len(said.splitlines()) == 1


def test_a_stranger_is_refused_and_recorded(command: Command):
    command.fails("catalog", "create", "mine", "--as", "charlie")
    event = command.json("audit", "list", "--principal", "charlie")[0]
    assert event["operation"] == "catalog.create"
    assert event["outcome"] in {"denied", "hidden"}
    assert [one["name"] for one in command.json("catalog", "list")] == ["default", "ml"]


def test_the_operator_acts_as_an_administrator(command: Command):
    command.says("catalog", "create", "mine")
    event = command.json("audit", "list", "--operation", "catalog.create")[0]
    assert (event["principal"], event["on"], event["outcome"]) == ("admin", "mine", "allowed")


def test_nobody_acts_as_somebody_unknown(command: Command):
    assert "nobody@example.com" in command.fails("catalog", "list", "--as", "nobody@example.com")


def test_a_workspace_that_one_is_not_in_is_unknown(command: Command):
    command.says("workspace", "create", "lab")
    assert "lab" in command.fails("catalog", "list", "--as", "alice", "--workspace", "lab")


def test_a_new_home_gets_its_first_start_and_keeps_the_secrets_close(
    command: Command, tmp_path: Path
):
    home = tmp_path / "new" / "home"
    fresh = Command({"MUNIMENT_HOME": str(home)})
    assert [one["name"] for one in fresh.json("workspace", "list")] == ["default"]
    kept = home / "admin.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert json.loads(kept.read_text()).keys() == {"user", "password", "token"}


def test_a_setting_that_is_unknown_ends_it(home: Path):
    lost = Command({"MUNIMENT_HOME": str(home), "MUNIMENT_SERVER_COLOUR": "red"})
    assert "MUNIMENT_SERVER_COLOUR" in lost.fails("catalog", "list")


def test_a_weak_secret_for_the_first_start_ends_it(tmp_path: Path):
    weak = Command({"MUNIMENT_HOME": str(tmp_path / "new"), "MUNIMENT_ADMIN_TOKEN": "short"})
    assert weak.fails("catalog", "list").startswith("Error: ")


def test_a_database_begun_anew_keeps_its_own_secrets(tmp_path: Path):
    """Else they would be lost: they are nowhere but in that file."""
    home = tmp_path / "home"
    fresh = Command({"MUNIMENT_HOME": str(home)})
    for database in ("first", "second"):
        fresh.environ["MUNIMENT_DATABASE_URL"] = f"sqlite:///{tmp_path / database}.db"
        fresh.says("catalog", "list")
    kept = json.loads((home / "admin.json").read_text())
    services = build_services(load_settings(home, fresh.environ))
    with services.database.session() as session:
        assert authenticate_token(session, kept["token"], now_millis())
    services.database.dispose()
    assert stat.S_IMODE((home / "admin.json").stat().st_mode) == 0o600


def test_a_home_that_cannot_be_made_ends_it(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    lost = Command({"MUNIMENT_HOME": str(tmp_path / "file" / "home")})
    assert lost.fails("catalog", "list").startswith("Error: ")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become an account without a name")
def test_an_account_without_a_name_is_told_by_its_number():
    statement = (
        "import os; from app.cli.context import account_name; os.setuid(54321);"
        "print(account_name())"
    )
    made = [sys.executable, "-c", statement]
    said = subprocess.run(made, env={}, cwd=shipped(), capture_output=True, text=True, check=True)
    assert said.stdout == "uid 54321\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("catalog", "create", "lab", "--comment", "\udcff"),
        ("catalog", "drop", "\udcff"),
        ("workspace", "add", "\udcff", "alice"),
        ("request", "refuse", "\udcff"),
        ("webhook", "log", "\udcff"),
        ("import", "mlflow", "--from", "http://127.0.0.1:1", "--experiment", "\udcff"),
    ],
)
def test_bytes_that_are_no_text_end_it(command: Command, arguments: tuple[str, ...]):
    assert command.fails(*arguments).startswith("Error: ")
