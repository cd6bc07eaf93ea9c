"""The main job, by the unmodified client: train, log, register, alias, load, copy, refuse."""

import json
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.data.pandas_dataset import from_pandas
from mlflow.exceptions import MlflowException, RestException
from mlflow.models import infer_signature
from pandas import DataFrame
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.conformance.commands import fails, says
from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

REQUIREMENTS = ["scikit-learn"]  # Inferring them would take a subprocess of many seconds.


@pytest.fixture(scope="module")
def wine() -> DataFrame:
    """A data set that scikit-learn ships, its column ``target`` last."""
    frame: DataFrame = load_wine(as_frame=True).frame
    return frame


@pytest.fixture(scope="module")
def trained(wine: DataFrame) -> Pipeline:
    """A model that everybody can load: nothing in it is code."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(
        wine.drop(columns="target"), wine["target"]
    )


@pytest.fixture(autouse=True)
def active_experiment(sign_in: SignIn) -> Iterator[None]:
    """An experiment of alice's, and silence about what was not inferred."""
    mlflow.set_experiment(f"ml.prod.models-{uuid.uuid4().hex[:12]}")
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    yield
    logging.getLogger("mlflow").setLevel(logging.INFO)


def log_model(
    trained: Pipeline, wine: DataFrame, registered_as: str | None = None
) -> tuple[str, str]:
    """Train in a run with its data set as input; return the ids of the run and the logged model."""
    features = wine.drop(columns="target")
    dataset = from_pandas(wine, name="wine", targets="target")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training")
        logged = mlflow.sklearn.log_model(
            trained,
            name="wine",
            signature=infer_signature(features, trained.predict(features)),
            input_example=features.head(2),
            registered_model_name=registered_as,
            pip_requirements=REQUIREMENTS,
        )
        mlflow.log_metric("accuracy", 0.9, model_id=logged.model_id, dataset=dataset)
    return run.info.run_id, logged.model_id


@pytest.fixture
def name(trained: Pipeline, wine: DataFrame) -> str:
    """The name of a model with one version, ``champion``, that alice registered."""
    name = f"ml.prod.wine-{uuid.uuid4().hex[:12]}"
    log_model(trained, wine, name)
    MlflowClient().set_registered_model_alias(name, "champion", "1")
    return name


def scores(uri: str, wine: DataFrame) -> list[int]:
    model = mlflow.pyfunc.load_model(uri)
    return [int(score) for score in model.predict(wine.drop(columns="target").head(5))]


def test_a_run_knows_its_data_set_and_its_model(trained: Pipeline, wine: DataFrame) -> None:
    run_id, model_id = log_model(trained, wine)
    run = mlflow.get_run(run_id)
    assert run.inputs is not None
    assert run.outputs is not None
    (used,) = run.inputs.dataset_inputs
    assert (used.dataset.name, used.tags[0].value) == ("wine", "training")
    assert [made.model_id for made in run.outputs.model_outputs] == [model_id]
    model = mlflow.get_logged_model(model_id)
    assert model.status == "READY"
    assert model.source_run_id == run_id
    assert model.metrics is not None
    assert [(metric.key, metric.dataset_name) for metric in model.metrics] == [("accuracy", "wine")]


def test_a_logged_model_loads_by_its_id_and_by_its_run(trained: Pipeline, wine: DataFrame) -> None:
    run_id, model_id = log_model(trained, wine)
    expected = [int(score) for score in trained.predict(wine.drop(columns="target").head(5))]
    assert scores(f"models:/{model_id}", wine) == expected
    assert scores(f"runs:/{run_id}/wine", wine) == expected


def test_a_signature_and_an_input_example_come_back(
    name: str, trained: Pipeline, wine: DataFrame
) -> None:
    features = wine.drop(columns="target")
    model = mlflow.pyfunc.load_model(f"models:/{name}@champion")
    assert model.metadata.signature == infer_signature(features, trained.predict(features))
    assert model.input_example.equals(features.head(2))
    with pytest.raises(MlflowException, match="missing inputs"):
        model.predict(features.drop(columns="alcohol"))


def test_logged_models_are_searched(trained: Pipeline, wine: DataFrame) -> None:
    _, model_id = log_model(trained, wine)
    found = mlflow.search_logged_models(
        filter_string="metrics.accuracy > 0.5 AND name = 'wine'", output_format="list"
    )
    assert [model.model_id for model in found] == [model_id]


def test_a_registered_model_loads_by_alias_version_and_latest(
    name: str, trained: Pipeline, wine: DataFrame
) -> None:
    expected = [int(score) for score in trained.predict(wine.drop(columns="target").head(5))]
    for uri in (f"models:/{name}@champion", f"models:/{name}/1", f"models:/{name}/latest"):
        assert scores(uri, wine) == expected


def test_a_version_is_what_was_registered_even_when_its_source_is_deleted(
    name: str, wine: DataFrame
) -> None:
    client = MlflowClient()
    version = client.get_model_version(name, "1")
    assert version.source is not None
    assert version.run_id is not None
    client.delete_logged_model(version.source.removeprefix("models:/"))
    client.delete_run(version.run_id)
    assert len(scores(f"models:/{name}@champion", wine)) == 5


def test_a_short_name_is_a_model_of_the_workspace(
    trained: Pipeline, wine: DataFrame, sign_in: SignIn
) -> None:
    short = f"wine {uuid.uuid4().hex[:8]}"
    log_model(trained, wine, short)
    assert MlflowClient().get_registered_model(short).name == short
    assert len(scores(f"models:/{short}/1", wine)) == 5
    sign_in("bob")
    with pytest.raises(MlflowException):
        MlflowClient().get_registered_model(f"default.default.`{short}`")


def test_aliases_move_and_go(name: str, trained: Pipeline, wine: DataFrame) -> None:
    client = MlflowClient()
    log_model(trained, wine, name)
    client.set_registered_model_alias(name, "champion", "2")
    assert client.get_model_version_by_alias(name, "champion").version == "2"
    assert client.get_registered_model(name).aliases == {"champion": "2"}
    client.delete_registered_model_alias(name, "champion")
    with pytest.raises(RestException, match="not found"):
        client.get_model_version_by_alias(name, "champion")


def test_models_and_versions_are_described_tagged_and_searched(name: str) -> None:
    client = MlflowClient()
    client.update_registered_model(name, "of wine")
    client.set_registered_model_tag(name, "team", name)
    client.update_model_version(name, "1", "the first")
    client.set_model_version_tag(name, "1", "stage", "x")
    (model,) = client.search_registered_models(filter_string=f"tags.team = '{name}'")
    assert (model.name, model.description) == (name, "of wine")
    assert model.latest_versions[0].version == "1"
    (version,) = client.search_model_versions(f"name = '{name}'")
    assert (version.description, version.tags, version.aliases) == (
        "the first",
        {"stage": "x"},
        ["champion"],
    )
    client.delete_model_version_tag(name, "1", "stage")
    client.delete_registered_model_tag(name, "team")
    assert client.get_registered_model(name).tags == {}


def test_a_version_is_promoted_by_copying_it(name: str, wine: DataFrame) -> None:
    client = MlflowClient()
    target = f"ml.prod.target-{uuid.uuid4().hex[:12]}"
    copied = client.copy_model_version(f"models:/{name}@champion", target)
    assert (copied.name, copied.version) == (target, "1")
    assert scores(f"models:/{target}/1", wine) == scores(f"models:/{name}/1", wine)


def test_numbers_are_not_given_twice(name: str, trained: Pipeline, wine: DataFrame) -> None:
    client = MlflowClient()
    log_model(trained, wine, name)
    client.delete_model_version(name, "2")
    log_model(trained, wine, name)
    assert {version.version for version in client.search_model_versions(f"name='{name}'")} == {
        "1",
        "3",
    }


def test_stages_move_and_archive(name: str, trained: Pipeline, wine: DataFrame) -> None:
    client = MlflowClient()
    log_model(trained, wine, name)
    client.transition_model_version_stage(name, "1", "Production")
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    stages = {one.version: one.current_stage for one in client.get_latest_versions(name)}
    assert stages == {"1": "Archived", "2": "Production"}


def test_a_model_is_renamed_and_deleted(name: str) -> None:
    client = MlflowClient()
    client.rename_registered_model(name, f"{name}-again")
    assert client.get_model_version(f"{name}-again", "1").version == "1"
    client.delete_registered_model(f"{name}-again")
    with pytest.raises(RestException):
        client.get_registered_model(f"{name}-again")


def test_bob_loads_what_his_group_may_and_changes_nothing(
    name: str, wine: DataFrame, sign_in: SignIn
) -> None:
    sign_in("bob")
    assert len(scores(f"models:/{name}@champion", wine)) == 5
    client = MlflowClient()
    for refused in (
        lambda: client.set_registered_model_alias(name, "champion", "1"),
        lambda: client.delete_registered_model(name),
        lambda: client.create_model_version(name, f"models:/{name}/1"),
    ):
        with pytest.raises(RestException) as caught:
            refused()
        assert caught.value.error_code == "PERMISSION_DENIED"


def test_charlie_is_refused_and_learns_nothing(name: str, wine: DataFrame, sign_in: SignIn) -> None:
    sign_in("charlie")
    client = MlflowClient()
    with pytest.raises(MlflowException) as hidden:
        mlflow.pyfunc.load_model(f"models:/{name}@champion")
    with pytest.raises(MlflowException) as absent:
        mlflow.pyfunc.load_model("models:/ml.prod.nothing@champion")
    assert str(hidden.value).replace(name, "ml.prod.nothing") == str(absent.value)
    assert client.search_registered_models() == []
    assert client.search_model_versions() == []


def test_the_command_line_predicts_with_what_an_alias_points_to(
    name: str, wine: DataFrame, tmp_path: Path, sign_in: SignIn
) -> None:
    given, told = tmp_path / "wine.csv", tmp_path / "told.json"
    wine.drop(columns="target").head(5).to_csv(given, index=False)

    def predict(model: str) -> tuple[str, ...]:
        words = ("models", "predict", "-m", f"models:/{model}@champion", "--env-manager", "local")
        return (*words, "-t", "csv", "-i", str(given), "-o", str(told))

    expected = scores(f"models:/{name}@champion", wine)
    for who in ("alice", "bob"):
        sign_in(who)
        says(*predict(name))
        assert json.loads(told.read_text())["predictions"] == expected
        told.unlink()
    sign_in("charlie")
    absent = "ml.prod.nothing"
    assert fails(*predict(name)).replace(name, absent) == fails(*predict(absent))
    assert not told.exists()


def test_a_prompt_is_registered_and_loaded(sign_in: SignIn) -> None:
    prompt = f"greeting-{uuid.uuid4().hex[:8]}"
    mlflow.genai.register_prompt(name=prompt, template="Hello {{name}}")
    assert mlflow.genai.load_prompt(f"prompts:/{prompt}/1").format(name="Ann") == "Hello Ann"
    assert prompt not in [model.name for model in MlflowClient().search_registered_models()]
