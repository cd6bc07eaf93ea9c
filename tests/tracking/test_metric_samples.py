import math
from collections import Counter

import pytest

from app.access import Operation
from app.errors import InvalidParameterError, NotFoundError
from app.tracking.resolve import obtain_run
from app.tracking.runs.metric_rows import write_metrics
from app.tracking.runs.metric_samples import Interval, sample_metric_histories
from app.tracking.runs.metrics import log_batch
from app.tracking.runs.runs import create_run
from app.tracking.values import Metric


def naive(points, size):
    """Return what a sample has to be, of points in their order."""
    last, wanted = len(points) - 1, size - 1
    if last <= wanted:
        return points
    places = {step * last // wanted for step in range(size)} if wanted else {last}
    return [points[place] for place in sorted(places)]


def sampled(world, run_id, **wanted):
    return [point for _, point in sample_metric_histories(world.caller(), [run_id], "m", **wanted)]


def log(world, run_id, points):
    for start in range(0, len(points), 1000):
        log_batch(world.caller(), run_id, metrics=points[start : start + 1000])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 97])
def test_a_sample_is_the_first_the_last_and_what_lies_evenly_between(world, run_id, count):
    points = [Metric("m", n / 3, 1000 - n, n // 2) for n in range(count)]
    log(world, run_id, points)
    in_order = sorted(points, key=lambda point: (point.step, point.timestamp, point.value))
    for size in (1, 2, 3, 7, 96, 97, 2500):
        assert sampled(world, run_id, max_results=size) == naive(in_order, size)


def test_many_runs_have_smaller_samples(world):
    points = [Metric("m", 1.0, n, n) for n in range(501)]
    run_ids = [create_run(world.caller(), world.number).info.run_id for _ in range(100)]
    for run_id in run_ids:
        run = obtain_run(world.caller(), Operation.RUN_LOG, run_id)
        write_metrics(world.caller(), run, points)
    found = sample_metric_histories(world.caller(), run_ids, "m")
    assert dict.fromkeys(run_ids, 500) == Counter(run_id for run_id, _ in found)


@pytest.mark.parametrize("pace", [0, 3])
def test_a_long_history_is_sampled_without_reading_it(world, run_id, pace):
    run = obtain_run(world.caller(), Operation.RUN_LOG, run_id)
    write_metrics(world.caller(), run, [Metric("m", n / 2, 5 + pace * n, n) for n in range(30_000)])
    steps = [point.step for point in sampled(world, run_id, max_results=4)]
    assert steps == pytest.approx([0, 10_000, 20_000, 29_999], abs=1)
    assert [point.step for point in sampled(world, run_id, max_results=1)] == [29999]
    some = sampled(world, run_id, interval=Interval(2_000, 28_000), max_results=3)
    assert [point.step for point in some] == [2_000, 15_000, 28_000]


def test_only_the_steps_asked_for_are_sampled(world, run_id):
    log(world, run_id, [Metric("m", float(n), n + 5, n) for n in range(-5, 20)])
    steps = [point.step for point in sampled(world, run_id, interval=Interval(-2, 7))]
    assert steps == list(range(-2, 8))


def test_points_that_are_no_number_are_points(world, run_id):
    log(world, run_id, [Metric("m", math.nan, 1, 0), Metric("m", math.inf, 1, 1)])
    first, last = sampled(world, run_id)
    assert math.isnan(first.value)
    assert last.value > 1e308


def test_each_run_has_a_sample_of_its_own_in_the_order_asked_for(world, run_id):
    other = create_run(world.caller(), world.number).info.run_id
    log(world, run_id, [Metric("m", 1.0, n, n) for n in range(50)])
    log(world, other, [Metric("m", 2.0, 1, 0), Metric("other", 2.0, 2, 9)])
    found = sample_metric_histories(world.caller(), [other, run_id, other], "m", max_results=3)
    assert [(run, point.step) for run, point in found] == [
        (other, 0),
        (run_id, 0),
        (run_id, 24),
        (run_id, 49),
    ]


@pytest.mark.parametrize(
    "wanted,field",
    [
        ({"max_results": 0}, "max_results"),
        ({"max_results": 2501}, "max_results"),
        ({"interval": Interval(2, 1)}, "end_step"),
    ],
)
def test_what_makes_no_sample_is_refused_by_name(world, run_id, wanted, field):
    with pytest.raises(InvalidParameterError) as caught:
        sampled(world, run_id, **wanted)
    assert caught.value.field == field


@pytest.mark.parametrize("count", [0, 101])
def test_one_run_to_a_hundred_are_sampled_at_once(world, run_id, count):
    with pytest.raises(InvalidParameterError, match="run_ids"):
        sample_metric_histories(world.caller(), [run_id] * count, "m")


def test_bob_samples_and_charlie_finds_no_run(world, run_id):
    log(world, run_id, [Metric("m", 1.0, 1)])
    assert len(sample_metric_histories(world.caller("bob"), [run_id], "m")) == 1
    with pytest.raises(NotFoundError, match="not found"):
        sample_metric_histories(world.caller("charlie"), [run_id], "m")
