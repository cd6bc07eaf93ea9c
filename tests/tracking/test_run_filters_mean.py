"""Any filter, order and page size that the language of runs allows, beside plain Python."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from app.db import Database
from app.db.finds import MOST
from app.db.predicates import Entity, OrderBy
from app.protocols.mlflow.filters.grammars import RUNS
from app.tracking.runs.inputs import log_inputs
from app.tracking.runs.metrics import log_batch
from app.tracking.runs.runs import create_run, update_run
from app.tracking.runs.search import search_runs
from app.tracking.tables import params, run_tags, runs
from app.tracking.values import Dataset, DatasetInput, Metric, RunStatus, Search
from tests.any_search import REAL_DATABASE, expected, searches, whole
from tests.naive_filters import Thing, finite
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


def search(world: World, asked: Search) -> tuple[list[str], str]:
    page = search_runs(world.caller(), ["1", "2"], asked)
    return [run.info.run_id for run in page.items], page.next_token


@settings(REAL_DATABASE, max_examples=200)
@given(data=st.data())
def test_any_search_finds_what_a_naive_evaluator_finds(
    world: World, things: list[Thing], data: st.DataObject
) -> None:
    filters, order = data.draw(searches(RUNS, things, TEXTS, PATTERNS, 3))
    found, _ = search(world, Search(filters=filters, order_by=order))
    assert found == expected(things, filters, (*order, *TIES))


@settings(REAL_DATABASE, max_examples=60)
@given(data=st.data(), size=st.integers(1, len(LOGGED) + 1))
def test_pages_of_any_size_are_the_whole_once_and_in_order(
    world: World, things: list[Thing], data: st.DataObject, size: int
) -> None:
    filters, order = data.draw(searches(RUNS, things, TEXTS, PATTERNS, 1))
    asked = Search(filters=filters, order_by=order, max_results=size)
    seen = whole(lambda token: search(world, replace(asked, page_token=token)), size)
    assert seen == expected(things, filters, (*order, *TIES))


@settings(REAL_DATABASE, max_examples=60)
@given(data=st.data())
def test_a_page_among_many_is_what_a_naive_evaluator_finds_first(
    world: World, crowded: list[Thing], data: st.DataObject
) -> None:
    few = crowded[: len(LOGGED) + 1]
    filters, order = data.draw(searches(RUNS, few, TEXTS, PATTERNS))
    found, _ = search(world, Search(filters=filters, order_by=order, max_results=30))
    assert found == expected(crowded, filters, (*order, *TIES))[:30]
