"""Who may do what with traces: by what each was granted on the experiment, and by nothing more."""

from collections.abc import Callable
from typing import Any

import pytest

from app.artifacts import Vault
from app.errors import NotFoundError, PermissionDeniedError
from app.identity import Caller
from app.tracking.experiments import get_experiment
from app.tracking.runs.runs import create_run
from app.tracking.traces.assessments import (
    AssessmentChange,
    create_assessment,
    delete_assessment,
    get_assessment,
    update_assessment,
)
from app.tracking.traces.links import link_prompts, link_traces_to_run
from app.tracking.traces.measures import Aggregate, View
from app.tracking.traces.metrics import Aggregation, Question, measure_traces
from app.tracking.traces.older import end_trace
from app.tracking.traces.prompts import PromptVersion
from app.tracking.traces.search import fetch_infos, fetch_traces, search_traces
from app.tracking.traces.traces import (
    delete_trace_tag,
    delete_traces,
    get_trace,
    get_trace_info,
    log_spans,
    set_trace_tag,
    start_trace,
)
from app.tracking.traces.values import (
    AssessmentKind,
    NewAssessment,
    Span,
    SpanStatus,
    ToldTrace,
    TraceState,
)
from app.tracking.values import Search
from tests.factories import grant
from tests.tracking.worlds import World

ID = f"tr-{'a' * 32}"
SPAN = Span(ID, "1" * 16, "", "ask", 1, 2, SpanStatus.OK, {"mlflow.spanInputs": "secret"})
FEEDBACK = NewAssessment("good", AssessmentKind.FEEDBACK, value=True, source_type="HUMAN")
COUNTED = Question(View.TRACES, "trace_count", [Aggregation(Aggregate.COUNT)])

Use = Callable[[Caller, World, dict[str, str], Vault], Any]
READ: dict[str, Use] = {
    "info": lambda who, *_: get_trace_info(who, ID),
    "spans": lambda who, *_: get_trace(who, ID),
    "assessment": lambda who, _, names, __: get_assessment(who, ID, names["assessment"]),
}
LIST: dict[str, Use] = {
    "search": lambda who, world, *_: (
        search_traces(who, [world.number], Search(max_results=9)).items
    ),
    "infos": lambda who, *_: fetch_infos(who, [ID]),
    "traces": lambda who, *_: fetch_traces(who, [ID]),
    "figures": lambda who, world, *_: measure_traces(who, [world.number], COUNTED),
}
ASSESS: dict[str, Use] = {
    "give": lambda who, *_: create_assessment(who, ID, FEEDBACK),
    "change": lambda who, _, names, __: update_assessment(
        who, ID, names["assessment"], AssessmentChange(rationale="so")
    ),
    "take back": lambda who, _, names, __: delete_assessment(who, ID, names["assessment"]),
}
TAG: dict[str, Use] = {
    "tag": lambda who, *_: set_trace_tag(who, ID, "color", "blue"),
    "untag": lambda who, *_: delete_trace_tag(who, ID, "color"),
}
LOG: dict[str, Use] = {
    "spans again": lambda who, world, *_: log_spans(who, world.number, [SPAN]),
    "tell": lambda who, world, *_: start_trace(who, world.number, ToldTrace(ID)),
    "end": lambda who, *_: end_trace(who, ID, 2**40, TraceState.OK, metadata={}, tags={}),
    "link": lambda who, _, names, __: link_traces_to_run(who, names["run"], [ID]),
    "link prompts": lambda who, *_: link_prompts(who, ID, [PromptVersion("p", "1")]),
    "delete": lambda who, world, _, vault: delete_traces(who, vault, world.number, trace_ids=[ID]),
}
EVERYTHING = READ | ASSESS | TAG | LOG


@pytest.fixture
def names(world: World) -> dict[str, str]:
    """A trace of alice's with a tag, feedback and a run beside it."""
    log_spans(world.caller(), world.number, [SPAN])
    set_trace_tag(world.caller(), ID, "color", "red")
    made = create_assessment(world.caller(), ID, FEEDBACK)
    run = create_run(world.caller(), world.number)
    world.session.commit()
    return {"assessment": made.assessment_id, "run": run.info.run_id}


def outcomes(world: World, names: dict[str, str], vault: Vault, who: str) -> dict[str, str]:
    """Return of each use whether ``who`` may, is told that he may not, or learns nothing."""
    found = {}
    for name, use in EVERYTHING.items():
        with world.undone():
            try:
                use(world.caller(who), world, names, vault)
            except PermissionDeniedError:
                found[name] = "denied"
            except NotFoundError:
                found[name] = "hidden"
            else:
                found[name] = "allowed"
    return found


def lists(world: World, names: dict[str, str], vault: Vault, who: str) -> set[str]:
    """Return the lists in which ``who`` finds anything."""
    return {name for name, use in LIST.items() if use(world.caller(who), world, names, vault)}


@pytest.mark.parametrize(
    "privileges, allowed, denied",
    [
        ([], {}, {}),
        (["BROWSE"], {}, EVERYTHING),
        (["READ EXPERIMENT"], READ, ASSESS | TAG | LOG),
        (["ASSESS"], ASSESS, READ | TAG | LOG),
        (["READ EXPERIMENT", "ASSESS"], READ | ASSESS, TAG | LOG),
        (["APPLY TAG"], TAG, READ | ASSESS | LOG),
        (["LOG RUN"], ASSESS | TAG | LOG, READ),
    ],
)
def test_each_privilege_permits_what_it_is_for(
    world: World,
    names: dict[str, str],
    vault: Vault,
    privileges: list[str],
    allowed: dict[str, Use],
    denied: dict[str, Use],
) -> None:
    grant(world.session, world.experiment, world.charlie, *privileges)
    world.session.commit()
    expected = dict.fromkeys(EVERYTHING, "hidden")
    expected |= dict.fromkeys(denied, "denied") | dict.fromkeys(allowed, "allowed")
    assert outcomes(world, names, vault, "charlie") == expected
    may_read = "READ EXPERIMENT" in privileges
    assert lists(world, names, vault, "charlie") == (set(LIST) if may_read else set())


def test_the_owner_may_do_everything(world: World, names: dict[str, str], vault: Vault) -> None:
    assert set(outcomes(world, names, vault, "alice").values()) == {"allowed"}
    assert lists(world, names, vault, "alice") == set(LIST)


def test_the_administrator_manages_and_reads_nothing(
    world: World, names: dict[str, str], vault: Vault
) -> None:
    found = outcomes(world, names, vault, "root")
    assert {name for name, outcome in found.items() if outcome == "allowed"} == {"delete"}
    assert lists(world, names, vault, "root") == set()


def test_who_may_browse_learns_that_the_experiment_is_there(world: World) -> None:
    grant(world.session, world.experiment, world.charlie, "BROWSE")
    world.session.commit()
    assert get_experiment(world.caller("charlie"), world.number).name
