"""Long lists go on on another page, whole and in order."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.db.metadata import new_id, now_millis
from app.edge.services import EXTENSION
from app.identity.membership import add_membership
from app.identity.principals import find_principal
from app.securables import Kind
from app.securables.tables import securables
from tests.factories import make_group, make_user
from tests.loose import LooseSession
from tests.web.world import Reader

_MANY = 60
_NEXT = re.compile(r'href="([^"]+)" rel="next"')


@pytest.fixture
def crowd(application: Flask) -> str:
    """The id of a group with many members, who all work in the workspace ``default`` too."""
    database = application.extensions[EXTENSION].database
    with LooseSession(database.engine) as session:
        session.begin()
        group = make_group(session, "crowd")
        workspace = find_principal(session, "workspace:default")
        for number in range(_MANY):
            one = make_user(session, f"member-{number:03}")
            for into in (group, workspace):
                add_membership(session, into, one, now=now_millis(), added_by=None)
        session.commit()
        return group.id


def all_pages(reader: Reader, path: str) -> str:
    """Return the text of a page and of those that go on from it."""
    text = reader.get(path).text
    found = _NEXT.search(text)
    return text if found is None else text + all_pages(reader, unescape(found[1]))


def test_the_members_of_a_group_go_on(root: Reader, crowd: str):
    path = f"/people/{crowd}"
    assert "member-059" not in root.get(path).text
    listed = re.findall(r"</svg> (member-\d+)", all_pages(root, path))
    assert listed == [f"member-{number:03}" for number in range(_MANY)]


def test_a_workspace_names_a_few_and_leads_to_all(root: Reader, crowd: str):
    text = root.get("/workspaces").text
    assert "member-000" in text
    assert "member-059" not in text
    found = re.search(r'href="(/people/[0-9a-f]+)">All members', text)
    assert found is not None
    assert "member-059" in all_pages(root, found[1])


def test_a_search_tells_where_there_is_more_than_it_counts(root: Reader, application: Flask):
    database = application.extensions[EXTENSION].database
    with LooseSession(database.engine) as session:
        owner = make_user(session, "cooper")
        schema = securables.c.kind == Kind.SCHEMA.value
        place = session.execute(select(securables.c.id, securables.c.catalog_id).where(schema))
        above = dict(zip(("schema_id", "catalog_id"), place.first() or (), strict=True))
        times = {"created_at": 1, "updated_at": 1, "created_by": owner.id, "updated_by": owner.id}
        table = {"kind": Kind.TABLE.value, "parent_id": above["schema_id"], "owner_id": owner.id}
        names = [f"barrel-{number:04}" for number in range(1_001)]
        rows = [{"id": new_id(), "name": name} | table | above | times for name in names]
        session.execute(insert(securables), rows)
    text = root.get("/search?q=barrel").text
    assert "data sets 1,000+" in text
    assert "barrel-0049" in text
    assert _NEXT.search(text)


@pytest.mark.parametrize("path", ["/keys?page=x", "/workspaces?page=x", "/access-requests?own=x"])
def test_a_page_that_there_is_not_is_refused(root: Reader, path: str):
    assert root.get(path).status_code == 400
