import pytest
from sqlalchemy import insert

from app.db import Session
from app.db.metadata import new_id
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.identity import Caller, Principal
from app.namespace import (
    Query,
    create_catalog,
    create_schema,
    delete_tag,
    get_catalog,
    get_schema,
    search,
    set_tags,
    tags_of,
)
from app.namespace.search_steps import MAX_COUNT
from app.securables import FullName, Kind, Securable
from app.securables.tables import securables
from tests.factories import caller_for, grant, make_model

SCHEMA = FullName.of("main", "prod")


@pytest.fixture
def prod(session: Session, root: Caller, alice: Principal) -> Securable:
    """The schema ``main.prod`` with some models of alice's."""
    create_catalog(root, "main", comment="Weine und Größen")
    schema = create_schema(root, "main", "prod")
    for name in ("wine", "wine-quality", "sparkling_wine", "iris"):
        make_model(session, schema, name, alice)
    return schema


def names(caller: Caller, text: str = "", **more) -> list[str]:
    return [hit.full_name.leaf for hit in search(caller, Query(text, **more)).hits]


def test_the_whole_name_comes_first_then_parts_of_names_then_the_rest(
    session: Session, root: Caller, prod: Securable, alice: Principal
):
    other = make_model(session, prod, "other", alice)
    set_tags(root, Kind.REGISTERED_MODEL, other.id, {"drink": "Wine"})
    assert names(root, "WINE") == ["wine", "sparkling_wine", "wine-quality", "other"]


def test_comments_are_searched_without_regard_to_case(root: Caller, prod: Securable):
    assert names(root, "GRÖSSEN") == []
    assert names(root, "GRÖßEN") == ["main"]


@pytest.mark.parametrize(
    "said, wanted",
    [
        ("main.prod.sparkling_wine", "sparkling_wine"),
        ("Weine und Größen", "main"),
        ("Vineyard", "main"),
        ("Rioja", "main"),
    ],
)
@pytest.mark.parametrize("length", [5, 9])
def test_any_part_of_what_is_said_of_something_finds_it(
    root: Caller, prod: Securable, said: str, wanted: str, length: int
):
    set_tags(root, Kind.CATALOG, prod.catalog_id or "", {"Vineyard": "Rioja"})
    for start in range(len(said)):
        part = said[start : start + length].lower()
        assert wanted in names(root, part), part


@pytest.mark.parametrize("text", ["%", "*", "?", "[w]ine", "win_", "\\"])
def test_no_character_is_wild(root: Caller, prod: Securable, text: str):
    assert names(root, text) == []


def test_every_word_must_be_found(root: Caller, prod: Securable):
    assert names(root, "quality wine") == ["wine-quality"]
    assert names(root, "quality iris") == []


def test_a_word_with_a_dot_is_found_in_full_names(root: Caller, prod: Securable):
    assert names(root, "main.prod.wine") == ["wine", "wine-quality"]
    assert names(root, "main.prod") == ["iris", "prod", "sparkling_wine", "wine", "wine-quality"]


def test_nothing_hidden_is_found_or_counted(
    session: Session, root: Caller, prod: Securable, charlie: Principal
):
    found = search(caller_for(session, charlie), Query("wine"))
    assert (found.hits, found.counts) == ([], {})
    assert search(root, Query("wine")).counts == {Kind.REGISTERED_MODEL: 3}


def test_a_granted_one_among_hidden_ones_is_the_only_one_counted(
    session: Session,
    root: Caller,
    prod: Securable,
    alice: Principal,
    bob: Principal,
    team: Principal,
):
    shared = make_model(session, prod, "shared-wine", alice)
    grant(session, get_catalog(root, "main"), team, "USE CATALOG")
    grant(session, prod, team, "USE SCHEMA")
    grant(session, shared, team, "EXECUTE")
    found = search(caller_for(session, bob), Query("wine"))
    assert [hit.full_name.leaf for hit in found.hits] == ["shared-wine"]
    assert found.counts == {Kind.REGISTERED_MODEL: 1}
    assert found.hits[0].owner == "alice"


def test_no_more_than_a_thousand_are_counted(
    session: Session, root: Caller, prod: Securable, alice: Principal
):
    home = {"parent_id": prod.id, "schema_id": prod.id, "catalog_id": prod.catalog_id}
    times = {"created_at": 1, "updated_at": 1, "created_by": alice.id, "updated_by": alice.id}
    table = {"kind": Kind.TABLE.value, "owner_id": alice.id} | home | times
    names = [f"grapes-{number:04}" for number in range(MAX_COUNT + 1)]
    session.execute(insert(securables), [{"id": new_id(), "name": one} | table for one in names])
    found = search(root, Query("grapes"))
    assert found.counts == {Kind.TABLE: MAX_COUNT}
    assert found.uncounted == {Kind.TABLE}


def test_pages_follow_one_another_without_gaps(root: Caller, prod: Securable):
    seen, token = [], ""
    while True:
        page = search(root, Query("wine"), page_token=token, limit=1)
        seen += [hit.full_name.leaf for hit in page.hits]
        token = page.next_token
        if not token:
            break
    assert seen == ["wine", "sparkling_wine", "wine-quality"]


def test_kind_owner_and_tag_narrow(root: Caller, prod: Securable, alice: Principal):
    set_tags(root, Kind.SCHEMA, SCHEMA, {"stage": "live"})
    assert names(root, "", kinds=(Kind.SCHEMA,), owner="admin") == ["prod"]
    assert names(root, "", owner="ALICE", kinds=(Kind.SCHEMA,)) == []
    assert names(root, "", tag="stage") == ["prod"]
    assert names(root, "", tag="stage=live") == ["prod"]
    assert names(root, "", tag="stage=test") == []
    assert names(root, "", owner="nobody") == []


@pytest.mark.parametrize("text", ["x" * 501, "a b c d e f g h i j k", "a\0b"])
def test_too_much_text_is_refused(root: Caller, text: str):
    with pytest.raises(InvalidParameterError) as caught:
        search(root, Query(text))
    assert caught.value.field == "text"


def test_what_is_not_searched_is_refused(root: Caller):
    with pytest.raises(InvalidParameterError) as caught:
        search(root, Query(kinds=(Kind.KEY,)))
    assert caught.value.field == "kind"


@pytest.mark.parametrize("token", ["bad", "WzksImEiLCJiIl0", "W3RydWVd"])
def test_a_bad_page_token_is_refused(root: Caller, prod: Securable, token: str):
    with pytest.raises(InvalidParameterError) as caught:
        search(root, Query("wine"), page_token=token)
    assert caught.value.field == "page_token"


def test_tags_are_set_replaced_and_deleted(root: Caller, prod: Securable):
    set_tags(root, Kind.SCHEMA, SCHEMA, {"stage": "test", "team": "ml"})
    set_tags(root, Kind.SCHEMA, prod.id, {"stage": "live"})
    assert tags_of(root, prod) == {"stage": "live", "team": "ml"}
    delete_tag(root, Kind.SCHEMA, SCHEMA, "team")
    assert tags_of(root, prod) == {"stage": "live"}
    with pytest.raises(NotFoundError):
        delete_tag(root, Kind.SCHEMA, SCHEMA, "team")


@pytest.mark.parametrize(
    "tag", [("", "x"), (" ", "x"), ("x" * 251, "x"), ("a\nb", "x"), ("a", "\0"), ("a", "x" * 5001)]
)
def test_a_bad_tag_is_refused(root: Caller, prod: Securable, tag: tuple[str, str]):
    with pytest.raises(InvalidParameterError) as caught:
        set_tags(root, Kind.SCHEMA, SCHEMA, dict([tag]))
    assert caught.value.field == "tag"


def test_who_only_sees_may_not_tag(
    session: Session, root: Caller, prod: Securable, bob: Principal, team: Principal
):
    grant(session, get_catalog(root, "main"), team, "BROWSE")
    assert get_schema(caller_for(session, bob), "main.prod").name == "prod"
    with pytest.raises(PermissionDeniedError):
        set_tags(caller_for(session, bob), Kind.SCHEMA, SCHEMA, {"a": "b"})
