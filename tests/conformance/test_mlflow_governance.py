"""What an administrator decides counts for the client's next request."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException, RestException

from tests.conformance.conftest import Operator, SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def model(catalog: str, tmp_path: Path) -> str:
    """The name of a model in the catalog, with one version of a few bytes."""
    client = MlflowClient()
    run = client.create_run(client.create_experiment(f"{catalog}.s.e"))
    client.log_text(run.info.run_id, "wine", "model/MLmodel")
    name = f"{catalog}.s.m"
    client.create_registered_model(name)
    client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    return name


@pytest.fixture
def in_workspace() -> Iterator[None]:
    """Leave the workspace that a test went to."""
    yield
    mlflow.set_workspace(None)


def fetch(model: str, folder: Path) -> str:
    uri = f"models:/{model}/1/MLmodel"
    return Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder))).read_text()


def test_a_disabled_key_shuts_every_file_and_an_enabled_one_opens_them(
    operator: Operator, catalog: str, model: str, tmp_path: Path
) -> None:
    operator.does(f"key create k-{catalog}")
    operator.does(f"key bind k-{catalog} {catalog}")
    assert fetch(model, tmp_path / "before") == "wine"
    operator.does(f"key disable k-{catalog}")
    with pytest.raises(Exception, match="403"):
        fetch(model, tmp_path / "while")
    assert MlflowClient().get_model_version(model, "1").status == "READY"
    operator.does(f"key enable k-{catalog}")
    assert fetch(model, tmp_path / "after") == "wine"


def test_a_stranger_reads_once_granted_and_not_once_revoked(
    operator: Operator, catalog: str, model: str, dora: str, tmp_path: Path, sign_in: SignIn
) -> None:
    sign_in(dora)
    with pytest.raises(MlflowException):
        fetch(model, tmp_path / "before")
    operator.does(f"grant role:reader on catalog {catalog} to {dora}")
    assert fetch(model, tmp_path / "while") == "wine"
    operator.does(f"revoke role:reader on catalog {catalog} from {dora}")
    with pytest.raises(MlflowException):
        fetch(model, tmp_path / "after")


def test_who_sees_a_model_but_may_not_load_it_is_told_what_is_missing(
    operator: Operator, catalog: str, model: str, dora: str, tmp_path: Path, sign_in: SignIn
) -> None:
    operator.does(f"grant BROWSE on catalog {catalog} to {dora}")
    sign_in(dora)
    assert MlflowClient().get_registered_model(model).name == model
    with pytest.raises(RestException) as refused:
        fetch(model, tmp_path)
    assert refused.value.error_code == "PERMISSION_DENIED"
    assert "EXECUTE" in refused.value.message


def test_short_names_are_of_the_workspace_that_the_client_works_in(
    operator: Operator, sign_in: SignIn, in_workspace: None
) -> None:
    team = f"team-{uuid.uuid4().hex[:8]}"
    operator.does(f"workspace create {team} --member alice")
    mlflow.set_workspace(team)
    MlflowClient().create_registered_model("grapes")
    mlflow.set_workspace("default")
    assert "grapes" not in [model.name for model in MlflowClient().search_registered_models()]
    with pytest.raises(RestException, match="does not exist"):  # its catalog is the team's alone
        MlflowClient().get_registered_model(f"{team}.default.grapes")
    mlflow.set_workspace(team)
    assert MlflowClient().get_registered_model(f"{team}.default.grapes").name == "grapes"
    assert {team, "default"} <= {one.name for one in mlflow.list_workspaces()}
