"""Grants, and why somebody may or may not."""

import pytest

from app.db.metadata import now_millis
from tests.cli.command import Command

BROWSE = ("BROWSE", "on", "catalog", "ml")


def test_a_grant_is_true_for_the_next_command(command: Command):
    assert command.json("catalog", "list", "--as", "charlie") == []
    command.says("grant", *BROWSE, "to", "charlie")
    assert [one["name"] for one in command.json("catalog", "list", "--as", "charlie")] == ["ml"]


def test_a_revoke_is_true_for_the_next_command(command: Command):
    command.says("grant", *BROWSE, "to", "charlie")
    assert command.json("revoke", *BROWSE, "from", "charlie")["revoked"] is True
    assert command.json("catalog", "list", "--as", "charlie") == []


def test_a_revoke_of_what_is_not_granted_says_so(command: Command):
    assert "nothing to revoke" in command.says("revoke", *BROWSE, "from", "charlie")


def test_a_denial_wins_over_a_grant_until_it_is_taken_back(command: Command):
    command.says("grant", *BROWSE, "to", "charlie")
    command.says("grant", *BROWSE, "to", "charlie", "--deny")
    assert command.json("catalog", "list", "--as", "charlie") == []
    command.says("revoke", *BROWSE, "from", "charlie", "--deny")
    assert len(command.json("catalog", "list", "--as", "charlie")) == 1


def test_a_grant_has_an_end_and_a_reason(command: Command):
    arguments = ("role:reader", "on", "schema", "ml.prod", "to", "charlie")
    made = command.json("grant", *arguments, "--for", "2w", "--reason", "A study")
    assert 0 < made["expires_at"] - now_millis() <= 14 * 86_400_000
    shown = command.json("grants", "show", "schema", "ml.prod")
    mine = next(one for one in shown if one["principal"] == "charlie")
    assert (mine["item"], mine["on"], mine["reason"]) == (
        "role:reader",
        "schema ml.prod",
        "A study",
    )
    assert (mine["granted_by"], mine["expires_at"]) == ("admin", made["expires_at"])


def test_what_is_granted_above_is_shown_as_well(command: Command):
    shown = command.json("grants", "show", "schema", "ml.prod")
    assert {("readers", "catalog ml"), ("alice", "catalog ml")} <= {
        (one["principal"], one["on"]) for one in shown
    }


def test_what_one_principal_holds_is_shown(command: Command):
    shown = command.json("grants", "show", "--principal", "bob")
    assert ("readers", "role:reader") in {(one["principal"], one["item"]) for one in shown}


@pytest.mark.parametrize(
    "arguments, named",
    [
        (("FLY", "on", "catalog", "ml", "to", "bob"), "FLY"),
        (("EXECUTE", "on", "catalog", "nothing", "to", "bob"), "nothing"),
        (("EXECUTE", "on", "catalog", "ml", "to", "nobody"), "nobody"),
        (("CREATE CATALOG", "on", "schema", "ml.prod", "to", "bob"), "CREATE CATALOG"),
    ],
)
def test_what_cannot_be_granted_is_named(command: Command, arguments: tuple[str, ...], named: str):
    assert named in command.fails("grant", *arguments)


def test_a_kind_that_there_is_not_ends_with_2(command: Command):
    assert "KIND" in command.fails("grant", "BROWSE", "on", "shelf", "ml", "to", "bob", code=2)


def test_whoever_does_not_manage_cannot_grant(command: Command):
    said = command.fails("grant", *BROWSE, "to", "charlie", "--as", "bob")
    assert "MANAGE" in said
    event = command.json("audit", "list", "--operation", "grant.change")[0]
    assert (event["principal"], event["outcome"]) == ("bob", "denied")


def test_an_explanation_tells_what_is_lacking_and_whom_to_ask(command: Command):
    found = command.json("explain", "charlie", "schema.read", "schema", "ml.prod")
    assert (found["allowed"], found["hidden"]) == (False, True)
    assert {"alice", "admin"} <= set(found["ask"])
    said = command.says("explain", "charlie", "schema.read", "schema", "ml.prod")
    assert said.startswith("charlie may not schema.read on schema ml.prod")
    assert "✗" in said


def test_an_explanation_names_the_group_that_a_right_comes_by(command: Command):
    found = command.json("explain", "bob", "schema.read", "schema", "ml.prod")
    assert found["allowed"] is True
    assert "readers" in str(found["privileges"])


def test_an_operation_that_there_is_not_is_named(command: Command):
    assert "schema.fly" in command.fails("explain", "bob", "schema.fly", "schema", "ml.prod")


@pytest.mark.parametrize("life, code", [("0d", 1), ("0m", 1), ("6000w", 2)])
def test_what_was_to_end_at_once_or_beyond_all_years_does_not_last_for_ever(
    command: Command, life: str, code: int
):
    grant = ("grant", "BROWSE", "on", "catalog", "ml", "to", "charlie")
    token = ("token", "create", "--user", "charlie")
    for arguments in (grant, token):
        said = command.run(*arguments, "--for", life)
        assert (said.exit_code, said.stdout) == (code, ""), said.output
    assert command.json("grants", "show", "--principal", "charlie") == []
