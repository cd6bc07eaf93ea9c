"""Workspaces, catalogs and schemas."""

from tests.cli.command import Command


def names(rows: list[dict[str, object]]) -> list[object]:
    return [row["name"] for row in rows]


def test_a_workspace_comes_with_its_catalog_and_its_members(command: Command):
    command.says("workspace", "create", "lab", "--comment", "Of wine", "--member", "alice")
    command.says("workspace", "add", "lab", "bob")
    assert names(command.json("workspace", "members", "lab")) == ["alice", "bob"]
    assert {"name": "lab", "comment": "Of wine"}.items() <= command.json("workspace", "list")[
        1
    ].items()
    assert names(command.json("schema", "list", "lab", "--as", "bob")) == ["lab.default"]


def test_whoever_leaves_a_workspace_sees_its_catalog_no_more(command: Command):
    command.says("workspace", "create", "lab", "--member", "charlie")
    command.says("workspace", "remove", "lab", "charlie")
    assert command.json("catalog", "list", "--as", "charlie") == []


def test_a_workspace_that_is_not_empty_is_deleted_by_force_alone(command: Command):
    command.says("workspace", "create", "lab", "--member", "alice")
    command.says("schema", "create", "lab.wine", "--workspace", "lab")
    assert command.fails("workspace", "delete", "lab")
    command.says("workspace", "delete", "lab", "--force")
    assert names(command.json("workspace", "list")) == ["default"]


def test_a_workspace_is_made_once(command: Command):
    assert "default" in command.fails("workspace", "create", "default")


def test_a_member_that_does_not_exist_is_named(command: Command):
    assert "nobody" in command.fails("workspace", "add", "default", "nobody")


def test_a_catalog_is_owned_by_whoever_makes_it(command: Command):
    made = command.json("catalog", "create", "prod", "--comment", "Shared")
    listed = next(one for one in command.json("catalog", "list") if one["name"] == "prod")
    assert made["name"] == "prod"
    assert (listed["owner"], listed["isolated"], listed["comment"]) == ("admin", False, "Shared")


def test_a_catalog_is_isolated_bound_unbound_and_opened(command: Command):
    command.says("workspace", "create", "lab", "--member", "bob")
    command.says("catalog", "isolate", "ml")
    assert "ml" not in names(command.json("catalog", "list", "--as", "bob"))
    command.says("catalog", "bind", "ml", "lab", "--read-only")
    assert "ml" in names(command.json("catalog", "list", "--as", "bob"))
    command.says("catalog", "unbind", "ml", "lab")
    assert "ml" not in names(command.json("catalog", "list", "--as", "bob"))
    command.says("catalog", "open", "ml")
    assert "ml" in names(command.json("catalog", "list", "--as", "bob"))


def test_a_catalog_with_schemas_is_dropped_by_force_alone(command: Command):
    assert command.fails("catalog", "drop", "ml")
    command.says("catalog", "drop", "ml", "--force")
    assert names(command.json("catalog", "list")) == ["default"]


def test_a_schema_is_made_listed_and_dropped(command: Command):
    command.says("schema", "create", "ml.wine", "--comment", "Of wine")
    assert names(command.json("schema", "list", "ml")) == ["ml.prod", "ml.wine"]
    command.says("schema", "drop", "ml.wine")
    assert names(command.json("schema", "list", "ml")) == ["ml.prod"]


def test_a_schema_needs_a_catalog(command: Command):
    assert "nowhere" in command.fails("schema", "create", "nowhere.wine")
    assert command.fails("schema", "create", "wine")


def test_nothing_and_something_hidden_look_the_same(command: Command):
    absent = command.fails("schema", "list", "nothing", "--as", "charlie")
    hidden = command.fails("schema", "list", "ml", "--as", "charlie")
    assert absent.replace("nothing", "ml") == hidden


def test_people_read_a_table_and_moments_in_it(command: Command):
    head, *rows = command.says("catalog", "list").splitlines()
    assert head.split() == ["NAME", "OWNER", "ISOLATED", "COMMENT", "CREATED", "AT"]
    assert rows[1].split()[0] == "ml"
    assert rows[1].endswith("Z")


def test_a_comment_does_not_speak_to_the_terminal(command: Command):
    command.says("catalog", "create", "loud", "--comment", "\x1b[2J\x1b]0;mine\x07")
    assert "\x1b" not in command.says("catalog", "list")
