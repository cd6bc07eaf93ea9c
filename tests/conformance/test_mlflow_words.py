"""What MLflow's client reads in a refusal: by these codes and words it takes another way.

Each test is named for what its user sees; the place in the client that reads is named in it.
"""

import logging
import os
import uuid
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.genai import load_prompt

from tests.conformance.commands import fails
from tests.conformance.conftest import Operator, SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

ABSENT = "RESOURCE_DOES_NOT_EXIST"


@pytest.fixture
def name(sign_in: SignIn) -> str:
    """The name of an experiment of alice's, the active one, and of a model of a run in it."""
    name = f"ml.prod.words-{uuid.uuid4().hex[:12]}"
    client = MlflowClient()
    run_id = client.create_run(mlflow.set_experiment(name).experiment_id).info.run_id
    client.log_text(run_id, "of wine", "model/MLmodel")
    mlflow.register_model(f"runs:/{run_id}/model", name)
    return name


@pytest.fixture
def run_id(name: str) -> str:
    return str(MlflowClient().get_model_version(name, "1").run_id)


def refusal(asked: Callable[[], object]) -> MlflowException:
    with pytest.raises(MlflowException) as refused:
        asked()
    return refused.value


def test_a_name_that_nobody_has_is_none(name: str, sign_in: SignIn) -> None:
    # rest_store.get_experiment_by_name
    assert MlflowClient().get_experiment_by_name(f"{name}-not") is None
    sign_in("charlie")
    assert MlflowClient().get_experiment_by_name(name) is None


def test_whoever_comes_second_with_a_name_is_told_that_it_is_taken(name: str) -> None:
    # fluent.set_experiment, when two programs begin at once
    error = refusal(lambda: MlflowClient().create_experiment(name))
    assert error.error_code == "RESOURCE_ALREADY_EXISTS"


def test_a_deleted_experiment_is_named_as_such(name: str) -> None:
    # fluent.set_experiment; get-by-name has to find what is in the trash
    experiment = mlflow.get_experiment_by_name(name)
    assert experiment is not None
    MlflowClient().delete_experiment(experiment.experiment_id)
    error = refusal(lambda: mlflow.set_experiment(name))
    assert error.message.startswith("Cannot set a deleted experiment")


def test_a_parameter_that_changes_is_explained(run_id: str) -> None:
    # TrackingServiceClient.log_param adds its advice to INVALID_PARAMETER_VALUE
    client = MlflowClient()
    client.log_param(run_id, "depth", 3)
    error = refusal(lambda: client.log_param(run_id, "depth", 4))
    assert "typically due to repeated calls" in error.message


def test_a_run_that_is_not_there_is_told_in_these_words(sign_in: SignIn) -> None:
    # mlflow.optuna.storage, and mlflow-export-import of a version whose run is gone
    error = refusal(lambda: MlflowClient().get_run("0" * 32))
    assert str(error) == f"{ABSENT}: Run with id={'0' * 32} not found"


def test_a_model_that_is_there_gets_another_version(name: str, run_id: str) -> None:
    # _model_registry.fluent._register_model, AbstractStore.copy_model_version
    assert mlflow.register_model(f"runs:/{run_id}/model", name).version == "2"
    assert MlflowClient().copy_model_version(f"models:/{name}/1", name).version == "3"


def test_whoever_may_only_add_versions_registers_as_usual(
    name: str, run_id: str, operator: Operator, sign_in: SignIn
) -> None:
    # _register_model makes the model first, and goes on only if it is there; last it notes the
    # version on the logged model, and goes on without only if that is not there
    logged = mlflow.create_external_model(name="cellar")
    words = ("CREATE MODEL VERSION", "on", "registered_model", name, "to", "bob")
    operator.says("grant", *words)
    sign_in("bob")
    assert mlflow.register_model(f"runs:/{run_id}/model", name).version == "2"
    assert mlflow.register_model(f"models:/{logged.model_id}", name).version == "3"
    assert "mlflow.modelVersions" not in mlflow.get_logged_model(logged.model_id).tags


def test_a_prompt_that_may_be_missing_is_none(name: str, sign_in: SignIn) -> None:
    # MlflowClient.load_prompt with allow_missing
    prompt = f"{name}-prompt"
    mlflow.genai.register_prompt(prompt, "Say {{wine}}")

    def load(which: str) -> object:
        return load_prompt(f"prompts:/{which}", allow_missing=True, cache_ttl_seconds=0)

    assert load(f"{prompt}/1") is not None
    for which in (f"{prompt}/2", f"{prompt}@none", f"{prompt}-not/1", f"{prompt}-not@none"):
        assert load(which) is None
    sign_in("charlie")
    for which in (f"{prompt}/1", f"{prompt}@latest"):
        assert load(which) is None


def test_refusals_of_prompts_speak_of_prompts(name: str) -> None:
    # prompt.registry_utils.translate_prompt_exception looks for models and versions
    prompt = f"{name}-prompt"
    mlflow.genai.register_prompt(prompt, "Say {{wine}}")
    client = MlflowClient()
    for asked in (
        lambda: client.set_prompt_alias(f"{prompt}-not", "prod", 1),
        lambda: client.set_prompt_alias(prompt, "prod", 7),
        lambda: client.set_prompt_version_tag(f"{prompt}-not", 1, "a", "b"),
        lambda: client.set_prompt_tag(f"{prompt}-not", "a", "b"),
        lambda: client.load_prompt(f"prompts:/{prompt}-not/1", cache_ttl_seconds=0),
    ):
        error = refusal(asked)
        assert error.error_code == ABSENT
        assert "prompt" in error.message.lower()
        assert "model" not in error.message.lower()


def test_a_workspace_that_is_there_is_told_so(sign_in: SignIn) -> None:
    # workspace.rest_store.create_workspace
    sign_in("root")
    error = refusal(lambda: mlflow.create_workspace("default"))
    assert error.error_code == "RESOURCE_ALREADY_EXISTS"


def test_files_go_whole_where_parts_were_asked_for(run_id: str, tmp_path: Path) -> None:
    # http_artifact_repo reads the words of the 501, mlflow_artifacts_repo its status
    for variable, value in {
        "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
        "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "true",
        "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "1",
    }.items():
        os.environ[variable] = value
    (tmp_path / "grape").write_bytes(b"grape")
    MlflowClient().log_artifact(run_id, str(tmp_path / "grape"))
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/grape") == "grape"


def test_a_scorer_that_is_not_registered_is_explained(name: str) -> None:
    # cli.genai_eval_utils.resolve_scorers looks for "not found"
    with mlflow.start_span("answer") as span:
        span.set_outputs("so")
    mlflow.flush_trace_async_logging()
    experiment = mlflow.get_experiment_by_name(name)
    assert experiment is not None
    words = ("traces", "evaluate", "--trace-ids", span.trace_id, "--scorers", "nothing")
    said = fails(*words, "--experiment-id", experiment.experiment_id)
    assert "Could not identify Scorer 'nothing'" in said


def test_a_program_that_may_not_trace_is_told_loudly(
    name: str, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    # tracing.export.mlflow_v3: 401 and 403 are errors, anything else a warning
    for who, level, words in (
        ("bob", logging.ERROR, "the trace was NOT saved"),
        ("charlie", logging.WARNING, "Failed to send trace"),
    ):
        sign_in(who)
        caplog.clear()
        with mlflow.start_span("answer"):
            pass
        mlflow.flush_trace_async_logging()
        assert any(words in one.message and one.levelno == level for one in caplog.records)
    assert name not in caplog.text
