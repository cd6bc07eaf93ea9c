"""Any filter, order and page size that the language of runs allows, beside plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from app.db import Database
from app.db.finds import MOST
from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.protocols.mlflow.filters.grammars import LISTS, NULLS, NUMERIC, RUNS
from app.tracking.checks import MAX_FLOAT
from app.tracking.runs.inputs import log_inputs
from app.tracking.runs.metrics import log_batch
from app.tracking.runs.runs import create_run, update_run
from app.tracking.runs.search import search_runs
from app.tracking.tables import params, run_tags, runs
from app.tracking.values import Dataset, DatasetInput, Metric, RunStatus, Search
from tests.naive_filters import Thing, holds, in_order
from tests.tracking.worlds import World, make_world

ATTRIBUTE, METRIC, PARAM, TAG, DATASET = (
    Entity.ATTRIBUTE,
    Entity.METRIC,
    Entity.PARAM,
    Entity.TAG,
    Entity.DATASET,
)
TIES = (OrderBy(ATTRIBUTE, "start_time", ascending=False), OrderBy(ATTRIBUTE, "run_id"))
MANY = "many"


@dataclass(frozen=True)
class Logged:
    """What a run is made of."""

    name: str
    start: int
    end: int | None = None
    status: RunStatus = RunStatus.RUNNING
    metrics: tuple[tuple[str, float], ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    data: tuple[tuple[str, str, str], ...] = ()


LOGGED = (
    Logged("pour", 1, 9, RunStatus.FINISHED, (("loss", 0.5), ("acc", 1.0)), (("p", "2"),)),
    Logged("Pour", 1, None, metrics=(("loss", 0.5),), params=(("p", "10"), ("q", "é"))),
    Logged("pour", 2, 9, RunStatus.FAILED, (("loss", math.nan), ("acc", -1.5)), tags=(("t", "X"),)),
    Logged("sip", 2, 3, RunStatus.KILLED, (("loss", math.inf),), (("p", "2"),), (("t", "x"),)),
    Logged("é%_", 3, metrics=(("acc", math.nan),), tags=(("t", ""), ("u", "a%b"))),
    Logged("swirl", 4, 5, metrics=(("loss", -math.inf), ("acc", 0.0)), params=(("q", "É"),)),
    Logged("decant", 4, params=(("p", "02"), ("q", "a_b")), data=(("grapes", "d1", "train"),)),
    Logged("rest", 4, 9, tags=(("t", "X"),), data=(("grapes", "d2", "eval"), ("must", "d1", ""))),
    Logged("rest", 0, 0, RunStatus.SCHEDULED, (("loss", 0.25), ("acc", 1.0)), (("p", ""),)),
)
TEXTS = ("pour", "Pour", "rest", "2", "10", "é", "X", "x", "", "FINISHED", "grapes", "d1", "train")
PATTERNS = ("%", "p%", "%OU%", "_our", "%2", "É%", "a\\_b", "a%b", "", "%s%", "gr_pes", MANY)
NUMBERS = (-math.inf, -2, -1.5, 0, 0.25, 0.5, 1, 3, 9, math.inf)
ORDERABLE = [
    *((ATTRIBUTE, name) for name in sorted(set(RUNS.sortable.values()))),
    *((METRIC, name) for name in ("loss", "acc", "none")),
    *((PARAM, name) for name in ("p", "q")),
    *((TAG, name) for name in ("t", "none")),
]


@st.composite
def comparisons(draw: st.DrawFn, things: Sequence[Thing]) -> Comparison:
    entity = draw(st.sampled_from([*RUNS.operators, *RUNS.keys]))
    if entity in RUNS.keys:
        key = draw(st.sampled_from(sorted(RUNS.keys[entity].values(), key=lambda key: key.name)))
        name, operators = key.name, key.operators
    else:
        name = draw(st.sampled_from(["loss", "acc", "p", "q", "t", "u", "none"]))
        operators = RUNS.operators[entity]
    operator = draw(st.sampled_from(sorted(operators)))
    return Comparison(entity, name, operator, draw(values(name, operator, operators, things)))


def values(
    name: str, operator: Operator, operators: frozenset[Operator], things: Sequence[Thing]
) -> st.SearchStrategy[Any]:
    if operator in NULLS:
        return st.none()
    if operators == NUMERIC:
        return st.sampled_from(NUMBERS)
    if operator in {Operator.LIKE, Operator.ILIKE}:
        return st.sampled_from(PATTERNS)
    known = st.sampled_from([value for thing in things for value in named(thing, name)] or [""])
    texts = st.sampled_from([*TEXTS, MANY]) | known.filter(lambda one: isinstance(one, str))
    return st.lists(texts, min_size=1, max_size=3).map(tuple) if operator in LISTS else texts


def named(thing: Thing, name: str) -> list[Any]:
    return [value for (_, key), held in thing.known.items() if key == name for value in held]


def orders() -> st.SearchStrategy[list[OrderBy]]:
    term = st.builds(
        lambda place, ascending: OrderBy(place[0], place[1], ascending=ascending),
        st.sampled_from(ORDERABLE),
        st.booleans(),
    )
    return st.lists(term, max_size=3)


@pytest.fixture
def world(database: Database):
    world = make_world(database)
    yield world
    world.session.close()


@pytest.fixture
def things(world: World) -> list[Thing]:
    """The runs above, some of them in another experiment."""
    other = world.add_experiment("other")
    return [
        make(world, logged, other if index % 3 == 2 else world.number)
        for index, logged in enumerate(LOGGED)
    ]


@pytest.fixture
def crowded(world: World, things: list[Thing]) -> list[Thing]:
    """With as many more as are not looked up by key, all found by the same values."""
    pks = range(1_000, 1_001 + MOST)
    number = int(world.number)
    run = {"user_id": "u", "created_by": "c", "status": "FINISHED", "experiment_number": number}
    starts = {pk: pk % 7 for pk in pks}
    rows = [
        {"pk": pk, "run_id": f"{pk:032x}", "name": MANY, "start_time": start, **run}
        for pk, start in starts.items()
    ]
    values = [
        {"run_pk": pk, "experiment_number": number, "start_time": start, "value": MANY}
        for pk, start in starts.items()
    ]
    world.session.begin()
    world.session.execute(insert(runs), rows)
    world.session.execute(insert(params), [{**row, "param_name": "p"} for row in values])
    world.session.execute(insert(run_tags), [{**row, "tag_name": "t"} for row in values])
    world.session.commit()
    done = RunStatus.FINISHED
    more = {
        f"{pk:032x}": Logged(MANY, start, None, done, params=(("p", MANY),), tags=(("t", MANY),))
        for pk, start in starts.items()
    }
    return things + [Thing(one, known(it, one, world.number, "u")) for one, it in more.items()]


def make(world: World, logged: Logged, number: str) -> Thing:
    caller = world.caller()
    made = create_run(caller, number, run_name=logged.name, start_time=logged.start)
    run_id = made.info.run_id
    points = [Metric(key, value, 1) for key, value in logged.metrics]
    log_batch(caller, run_id, metrics=points, params=logged.params, tags=logged.tags)
    used = [
        DatasetInput(
            Dataset(name, digest, "local", "{}"),
            (("mlflow.data.context", context),) if context else (),
        )
        for name, digest, context in logged.data
    ]
    if used:
        log_inputs(caller, run_id, datasets=used)
    update_run(caller, run_id, end_time=logged.end, status=logged.status)
    return Thing(run_id, known(logged, run_id, number, "alice"))


def known(logged: Logged, run_id: str, number: str, user: str) -> dict[tuple[Entity, str], Any]:
    attributes = {
        "run_id": run_id,
        "run_name": logged.name,
        "user_id": user,
        "status": logged.status.value,
        "artifact_uri": f"mlflow-artifacts:/{number}/{run_id}/artifacts",
        "start_time": logged.start,
    }
    if logged.end is not None:
        attributes["end_time"] = logged.end
    return {
        **{(ATTRIBUTE, name): [value] for name, value in attributes.items()},
        **{(METRIC, name): [finite(value)] for name, value in logged.metrics},
        **{(PARAM, name): [value] for name, value in logged.params},
        **{(TAG, name): [value] for name, value in logged.tags},
        (DATASET, "name"): [name for name, _, _ in logged.data],
        (DATASET, "digest"): [digest for _, digest, _ in logged.data],
        (DATASET, "context"): [context for _, _, context in logged.data if context],
    }


def finite(value: float) -> float:
    """Infinities are kept as the largest numbers, as MLflow keeps them."""
    return value if math.isnan(value) else min(max(value, -MAX_FLOAT), MAX_FLOAT)


def search(world: World, asked: Search) -> tuple[list[str], str]:
    page = search_runs(world.caller(), ["1", "2"], asked)
    return [run.info.run_id for run in page.items], page.next_token


def expected(
    things: Sequence[Thing], filters: Sequence[Comparison], order: Sequence[OrderBy]
) -> list[str]:
    found = [thing for thing in things if all(holds(thing.known, one) for one in filters)]
    return [thing.id for thing in in_order(found, [*order, *TIES])]


REAL_DATABASE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(REAL_DATABASE, max_examples=200)
@given(data=st.data())
def test_any_search_finds_what_a_naive_evaluator_finds(
    world: World, things: list[Thing], data: st.DataObject
) -> None:
    filters = tuple(data.draw(st.lists(comparisons(things), max_size=3)))
    order = tuple(data.draw(orders()))
    found, _ = search(world, Search(filters=filters, order_by=order))
    assert found == expected(things, filters, order)


@settings(REAL_DATABASE, max_examples=60)
@given(data=st.data(), size=st.integers(1, len(LOGGED) + 1))
def test_pages_of_any_size_are_the_whole_once_and_in_order(
    world: World, things: list[Thing], data: st.DataObject, size: int
) -> None:
    filters = tuple(data.draw(st.lists(comparisons(things), max_size=1)))
    order = tuple(data.draw(orders()))
    seen, token = list[str](), ""
    while True:
        asked = Search(filters=filters, order_by=order, max_results=size, page_token=token)
        found, token = search(world, asked)
        assert len(found) == size or not token
        seen += found
        if not token:
            break
    assert seen == expected(things, filters, order)


@settings(REAL_DATABASE, max_examples=60)
@given(data=st.data())
def test_a_page_among_many_is_what_a_naive_evaluator_finds_first(
    world: World, crowded: list[Thing], data: st.DataObject
) -> None:
    filters = tuple(data.draw(st.lists(comparisons(crowded[: len(LOGGED) + 1]), max_size=2)))
    order = tuple(data.draw(orders()))
    found, _ = search(world, Search(filters=filters, order_by=order, max_results=30))
    assert found == expected(crowded, filters, order)[:30]
