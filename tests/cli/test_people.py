"""Users, groups and tokens."""

from app.db.metadata import now_millis
from tests.cli.command import Command

ANN = "ann@example.com"


def test_a_token_is_made_with_its_user(command: Command):
    secret = command.says("token", "create", "--user", ANN, "--create")
    assert secret.startswith("mun_")
    assert len(secret.split()) == 1
    assert ANN in {one["name"] for one in command.json("user", "list")}


def test_create_makes_a_user_only_once(command: Command):
    for _ in range(2):
        command.says("token", "create", "--user", ANN, "--create")
    assert len(command.json("token", "list", "--user", ANN)) == 2


def test_a_token_for_nobody_is_not_made(command: Command):
    assert ANN in command.fails("token", "create", "--user", ANN)


def test_a_token_is_limited_in_scope_and_time(command: Command):
    made = command.json(
        "token", "create", "--user", "alice", "--name", "ci", "--scope", "run.*", "--for", "1h"
    )
    assert 0 < made["expires_at"] - now_millis() <= 3_600_000
    listed = command.json("token", "list", "--user", "alice")[0]
    assert (listed["id"], listed["name"], listed["scope"]) == (made["id"], "ci", ["run.*"])
    assert made["token"].startswith(listed["begins"])
    assert made["token"] not in str(listed)


def test_a_scope_that_names_nothing_is_refused(command: Command):
    assert "scope" in command.fails("token", "create", "--user", "alice", "--scope", "fly.*")


def test_a_revoked_token_is_no_longer_listed(command: Command):
    made = command.json("token", "create", "--user", "bob", "--name", "old")
    command.says("token", "revoke", made["id"])
    assert made["id"] not in {one["id"] for one in command.json("token", "list")}
    assert command.fails("token", "revoke", made["id"])


def test_a_user_is_made_with_a_password(command: Command):
    command.says(
        "user",
        "create",
        ANN,
        "--display-name",
        "Ann",
        "--password-stdin",
        given="wine of 1982, from here",
    )
    found = next(one for one in command.json("user", "list") if one["name"] == ANN)
    assert (found["display_name"], found["disabled_at"]) == ("Ann", None)


def test_a_user_with_a_weak_password_is_not_made(command: Command):
    result = command.run("user", "create", ANN, "--password-stdin", given="short")
    assert result.exit_code == 1
    assert "password" in result.stderr
    assert ANN not in {one["name"] for one in command.json("user", "list")}


def test_a_service_principal_is_made(command: Command):
    command.says("user", "create", "trainer", "--service")
    found = next(one for one in command.json("user", "list") if one["name"] == "trainer")
    assert found["kind"] == "service_principal"


def test_a_name_is_taken_once(command: Command):
    assert "alice" in command.fails("user", "create", "alice")


def test_a_password_is_set_from_standard_input(command: Command):
    assert "alice" in command.says("user", "password", "alice", given="a new long passphrase\n")
    event = command.json("audit", "list", "--operation", "principal.update")[0]
    assert event["details"]["password"] is True


def test_a_user_is_disabled_and_enabled(command: Command):
    def disabled_at() -> int | None:
        found = next(one for one in command.json("user", "list") if one["name"] == "alice")
        moment: int | None = found["disabled_at"]
        return moment

    command.says("user", "disable", "alice")
    assert disabled_at()
    assert command.fails("catalog", "list", "--as", "alice")
    command.says("user", "enable", "alice")
    assert disabled_at() is None


def test_a_deleted_user_is_gone(command: Command):
    command.says("user", "delete", "charlie")
    assert "charlie" not in {one["name"] for one in command.json("user", "list")}
    assert command.fails("user", "delete", "charlie")


def test_a_group_is_made_filled_emptied_and_deleted(command: Command):
    command.says("group", "create", "tasters")
    command.says("group", "add", "tasters", "alice", "readers")
    assert command.json("group", "members", "tasters") == [
        {"name": "alice", "kind": "user"},
        {"name": "readers", "kind": "group"},
    ]
    effective = command.json("group", "members", "tasters", "--effective")
    assert "bob" in {one["name"] for one in effective}
    command.says("group", "remove", "tasters", "alice")
    assert [one["name"] for one in command.json("group", "members", "tasters")] == ["readers"]
    command.says("group", "delete", "tasters")
    assert "tasters" not in {one["name"] for one in command.json("group", "list")}


def test_a_group_cannot_come_to_contain_itself(command: Command):
    command.says("group", "create", "outer")
    command.says("group", "add", "outer", "readers")
    assert "contain itself" in command.fails("group", "add", "readers", "outer")


def test_a_stranger_lists_nobody(command: Command):
    for arguments in (("user", "list"), ("group", "list"), ("token", "list", "--user", "alice")):
        assert command.fails(*arguments, "--as", "charlie")
