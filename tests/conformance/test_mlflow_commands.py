"""MLflow's own command line: experiments, runs and artifacts, by owner, reader and stranger."""

import json
import re
import uuid
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.genai.datasets import create_dataset
from mlflow.genai.scorers import Guidelines

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


@pytest.fixture
def trace_id(experiment_id: str) -> str:
    """A trace of one span in the experiment."""
    mlflow.set_experiment(experiment_id=experiment_id)
    with mlflow.start_span("answer") as span:
        span.set_outputs("so it is")
    mlflow.flush_trace_async_logging()
    return str(span.trace_id)


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


def test_a_run_is_created_and_traces_are_linked_to_it(experiment_id: str, trace_id: str) -> None:
    said = says("runs", "create", "--experiment-id", experiment_id, "--run-name", "second")
    made = json.loads(said)
    run = mlflow.get_run(made["run_id"])
    assert (run.info.run_name, run.info.status) == ("second", "FINISHED")
    says("runs", "link-traces", "--run-id", made["run_id"], "-t", trace_id)
    found = ("traces", "search", "--experiment-id", experiment_id, "--run-id", made["run_id"])
    assert trace_id in says(*found)


def test_traces_are_searched_shown_tagged_and_deleted(experiment_id: str, trace_id: str) -> None:
    search = ("traces", "search", "--experiment-id", experiment_id)
    assert trace_id in says(*search, "--filter-string", "name = 'answer'")
    assert "so it is" in says("traces", "get", "--trace-id", trace_id)
    says("traces", "set-tag", "--trace-id", trace_id, "--key", "a", "--value", "b")
    assert trace_id in says(*search, "--filter-string", "tags.a = 'b'")
    says("traces", "delete-tag", "--trace-id", trace_id, "--key", "a")
    assert trace_id not in says(*search, "--filter-string", "tags.a = 'b'")
    says("traces", "delete", "--experiment-id", experiment_id, "--trace-ids", trace_id)
    assert trace_id not in says(*search)


def test_assessments_are_logged_shown_changed_and_deleted(trace_id: str) -> None:
    of_trace = ("--trace-id", trace_id)
    says("traces", "log-expectation", *of_trace, "--name", "words", "--value", "3")
    said = says("traces", "log-feedback", *of_trace, "--name", "good", "--value", "true")
    (assessment_id,) = re.findall(r"a-[0-9a-f]{32}", said)
    of_feedback = (*of_trace, "--assessment-id", assessment_id)
    assert '"good"' in says("traces", "get-assessment", *of_feedback)
    says("traces", "update-assessment", *of_feedback, "--value", "false", "--rationale", "dry")
    changed = mlflow.get_assessment(trace_id, assessment_id).to_dictionary()
    assert (changed["feedback"]["value"], changed["rationale"]) == (False, "dry")
    says("traces", "delete-assessment", *of_feedback)
    assert [one.name for one in mlflow.get_trace(trace_id).info.assessments] == ["words"]


def test_data_sets_and_scorers_are_listed(experiment_id: str) -> None:
    create_dataset("golden", experiment_id=experiment_id)
    judge = Guidelines(name="polite", guidelines="Be polite.", model="openai:/gpt-4o")
    judge.register(experiment_id=experiment_id)
    for kind, name in (("datasets", "golden"), ("scorers", "polite")):
        assert name in says(kind, "list", "--experiment-id", experiment_id)


def test_a_reader_lists_and_reads_and_changes_nothing(
    experiment_id: str, run_id: str, trace_id: str, tmp_path: Path, sign_in: SignIn
) -> None:
    sign_in("bob")
    assert run_id in says("runs", "list", "--experiment-id", experiment_id)
    assert trace_id in says("traces", "search", "--experiment-id", experiment_id)
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/a.txt") == "wine"
    (tmp_path / "b.txt").write_text("grape")
    for words in (
        ("experiments", "rename", "-x", experiment_id, "--new-name", "ml.prod.mine"),
        ("experiments", "delete", "-x", experiment_id),
        ("runs", "delete", "--run-id", run_id),
        ("runs", "create", "--experiment-id", experiment_id),
        ("runs", "link-traces", "--run-id", run_id, "-t", trace_id),
        ("traces", "set-tag", "--trace-id", trace_id, "--key", "a", "--value", "b"),
        ("traces", "log-feedback", "--trace-id", trace_id, "--name", "good", "--value", "true"),
        ("traces", "delete", "--experiment-id", experiment_id, "--trace-ids", trace_id),
        ("artifacts", "log-artifact", "-l", str(tmp_path / "b.txt"), "-r", run_id),
    ):
        said = fails(*words)
        assert "PERMISSION_DENIED" in said or "403" in said


def test_a_stranger_learns_nothing(
    name: str, experiment_id: str, run_id: str, trace_id: str, sign_in: SignIn
) -> None:
    sign_in("charlie")
    assert name not in says("experiments", "search", "--view", "all")
    assert trace_id not in says("traces", "search", "--experiment-id", experiment_id)
    nobody, nothing = "0" * 32, f"tr-{'0' * 32}"
    for words, hidden, absent in (
        (("experiments", "get", "-x"), experiment_id, "999999999"),
        (("runs", "describe", "--run-id"), run_id, nobody),
        (("artifacts", "list", "-r"), run_id, nobody),
        (("traces", "get", "--trace-id"), trace_id, nothing),
        (("traces", "delete-tag", "--key", "a", "--trace-id"), trace_id, nothing),
        (("runs", "link-traces", "-t", nothing, "--run-id"), run_id, nobody),
    ):
        assert fails(*words, hidden).replace(hidden, absent) == fails(*words, absent)
