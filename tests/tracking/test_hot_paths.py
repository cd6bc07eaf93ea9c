import math
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.predicates import Entity, OrderBy
from app.tracking.runs.metrics import get_metric_history, log_batch, log_metric
from app.tracking.runs.orders import run_phases
from app.tracking.runs.runs import create_run, get_run
from app.tracking.values import Metric

CONTROL = ("BEGIN", "COMMIT", "PRAGMA", "SET ")
NUMBERS = st.sampled_from([-math.inf, -1.5, 0.0, 0.5, 1.0, math.inf, math.nan])
POINT = st.tuples(st.sampled_from("ab"), NUMBERS, st.integers(0, 3), st.integers(-1, 2))
POINTS = st.lists(POINT.map(lambda point: Metric(*point)), max_size=12)


@contextmanager
def statements(world) -> Iterator[list[str]]:
    """Collect what is sent to the database, but for the control of transactions."""
    sent: list[str] = []
    begun = len(world.session.sent)
    yield sent
    sent += [one for one in map(str, world.session.sent[begun:]) if not one.startswith(CONTROL)]


@pytest.mark.parametrize(
    "use",
    [
        lambda caller, number, _run: create_run(caller, number, tags=[("a", "b")]),
        lambda caller, _number, run: get_run(caller, run),
        lambda caller, _number, run: log_metric(caller, run, Metric("m", 2.0, 2, 2)),
    ],
    ids=["create_run", "get_run", "log_metric"],
)
def test_a_hot_path_takes_four_statements_at_most(world, run_id, use):
    log_metric(world.caller(), run_id, Metric("m", 1.0, 1, 1))
    caller = world.caller()
    with statements(world) as sent:
        use(caller, world.number, run_id)
    assert 0 < len(sent) <= 4, sent


def test_a_batch_takes_as_many_statements_for_a_thousand_metrics_as_for_one(world, run_id):
    counts = []
    for size in (1, 1000):
        caller = world.caller()
        points = [Metric("m", 1.0, size, step) for step in range(size)]
        log_batch(caller, run_id, metrics=points[:1])
        with statements(world) as sent:
            log_batch(caller, run_id, metrics=points)
        counts.append(len(sent))
    assert 0 < counts[0] == counts[1]


def test_an_order_by_a_metric_walks_its_index(world, run_id, database):
    if not database.is_sqlite:
        return
    log_metric(world.caller(), run_id, Metric("m", 1.0, 1))
    phase = run_phases(world.session, [OrderBy(Entity.METRIC, "m", ascending=False)])[0]
    ordered = phase.statement([int(world.number)]).order_by(phase.terms[0].expression.desc())
    sql = str(ordered.compile(world.session.connection, compile_kwargs={"literal_binds": True}))
    plan = [row[3] for row in world.session.driver_execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert "ix_latest_metrics_value" in plan[0], plan
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in plan), plan


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=st.lists(POINTS, max_size=4))
def test_histories_and_latest_points_are_what_a_plain_reading_says(world, batches):
    run = create_run(world.caller(), world.number).info.run_id
    for batch in batches:
        log_batch(world.caller(), run, metrics=batch)
    stored = {kept(point) for batch in batches for point in batch}
    latest = {metric.key: kept(metric) for metric in get_run(world.caller(), run).metrics}
    for name in ("a", "b"):
        of_name = [point for point in stored if point[0] == name]
        history = get_metric_history(world.caller(), run, name).items
        assert sorted(map(kept, history)) == sorted(of_name)
        if of_name:
            assert order(latest[name]) == max(map(order, of_name))
        else:
            assert name not in latest


def kept(metric):
    """A point as it is kept: infinity is the largest double, NaN is 0 with a flag."""
    is_nan = math.isnan(metric.value)
    largest = 1.7976931348623157e308
    value = 0.0 if is_nan else min(max(metric.value, -largest), largest)
    return metric.key, metric.timestamp, metric.step, value, is_nan


def order(point):
    _, timestamp, step, value, _ = point
    return step, timestamp, value
