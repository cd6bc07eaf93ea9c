import pytest

from app.db import Session
from app.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.identity import Caller, Principal
from app.namespace import (
    create_catalog,
    create_schema,
    drop_catalog,
    drop_schema,
    get_catalog,
    get_schema,
    list_catalogs,
    list_schemas,
    list_trash,
    properties_of,
    undrop_catalog,
    undrop_schema,
    update_catalog,
    update_schema,
)
from app.securables import Kind
from tests.factories import caller_for, grant


def test_the_creator_owns_a_catalog(root: Caller):
    catalog = create_catalog(root, "main", comment="All", properties={"team": "ml"})
    assert get_catalog(root, "main") == catalog
    assert (catalog.owner_id, catalog.comment) == (root.principal.id, "All")
    assert properties_of(root, catalog) == {"team": "ml"}


def test_a_stranger_creates_none(session: Session, root: Caller, charlie: Principal):
    with pytest.raises(PermissionDeniedError):
        create_catalog(caller_for(session, charlie), "main")


@pytest.mark.parametrize("name", ["", "a.b", "a b", "a/b", "a\0", "x" * 256, "a`b", "ä"])
def test_a_bad_name_is_refused(root: Caller, name: str):
    with pytest.raises(InvalidParameterError) as caught:
        create_catalog(root, name)
    assert caught.value.field == "name"


@pytest.mark.parametrize("comment", ["a\0b", "x" * 10_001])
def test_a_bad_comment_is_refused(root: Caller, comment: str):
    with pytest.raises(InvalidParameterError) as caught:
        create_catalog(root, "main", comment=comment)
    assert caught.value.field == "comment"


@pytest.mark.parametrize(
    "properties", [{"": "x"}, {"x" * 251: "x"}, {"x": "y" * 5001}, {"x": "\0"}]
)
def test_bad_properties_are_refused(root: Caller, properties: dict[str, str]):
    with pytest.raises(InvalidParameterError) as caught:
        create_catalog(root, "main", properties=properties)
    assert caught.value.field == "properties"


def test_a_taken_name_is_refused(root: Caller):
    create_catalog(root, "main")
    with pytest.raises(AlreadyExistsError):
        create_catalog(root, "main")


def test_only_what_is_visible_is_listed(
    session: Session, root: Caller, bob: Principal, team: Principal, charlie: Principal
):
    for name in ("c", "a", "b"):
        create_catalog(root, name)
    grant(session, get_catalog(root, "a"), team, "USE CATALOG")
    grant(session, get_catalog(root, "b"), team, "BROWSE")
    assert [c.name for c in list_catalogs(caller_for(session, bob)).items] == ["a", "b"]
    assert list_catalogs(caller_for(session, charlie)).items == []


def test_pages_are_full_and_in_order(root: Caller):
    for name in ("c", "a", "b"):
        create_catalog(root, name)
    first = list_catalogs(root, limit=2)
    second = list_catalogs(root, limit=2, page_token=first.next_token)
    assert [c.name for c in first.items + second.items] == ["a", "b", "c", "default"]
    assert second.next_token == ""


def test_a_rename_moves_what_is_below_and_keeps_ids(root: Caller):
    catalog = create_catalog(root, "main")
    schema = create_schema(root, "main", "prod")
    renamed = update_catalog(root, "main", new_name="prime", comment="first")
    assert (renamed.id, renamed.comment) == (catalog.id, "first")
    assert get_schema(root, "prime.prod").id == schema.id
    with pytest.raises(NotFoundError):
        get_catalog(root, "main")


def test_properties_are_replaced_as_a_whole(root: Caller):
    catalog = create_catalog(root, "main", properties={"a": "1", "b": "2"})
    update_catalog(root, "main", properties={"b": "3"})
    assert properties_of(root, catalog) == {"b": "3"}


def test_a_catalog_that_is_not_empty_needs_force(root: Caller):
    create_catalog(root, "main")
    create_schema(root, "main", "prod")
    with pytest.raises(ConflictError):
        drop_catalog(root, "main")
    drop_catalog(root, "main", force=True)
    with pytest.raises(NotFoundError):
        get_schema(root, "main.prod")


def test_what_was_dropped_together_comes_back_together(root: Caller):
    catalog = create_catalog(root, "main")
    create_schema(root, "main", "kept")
    earlier = create_schema(root, "main", "earlier")
    drop_schema(root, "main.earlier")
    drop_catalog(root, "main", force=True)
    assert [found.id for found in list_trash(root, Kind.CATALOG).items] == [catalog.id]
    undrop_catalog(root, catalog.id)
    assert [s.name for s in list_schemas(root, "main").items] == ["kept"]
    assert undrop_schema(root, earlier.id).name == "earlier"
    assert get_schema(root, "main.earlier").id == earlier.id


def test_a_name_taken_meanwhile_stays_taken(root: Caller):
    dropped = create_catalog(root, "main")
    drop_catalog(root, "main")
    create_catalog(root, "main")
    with pytest.raises(AlreadyExistsError):
        undrop_catalog(root, dropped.id)


def test_the_trash_is_listed_in_pages_even_of_one_name(root: Caller):
    dropped = []
    for _ in range(3):
        dropped.append(create_catalog(root, "main").id)
        drop_catalog(root, "main")
    first = list_trash(root, Kind.CATALOG, limit=2)
    second = list_trash(root, Kind.CATALOG, limit=2, page_token=first.next_token)
    assert [found.id for found in first.items + second.items] == sorted(dropped)


def test_a_stranger_finds_no_trash(session: Session, root: Caller, charlie: Principal):
    catalog = create_catalog(root, "main")
    drop_catalog(root, "main")
    stranger = caller_for(session, charlie)
    assert list_trash(stranger, Kind.CATALOG).items == []
    with pytest.raises(NotFoundError):
        undrop_catalog(stranger, catalog.id)


def test_a_schema_is_made_where_one_may(
    session: Session, root: Caller, bob: Principal, team: Principal, charlie: Principal
):
    grant(session, create_catalog(root, "main"), team, "USE CATALOG", "CREATE SCHEMA")
    made = create_schema(caller_for(session, bob), "main", "prod", properties={"a": "b"})
    assert (str(made.full_name), made.owner_id) == ("main.prod", bob.id)
    with pytest.raises(NotFoundError):
        create_schema(caller_for(session, charlie), "main", "other")


def test_schemas_are_listed_as_far_as_visible(
    session: Session, root: Caller, bob: Principal, team: Principal
):
    grant(session, create_catalog(root, "main"), team, "USE CATALOG")
    for name in ("b", "a", "c"):
        create_schema(root, "main", name)
    grant(session, get_schema(root, "main.a"), team, "USE SCHEMA")
    assert [s.name for s in list_schemas(caller_for(session, bob), "main").items] == ["a"]
    assert [s.name for s in list_schemas(root, "main").items] == ["a", "b", "c"]


def test_a_schema_is_renamed_described_and_dropped_by_its_owner(
    session: Session, root: Caller, bob: Principal, team: Principal
):
    grant(session, create_catalog(root, "main"), team, "USE CATALOG", "CREATE SCHEMA")
    owner = caller_for(session, bob)
    create_schema(owner, "main", "prod")
    changed = update_schema(owner, "main.prod", new_name="live", comment="c", properties={"a": "b"})
    assert (str(changed.full_name), changed.comment) == ("main.live", "c")
    drop_schema(owner, "main.live")
    assert list_schemas(root, "main").items == []


@pytest.mark.parametrize("name", ["main", "a.b.c", "", "a..b"])
def test_a_schema_has_a_name_in_two_parts(root: Caller, name: str):
    with pytest.raises(InvalidParameterError) as caught:
        get_schema(root, name)
    assert caught.value.field == "full_name"
