"""Patterns of names select what plain Python selects, whether they leave few models or many."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from app import registry
from app.db.finds import MOST
from app.db.letters import fold
from app.db.metadata import new_id
from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.registry.tables import registered_models
from app.securables import FullName, Kind, find_by_dotted_text, find_by_text
from app.securables.pieces import pieces_of
from app.securables.tables import name_pieces, securables
from tests.name_patterns import AT_HOME, ELSEWHERE, matches, patterns
from tests.registry.worlds import World

REAL_DATABASE = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def named(world: World) -> World:
    for leaf in AT_HOME:
        world.model(FullName.of("team", "default", leaf))
    for leaf in ELSEWHERE:
        world.model(FullName.of("prod", "ml", leaf))
    return world


def search(world: World, operator: Operator, pattern: str, **options) -> list[str]:
    asked = (Comparison(Entity.ATTRIBUTE, "name", operator, pattern),)
    page = registry.search_models(world.caller(), asked, **options)
    return [model.full_name.leaf for model in page.items]


@REAL_DATABASE
@given(st.sampled_from([Operator.LIKE, Operator.ILIKE]), patterns())
def test_a_pattern_finds_what_plain_python_finds(named: World, operator: Operator, pattern: str):
    prefix = "prod.ml." if "." in pattern else ""
    expected = [leaf for leaf in AT_HOME if matches(leaf, operator, pattern)]
    expected += [leaf for leaf in ELSEWHERE if matches(prefix + leaf, operator, pattern)]
    assert sorted(search(named, operator, pattern)) == sorted(expected)


@REAL_DATABASE
@given(st.sampled_from(AT_HOME), st.integers(0, 30), st.integers(1, 30))
def test_any_part_of_a_name_leads_to_it(named: World, name: str, start: int, length: int):
    model = registry.get_model(named.caller(), FullName.of("team", "default", name))
    part = name[start % len(name) :][:length]
    for text in (part, fold(part)):
        assert model.id in (find_by_text(named.session, Kind.REGISTERED_MODEL, [text]) or [])


def test_what_a_catalog_may_have_in_its_name_tells_nothing_of_models(named: World):
    assert find_by_dotted_text(named.session, Kind.REGISTERED_MODEL, ["am.def"]) is None
    [only] = find_by_dotted_text(named.session, Kind.REGISTERED_MODEL, ["team", "l.wine-"]) or []
    assert search(named, Operator.LIKE, "%.wine-ML") == ["wine-ML"]
    assert registry.get_model(named.caller(), FullName.of("prod", "ml", "wine-ML")).id == only


@pytest.fixture
def many(world: World) -> World:
    """More models than are looked up by their ids have one part in their names, few another."""
    ids = [new_id() for _ in range(MOST + 2)]
    leaves = [f"often-{number:05}" for number in range(len(ids))]
    home, owner = world.home, world.people["alice"].id
    place = {"parent_id": home.id, "schema_id": home.id, "catalog_id": home.catalog_id}
    times = {"created_at": 1, "updated_at": 1, "created_by": owner, "updated_by": owner}
    kind = {"kind": Kind.REGISTERED_MODEL.value}
    named = list(zip(ids, leaves, strict=True))
    rows = [{"id": one, "name": leaf, "owner_id": owner} for one, leaf in named]
    pieces = [{"securable_id": one, "piece": p} for one, leaf in named for p in pieces_of(leaf)]
    world.session.begin()
    world.session.execute(insert(securables), [row | place | times | kind for row in rows])
    world.session.execute(insert(registered_models), [{"id": one} for one in ids])
    world.session.execute(insert(name_pieces), [row | kind for row in pieces])
    world.commit()
    return world


def test_a_part_that_many_have_finds_all_of_them_and_pages_put_together_are_the_whole(many: World):
    assert find_by_text(many.session, Kind.REGISTERED_MODEL, ["ofte"]) is None
    asked = (Comparison(Entity.ATTRIBUTE, "name", Operator.ILIKE, "%OFTE%"),)
    token = ""
    found: list[str] = []
    while token or not found:
        page = registry.search_models(many.caller(), asked, max_results=900, page_token=token)
        found += [model.full_name.leaf for model in page.items]
        token = page.next_token
    assert found == [f"often-{number:05}" for number in range(MOST + 2)]


def test_a_part_that_few_have_finds_them_in_any_order(many: World):
    expected = [f"often-{number:05}" for number in range(70, 80)]
    descending = [OrderBy(Entity.ATTRIBUTE, "name", ascending=False)]
    assert search(many, Operator.LIKE, "%-0007%") == expected
    assert search(many, Operator.LIKE, "%often%-0007%", order_by=descending) == expected[::-1]
