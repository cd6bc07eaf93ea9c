import pytest

from app.errors import (
    AlreadyExistsError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.tracking.evaluation.labels import (
    create_label_schema,
    delete_label_schema,
    get_label_schema,
    get_label_schema_by_name,
    list_label_schemas,
    update_label_schema,
)
from app.tracking.evaluation.labels_values import (
    InputKind,
    LabelInput,
    LabelSchema,
    LabelSchemaChange,
    NewLabelSchema,
)
from app.tracking.traces.values import AssessmentKind
from tests.factories import NOW, grant
from tests.tracking.worlds import World

TEXT = LabelInput(InputKind.TEXT, {})
CHOICE = LabelInput(InputKind.CATEGORICAL, {"options": ["a", "b"], "multi_select": False})


def ask(world: World, name: str = "right?", given: LabelInput = TEXT, who="alice") -> LabelSchema:
    new = NewLabelSchema(name, AssessmentKind.EXPECTATION, given, instruction="look")
    return create_label_schema(world.caller(who), world.number, new)


def names(world: World, **page) -> list[str]:
    return [one.name for one in list_label_schemas(world.caller("bob"), world.number, **page).items]


def test_an_experiment_has_one_question_that_nobody_wrote(world: World):
    (default,) = list_label_schemas(world.caller("bob"), world.number).items
    assert (default.name, default.is_default) == ("Feedback", True)
    assert get_label_schema(world.caller("bob"), default.schema_id) == default
    assert get_label_schema_by_name(world.caller("bob"), world.number, "Feedback") == default
    for change in (
        lambda: update_label_schema(
            world.caller(), default.schema_id, LabelSchemaChange(instruction="x")
        ),
        lambda: delete_label_schema(world.caller(), default.schema_id),
    ):
        with world.undone(), pytest.raises(InvalidParameterError):
            change()


def test_the_default_question_of_a_hidden_or_absent_experiment_is_not_found(world: World):
    default = list_label_schemas(world.caller(), world.number).items[0].schema_id
    for schema_id in (default, f"ls-{999:032d}", f"ls-{10**18:032d}", "ls-1"):
        with pytest.raises(NotFoundError):
            get_label_schema(world.caller("charlie"), schema_id)


def test_a_question_is_kept_with_who_asked_it(world: World):
    made = ask(world, given=CHOICE)
    found = get_label_schema(world.caller("bob"), made.schema_id)
    assert found == made
    assert (found.created_by, found.created_at, found.is_default) == ("alice", NOW, False)
    assert get_label_schema_by_name(world.caller("bob"), world.number, "right?") == made


def test_pages_put_together_are_all_questions_once(world: World):
    for number in range(3):
        ask(world, f"q{number}")
    first = list_label_schemas(world.caller(), world.number, max_results=2)
    second = list_label_schemas(
        world.caller(), world.number, max_results=2, page_token=first.next_token
    )
    found = [one.name for one in first.items + second.items]
    assert found == ["q2", "q1", "q0", "Feedback"]
    assert second.next_token == ""
    whole = list_label_schemas(world.caller(), world.number, max_results=3)
    assert [one.name for one in whole.items] == ["q2", "q1", "q0"]
    assert names(world, max_results=3, page_token=whole.next_token) == ["Feedback"]


def test_a_name_is_taken_once_and_the_default_never(world: World):
    ask(world)
    world.session.commit()
    with world.undone(), pytest.raises(AlreadyExistsError):
        ask(world)
    with pytest.raises(InvalidParameterError):
        ask(world, " feedback")
    other = ask(world, "wrong?")
    world.session.commit()
    with world.undone(), pytest.raises(AlreadyExistsError):
        update_label_schema(world.caller(), other.schema_id, LabelSchemaChange(name="right?"))


def test_a_change_keeps_what_it_does_not_name(world: World):
    made = ask(world, given=CHOICE)
    wider = LabelInput(InputKind.CATEGORICAL, {"options": ["a", "c"], "multi_select": False})
    change = LabelSchemaChange(name="better?", input=wider, enable_comment=True)
    changed = update_label_schema(world.caller(now=NOW + 5), made.schema_id, change)
    assert (changed.instruction, changed.updated_at) == ("look", NOW + 5)
    assert (changed.name, changed.input, changed.enable_comment) == ("better?", wider, True)
    assert get_label_schema(world.caller(), made.schema_id) == changed


@pytest.mark.parametrize(
    "given",
    [TEXT, LabelInput(InputKind.CATEGORICAL, {"options": ["a", "b"], "multi_select": True})],
)
def test_what_was_answered_must_still_be_an_answer(world: World, given: LabelInput):
    made = ask(world, given=CHOICE)
    with pytest.raises(InvalidParameterError):
        update_label_schema(world.caller(), made.schema_id, LabelSchemaChange(input=given))


@pytest.mark.parametrize(
    "kind,settings",
    [
        (InputKind.PASS_FAIL, {"positive_label": "", "negative_label": "n"}),
        (InputKind.PASS_FAIL, {"positive_label": "n", "negative_label": "n"}),
        (InputKind.PASS_FAIL, {"positive_label": "x" * 65, "negative_label": "n"}),
        (InputKind.CATEGORICAL, {"options": [], "multi_select": False}),
        (InputKind.CATEGORICAL, {"options": ["a", "a"], "multi_select": False}),
        (InputKind.CATEGORICAL, {"options": [str(n) for n in range(11)], "multi_select": False}),
        (InputKind.NUMERIC, {"min_value": 2.0, "max_value": 2.0}),
        (InputKind.NUMERIC, {"min_value": float("nan")}),
        (InputKind.NUMERIC, {"max_value": float("inf")}),
        (InputKind.TEXT, {"max_length": 0}),
    ],
)
def test_an_input_that_nobody_could_answer_is_refused(world: World, kind, settings):
    with pytest.raises(InvalidParameterError):
        ask(world, given=LabelInput(kind, settings))


def test_a_deleted_question_is_gone(world: World):
    made = ask(world)
    delete_label_schema(world.caller(), made.schema_id)
    with pytest.raises(NotFoundError):
        get_label_schema(world.caller(), made.schema_id)
    assert names(world) == ["Feedback"]


def test_a_reader_and_a_reviewer_see_questions_and_change_none(world: World):
    made = ask(world)
    grant(world.session, world.experiment, world.charlie, "ASSESS")
    world.session.commit()
    for who in ("bob", "charlie"):
        assert get_label_schema(world.caller(who), made.schema_id) == made
        for change in (
            lambda caller: create_label_schema(
                caller, world.number, NewLabelSchema("x", AssessmentKind.FEEDBACK, TEXT)
            ),
            lambda caller: update_label_schema(caller, made.schema_id, LabelSchemaChange()),
            lambda caller: delete_label_schema(caller, made.schema_id),
        ):
            with world.undone(), pytest.raises(PermissionDeniedError):
                change(world.caller(who))


def test_a_stranger_finds_no_question(world: World):
    made = ask(world)
    for look in (
        lambda caller: get_label_schema(caller, made.schema_id),
        lambda caller: get_label_schema_by_name(caller, world.number, "right?"),
        lambda caller: list_label_schemas(caller, world.number),
    ):
        with pytest.raises(NotFoundError):
            look(world.caller("charlie"))
