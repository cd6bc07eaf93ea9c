"""Customer-managed keys."""

from typing import Any

from tests.cli.command import Command


def key(command: Command, name: str) -> Any:
    return next(one for one in command.json("key", "list") if one["name"] == name)


def test_a_key_is_made_and_bound(command: Command):
    command.says("key", "create", "ml-key", "--comment", "Of ml")
    assert command.json("key", "bind", "ml-key", "ml")["rewrapped"] == 0
    made = key(command, "ml-key")
    assert (made["state"], made["version"], made["default"]) == ("enabled", 1, False)


def test_the_metastore_has_a_key_from_the_first_start(command: Command):
    assert key(command, "metastore")["default"] is True


def test_another_key_becomes_the_default_and_the_first_one_can_go(command: Command):
    command.says("key", "create", "next")
    destroy = ("key", "destroy", "metastore", "--confirm", "metastore")
    assert "bind another" in command.fails(*destroy)
    command.says("key", "bind", "next", "--default")
    assert (key(command, "next")["default"], key(command, "metastore")["default"]) == (True, False)
    command.says(*destroy)


def test_what_a_key_is_bound_to_is_said_once(command: Command):
    for arguments in (("metastore",), ("metastore", "ml", "--default")):
        assert "--default" in command.fails("key", "bind", *arguments, code=2)


def test_a_key_is_disabled_and_enabled(command: Command):
    command.says("key", "create", "ml-key")
    command.says("key", "disable", "ml-key")
    assert key(command, "ml-key")["state"] == "disabled"
    assert "disabled" in command.fails("key", "bind", "ml-key", "ml")
    command.says("key", "enable", "ml-key")
    assert key(command, "ml-key")["state"] == "enabled"


def test_a_rotation_adds_a_version_and_tells_how_much_it_moved(command: Command):
    command.says("key", "create", "ml-key")
    rotated = command.json("key", "rotate", "ml-key")
    assert (rotated["version"], rotated["rewrapped"]) == (2, 0)
    assert key(command, "ml-key")["version"] == 2


def test_a_key_is_destroyed_after_its_name_is_repeated_and_a_wait(command: Command):
    command.says("key", "create", "ml-key")
    assert command.fails("key", "destroy", "ml-key", "--confirm", "other")
    assert command.fails("key", "destroy", "ml-key", "--confirm", "ml-key", "--days", "1")
    planned = command.json("key", "destroy", "ml-key", "--confirm", "ml-key", "--days", "7")
    assert planned["destroy_at"] == key(command, "ml-key")["destroy_at"]
    command.says("key", "keep", "ml-key")
    assert (key(command, "ml-key")["state"], key(command, "ml-key")["destroy_at"]) == (
        "disabled",
        None,
    )


def test_a_name_is_taken_once(command: Command):
    assert "metastore" in command.fails("key", "create", "metastore")


def test_a_stranger_sees_no_key_and_changes_none(command: Command):
    assert command.json("key", "list", "--as", "charlie") == []
    for verb in ("disable", "enable", "rotate"):
        assert command.fails("key", verb, "metastore", "--as", "charlie")
    assert key(command, "metastore")["state"] == "enabled"
