"""MLflow's own command line: experiments, runs and artifacts, by owner, reader and stranger."""

import re
import uuid
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from tests.conformance.commands import fails, says
from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def name(sign_in: SignIn) -> str:
    """The name of an experiment to be."""
    return f"ml.prod.commands-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def experiment_id(name: str) -> str:
    made: str = MlflowClient().create_experiment(name)
    return made


@pytest.fixture
def run_id(experiment_id: str) -> str:
    """A run with a metric and a file."""
    client = MlflowClient()
    made: str = client.create_run(experiment_id, run_name="first").info.run_id
    client.log_metric(made, "accuracy", 0.5)
    client.log_text(made, "wine", "notes/a.txt")
    return made


def test_an_experiment_is_made_found_renamed_deleted_and_restored(name: str) -> None:
    made = re.search(r"with id (\d+)", says("experiments", "create", "-n", name))
    assert made is not None
    number = made[1]
    assert name in says("experiments", "search", "--view", "all")
    assert name in says("experiments", "get", "-x", number)
    says("experiments", "rename", "-x", number, "--new-name", f"{name}-again")
    says("experiments", "delete", "-x", number)
    assert MlflowClient().get_experiment(number).lifecycle_stage == "deleted"
    says("experiments", "restore", "-x", number)
    assert f"{name}-again" in says("experiments", "search")


def test_runs_are_listed_described_deleted_and_restored(experiment_id: str, run_id: str) -> None:
    assert run_id in says("runs", "list", "--experiment-id", experiment_id)
    assert '"accuracy": 0.5' in says("runs", "describe", "--run-id", run_id)
    assert run_id in says("experiments", "csv", "-x", experiment_id)
    says("runs", "delete", "--run-id", run_id)
    assert run_id not in says("runs", "list", "--experiment-id", experiment_id)
    says("runs", "restore", "--run-id", run_id)
    assert run_id in says("runs", "list", "--experiment-id", experiment_id)


def test_artifacts_are_logged_listed_and_downloaded(run_id: str, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("grape")
    says("artifacts", "log-artifact", "-l", str(tmp_path / "b.txt"), "-r", run_id, "-a", "notes")
    listed = says("artifacts", "list", "-r", run_id, "-a", "notes")
    assert "notes/a.txt" in listed
    assert "notes/b.txt" in listed
    says("artifacts", "download", "-r", run_id, "-a", "notes", "-d", str(tmp_path / "back"))
    assert {path.name for path in (tmp_path / "back").rglob("*.txt")} == {"a.txt", "b.txt"}


def test_files_are_read_through_mlflow_artifacts(run_id: str, tmp_path: Path) -> None:
    uri = f"runs:/{run_id}/notes/a.txt"
    assert mlflow.artifacts.load_text(uri) == "wine"
    (listed,) = mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path="notes")
    assert (listed.path, listed.file_size) == ("notes/a.txt", 4)
    back = mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path))
    assert Path(back).read_text() == "wine"


def test_a_reader_lists_and_reads_and_changes_nothing(
    experiment_id: str, run_id: str, tmp_path: Path, sign_in: SignIn
) -> None:
    sign_in("bob")
    assert run_id in says("runs", "list", "--experiment-id", experiment_id)
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/a.txt") == "wine"
    (tmp_path / "b.txt").write_text("grape")
    for words in (
        ("experiments", "rename", "-x", experiment_id, "--new-name", "ml.prod.mine"),
        ("experiments", "delete", "-x", experiment_id),
        ("runs", "delete", "--run-id", run_id),
        ("artifacts", "log-artifact", "-l", str(tmp_path / "b.txt"), "-r", run_id),
    ):
        said = fails(*words)
        assert "PERMISSION_DENIED" in said or "403" in said


def test_a_stranger_learns_nothing(
    name: str, experiment_id: str, run_id: str, tmp_path: Path, sign_in: SignIn
) -> None:
    sign_in("charlie")
    absent, nobody = "999999999", "0" * 32
    assert name not in says("experiments", "search", "--view", "all")
    hidden = fails("experiments", "get", "-x", experiment_id)
    assert hidden.replace(experiment_id, absent) == fails("experiments", "get", "-x", absent)
    hidden = fails("runs", "describe", "--run-id", run_id)
    assert hidden.replace(run_id, nobody) == fails("runs", "describe", "--run-id", nobody)
    hidden = fails("artifacts", "list", "-r", run_id)
    assert hidden.replace(run_id, nobody) == fails("artifacts", "list", "-r", nobody)
