"""The examples in policies/assertions, and that they say something of every role and operation."""

from pathlib import Path

import pytest
import yaml

from app.access import policy
from app.access.assertions import run_assertions
from app.config import shipped
from app.db import Database

FILES = sorted(shipped("policies", "assertions").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_example_holds(database: Database, path: Path) -> None:
    results = run_assertions(database, (path,))
    assert results
    assert not [result for result in results if not result.holds]


def test_an_example_that_does_not_hold_is_told(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "users: [root, bob]\n"
        "securables: {metastore: {owner: root}, prod: {kind: catalog, owner: root}}\n"
        "assertions: [{who: bob, allowed: {prod: [catalog.read]}, lists: {catalog.read: [prod]}}]\n"
    )
    checked, listed = run_assertions(database, (path,))
    assert (checked.holds, checked.expected, checked.found) == (False, "allowed", "hidden")
    assert (listed.holds, listed.found) == (False, "[]")


def test_playing_examples_leaves_the_database_empty(database: Database) -> None:
    first = run_assertions(database)
    again = run_assertions(database)
    assert [(it.says, it.found) for it in again] == [(it.says, it.found) for it in first]


def test_every_role_has_an_example() -> None:
    granted = {
        item
        for path in FILES
        for given in yaml.safe_load(path.read_text()).get("grants", ())
        for item in given["items"]
    }
    assert {role.item for role in policy().roles.values()} <= granted
