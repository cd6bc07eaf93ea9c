"""Autologging of scikit-learn: a search over parameters is a run with a run for each candidate."""

import logging
import os
import uuid
from collections.abc import Iterator
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def experiment_id(sign_in: SignIn) -> Iterator[str]:
    """An experiment of alice's, where scikit-learn logs by itself."""
    made = mlflow.set_experiment(f"ml.prod.autolog-{uuid.uuid4().hex[:12]}")
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.sklearn.autolog(
        max_tuning_runs=None, log_models=False, log_post_training_metrics=False, silent=True
    )
    yield made.experiment_id
    mlflow.sklearn.autolog(disable=True)
    logging.getLogger("mlflow").setLevel(logging.INFO)


def fit() -> None:
    features, kinds = load_iris(return_X_y=True)
    GridSearchCV(LogisticRegression(max_iter=20), {"C": [0.1, 1.0]}, cv=2).fit(features, kinds)


def found(experiment_id: str) -> list[Any]:
    return list(MlflowClient().search_runs([experiment_id]))


def test_a_search_is_a_run_with_runs_below_it(experiment_id: str) -> None:
    fit()
    runs = found(experiment_id)
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run is not parent]
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    assert {run.data.params["C"] for run in children} == {"0.1", "1.0"}
    assert parent.data.params["best_C"] in {"0.1", "1.0"}
    assert "best_cv_score" in parent.data.metrics
    assert parent.info.status == "FINISHED"
    names = [one.path for one in MlflowClient().list_artifacts(parent.info.run_id)]
    assert "cv_results.csv" in names
    assert parent.inputs.dataset_inputs[0].dataset.name == "dataset"


def test_as_it_comes_it_logs_the_model_and_loads_it(
    experiment_id: str,
) -> None:
    # A subprocess would look for the requirements of the model for many seconds.
    os.environ["MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT"] = "1"
    mlflow.sklearn.autolog(log_input_examples=True, silent=True)
    features, kinds = load_iris(return_X_y=True)
    trained = LogisticRegression(max_iter=20).fit(features, kinds)
    (run,) = found(experiment_id)
    assert run.data.metrics["training_accuracy_score"] > 0.5
    assert "training_confusion_matrix.png" in [
        one.path for one in MlflowClient().list_artifacts(run.info.run_id)
    ]
    (made,) = run.outputs.model_outputs
    assert mlflow.get_logged_model(made.model_id).status == "READY"
    loaded = mlflow.pyfunc.load_model(f"models:/{made.model_id}")
    assert list(loaded.predict(features)) == list(trained.predict(features))


def test_a_reader_sees_it_and_logs_nothing_there(experiment_id: str, sign_in: SignIn) -> None:
    fit()
    before = len(found(experiment_id))
    sign_in("bob")
    assert len(found(experiment_id)) == before
    fit()
    sign_in("alice")
    assert len(found(experiment_id)) == before


def test_a_stranger_sees_and_logs_nothing_there(experiment_id: str, sign_in: SignIn) -> None:
    sign_in("charlie")
    fit()
    assert found(experiment_id) == []
    sign_in("alice")
    assert found(experiment_id) == []
