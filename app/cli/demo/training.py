"""Train by the recipes and log everything a script would: through the client, over HTTP."""

from __future__ import annotations

import time
from typing import Any

import click
import mlflow
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Run
from mlflow.models import infer_signature
from sklearn.metrics import (
    accuracy_score,
    classification_report,
    confusion_matrix,
    log_loss,
    r2_score,
    root_mean_squared_error,
)

from app.cli.demo.client import Client
from app.cli.demo.datasets import TARGET, Data, load
from app.cli.demo.recipes import RECIPES, TRUSTED_TYPES, Recipe
from app.cli.demo.stage import step, told

_REQUIREMENTS = ["scikit-learn", "skops"]


def train_all(client: Client) -> None:
    """Train what is not trained yet, and say what came of each run."""
    begun = time.monotonic()
    known = {experiment: _finished(client, experiment) for experiment in _experiments()}
    left = [each for each in RECIPES if (each.name, each.data_name) not in known[each.experiment]]
    for number, recipe in enumerate(left, start=1):
        with step(f"training {recipe.name} on {recipe.dataset}"):
            result = _train(client, recipe)
        place = f"{recipe.person.workspace} · {recipe.experiment}"
        click.echo(f"  {number:2}/{len(left)}  {place:<36} {recipe.name:<18} {result}")
    if left:
        seconds = time.monotonic() - begun
        told(f"{len(left)} runs trained and logged in {seconds:.0f} s, each with its model.")
    else:
        told(f"All {len(RECIPES)} runs are there from an earlier demo.")


def runs_by_name(calls: mlflow.MlflowClient, experiment: str) -> dict[str, Run]:
    """Return the newest finished runs of an experiment; none if there is no such experiment."""
    found = calls.get_experiment_by_name(experiment)
    if found is None:
        return {}
    runs = calls.search_runs([found.experiment_id], "attributes.status = 'FINISHED'")
    return {run.info.run_name: run for run in reversed(runs)}


def model_name(dataset: str) -> str:
    """Return what a run calls the model that it logs."""
    return f"{dataset}-model".replace("_", "-")


def _experiments() -> list[str]:
    return list(dict.fromkeys(recipe.experiment for recipe in RECIPES))


def _finished(client: Client, experiment: str) -> set[tuple[str, str]]:
    """Return the names of what is trained, each with the data set that it was trained on."""
    person = next(recipe.person for recipe in RECIPES if recipe.experiment == experiment)
    with step(f"looking for the experiment {experiment}"):
        runs = runs_by_name(client.become(person), experiment)
    return {
        (name, used.dataset.name)
        for name, run in runs.items()
        if run.inputs
        for used in run.inputs.dataset_inputs
    }


def _train(client: Client, recipe: Recipe) -> str:
    client.become(recipe.person)
    data = load(recipe.dataset)
    mlflow.set_experiment(recipe.experiment)
    tags = {"team": str(recipe.person.workspace), "family": recipe.name.partition("-")[0]}
    with mlflow.start_run(run_name=recipe.name, tags=tags):
        mlflow.log_params(dict(recipe.params))
        used = from_pandas(data.frame, name=recipe.data_name, targets=TARGET)
        mlflow.log_input(used, context="training")
        estimator: Any = None
        for number, estimator in recipe.learn(data, recipe.params):
            mlflow.log_metrics(_progress(estimator, data, recipe), step=number)
        _log_files(estimator, data, recipe)
        _log_model(estimator, data, recipe)
    name = "r²" if recipe.is_regression else "accuracy"
    return f"{name} {estimator.score(data.test, data.test_target):.3f}"


def _progress(estimator: Any, data: Data, recipe: Recipe) -> dict[str, float]:
    told_apart = estimator.predict(data.test)
    if recipe.is_regression:
        return {
            "rmse": root_mean_squared_error(data.test_target, told_apart),
            "r2": r2_score(data.test_target, told_apart),
        }
    labels = estimator.classes_
    likely, unseen = estimator.predict_proba(data.train), estimator.predict_proba(data.test)
    return {
        "train_loss": log_loss(data.train_target, likely, labels=labels),
        "test_loss": log_loss(data.test_target, unseen, labels=labels),
        "accuracy": accuracy_score(data.test_target, told_apart),
    }


def _log_files(estimator: Any, data: Data, recipe: Recipe) -> None:
    predicted = estimator.predict(data.test)
    if recipe.is_regression:
        residuals = data.test.assign(truth=data.test_target, told=predicted)
        mlflow.log_text(residuals[["truth", "told"]].to_csv(index=False), "residuals.csv")
        return
    matrix = confusion_matrix(data.test_target, predicted)
    mlflow.log_text(_table(matrix.tolist()), "confusion_matrix.txt")
    report = classification_report(data.test_target, predicted, output_dict=True, zero_division=0.0)
    mlflow.log_dict(report, "report.json")


def _table(rows: list[list[int]]) -> str:
    head = "truth\\told " + "".join(f"{column:>6}" for column in range(len(rows)))
    lines = [f"{number:>10} " + "".join(f"{n:>6}" for n in row) for number, row in enumerate(rows)]
    return "\n".join([head, *lines, ""])


def _log_model(estimator: Any, data: Data, recipe: Recipe) -> None:
    mlflow.sklearn.log_model(
        estimator,
        name=model_name(data.name),
        signature=infer_signature(data.train, estimator.predict(data.train)),
        input_example=data.train.head(3),
        pip_requirements=_REQUIREMENTS,
        skops_trusted_types=TRUSTED_TYPES.get(recipe.learn),
    )
