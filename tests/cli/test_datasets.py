"""Data sets: registered, listed, shown, granted and dropped."""

import pytest

from tests.cli.command import Command

NAME = "ml.prod.grapes"


def create(command: Command) -> None:
    command.says(
        "dataset", "create", NAME,
        "--source", "s3://bucket/grapes.parquet", "--format", "PARQUET", "--comment", "Ripe",
        "--column", "sugar:double:required", "--column", "places:struct<a:int>",
        "--as", "alice",
    )  # fmt: skip


def test_a_data_set_is_registered_listed_and_shown(command: Command):
    create(command)
    (listed,) = command.json("dataset", "list", "ml.prod")
    assert (listed["name"], listed["owner"], listed["columns"]) == (NAME, "alice", 2)
    shown = command.json("dataset", "show", NAME, "--as", "bob")
    assert (shown["source"], shown["comment"]) == ("s3://bucket/grapes.parquet", "Ripe")
    assert shown["columns"] == [
        {"column": "sugar", "type": "double", "nullable": False},
        {"column": "places", "type": "struct<a:int>", "nullable": True},
    ]
    assert "struct<a:int>" in command.says("dataset", "show", NAME)


def test_a_stranger_lists_shows_registers_and_drops_none(command: Command):
    create(command)
    for attempt in (
        ("show", NAME),
        ("list", "ml.prod"),
        ("create", "ml.prod.raisins"),
        ("drop", NAME),
    ):
        assert "does not exist" in command.fails("dataset", *attempt, "--as", "charlie")


def test_a_reader_is_told_what_it_lacks(command: Command):
    create(command)
    assert "CREATE TABLE" in command.fails("dataset", "create", "ml.prod.x", "--as", "bob")
    assert "MANAGE" in command.fails("dataset", "drop", NAME, "--as", "bob")


def test_a_dropped_data_set_is_gone(command: Command):
    create(command)
    assert command.json("dataset", "drop", NAME, "--as", "alice") == {"name": NAME}
    assert command.json("dataset", "list", "ml.prod") == []
    assert "grapes" in command.fails("dataset", "drop", NAME)


@pytest.mark.parametrize("column", ["sugar", ":double", "sugar:", "sugar::required"])
def test_what_is_no_column_is_refused(command: Command, column: str):
    assert "NAME:TYPE" in command.fails("dataset", "create", NAME, "--column", column, code=2)


def test_a_data_set_has_a_name_in_three_parts(command: Command):
    assert "catalog.schema.object" in command.fails("dataset", "create", "grapes")


def test_a_grant_on_a_data_set_is_made_and_explained(command: Command):
    create(command)
    command.says("grant", "USE CATALOG", "on", "catalog", "ml", "to", "charlie")
    command.says("grant", "USE SCHEMA", "on", "schema", "ml.prod", "to", "charlie")
    command.says("grant", "SELECT", "on", "table", NAME, "to", "charlie", "--as", "alice")
    assert "SELECT" in command.says("grants", "show", "table", NAME)
    assert "SELECT" in command.says("explain", "charlie", "table.read", "table", NAME)
    assert command.json("dataset", "show", NAME, "--as", "charlie")["name"] == NAME
