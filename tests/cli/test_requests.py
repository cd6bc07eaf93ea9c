"""Asking for access, and answering."""

from typing import Any

import pytest

from tests.cli.command import Command


@pytest.fixture
def asked(command: Command) -> str:
    """A request of charlie's, who finds what is in ml."""
    command.says("grant", "BROWSE", "on", "catalog", "ml", "to", "charlie")
    made: str = command.json(
        "request", "ask", "USE SCHEMA", "schema", "ml.prod", "--as", "charlie", "--for", "30d"
    )["id"]
    return made


def own(command: Command) -> Any:
    return command.json("request", "list", "--own", "--as", "charlie")[0]


def test_whoever_manages_sees_the_request(command: Command, asked: str):
    waiting = command.json("request", "list", "--as", "alice")[0]
    assert (waiting["id"], waiting["principal"], waiting["item"], waiting["on"]) == (
        asked,
        "charlie",
        "USE SCHEMA",
        "schema ml.prod",
    )


def test_an_approval_grants(command: Command, asked: str):
    command.says("request", "approve", asked, "--for", "1d", "--as", "alice")
    assert own(command)["status"] == "approved"
    shown = command.json("grants", "show", "schema", "ml.prod")
    assert ("charlie", "USE SCHEMA") in {(one["principal"], one["item"]) for one in shown}


def test_a_refusal_grants_nothing(command: Command, asked: str):
    command.says("request", "refuse", asked, "--comment", "Not yet", "--as", "alice")
    assert own(command)["status"] == "refused"
    assert "charlie" not in str(command.json("grants", "show", "--principal", "charlie")[1:])


def test_a_request_is_answered_once(command: Command, asked: str):
    command.says("request", "refuse", asked)
    assert "refused already" in command.fails("request", "approve", asked)


def test_more_than_was_asked_for_is_not_given(command: Command, asked: str):
    assert command.fails("request", "approve", asked, "--item", "MANAGE")
    assert command.fails("request", "approve", asked, "--for", "60d")
    assert own(command)["status"] == "open"


def test_nobody_approves_for_themselves(command: Command, asked: str):
    assert command.fails("request", "approve", asked, "--as", "charlie")
    assert own(command)["status"] == "open"


def test_what_one_does_not_see_cannot_be_asked_for(command: Command):
    said = command.fails("request", "ask", "USE SCHEMA", "schema", "ml.prod", "--as", "charlie")
    assert "does not exist" in said
