"""What ``mlflow gc`` is for: what is in the trash goes for good, and only by an administrator."""

import uuid
from collections.abc import Callable

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException

from tests.conformance.conftest import Operator, SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

PURGE = ("purge", "--older-than", "0m", "--confirm")


@pytest.fixture
def name(sign_in: SignIn) -> str:
    """The name of an experiment of alice's, and of a model made of a run in it, both in the trash.

    In another experiment of hers one of two runs is.
    """
    name = f"ml.prod.gone-{uuid.uuid4().hex[:12]}"
    client = MlflowClient()
    experiment = client.create_experiment(name)
    run_id = client.create_run(experiment).info.run_id
    client.log_text(run_id, "wine", "model/MLmodel")
    client.create_registered_model(name)
    client.create_model_version(name, f"runs:/{run_id}/model", run_id)
    client.delete_registered_model(name)
    client.delete_experiment(experiment)
    mlflow.set_experiment(f"{name}-not")
    for run_name in ("gone", "kept"):
        with mlflow.start_run(run_name=run_name):
            mlflow.log_metric("loss", 1)
    (gone,) = runs(name, "gone")
    client.delete_run(gone)
    return name


def runs(name: str, run_name: str, view: int = ViewType.ACTIVE_ONLY) -> list[str]:
    found = mlflow.search_runs(
        experiment_names=[f"{name}-not"],
        filter_string=f"run_name = '{run_name}'",
        run_view_type=view,
        output_format="list",
    )
    return [run.info.run_id for run in found]


def code(asked: Callable[[], object]) -> str:
    with pytest.raises(MlflowException) as refused:
        asked()
    return str(refused.value.error_code)


def test_what_is_purged_is_gone_and_its_names_are_free(name: str, operator: Operator) -> None:
    client = MlflowClient()
    (run_id,) = runs(name, "gone", ViewType.DELETED_ONLY)
    experiment = client.get_experiment_by_name(name)
    assert experiment is not None
    assert code(lambda: client.create_experiment(name)) == "RESOURCE_ALREADY_EXISTS"
    operator.says(*PURGE)
    for asked in (
        lambda: client.get_run(run_id),
        lambda: client.restore_run(run_id),
        lambda: client.get_experiment(experiment.experiment_id),
        lambda: client.restore_experiment(experiment.experiment_id),
        lambda: client.get_model_version(name, "1"),
    ):
        assert code(asked) == "RESOURCE_DOES_NOT_EXIST"
    assert client.create_experiment(name) != experiment.experiment_id
    assert client.create_registered_model(name).latest_versions == []
    assert len(runs(name, "kept", ViewType.ALL)) == 1


def test_nobody_but_an_administrator_deletes_for_good(name: str, operator: Operator) -> None:
    for who in ("alice", "bob", "charlie"):
        said = operator.fails(*PURGE, "--as", who)
        assert "MANAGE" in said
        assert name not in said
    (run_id,) = runs(name, "gone", ViewType.DELETED_ONLY)
    MlflowClient().restore_run(run_id)
    assert runs(name, "gone") == [run_id]


def test_a_reader_sees_the_trash_and_a_stranger_does_not(name: str, sign_in: SignIn) -> None:
    client = MlflowClient()
    (run_id,) = runs(name, "gone", ViewType.DELETED_ONLY)
    sign_in("bob")
    assert runs(name, "gone", ViewType.DELETED_ONLY) == [run_id]
    assert code(lambda: client.restore_run(run_id)) == "PERMISSION_DENIED"
    sign_in("charlie")
    assert client.get_experiment_by_name(name) is None
    assert code(lambda: client.restore_run(run_id)) == "RESOURCE_DOES_NOT_EXIST"
    assert name not in str([one.name for one in client.search_experiments(ViewType.ALL)])
