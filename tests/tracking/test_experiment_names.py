"""Names and patterns of names select the experiments that plain Python selects."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.predicates import Comparison, Entity, Operator
from app.tracking.experiment_search import search_experiments
from app.tracking.values import Search
from tests.name_patterns import AT_HOME, matches, patterns
from tests.tracking.worlds import World

REAL_DATABASE = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def named(world: World) -> World:
    for name in AT_HOME:
        world.add_experiment(name)
    return world


def search(world: World, operator: Operator, value: str, *, home: bool) -> list[str]:
    asked = (Comparison(Entity.ATTRIBUTE, "name", operator, value),)
    found = search_experiments(world.caller(home=home), Search(filters=asked)).items
    return sorted(one.full_name.leaf for one in found)


@REAL_DATABASE
@given(st.sampled_from([Operator.LIKE, Operator.ILIKE]), patterns("lab.default."), st.booleans())
def test_a_pattern_finds_what_plain_python_finds(
    named: World, operator: Operator, pattern: str, home: bool
):
    prefix = "" if home else "lab.default."
    known = [*AT_HOME, "wine"]
    expected = [name for name in known if matches(prefix + name, operator, pattern)]
    assert search(named, operator, pattern, home=home) == sorted(expected)


def test_a_name_finds_one_at_home_and_in_full_elsewhere(named: World):
    for name in AT_HOME:
        assert search(named, Operator.EQ, name, home=True) == [name]
        assert search(named, Operator.EQ, f"lab.default.{name}", home=False) == [name]
        assert search(named, Operator.EQ, name, home=False) == []
