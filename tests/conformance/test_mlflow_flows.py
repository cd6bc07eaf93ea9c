"""Each flow that MLflow documents, begun by a reader and by a stranger: refused, with no name told.

What an owner gets of them is in the files beside this one.
"""

import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient as Client
from mlflow.entities import LoggedModelInput, Metric
from mlflow.exceptions import MlflowException
from mlflow.genai import load_prompt
from mlflow.genai.datasets import create_dataset, get_dataset, search_datasets
from mlflow.genai.scorers import Guidelines, get_scorer, list_scorers, scorer
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from requests import RequestException

from tests.application import Template
from tests.conformance.conftest import CLIENT, SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@dataclass(frozen=True)
class Names:
    """What things of alice's are called by; or things that nobody has."""

    experiment: str = "ml.prod.nothing"
    experiment_id: str = "999999999"
    run_id: str = "0" * 32
    child_id: str = "1" * 32
    logged_model_id: str = "m-" + "0" * 32
    model: str = "ml.prod.no-model"
    prompt: str = "ml.prod.no-prompt"
    trace_id: str = "tr-" + "0" * 32
    assessment_id: str = "a-" + "0" * 32
    dataset_id: str = "d-" + "0" * 32
    dataset: str = "no-dataset"

    def hidden_in(self, words: str) -> str:
        """Return words without what they say of these: the names, and every number."""
        names = {getattr(self, field.name): field.name for field in fields(self)}
        del names[self.experiment_id]
        for name in sorted(names, key=len, reverse=True):
            words = words.replace(name, names[name])
        return re.sub(r"\b\d+\b", "N", words)


NOTHING = Names()


@pytest.fixture(scope="module")
def alices(server: str, template: Template) -> Iterator[Names]:
    """One of everything, which bob may read."""
    before = dict(os.environ)
    os.environ.update(CLIENT, MLFLOW_TRACKING_TOKEN=template.tokens["alice"])
    mlflow.set_tracking_uri(server)
    mlflow.set_registry_uri(server)
    yield _make(f"ml.prod.flows-{uuid.uuid4().hex[:12]}")
    os.environ.clear()
    os.environ.update(before)


def _make(name: str) -> Names:
    client = Client()
    experiment = mlflow.set_experiment(name)
    with mlflow.start_run() as run, mlflow.start_run(nested=True) as child:
        mlflow.log_metric("loss", 1)
    client.log_text(run.info.run_id, "of wine", "model/MLmodel")
    logged = mlflow.create_external_model(name="cellar")
    client.create_registered_model(f"{name}-model")
    client.create_model_version(f"{name}-model", f"runs:/{run.info.run_id}/model", run.info.run_id)
    client.set_registered_model_alias(f"{name}-model", "champion", "1")
    mlflow.genai.register_prompt(f"{name}-prompt", "Describe {{wine}}")
    mlflow.genai.set_prompt_alias(f"{name}-prompt", "prod", 1)
    with mlflow.start_span("a secret") as span:
        span.set_outputs("a secret answer")
    mlflow.flush_trace_async_logging()
    said = mlflow.log_feedback(trace_id=span.trace_id, name="good", value=True)
    dataset = create_dataset(f"{name}-dataset")
    dataset.merge_records([{"inputs": {"question": "a secret"}}])
    Guidelines(name="polite", guidelines="a secret", model="openai:/gpt").register()
    return Names(
        experiment=name,
        experiment_id=experiment.experiment_id,
        run_id=run.info.run_id,
        child_id=child.info.run_id,
        logged_model_id=logged.model_id,
        model=f"{name}-model",
        prompt=f"{name}-prompt",
        trace_id=span.trace_id,
        assessment_id=str(said.assessment_id),
        dataset_id=dataset.dataset_id,
        dataset=f"{name}-dataset",
    )


Flow = Callable[[Names, Path], Any]


def evaluate(names: Names, _: Path) -> None:
    @scorer
    def is_there(outputs: Any) -> bool:
        return outputs is not None

    mlflow.set_experiment(experiment_id=names.experiment_id)
    mlflow.genai.evaluate(data=[{"inputs": {"a": 1}, "outputs": "b"}], scorers=[is_there])


def upload(names: Names, folder: Path) -> None:
    (folder / "a.txt").write_text("grape")
    # By its address, since the client remembers in this process what alice was told of the run.
    uri = f"mlflow-artifacts:/{names.experiment_id}/{names.run_id}/artifacts"
    get_artifact_repository(uri).log_artifact(str(folder / "a.txt"))


def log_later(names: Names, _: Path) -> None:
    later = mlflow.log_metric("loss", 2, run_id=names.run_id, synchronous=False)
    assert later is not None
    later.wait()


def log_model(names: Names, _: Path) -> None:
    mlflow.set_experiment(experiment_id=names.experiment_id)
    mlflow.pyfunc.log_model(name="m", loader_module="math", pip_requirements=[])


WRITES: dict[str, Flow] = {
    "fluent": lambda n, _: mlflow.start_run(experiment_id=n.experiment_id),
    "resume": lambda n, _: mlflow.start_run(run_id=n.run_id),
    "nested": lambda n, _: mlflow.start_run(
        experiment_id=n.experiment_id, parent_run_id=n.run_id, nested=True
    ),
    "client": lambda n, _: Client().log_batch(n.run_id, [Metric("loss", 2, 1, 1)]),
    "param": lambda n, _: Client().log_param(n.run_id, "depth", 3),
    "tag": lambda n, _: Client().set_tag(n.run_id, "a", "b"),
    "status": lambda n, _: Client().set_terminated(n.run_id, "FAILED"),
    "inputs": lambda n, _: Client().log_inputs(
        n.run_id, models=[LoggedModelInput(n.logged_model_id)]
    ),
    "async": log_later,
    "log model": log_model,
    "tag logged model": lambda n, _: Client().set_logged_model_tags(n.logged_model_id, {"a": "b"}),
    "register": lambda n, _: mlflow.register_model(f"runs:/{n.run_id}/model", n.model),
    "copy": lambda n, _: Client().copy_model_version(f"models:/{n.model}@champion", n.model),
    "alias": lambda n, _: Client().set_registered_model_alias(n.model, "champion", "1"),
    "stage": lambda n, _: Client().transition_model_version_stage(n.model, "1", "Archived"),
    "upload": upload,
    "trace tag": lambda n, _: mlflow.set_trace_tag(n.trace_id, "a", "b"),
    "feedback": lambda n, _: mlflow.log_feedback(trace_id=n.trace_id, name="good", value=False),
    "expectation": lambda n, _: mlflow.log_expectation(trace_id=n.trace_id, name="e", value=1),
    "override": lambda n, _: mlflow.override_feedback(
        trace_id=n.trace_id, assessment_id=n.assessment_id, value=False
    ),
    "link": lambda n, _: Client().link_traces_to_run([n.trace_id], n.run_id),
    "evaluate": evaluate,
    "dataset": lambda n, _: create_dataset(n.dataset, experiment_id=n.experiment_id),
    "records": lambda n, _: Client().add_dataset_to_experiments(n.dataset_id, [n.experiment_id]),
    "prompt": lambda n, _: mlflow.genai.register_prompt(n.prompt, "Say {{wine}}"),
    "prompt alias": lambda n, _: mlflow.genai.set_prompt_alias(n.prompt, "prod", 1),
    "scorer": lambda n, _: Guidelines(name="polite", guidelines="g", model="openai:/gpt").register(
        experiment_id=n.experiment_id
    ),
    "delete run": lambda n, _: Client().delete_run(n.run_id),
    "delete experiment": lambda n, _: Client().delete_experiment(n.experiment_id),
    "delete model": lambda n, _: Client().delete_registered_model(n.model),
    "delete traces": lambda n, _: Client().delete_traces(n.experiment_id, trace_ids=[n.trace_id]),
}
READS: dict[str, Flow] = {
    "experiment": lambda n, _: Client().get_experiment(n.experiment_id).name,
    "experiment by name": lambda n, _: dict(Client().get_experiment_by_name(n.experiment) or {}),
    "experiments": lambda n, _: names_of(mlflow.search_experiments(), n.experiment),
    "run": lambda n, _: mlflow.get_run(n.run_id).to_dictionary(),
    "parent": lambda n, _: mlflow.get_parent_run(n.child_id),
    "runs": lambda n, _: [run.to_dictionary() for run in Client().search_runs([n.experiment_id])],
    "history": lambda n, _: Client().get_metric_history(n.child_id, "loss"),
    "logged model": lambda n, _: mlflow.get_logged_model(n.logged_model_id).to_dictionary(),
    "logged models": lambda n, _: len(Client().search_logged_models([n.experiment_id])),
    "file": lambda n, _: mlflow.artifacts.load_text(f"runs:/{n.run_id}/model/MLmodel"),
    "files": lambda n, _: mlflow.artifacts.list_artifacts(run_id=n.run_id),
    "model": lambda n, _: dict(Client().get_registered_model(n.model)),
    "models": lambda n, _: names_of(Client().search_registered_models(), n.model),
    "versions": lambda n, _: Client().search_model_versions(f"run_id = '{n.run_id}'"),
    "version": lambda n, folder: (
        Path(
            mlflow.artifacts.download_artifacts(f"models:/{n.model}@champion", dst_path=str(folder))
        ).name
    ),
    "trace": lambda n, _: Client().get_trace(n.trace_id).to_dict(),
    "traces": lambda n, _: [one.to_dict() for one in Client().search_traces([n.experiment_id])],
    "assessment": lambda n, _: mlflow.get_assessment(n.trace_id, n.assessment_id).to_dictionary(),
    "records": lambda n, _: get_dataset(dataset_id=n.dataset_id).to_df().to_dict(),
    "datasets": lambda n, _: names_of(search_datasets(), n.dataset),
    "prompt": lambda n, _: load_prompt(f"prompts:/{n.prompt}@prod", cache_ttl_seconds=0).template,
    "missing prompt": lambda n, _: load_prompt(
        f"prompts:/{n.prompt}/1", allow_missing=True, cache_ttl_seconds=0
    ),
    "prompts": lambda n, _: names_of(mlflow.genai.search_prompts(), n.prompt),
    "scorer": lambda n, _: get_scorer(name="polite", experiment_id=n.experiment_id),
    "scorers": lambda n, _: list_scorers(experiment_id=n.experiment_id),
}


def names_of(found: Iterable[Any], wanted: str) -> list[str]:
    """Return the names found that one asks for; whoever may see nothing finds nothing else."""
    return [one.name for one in found if one.name == wanted]


def outcome(flow: Flow, names: Names, folder: Path) -> str:
    """Return what a flow gives, or the words that it ends with."""
    try:
        return f"gives {flow(names, folder)}"
    except (MlflowException, RequestException) as error:
        return f"refuses {getattr(error, 'error_code', '')} {error}"
    finally:
        while mlflow.active_run() is not None:
            mlflow.end_run()


def seen(names: Names) -> object:
    """Return what alice finds of what the flows would have changed."""
    client = Client()
    return (
        [run.to_dictionary() for run in client.search_runs([names.experiment_id])],
        dict(client.get_registered_model(names.model)),
        client.get_trace(names.trace_id).to_dict(),
        [one.name for one in search_datasets([names.experiment_id])],
        client.list_artifacts(names.run_id),
    )


@pytest.mark.parametrize("flow", WRITES)
def test_a_reader_is_refused_and_told_so(
    alices: Names, sign_in: SignIn, flow: str, tmp_path: Path
) -> None:
    before = seen(alices)
    sign_in("bob")
    words = outcome(WRITES[flow], alices, tmp_path)
    assert words.startswith("refuses")
    assert "PERMISSION_DENIED" in words or "403" in words
    sign_in("alice")
    assert seen(alices) == before


@pytest.mark.parametrize("flow", READS)
def test_a_reader_reads_what_the_owner_reads(
    alices: Names, sign_in: SignIn, flow: str, tmp_path: Path
) -> None:
    read = outcome(READS[flow], alices, tmp_path)
    assert read.startswith("gives")
    sign_in("bob")
    assert outcome(READS[flow], alices, tmp_path) == read


@pytest.mark.parametrize("flow", WRITES)
def test_a_stranger_is_refused_as_if_there_were_nothing(
    alices: Names, sign_in: SignIn, flow: str, tmp_path: Path
) -> None:
    sign_in("charlie")
    words = outcome(WRITES[flow], alices, tmp_path)
    assert words.startswith("refuses")
    absent = outcome(WRITES[flow], NOTHING, tmp_path)
    assert alices.hidden_in(words) == NOTHING.hidden_in(absent)


@pytest.mark.parametrize("flow", READS)
def test_a_stranger_finds_what_is_found_of_nothing(
    alices: Names, sign_in: SignIn, flow: str, tmp_path: Path
) -> None:
    sign_in("charlie")
    words = outcome(READS[flow], alices, tmp_path)
    absent = outcome(READS[flow], NOTHING, tmp_path)
    assert alices.hidden_in(words) == NOTHING.hidden_in(absent)
