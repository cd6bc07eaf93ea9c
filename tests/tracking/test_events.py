"""The log tells of an event in an experiment which part of it that was about."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.artifacts import Vault
from app.errors import NotFoundError, PermissionDeniedError
from app.identity import Caller, Outcome, Request
from app.tracking.evaluation.datasets import create_dataset
from app.tracking.evaluation.records import read_records
from app.tracking.evaluation.scorers import get_scorer, register_scorer
from app.tracking.logged_models import NewLoggedModel, create_logged_model, get_logged_model
from app.tracking.runs.inputs import log_inputs, log_outputs
from app.tracking.runs.metrics import get_metric_history, log_batch, log_metric
from app.tracking.runs.runs import get_run
from app.tracking.traces.search import fetch_traces
from app.tracking.traces.traces import delete_traces, get_trace, start_trace
from app.tracking.traces.values import ToldTrace
from app.tracking.values import Metric, ModelOutput
from tests.tracking.worlds import World

TRACE = f"tr-{'a' * 32}"


def events(act: Callable[[Caller], Any], caller: Caller) -> list[tuple[str, dict[str, Any]]]:
    act(caller)
    return [(entry.operation, entry.details) for entry in caller.ledger.entries]


@pytest.fixture
def model_id(world: World, run_id: str) -> str:
    new = NewLoggedModel("tree", source_run_id=run_id)
    made = create_logged_model(world.caller(), world.number, new)
    world.session.commit()
    return made.model_id


def test_a_run_or_model_that_is_read_is_named(world: World, run_id: str, model_id: str):
    told = events(lambda caller: get_run(caller, run_id), world.caller("bob"))
    assert told == [("run.read", {"run_id": run_id})]
    told = events(lambda caller: get_metric_history(caller, run_id, "m"), world.caller("bob"))
    assert told == [("run.read", {"run_id": run_id})]
    told = events(lambda caller: get_logged_model(caller, model_id), world.caller("bob"))
    assert told == [("logged_model.read", {"logged_model": model_id})]


def test_a_trace_that_is_read_is_named(world: World):
    start_trace(world.caller(), world.number, ToldTrace(TRACE))
    told = events(lambda caller: get_trace(caller, TRACE), world.caller("bob"))
    assert told == [("trace.read", {"trace_id": TRACE})]
    both = [TRACE, f"tr-{'b' * 32}"]
    told = events(lambda caller: fetch_traces(caller, both), world.caller("bob"))
    assert told == [("trace.read", {"trace_ids": [TRACE]})]


def test_what_programs_are_judged_with_is_named_when_it_is_read(world: World):
    dataset_id = create_dataset(world.caller(), "golden", [world.number]).dataset_id
    register_scorer(world.caller(), world.number, "judge", "{}")
    told = events(lambda caller: read_records(caller, dataset_id), world.caller("bob"))
    assert told == [("evaluation_record.read", {"dataset_id": dataset_id})]
    told = events(lambda caller: get_scorer(caller, world.number, "judge"), world.caller("bob"))
    assert told == [("scorer.read", {"scorer": "judge", "version": 1})]


def test_an_attempt_names_what_was_not_given(world: World, run_id: str):
    caller = world.caller("charlie")
    with pytest.raises(NotFoundError):
        get_run(caller, run_id)
    (entry,) = caller.ledger.entries
    assert (entry.outcome, entry.details) == (Outcome.HIDDEN, {"run_id": run_id})


def test_traces_are_named_that_were_deleted_and_no_others(world: World, vault: Vault):
    start_trace(world.caller(), world.number, ToldTrace(TRACE, request_time=5))
    asked = [TRACE, f"tr-{'b' * 32}"]
    told = events(
        lambda caller: delete_traces(caller, vault, world.number, trace_ids=asked), world.caller()
    )
    assert told == [("trace.delete", {"deleted": 1, "trace_ids": [TRACE], "latest": None})]
    start_trace(world.caller(), world.number, ToldTrace(TRACE, request_time=5))
    told = events(
        lambda caller: delete_traces(caller, vault, world.number, latest=9), world.caller()
    )
    assert told == [("trace.delete", {"deleted": 1, "trace_ids": [TRACE], "latest": 9})]


def test_models_that_a_run_links_are_named(world: World, run_id: str, model_id: str):
    named = {"logged_model": model_id}
    used = events(lambda caller: log_inputs(caller, run_id, model_ids=[model_id]), world.caller())
    made = events(
        lambda caller: log_outputs(caller, run_id, [ModelOutput(model_id)]), world.caller()
    )
    assert used[1] == ("logged_model.read", named)
    assert made[1] == ("logged_model.update", named)


@pytest.mark.parametrize(
    "log",
    [
        log_metric,
        lambda caller, run, point: log_batch(caller, run, metrics=[point]),
    ],
    ids=["one", "batch"],
)
def test_points_of_a_model_are_a_change_of_the_model(
    world: World, run_id: str, model_id: str, log: Callable[..., None]
):
    point = Metric("m", 1.0, 1, model_id=model_id)
    told = dict(events(lambda caller: log(caller, run_id, point), world.caller()))
    assert told["logged_model.update"] == {"run_id": run_id, "logged_models": [model_id]}
    world.session.commit()
    narrow = replace(world.caller(), request=Request("r", scope=("run.log",)))
    with world.undone(), pytest.raises(PermissionDeniedError):
        log(narrow, run_id, point)
