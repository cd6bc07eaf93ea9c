"""A search finds the same whether a condition leaves few runs or many."""

import pytest
from sqlalchemy import insert

from app.db.finds import MOST
from app.db.predicates import Comparison, Entity, Operator
from app.tracking.runs.finds import find_few
from app.tracking.runs.search import search_runs
from app.tracking.tables import latest_metrics, metric_keys, params, run_tags, runs
from app.tracking.values import Search

FEW = 3
LONG = "x" * 300
CONDITIONS = {
    "name": lambda what: Comparison(Entity.ATTRIBUTE, "run_name", Operator.EQ, what),
    "parameter": lambda what: Comparison(Entity.PARAM, "p", Operator.EQ, what),
    "tag": lambda what: Comparison(Entity.TAG, "t", Operator.EQ, what),
    "metric": lambda what: Comparison(Entity.METRIC, "m", Operator.GE, float(len(what))),
}


@pytest.fixture
def many(world):
    """More runs than are looked up by key; few of them are another, by name and all they log."""
    values = ["often"] * (MOST + 1) + ["by far not so often"] * FEW
    pks = range(1_000, 1_000 + len(values))
    execute = world.session.execute
    run = {"user_id": "u", "created_by": "c", "status": "FINISHED", "start_time": 1}
    run["experiment_number"] = int(world.number)
    named = [
        {"pk": pk, "run_id": f"{pk:032x}", "name": what, **run}
        for pk, what in zip(pks, values, strict=True)
    ]
    logged = [
        {"run_pk": pk, "experiment_number": int(world.number), "start_time": 1, "value": what}
        for pk, what in zip(pks, values, strict=True)
    ]
    points = {"key_id": 1, "experiment_number": int(world.number), "timestamp": 1, "step": 0}
    world.session.begin()
    execute(insert(runs), named)
    execute(insert(params), [{**row, "param_name": "p"} for row in logged])
    execute(insert(run_tags), [{**row, "tag_name": "t"} for row in logged])
    execute(insert(metric_keys), {"id": 1, "name": "m"})
    latest = [
        {"run_pk": pk, **points, "value": float(len(what))}
        for pk, what in zip(pks, values, strict=True)
    ]
    execute(insert(latest_metrics), latest)
    world.session.commit()
    return values


@pytest.mark.parametrize("what", CONDITIONS)
def test_a_condition_that_leaves_few_finds_all_of_them(world, many, what):
    condition = CONDITIONS[what]("by far not so often")
    page = search_runs(world.caller(), [world.number], Search(filters=(condition,)))
    assert [run.info.name for run in page.items] == ["by far not so often"] * FEW


@pytest.mark.parametrize("what", CONDITIONS)
def test_a_condition_that_leaves_many_finds_all_of_them(world, many, what):
    condition = CONDITIONS[what]("often")
    expected = len(many) if what == "metric" else len(many) - FEW
    search = Search(filters=(condition,), max_results=len(many))
    page = search_runs(world.caller(), [world.number], search)
    assert len(page.items) == expected
    assert find_few(world.session, [condition], [int(world.number)]) is None


def test_what_is_too_long_for_an_index_is_found_all_the_same(world, many):
    place = {"run_pk": 1_000, "experiment_number": int(world.number), "start_time": 1}
    with_long = {**place, "param_name": "q", "value": LONG}
    world.session.begin()
    world.session.execute(insert(params), with_long)
    world.session.commit()
    condition = Comparison(Entity.PARAM, "q", Operator.EQ, LONG)
    page = search_runs(world.caller(), [world.number], Search(filters=(condition,)))
    assert len(page.items) == 1
