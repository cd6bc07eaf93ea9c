"""Files of runs, by the unmodified client."""

import uuid
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def run_id(sign_in: SignIn) -> str:
    """A run of alice's in an experiment of its own."""
    experiment = mlflow.set_experiment(f"ml.prod.files-{uuid.uuid4().hex[:12]}")
    made: str = MlflowClient().create_run(experiment.experiment_id).info.run_id
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files of all sizes and names."""
    folder = tmp_path / "logged"
    (folder / "dossier é").mkdir(parents=True)
    (folder / "empty.txt").touch()
    (folder / "large.bin").write_bytes(bytes(range(256)) * 4096)
    (folder / "dossier é" / "файл 1.txt").write_text("text", encoding="utf-8")
    (folder / "50%.csv").write_text("a,b", encoding="utf-8")
    return folder


def test_a_folder_comes_back_as_it_went_in(run_id: str, folder: Path, tmp_path: Path) -> None:
    client = MlflowClient()
    client.log_artifacts(run_id, str(folder), "data")
    back = Path(client.download_artifacts(run_id, "data", str(tmp_path)))
    assert _contents(back) == _contents(folder)


def test_files_are_listed_folder_by_folder(run_id: str, folder: Path) -> None:
    client = MlflowClient()
    client.log_artifacts(run_id, str(folder))
    client.log_artifact(run_id, str(folder / "large.bin"), "copies")
    listed = {(one.path, one.is_dir, one.file_size) for one in client.list_artifacts(run_id)}
    assert listed == {
        ("50%.csv", False, 3),
        ("copies", True, None),
        ("dossier é", True, None),
        ("empty.txt", False, 0),
        ("large.bin", False, 1 << 20),
    }
    assert [one.path for one in client.list_artifacts(run_id, "copies")] == ["copies/large.bin"]
    assert client.list_artifacts(run_id, "none") == []


def test_text_dictionaries_and_tables_are_logged(run_id: str) -> None:
    with mlflow.start_run(run_id):
        mlflow.log_text("héllo", "notes/a.txt")
        mlflow.log_dict({"a": [1, 2]}, "config.json")
        mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, "table.json")
    uri = f"runs:/{run_id}"
    assert mlflow.artifacts.load_text(f"{uri}/notes/a.txt") == "héllo"
    assert mlflow.artifacts.load_dict(f"{uri}/config.json") == {"a": [1, 2]}
    table = mlflow.load_table("table.json", run_ids=[run_id])
    assert list(table["y"]) == ["a", "b"]


def test_bob_downloads_and_cannot_upload(
    run_id: str, folder: Path, tmp_path: Path, sign_in: SignIn
) -> None:
    MlflowClient().log_artifact(run_id, str(folder / "large.bin"))
    sign_in("bob")
    back = MlflowClient().download_artifacts(run_id, "large.bin", str(tmp_path))
    assert Path(back).stat().st_size == 1 << 20
    with pytest.raises(Exception, match="403"):
        MlflowClient().log_artifact(run_id, str(folder / "50%.csv"))


def test_charlie_gets_no_byte(run_id: str, folder: Path, tmp_path: Path, sign_in: SignIn) -> None:
    client = MlflowClient()
    client.log_artifact(run_id, str(folder / "large.bin"))
    uri = client.get_run(run_id).info.artifact_uri
    sign_in("charlie")
    with pytest.raises(MlflowException):
        client.download_artifacts(run_id, "large.bin", str(tmp_path))
    with pytest.raises(Exception, match="404"):
        mlflow.artifacts.download_artifacts(f"{uri}/large.bin", dst_path=str(tmp_path))


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
