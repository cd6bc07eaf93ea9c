"""Two change the same thing at once, each a part of it: neither change is lost."""

from app.db import Database
from app.tracking.evaluation.labels import (
    create_label_schema,
    get_label_schema,
    update_label_schema,
)
from app.tracking.evaluation.labels_values import (
    InputKind,
    LabelInput,
    LabelSchemaChange,
    NewLabelSchema,
)
from app.tracking.evaluation.reviews import create_queue, get_queue, update_queue
from app.tracking.evaluation.reviews_values import NewQueue, QueueChange, QueueKind
from app.tracking.runs.runs import get_run, set_run_tag, update_run
from app.tracking.traces.assessments import (
    AssessmentChange,
    create_assessment,
    get_assessment,
    update_assessment,
)
from app.tracking.traces.older import end_trace
from app.tracking.traces.traces import get_trace_info, start_trace
from app.tracking.traces.values import AssessmentKind, NewAssessment, ToldTrace, TraceState
from app.tracking.values import RunStatus
from tests.together import meanwhile
from tests.tracking.worlds import World

TRACE = f"tr-{'a' * 32}"


def test_a_run_that_ends_keeps_the_name_that_it_is_given(
    world: World, run_id: str, database: Database
):
    set_run_tag(world.caller(), run_id, "mlflow.runName", "renamed")
    end = meanwhile(
        database,
        world.session,
        world.alice,
        lambda caller: update_run(caller, run_id, status=RunStatus.FINISHED, end_time=5),
    )
    with end as ending:
        assert ending.result(timeout=30).name == "renamed"
    info = get_run(world.caller(), run_id).info
    assert (info.name, info.status, info.end_time) == ("renamed", RunStatus.FINISHED, 5)


def test_an_assessment_keeps_what_both_added(world: World, database: Database):
    start_trace(world.caller(), world.number, ToldTrace(TRACE))
    new = NewAssessment("good", AssessmentKind.FEEDBACK, 1, "HUMAN")
    made = create_assessment(world.caller(), TRACE, new).assessment_id
    world.session.commit()
    update_assessment(world.caller(), TRACE, made, AssessmentChange(metadata={"a": "1"}))
    change = AssessmentChange(metadata={"b": "2"})
    update = meanwhile(
        database,
        world.session,
        world.alice,
        lambda caller: update_assessment(caller, TRACE, made, change),
    )
    with update as updating:
        updating.result(timeout=30)
    assert get_assessment(world.caller(), TRACE, made).metadata == {"a": "1", "b": "2"}


def test_a_trace_keeps_what_was_told_of_it_when_it_ends(world: World, database: Database):
    start_trace(world.caller(), world.number, ToldTrace(TRACE, request_time=1))
    world.session.commit()
    told = ToldTrace(TRACE, request_time=2, request_preview="why?")
    start_trace(world.caller(), world.number, told)
    end = meanwhile(
        database,
        world.session,
        world.alice,
        lambda caller: end_trace(caller, TRACE, 9, TraceState.OK, metadata={}, tags={}),
    )
    with end as ending:
        ending.result(timeout=30)
    info = get_trace_info(world.caller(), TRACE)
    assert (info.request_preview, info.request_time, info.duration) == ("why?", 2, 7)


def test_a_question_keeps_both_changes(world: World, database: Database):
    new = NewLabelSchema("q", AssessmentKind.FEEDBACK, LabelInput(InputKind.TEXT, {}))
    made = create_label_schema(world.caller(), world.number, new).schema_id
    world.session.commit()
    update_label_schema(world.caller(), made, LabelSchemaChange(name="why"))
    change = LabelSchemaChange(instruction="Say why")
    update = meanwhile(
        database,
        world.session,
        world.alice,
        lambda caller: update_label_schema(caller, made, change),
    )
    with update as updating:
        updating.result(timeout=30)
    found = get_label_schema(world.caller(), made)
    assert (found.name, found.instruction) == ("why", "Say why")


def test_a_review_queue_keeps_both_changes(world: World, database: Database):
    made = create_queue(world.caller(), world.number, NewQueue("q", QueueKind.CUSTOM)).queue_id
    world.session.commit()
    update_queue(world.caller(), made, QueueChange(name="today"))
    update = meanwhile(
        database,
        world.session,
        world.alice,
        lambda caller: update_queue(caller, made, QueueChange(owner="ann")),
    )
    with update as updating:
        updating.result(timeout=30)
    found = get_queue(world.caller(), made)
    assert (found.name, found.owner) == ("today", "ann")
