"""Label schemas and review queues through the unmodified client."""

import uuid
from typing import Any

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.genai.label_schemas import (
    InputCategorical,
    InputNumeric,
    InputPassFail,
    InputText,
    LabelSchema,
    create_label_schema,
    delete_label_schema,
    get_label_schema,
    list_label_schemas,
    update_label_schema,
)
from mlflow.genai.review_queues import (
    ReviewStatus,
    add_items_to_review_queue,
    create_review_queue,
    delete_review_queue,
    get_or_create_user_queue,
    get_review_queue,
    list_review_queue_items,
    list_review_queues,
    remove_items_from_review_queue,
    set_review_queue_item_status,
    update_review_queue,
)

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def experiment(sign_in: SignIn) -> str:
    """An experiment of alice's in ``ml.prod``, which bob may read, made the active one."""
    made = mlflow.set_experiment(f"ml.prod.reviewed-{uuid.uuid4().hex}")
    return str(made.experiment_id)


@pytest.fixture
def trace_id(experiment: str) -> str:
    with mlflow.start_span("answer") as span:
        span.set_inputs({"question": "why"})
    mlflow.flush_trace_async_logging()
    return str(span.trace_id)


def ask(name: str, given: Any) -> LabelSchema:
    return create_label_schema(name, type="feedback", input=given, instruction="look")


@pytest.mark.parametrize(
    "given",
    [
        InputPassFail(positive_label="yes", negative_label="no"),
        InputCategorical(options=["a", "b"], multi_select=True),
        InputNumeric(min_value=0.5, max_value=2),
        InputNumeric(),
        InputText(max_length=5),
        InputText(),
    ],
)
def test_a_question_of_every_kind_is_kept(experiment: str, given: Any):
    made = ask("right?", given)
    assert (made.input, made.created_by, made.is_default) == (given, "alice", False)
    assert get_label_schema(schema_id=made.schema_id) == made
    assert get_label_schema("right?", experiment_id=experiment) == made


def test_questions_are_listed_changed_and_deleted(experiment: str):
    made = ask("right?", InputText())
    assert [one.name for one in list_label_schemas()] == ["right?", "Feedback"]
    assert made.schema_id is not None
    changed = update_label_schema(made.schema_id, name="better?", enable_comment=True)
    assert (changed.name, changed.enable_comment, changed.instruction) == ("better?", True, "look")
    delete_label_schema(schema_id=made.schema_id)
    (default,) = list_label_schemas()
    assert default.is_default
    with pytest.raises(MlflowException, match="default question"):
        delete_label_schema(schema_id=default.schema_id)


def test_a_queue_is_made_filled_reviewed_and_deleted(experiment: str, trace_id: str):
    question = ask("right?", InputText())
    assert question.schema_id is not None
    made = create_review_queue(
        "first", queue_type="custom", users=["bob"], schema_ids=[question.schema_id]
    )
    assert (made.created_by, made.users, made.schema_ids) == (
        "alice",
        ["bob"],
        [question.schema_id],
    )
    (item,) = add_items_to_review_queue(made.queue_id, item_ids=[trace_id])
    assert (item.item_id, item.status) == (trace_id, ReviewStatus.PENDING)
    done = set_review_queue_item_status(
        made.queue_id, item_id=trace_id, status="complete", completed_by="somebody"
    )
    assert done.completed_by == "alice"
    listed = list_review_queue_items(made.queue_id, status="complete")
    assert [one.item_id for one in listed] == [trace_id]
    assert [one.queue_id for one in list_review_queues(user="bob")] == [made.queue_id]
    remove_items_from_review_queue(made.queue_id, item_ids=[trace_id])
    renamed = update_review_queue(made.queue_id, name="second", users=[], new_owner="bob")
    assert (renamed.name, renamed.users, renamed.created_by) == ("second", [], "bob")
    assert get_review_queue(name="SECOND") == renamed
    delete_review_queue(made.queue_id)
    assert list(list_review_queues()) == []


def test_a_reader_looks_on_and_a_stranger_finds_nothing(
    experiment: str, trace_id: str, sign_in: SignIn
):
    question = ask("right?", InputText())
    queue = create_review_queue("first", queue_type="custom")
    add_items_to_review_queue(queue.queue_id, item_ids=[trace_id])
    sign_in("bob")
    assert [one.item_id for one in list_review_queue_items(queue.queue_id)] == [trace_id]
    for name, code in (("bob", "PERMISSION_DENIED"), ("charlie", "RESOURCE_DOES_NOT_EXIST")):
        sign_in(name)
        for change in (
            lambda: create_label_schema(
                "x", type="feedback", input=InputText(), experiment_id=experiment
            ),
            lambda: delete_label_schema(schema_id=question.schema_id),
            lambda: create_review_queue("x", queue_type="custom", experiment_id=experiment),
            lambda: get_or_create_user_queue("bob", experiment_id=experiment),
            lambda: add_items_to_review_queue(queue.queue_id, item_ids=[trace_id]),
            lambda: set_review_queue_item_status(
                queue.queue_id, item_id=trace_id, status="declined", completed_by="bob"
            ),
            lambda: delete_review_queue(queue.queue_id),
        ):
            with pytest.raises(MlflowException) as refused:
                change()
            assert refused.value.error_code == code
    for look in (
        lambda: get_label_schema(schema_id=question.schema_id),
        lambda: list_label_schemas(experiment_id=experiment),
        lambda: list_review_queues(experiment_id=experiment),
        lambda: list_review_queue_items(queue.queue_id),
    ):
        with pytest.raises(MlflowException) as refused:
            look()
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
