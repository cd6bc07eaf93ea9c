"""Any filter, order and page size that the language of evaluation datasets allows.

Beside plain Python, on a database.
"""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db import Database
from app.protocols.mlflow.filters.evaluation import EVALUATION_DATASETS
from app.protocols.mlflow.filters.expressions import parse_filter, parse_order_by
from app.tracking.evaluation.dataset_search import search_datasets
from app.tracking.evaluation.datasets import create_dataset
from app.tracking.evaluation.records import merge_records
from app.tracking.evaluation.values import GivenRecord
from app.tracking.values import Search
from tests.naive_filters import compare
from tests.tracking.worlds import World, make_world


@dataclass(frozen=True)
class Known:
    """An evaluation dataset as its test made it."""

    name: str
    created_time: int
    last_update_time: int
    created_by: str | None = None
    last_updated_by: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


WINES = (
    Known("red", 10, 10, "ann", "ann", {"mlflow.user": "ann", "color": "Red"}),
    Known("Rosé", 10, 40, "Bob", "ann", {"mlflow.user": "Bob", "color": "rosé", "a b": ""}),
    Known("red%_", 20, 30, None, "bo_b", {"color": "r_d"}),
    Known("white", 30, 30, None, None, {}),
    Known("red", 40, 50, "ann", None, {"mlflow.user": "ann", "color": "red"}),
)
TEXTS = st.sampled_from(["red", "Red", "ann", "Bob", "rosé", "Rosé", "", "r_d", "red%_"])
PATTERNS = st.sampled_from(["%", "r%", "%E%", "r_d", "%é", "red", "", "%\\%%", "B_b"])
NUMBERS = st.sampled_from([-1, 0, 10, 20, 29, 30, 40, 51])
KEYS = st.sampled_from(["name", "created_by", "last_updated_by", "tags.color", "tags.`a b`"])
SPELLED = st.one_of(
    st.tuples(KEYS, st.sampled_from(["=", "!="]), TEXTS),
    st.tuples(KEYS, st.sampled_from(["LIKE", "ILIKE"]), PATTERNS),
    st.tuples(st.just("name"), st.just("IN"), st.lists(TEXTS, min_size=1, max_size=3)),
    st.tuples(
        st.sampled_from(["created_time", "last_update_time"]),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        NUMBERS,
    ),
)
SORTABLE = ("name", "created_time", "last_update_time")
REAL_DATABASE = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def world(database: Database):
    world = make_world(database)
    for wine in WINES:
        _make(world, wine)
    yield world
    world.session.close()


def _make(world: World, wine: Known) -> None:
    caller = world.caller(now=wine.created_time)
    made = create_dataset(caller, wine.name, [world.number], wine.tags)
    if wine.last_update_time > wine.created_time:
        tags = {"mlflow.user": wine.last_updated_by} if wine.last_updated_by else None
        later = world.caller(now=wine.last_update_time)
        merge_records(later, made.dataset_id, [GivenRecord({"q": 1}, tags=tags)])


def spell(key: str, operator: str, value: Any) -> str:
    if isinstance(value, list):
        return f"{key} {operator} ({', '.join(repr(one) for one in value)})"
    return f"{key} {operator} {value}" if isinstance(value, int) else f"{key} {operator} '{value}'"


def holds(wine: Known, key: str, operator: str, value: Any) -> bool:
    kind, _, name = key.partition(".")
    have = wine.tags.get(name.strip("`")) if kind == "tags" else getattr(wine, key)
    return have is not None and compare(have, operator, value)


def search(world: World, text: str, order: list[str], size: int, token: str = "") -> Any:
    asked = Search(
        filters=parse_filter(text, EVALUATION_DATASETS),
        order_by=parse_order_by(order, EVALUATION_DATASETS),
        max_results=size,
        page_token=token,
    )
    return search_datasets(world.caller(), asked)


def shown(found: Any) -> list[tuple[str, int]]:
    return [(one.name, one.created_at) for one in found.items]


@REAL_DATABASE
@given(st.lists(SPELLED, max_size=3))
def test_any_filter_finds_what_a_naive_evaluator_finds(world: World, clauses) -> None:
    text = " AND ".join(spell(*clause) for clause in clauses)
    expected = [wine for wine in WINES if all(holds(wine, *clause) for clause in clauses)]
    found = shown(search(world, text, [], 100))
    assert sorted(found) == sorted((wine.name, wine.created_time) for wine in expected)


@REAL_DATABASE
@given(
    st.lists(
        st.tuples(st.sampled_from(SORTABLE), st.booleans()),
        max_size=3,
        unique_by=lambda term: term[0],
    ),
    st.integers(1, len(WINES) + 1),
)
def test_pages_of_any_size_are_the_whole_once_and_in_order(world: World, terms, size: int) -> None:
    order = [f"{name} {'ASC' if ascending else 'DESC'}" for name, ascending in terms]
    token, seen = "", []
    while True:
        page = search(world, "", order, size, token)
        seen += shown(page)
        token = page.next_token
        if not token:
            break
    expected = list(reversed(WINES))
    for name, ascending in reversed(terms or [("created_time", False)]):
        expected.sort(key=attrgetter(name), reverse=not ascending)
    assert seen == [(wine.name, wine.created_time) for wine in expected]
