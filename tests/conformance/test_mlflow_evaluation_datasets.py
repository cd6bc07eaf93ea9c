"""Evaluation datasets through the unmodified client."""

import uuid
from typing import Any

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.genai.datasets import (
    add_dataset_to_experiments,
    create_dataset,
    delete_dataset,
    delete_dataset_tag,
    get_dataset,
    remove_dataset_from_experiments,
    search_datasets,
    set_dataset_tags,
)
from mlflow.genai.scorers import scorer

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

RECORDS = [
    {"inputs": {"question": "why"}, "expectations": {"answer": "WHY"}},
    {"inputs": {"question": "how"}, "expectations": {"answer": "how"}},
]


@pytest.fixture
def experiment(sign_in: SignIn) -> str:
    """An experiment of alice's in ``ml.prod``, which bob may read, made the active one."""
    made = mlflow.set_experiment(f"ml.prod.evaluated-{uuid.uuid4().hex}")
    return str(made.experiment_id)


@pytest.fixture
def name() -> str:
    return f"golden-{uuid.uuid4().hex}"


def test_a_data_set_is_made_filled_read_and_deleted(experiment: str, name: str):
    made = create_dataset(name, tags={"team": "search"})
    made.merge_records(RECORDS)
    made.merge_records([{**RECORDS[0], "expectations": {"sure": True}}])
    found = get_dataset(name=name)
    assert found.dataset_id == made.dataset_id
    assert found.experiment_ids == [experiment]
    frame = found.to_df()
    assert list(frame["inputs"]) == [record["inputs"] for record in RECORDS]
    assert frame["expectations"][0] == {"answer": "WHY", "sure": True}
    assert list(frame["source_type"]) == ["HUMAN", "HUMAN"]
    assert found.profile == '{"num_records":2}'
    assert found.delete_records([frame["dataset_record_id"][0]]) == 1
    assert len(get_dataset(dataset_id=made.dataset_id).to_df()) == 1
    delete_dataset(dataset_id=made.dataset_id)
    with pytest.raises(MlflowException, match="not found"):
        get_dataset(dataset_id=made.dataset_id)


def test_records_come_from_a_frame_and_from_traces(experiment: str, name: str):
    @mlflow.trace
    def answer(question: str) -> str:
        return question.upper()

    answer("why")
    trace_id = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    assert trace_id is not None
    mlflow.log_expectation(trace_id=trace_id, name="answer", value="WHY")
    made = create_dataset(name)
    made.merge_records(pd.DataFrame(RECORDS[1:]))
    made.merge_records(mlflow.search_traces(locations=[experiment]))
    frame = made.to_df()
    assert list(frame["source_type"]) == ["HUMAN", "TRACE"]
    assert frame["source_id"][1] == trace_id
    assert frame["outputs"][1] == "WHY"
    assert frame["expectations"][1] == {"answer": "WHY"}


def test_what_a_frame_lacks_is_missing_from_its_record(experiment: str, name: str):
    made = create_dataset(name)
    frame = pd.DataFrame([{"question": "why", "words": 2}, {"question": "how"}])
    made.merge_records([{"inputs": row} for row in frame.to_dict("records")])
    assert list(made.to_df()["inputs"]) == [
        {"question": "why", "words": 2},
        {"question": "how", "words": None},
    ]


def test_searches_tags_and_links(experiment: str, name: str):
    other = str(mlflow.create_experiment(f"ml.prod.other-{uuid.uuid4().hex}"))
    made = create_dataset(name, experiment_id=[experiment, other])
    set_dataset_tags(made.dataset_id, {"team": "search", "n": 3})
    delete_dataset_tag(made.dataset_id, "n")
    for text in (f"name = '{name}'", "tags.team = 'search' AND name LIKE 'golden-%'"):
        found = search_datasets([other], filter_string=text, order_by=["name ASC"])
        assert [one.dataset_id for one in found] == [made.dataset_id]
        tags = found[0].tags or {}
        assert (tags["team"], "n" in tags) == ("search", False)
    remove_dataset_from_experiments(made.dataset_id, [other])
    assert search_datasets([other]) == []
    linked = add_dataset_to_experiments(made.dataset_id, [other])
    assert linked.experiment_ids == [experiment, other]
    with pytest.raises(MlflowException, match="stays in the experiment"):
        remove_dataset_from_experiments(made.dataset_id, [experiment])


def test_a_page_of_a_search_leads_to_the_next(experiment: str, name: str):
    for _ in range(3):
        create_dataset(name)
    client = MlflowClient()
    seen, token = [], None
    while token != "":
        page = client.search_datasets([experiment], max_results=2, page_token=token)
        seen += [one.dataset_id for one in page]
        token = page.token or ""
    assert len(set(seen)) == len(seen) == 3


def test_an_evaluation_runs_on_a_data_set_with_a_scorer_of_ones_own(experiment: str, name: str):
    @scorer
    def is_right(outputs, expectations) -> bool:
        return bool(outputs == expectations["answer"])

    dataset = create_dataset(name)
    dataset.merge_records(RECORDS)
    result = mlflow.genai.evaluate(
        data=dataset, scorers=[is_right], predict_fn=lambda question: question.upper()
    )
    assert result.metrics["is_right/mean"] == 0.5
    run: Any = mlflow.get_run(result.run_id)
    assert run.data.metrics["is_right/mean"] == 0.5
    assert [item.dataset.name for item in run.inputs.dataset_inputs] == [name]


def test_nobody_evaluates_where_they_may_not_log(experiment: str, name: str, sign_in: SignIn):
    @scorer
    def is_there(outputs) -> bool:
        return outputs is not None

    dataset = create_dataset(name)
    dataset.merge_records(RECORDS)
    for who, code in (("bob", "PERMISSION_DENIED"), ("charlie", "RESOURCE_DOES_NOT_EXIST")):
        sign_in(who)
        with pytest.raises(MlflowException) as refused:
            mlflow.genai.evaluate(data=RECORDS, scorers=[is_there], predict_fn=str.upper)
        assert refused.value.error_code == code
    with pytest.raises(MlflowException):
        get_dataset(dataset_id=dataset.dataset_id).to_df()


def test_a_reader_reads_and_changes_nothing(experiment: str, name: str, sign_in: SignIn):
    made = create_dataset(name)
    made.merge_records(RECORDS)
    sign_in("bob")
    found = get_dataset(name=name)
    assert len(found.to_df()) == 2
    for change in (
        lambda: create_dataset(name, experiment_id=experiment),
        lambda: found.merge_records(RECORDS),
        lambda: found.delete_records(list(found.to_df()["dataset_record_id"])),
        lambda: set_dataset_tags(made.dataset_id, {"a": "b"}),
        lambda: delete_dataset(dataset_id=made.dataset_id),
    ):
        with pytest.raises(MlflowException) as refused:
            change()
        assert refused.value.error_code == "PERMISSION_DENIED"


def test_a_stranger_finds_nothing(experiment: str, name: str, sign_in: SignIn):
    made = create_dataset(name)
    made.merge_records(RECORDS)
    sign_in("charlie")
    assert search_datasets() == []
    for call in (
        lambda: get_dataset(name=name),
        lambda: get_dataset(dataset_id=made.dataset_id),
        lambda: MlflowClient().add_dataset_to_experiments(made.dataset_id, [experiment]),
        lambda: delete_dataset(dataset_id=made.dataset_id),
    ):
        with pytest.raises(MlflowException) as refused:
            call()
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
