"""Runs, by the unmodified client: fluent, nested, in batches, asynchronous, searched."""

import math
import time
import uuid

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException, RestException

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def experiment_id(sign_in: SignIn) -> str:
    """An experiment of alice's that is the active one."""
    experiment = mlflow.set_experiment(f"ml.prod.exp-{uuid.uuid4().hex[:12]}")
    experiment_id: str = experiment.experiment_id
    return experiment_id


def test_a_fluent_run_comes_back_whole(experiment_id: str) -> None:
    with mlflow.start_run(run_name="first", tags={"team": "red"}, description="a try") as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"rate": 0.1, "kind": "tree"})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"nan": math.nan, "high": math.inf})
        mlflow.set_tag("note", "ünï")
    found = mlflow.get_run(run.info.run_id)
    assert found.info.status == "FINISHED"
    assert found.info.experiment_id == experiment_id
    assert found.data.params == {"depth": "3", "rate": "0.1", "kind": "tree"}
    assert found.data.metrics["loss"] == 0.2
    assert math.isnan(found.data.metrics["nan"])
    assert found.data.tags["note"] == "ünï"
    assert found.data.tags["mlflow.note.content"] == "a try"
    history = MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == [0, 1, 2, 3, 4]


def test_a_nested_run_knows_its_parent(experiment_id: str) -> None:
    with mlflow.start_run() as parent, mlflow.start_run(nested=True) as child:
        mlflow.log_metric("loss", 1)
    found = mlflow.get_parent_run(child.info.run_id)
    assert found is not None
    assert found.info.run_id == parent.info.run_id


def test_a_failed_run_is_told_apart(experiment_id: str) -> None:
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as run:
        _ = 1 / 0
    assert mlflow.get_run(run.info.run_id).info.status == "FAILED"


def test_a_batch_of_a_thousand_points_goes_in_at_once(experiment_id: str) -> None:
    client = MlflowClient()
    run = client.create_run(experiment_id)
    now = int(time.time() * 1000)
    metrics = [Metric(f"m{n % 10}", n, now, n) for n in range(800)]
    params = [Param(f"p{n}", str(n)) for n in range(100)]
    tags = [RunTag(f"t{n}", str(n)) for n in range(100)]
    client.log_batch(run.info.run_id, metrics, params, tags)
    found = client.get_run(run.info.run_id)
    assert found.data.metrics["m9"] == 799
    assert len(found.data.params) == 100
    assert len(client.get_metric_history(run.info.run_id, "m0")) == 80


def test_what_is_logged_asynchronously_arrives(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        for step in range(50):
            mlflow.log_metric("loss", step, step=step, synchronous=False)
        mlflow.log_params({"a": "b"}, synchronous=False)
    mlflow.flush_async_logging()
    data = mlflow.get_run(run.info.run_id).data
    assert (data.metrics["loss"], data.params) == (49, {"a": "b"})


def test_a_parameter_cannot_change(experiment_id: str) -> None:
    with mlflow.start_run():
        mlflow.log_param("depth", 3)
        with pytest.raises(MlflowException, match="not allowed"):
            mlflow.log_param("depth", 4)


def test_a_search_finds_by_metric_parameter_and_tag(experiment_id: str) -> None:
    for depth in range(4):
        with mlflow.start_run(tags={"team": "red" if depth % 2 else "blue"}):
            mlflow.log_param("depth", depth)
            mlflow.log_metric("loss", 1 - depth / 10)
    found = mlflow.search_runs(
        filter_string="metrics.loss < 0.95 and tags.team = 'red' and params.depth != '9'",
        order_by=["metrics.loss ASC"],
    )
    assert list(found["params.depth"]) == ["3", "1"]


def test_deleted_runs_are_found_among_the_deleted(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    client.delete_run(run_id)
    assert client.search_runs([experiment_id]) == []
    deleted = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    assert [run.info.run_id for run in deleted] == [run_id]
    client.restore_run(run_id)
    assert [run.info.run_id for run in client.search_runs([experiment_id])] == [run_id]


def test_runs_come_page_by_page(experiment_id: str) -> None:
    client = MlflowClient()
    made = {client.create_run(experiment_id).info.run_id for _ in range(5)}
    page = client.search_runs([experiment_id], max_results=2)
    seen = [run.info.run_id for run in page]
    while page.token:
        page = client.search_runs([experiment_id], max_results=2, page_token=page.token)
        seen += [run.info.run_id for run in page]
    assert len(seen) == 5
    assert set(seen) == made


def test_experiments_are_tagged_renamed_searched_deleted_and_restored(sign_in: SignIn) -> None:
    client = MlflowClient()
    name = f"short {uuid.uuid4().hex[:8]}"
    experiment_id = client.create_experiment(name, tags={"team": name})
    client.set_experiment_tag(experiment_id, "stage", "one")
    found = client.search_experiments(filter_string=f"tags.team = '{name}'")
    assert [one.name for one in found] == [name]
    client.rename_experiment(experiment_id, f"{name} again")
    renamed = client.get_experiment_by_name(f"{name} again")
    assert renamed is not None
    assert renamed.experiment_id == experiment_id
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    client.restore_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"


def test_bob_reads_runs_and_cannot_write(experiment_id: str, sign_in: SignIn) -> None:
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 1)
    sign_in("bob")
    assert mlflow.get_run(run.info.run_id).data.metrics == {"loss": 1}
    with pytest.raises(RestException) as refused:
        MlflowClient().set_tag(run.info.run_id, "a", "b")
    assert refused.value.error_code == "PERMISSION_DENIED"


def test_charlie_learns_nothing(experiment_id: str, sign_in: SignIn) -> None:
    run_id = MlflowClient().create_run(experiment_id).info.run_id
    name = mlflow.get_experiment(experiment_id).name
    sign_in("charlie")
    client = MlflowClient()
    for ask in (lambda: client.get_run(run_id), lambda: client.get_experiment(experiment_id)):
        with pytest.raises(RestException) as refused:
            ask()
        assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
        assert name not in str(refused.value)
    assert client.get_experiment_by_name(name) is None
    assert client.search_experiments() == []
    assert client.search_runs([experiment_id]) == []
