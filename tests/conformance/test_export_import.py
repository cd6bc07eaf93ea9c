"""``mlflow-export-import``: what its commands write and read, by owner, reader and stranger.

What ``import-model`` and ``import-models`` do before they look for files on their own machine is
here too; beyond that they fail with every server of artifacts, see docs/importing.md.
"""

import json
import os
import uuid
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import mlflow
import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.entities import Metric, Run

from tests.application import Template
from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

SCRIPTS = {script.name: script for script in entry_points(group="console_scripts")}


@pytest.fixture
def enter(server: str, template: Template, sign_in: SignIn) -> SignIn:
    """Sign somebody in for the tool too, a part of which sends a credential only in the address."""

    def become(name: str) -> None:
        sign_in(name)
        credential = f"{name}:{template.tokens[name]}"
        os.environ["MLFLOW_TRACKING_URI"] = server.replace("//", f"//{credential}@")

    become("alice")
    return become


def told(command: str, **options: object) -> str:
    """Run a command of the tool, whether it succeeds or not, and return all that it says."""
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    result = CliRunner().invoke(SCRIPTS[command].load(), words)
    return f"{result.output}{result.exception or ''}"


def written(folder: Path) -> str:
    """Return all that the tool has written to a folder, and the names of the files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "".join(f"{path} {path.read_text()}" for path in files)


def manifest(path: Path) -> Any:
    return json.loads(path.read_text())["mlflow"]


@pytest.fixture
def name(enter: SignIn) -> str:
    """The name of an experiment of alice's with a run in a run, and of a model of the latter."""
    name = f"ml.prod.carried-{uuid.uuid4().hex[:12]}"
    client = MlflowClient()
    mlflow.set_experiment(name)
    with (
        mlflow.start_run(run_name="parent"),
        mlflow.start_run(run_name="child", nested=True) as run,
    ):
        mlflow.log_params({"depth": "3"})
        points = [Metric("loss", 1 / step, 1_700_000_000_000 + step, step) for step in (1, 2, 4)]
        client.log_batch(run.info.run_id, points)
        mlflow.log_text("run_id: nothing", "model/MLmodel")
    client.create_registered_model(name, tags={"team": "cellar"}, description="Of grapes")
    client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    client.transition_model_version_stage(name, "1", "Staging")
    return name


def runs(experiment: str) -> dict[str, Run]:
    found = mlflow.search_runs(experiment_names=[experiment], output_format="list")
    return {run.info.run_name: run for run in found}


def test_an_experiment_comes_back_under_another_name(name: str, tmp_path: Path) -> None:
    assert "All 2 runs" in told("export-experiment", experiment=name, output_dir=tmp_path)
    again = f"{name}-again"
    assert "Imported 2 runs" in told("import-experiment", experiment_name=again, input_dir=tmp_path)
    before, after = runs(name), runs(again)
    child, parent = after["child"], after["parent"]
    assert child.data.params == {"depth": "3"}
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    client = MlflowClient()
    histories = [
        client.get_metric_history(one["child"].info.run_id, "loss") for one in (before, after)
    ]
    assert histories[0] == histories[1]
    assert f"run_id: {child.info.run_id}" in mlflow.artifacts.load_text(
        f"runs:/{child.info.run_id}/model/MLmodel"
    )


def test_a_run_joins_an_experiment_that_is_there(name: str, tmp_path: Path) -> None:
    told("export-run", run_id=runs(name)["parent"].info.run_id, output_dir=tmp_path)
    assert "Using existing experiment" in told(
        "import-run", experiment_name=name, input_dir=tmp_path
    )
    assert len(mlflow.search_runs(experiment_names=[name])) == 3


def test_a_model_is_written_with_its_versions_and_their_runs(name: str, tmp_path: Path) -> None:
    assert "Exported 1/1" in told("export-model", model=name, output_dir=tmp_path)
    model = manifest(tmp_path / "model.json")["registered_model"]
    (version,) = model["versions"]
    assert (model["name"], model["tags"]) == (name, [{"key": "team", "value": "cellar"}])
    assert (version["current_stage"], version["_experiment_name"]) == ("Staging", name)
    assert "nothing" in (tmp_path / version["run_id"] / "artifacts/model/MLmodel").read_text()
    assert name in told("http-client", resource="registered-models/search")


def test_a_model_that_is_there_is_joined(name: str, tmp_path: Path) -> None:
    told("export-model", model=name, output_dir=tmp_path)
    said = told("import-model", model=name, experiment_name=name, input_dir=tmp_path)
    assert f"Registered model '{name}' already exists" in said


def test_all_of_it_is_written_by_one_command_and_read_by_another(name: str, tmp_path: Path) -> None:
    told("export-experiments", experiments=name, output_dir=tmp_path)
    told("import-experiments", input_dir=tmp_path)
    assert len(mlflow.search_runs(experiment_names=[name])) == 4


def test_a_reader_takes_away_and_brings_nothing(name: str, tmp_path: Path, enter: SignIn) -> None:
    enter("bob")
    assert "All 2 runs" in told("export-experiment", experiment=name, output_dir=tmp_path)
    assert "Exported 1/1" in told("export-model", model=name, output_dir=tmp_path / "model")
    for target in (name, f"{name}-again"):
        said = told("import-experiment", experiment_name=target, input_dir=tmp_path)
        assert "PERMISSION_DENIED" in said
    enter("alice")
    assert len(runs(name)) == 2


def test_a_stranger_takes_nothing_and_learns_nothing(
    name: str, tmp_path: Path, enter: SignIn
) -> None:
    alices, taken, run_id = tmp_path / "alices", tmp_path / "taken", runs(name)["child"].info.run_id
    told("export-experiment", experiment=name, output_dir=alices)
    enter("charlie")
    said = told("export-all", output_dir=taken)
    said += told("http-client", resource="registered-models/search")
    assert name not in said + written(taken)
    for command, option, hidden, absent in (
        ("export-experiment", "experiment", name, "ml.prod.nothing"),
        ("export-model", "model", name, "ml.prod.nothing"),
        ("export-run", "run_id", run_id, "0" * 32),
    ):
        said = told(command, **{option: hidden}, output_dir=taken)
        assert said.replace(hidden, absent) == told(command, **{option: absent}, output_dir=taken)
    said = told("import-experiment", experiment_name=name, input_dir=alices)
    assert "RESOURCE_DOES_NOT_EXIST" in said
