import pytest

from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.tracking.traces.assessments import (
    AssessmentChange,
    create_assessment,
    delete_assessment,
    get_assessment,
    update_assessment,
)
from app.tracking.traces.traces import get_trace_info, start_trace
from app.tracking.traces.values import AssessmentKind, NewAssessment, ToldTrace
from tests.factories import grant
from tests.tracking.worlds import World

ID = f"tr-{'a' * 32}"


def feedback(name="good", value=True, **more):
    return NewAssessment(name, AssessmentKind.FEEDBACK, value, "HUMAN", **more)


@pytest.fixture
def trace(world: World) -> str:
    start_trace(world.caller(), world.number, ToldTrace(ID))
    world.session.commit()
    return ID


def test_assess_is_enough_to_give_feedback_and_not_to_read(world: World, trace: str):
    grant(world.session, world.experiment, world.charlie, "ASSESS")
    world.session.commit()
    made = create_assessment(world.caller("charlie"), trace, feedback())
    with pytest.raises(PermissionDeniedError):
        get_assessment(world.caller("charlie"), trace, made.assessment_id)
    assert get_assessment(world.caller("bob"), trace, made.assessment_id) == made


def test_a_reader_gives_no_feedback_and_a_stranger_finds_nothing(world: World, trace: str):
    made = create_assessment(world.caller(), trace, feedback())
    world.session.commit()
    for who, error in (("bob", PermissionDeniedError), ("charlie", NotFoundError)):
        for use in (
            lambda caller: create_assessment(caller, trace, feedback()),
            lambda caller: update_assessment(
                caller, trace, made.assessment_id, AssessmentChange(name="b")
            ),
            lambda caller: delete_assessment(caller, trace, made.assessment_id),
        ):
            with world.undone(), pytest.raises(error):
                use(world.caller(who))


def test_what_is_overridden_counts_no_longer_until_that_is_deleted(world: World, trace: str):
    first = create_assessment(world.caller(), trace, feedback())
    second = create_assessment(
        world.caller(), trace, feedback(value=False, overrides=first.assessment_id)
    )
    known = {
        one.assessment_id: one.valid for one in get_trace_info(world.caller(), trace).assessments
    }
    assert known == {first.assessment_id: False, second.assessment_id: True}
    delete_assessment(world.caller(), trace, second.assessment_id)
    assert get_trace_info(world.caller(), trace).assessments == (first,)


def test_an_assessment_of_another_trace_is_neither_overridden_nor_reached(world: World, trace: str):
    other = f"tr-{'b' * 32}"
    start_trace(world.caller(), world.number, ToldTrace(other))
    made = create_assessment(world.caller(), trace, feedback())
    world.session.commit()
    with world.undone(), pytest.raises(NotFoundError):
        create_assessment(world.caller(), other, feedback(overrides=made.assessment_id))
    with pytest.raises(NotFoundError):
        get_assessment(world.caller(), other, made.assessment_id)
    delete_assessment(world.caller(), other, made.assessment_id)
    assert get_assessment(world.caller(), trace, made.assessment_id) == made


def test_a_change_keeps_what_it_does_not_name_and_adds_metadata(world: World, trace: str):
    made = create_assessment(world.caller(), trace, feedback(metadata={"a": "1"}, rationale="so"))
    change = AssessmentChange(
        kind=AssessmentKind.FEEDBACK, value={"deep": [1]}, metadata={"b": "2"}
    )
    changed = update_assessment(world.caller(), trace, made.assessment_id, change)
    assert (changed.value, changed.rationale) == ({"deep": [1]}, "so")
    assert changed.metadata == {"a": "1", "b": "2"}
    assert get_assessment(world.caller(), trace, made.assessment_id) == changed


def test_feedback_does_not_become_an_expectation(world: World, trace: str):
    made = create_assessment(world.caller(), trace, feedback())
    change = AssessmentChange(kind=AssessmentKind.EXPECTATION, value=1)
    with pytest.raises(InvalidParameterError):
        update_assessment(world.caller(), trace, made.assessment_id, change)


def test_a_value_may_hold_a_nul_on_both_engines(world: World, trace: str):
    made = create_assessment(world.caller(), trace, feedback(value="a\x00b"))
    assert get_assessment(world.caller(), trace, made.assessment_id).value == "a\x00b"
