import math
from typing import Any

import pytest
from sqlalchemy import func, select

from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.tracking.runs.metrics import get_metric_history, log_batch, log_metric
from app.tracking.runs.runs import create_run, delete_run, get_run
from app.tracking.tables import metric_keys, metrics, params, run_tags
from app.tracking.values import Metric

LARGEST = 1.7976931348623157e308


def points(world, run_id, name):
    return get_metric_history(world.caller(), run_id, name).items


def counts(world):
    return [
        world.session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (metrics, params, run_tags)
    ]


def test_a_batch_writes_metrics_params_and_tags(world, run_id):
    log_batch(
        world.caller(),
        run_id,
        metrics=[Metric("loss", 0.5, 1, 0), Metric("loss", 0.25, 2, 1)],
        params=[("depth", "3")],
        tags=[("team", "lab")],
    )
    run = get_run(world.caller(), run_id)
    assert run.metrics == (Metric("loss", 0.25, 2, 1),)
    assert run.params == (("depth", "3"),)
    assert ("team", "lab") in run.tags


@pytest.mark.parametrize(
    "wrong",
    [
        {"params": [("depth", "4")]},
        {"metrics": [Metric("fine", 1.0, 1), Metric("../up", 1.0, 1)]},
        {"metrics": [Metric("fine", 1.0, -1)]},
        {"metrics": [Metric("fine", 1.0, 2**63)]},
        {"metrics": [Metric("fine", 1.0, 1, 2**63)]},
        {"metrics": [Metric("fine", 1.0, 1, model_id="m-" + "0" * 32)]},
        {"tags": [("a\x00b", "1")]},
        {"tags": [("a", "nul\x00")]},
        {"tags": [("a", "\ud800")]},
        {"params": [("new", "1"), ("new", "1")]},
    ],
)
def test_a_batch_with_anything_wrong_writes_nothing(world, run_id, wrong):
    log_batch(world.caller(), run_id, params=[("depth", "3")])
    world.session.commit()
    before = counts(world)
    batch: dict[str, Any] = {
        "metrics": [Metric("a", 1.0, 1)],
        "params": [("b", "1")],
        "tags": [("c", "1")],
    }
    batch = {name: [*rows, *wrong.get(name, [])] for name, rows in batch.items()}
    with world.undone(), pytest.raises((InvalidParameterError, NotFoundError)):
        log_batch(world.caller(), run_id, **batch)
    assert counts(world) == before


@pytest.mark.parametrize(
    "metrics_, params_, tags_, words",
    [
        (1001, 0, 0, "at most 1000 metrics. Got 1001 metrics"),
        (0, 101, 0, "at most 100 params. Got 101 params"),
        (0, 0, 101, "at most 100 tags. Got 101 tags"),
        (900, 100, 1, "at most 1000 metrics, params, and tags. Got 1001"),
    ],
)
def test_a_batch_has_limits(world, run_id, metrics_, params_, tags_, words):
    with pytest.raises(InvalidParameterError, match=words):
        log_batch(
            world.caller(),
            run_id,
            metrics=[Metric("m", 1.0, index) for index in range(metrics_)],
            params=[(f"p{index}", "1") for index in range(params_)],
            tags=[(f"t{index}", "1") for index in range(tags_)],
        )


def test_a_batch_of_a_thousand_metrics_is_stored_whole(world, run_id):
    logged = [Metric(f"k{n % 10}", float(n), n, n) for n in range(1000)]
    log_batch(world.caller(), run_id, metrics=logged)
    assert [p.value for p in points(world, run_id, "k3")] == [float(n) for n in range(3, 1000, 10)]
    assert len(get_run(world.caller(), run_id).metrics) == 10


def test_duplicate_param_names_in_one_batch_are_refused_by_name(world, run_id):
    with pytest.raises(InvalidParameterError, match=r"Duplicate parameter keys .*\['a'\]"):
        log_batch(world.caller(), run_id, params=[("a", "1"), ("a", "1")])


def test_of_a_tag_twice_in_one_batch_the_last_counts(world, run_id):
    log_batch(world.caller(), run_id, tags=[("a", "1"), ("a", "2")])
    assert ("a", "2") in get_run(world.caller(), run_id).tags


def test_long_params_and_tags_are_cut(world, run_id):
    log_batch(world.caller(), run_id, params=[("p", "x" * 7000)], tags=[("t", "y" * 9000)])
    run = get_run(world.caller(), run_id)
    assert run.params == (("p", "x" * 6000),)
    assert ("t", "y" * 8000) in run.tags


def test_long_names_are_refused(world, run_id):
    with pytest.raises(InvalidParameterError, match="exceeds the maximum length of 250"):
        log_batch(world.caller(), run_id, metrics=[Metric("m" * 251, 1.0, 1)])


@pytest.mark.parametrize("name", ["é läng/th: 1.5_x-y", "日本語", "a.b", "x" * 250])
def test_names_may_hold_letters_of_any_language(world, run_id, name):
    log_batch(world.caller(), run_id, metrics=[Metric(name, 1.0, 1)], params=[(name, "v")])
    run = get_run(world.caller(), run_id)
    assert run.metrics[0].key == run.params[0][0] == name


@pytest.mark.parametrize("name", ["", "/a", "a/../b", "..", ".", "a//b", "a/", "a#b", "a\nb"])
def test_names_that_would_be_other_paths_are_refused(world, run_id, name):
    with pytest.raises(InvalidParameterError) as caught:
        log_batch(world.caller(), run_id, metrics=[Metric("ok", 1.0, 1), Metric(name, 1.0, 1)])
    assert caught.value.field == "metrics[1].name"


def test_an_empty_batch_is_fine(world, run_id):
    log_batch(world.caller(), run_id)


def test_the_latest_point_is_the_one_with_the_highest_step_then_time_then_value(world, run_id):
    log_batch(world.caller(), run_id, metrics=[Metric("m", 9.0, 50, 2), Metric("m", 1.0, 60, 2)])
    log_batch(world.caller(), run_id, metrics=[Metric("m", 3.0, 60, 2), Metric("m", 99.0, 99, 1)])
    log_metric(world.caller(), run_id, Metric("m", 2.0, 60, 2))
    assert get_run(world.caller(), run_id).metrics == (Metric("m", 3.0, 60, 2),)


def test_an_exact_duplicate_is_one_point(world, run_id):
    same = Metric("m", 1.5, 7, 1)
    log_batch(world.caller(), run_id, metrics=[same, same])
    log_metric(world.caller(), run_id, same)
    assert points(world, run_id, "m") == [same]


def test_points_that_differ_in_anything_are_all_kept(world, run_id):
    log_batch(
        world.caller(),
        run_id,
        metrics=[
            Metric("m", 1.0, 1, 1),
            Metric("m", 2.0, 1, 1),
            Metric("m", 1.0, 2, 1),
            Metric("m", 1.0, 1, 2),
        ],
    )
    assert len(points(world, run_id, "m")) == 4


def test_nan_is_kept_as_nan(world, run_id):
    log_batch(world.caller(), run_id, metrics=[Metric("m", math.nan, 1, 1)])
    log_metric(world.caller(), run_id, Metric("n", math.nan, 1, 1))
    assert math.isnan(points(world, run_id, "m")[0].value)
    assert all(math.isnan(metric.value) for metric in get_run(world.caller(), run_id).metrics)


def test_nan_and_zero_at_one_moment_are_two_points(world, run_id):
    log_batch(world.caller(), run_id, metrics=[Metric("m", math.nan, 1), Metric("m", 0.0, 1)])
    assert len(points(world, run_id, "m")) == 2


@pytest.mark.parametrize("given, kept", [(math.inf, LARGEST), (-math.inf, -LARGEST)])
def test_infinity_comes_back_as_the_largest_double(world, run_id, given, kept):
    log_batch(world.caller(), run_id, metrics=[Metric("m", given, 1)])
    assert points(world, run_id, "m")[0].value == kept
    assert get_run(world.caller(), run_id).metrics[0].value == kept


def test_steps_may_be_negative_and_large(world, run_id):
    log_batch(world.caller(), run_id, metrics=[Metric("m", 1.0, 1, -(2**63))])
    log_batch(world.caller(), run_id, metrics=[Metric("m", 2.0, 2**63 - 1, 2**63 - 1)])
    assert [p.step for p in points(world, run_id, "m")] == [-(2**63), 2**63 - 1]


def test_metric_names_are_stored_once(world, run_id):
    other = create_run(world.caller(), world.number).info.run_id
    for run in (run_id, other):
        log_batch(world.caller(), run, metrics=[Metric("loss", 1.0, 1)])
    assert world.session.execute(select(metric_keys.c.name)).scalars().all() == ["loss"]


def test_a_deleted_run_takes_nothing(world, run_id):
    delete_run(world.caller(), run_id)
    with pytest.raises(InvalidParameterError, match="must be in the 'active' state"):
        log_batch(world.caller(), run_id, metrics=[Metric("m", 1.0, 1)])


def test_bob_may_read_but_not_log(world, run_id):
    get_run(world.caller("bob"), run_id)
    with pytest.raises(PermissionDeniedError) as caught:
        log_batch(world.caller("bob"), run_id, metrics=[Metric("m", 1.0, 1)])
    assert caught.value.privilege == "LOG RUN"


def test_charlie_cannot_tell_a_hidden_run_from_an_absent_one(world, run_id):
    absent = "0" * 32
    words = {}
    for run in (run_id, absent):
        caller = world.caller("charlie")
        with world.undone(), pytest.raises(NotFoundError) as caught:
            log_batch(caller, run, metrics=[Metric("m", 1.0, 1)])
        words[run] = caught.value.message
        assert [entry.outcome for entry in caller.ledger.entries] == ["hidden"]
    assert words[absent].replace(absent, run_id) == words[run_id]
    assert words[run_id] == f"Run with id={run_id} not found"


def test_the_event_counts_what_was_logged(world, run_id):
    caller = world.caller()
    log_batch(caller, run_id, metrics=[Metric("m", 1.0, 1)], tags=[("a", "b")])
    (entry,) = caller.ledger.entries
    assert entry.operation == "run.log"
    assert entry.details == {"run_id": run_id, "metrics": 1, "params": 0, "tags": 1}
