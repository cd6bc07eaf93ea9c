"""Lists of few and of many, and what they leave out."""

import pytest
from sqlalchemy import func, select

from app.access import Operation, see, visible, visible_page, visible_where
from app.errors import NotFoundError
from app.identity import Principal
from app.securables import Kind
from app.securables.tables import securables
from tests.access.conftest import World
from tests.factories import grant as given
from tests.factories import make_model, make_schema

READ = Operation.REGISTERED_MODEL_READ
MODEL = Kind.REGISTERED_MODEL


def _enter(world: World, *principals: Principal) -> None:
    for principal in principals:
        given(world.session, world.prod, principal, "USE CATALOG", "USE SCHEMA")


def _count(world: World, principal: Principal, *, deleted: bool = False) -> int:
    condition = visible(world.call(principal), READ, MODEL, deleted=deleted)
    found = select(func.count()).select_from(securables).where(condition)
    count: int = world.session.execute(found).scalar_one()
    return count


@pytest.mark.parametrize("number", [0, 1, 98, 99, 100, 120])
def test_as_many_are_counted_as_are_granted(world: World, number: int) -> None:
    _enter(world, world.bob)
    for index in range(number):
        model = make_model(world.session, world.ml, f"m{index}", world.alice)
        given(world.session, model, world.bob, "EXECUTE")
    assert _count(world, world.bob) == number


@pytest.mark.parametrize("deleted,counted", [(True, 1), (False, 0)])
def test_the_trash_counts_where_it_is_asked_for(world: World, deleted: bool, counted: int) -> None:
    world.session.execute(
        securables.update().where(securables.c.id == world.wine.id).values(deleted_at=1)
    )
    assert _count(world, world.alice, deleted=deleted) == counted


def test_a_grant_through_many_groups_is_one_line(world: World) -> None:
    _enter(world, world.bob)
    given(world.session, world.wine, world.bob, "EXECUTE", "APPLY TAG", "role:contributor")
    given(world.session, world.wine, world.readers, "EXECUTE", "role:reader")
    port = make_model(world.session, world.ml, "port", world.bob)
    given(world.session, port, world.readers, "EXECUTE")
    page = visible_page(world.call(world.bob), READ, MODEL, limit=1)
    following = visible_page(world.call(world.bob), READ, MODEL, page.next_token, limit=1)
    assert [one.name for one in page.items + following.items] == ["wine", "port"]
    assert not following.next_token


def test_one_schema_denied_is_left_out_of_its_catalog(world: World) -> None:
    other = make_schema(world.session, world.prod, "other", world.root)
    make_model(world.session, other, "port", world.root)
    given(world.session, world.prod, world.bob, "role:reader")
    given(world.session, world.ml, world.bob, "role:reader", "BROWSE", effect="deny")
    page = visible_page(world.call(world.bob), READ, MODEL)
    assert [one.name for one in page.items] == ["port"]


def test_schemas_are_listed_by_name(world: World) -> None:
    make_schema(world.session, world.prod, "art", world.alice)
    found = visible_where(world.call(world.root), Operation.SCHEMA_READ, Kind.SCHEMA, limit=5)
    assert [str(one.full_name) for one in found] == ["prod.art", "prod.ml"]


def test_an_id_that_nothing_has_is_not_seen(world: World) -> None:
    with pytest.raises(NotFoundError):
        see(world.call(world.root), "f" * 32)


def test_something_of_any_kind_is_seen_by_its_id(world: World) -> None:
    assert see(world.call(world.root), world.ml.id).kind is Kind.SCHEMA
