"""Experiments (``mlflow/protos/service.proto``: createExperiment … deleteExperimentTag)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.filters.expressions import EXPERIMENTS
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.tracking import (
    CreateExperiment,
    DeleteExperimentTag,
    Dumped,
    GetExperimentByName,
    OfExperiment,
    SearchDatasets,
    SearchExperiments,
    SetExperimentTag,
    UpdateExperiment,
    dump_experiment,
    dump_list,
    to_pairs,
    to_search,
)
from app.tracking import experiment_search, experiments
from app.tracking.runs import dataset_search
from app.tracking.values import Experiment


@api("POST", "experiments/create")
def create_experiment() -> ResponseReturnValue:
    """Create an experiment."""
    wanted = CreateExperiment.read()
    made = experiments.create_experiment(
        caller(),
        wanted["name"],
        location=wanted["artifact_location"] or "",
        tags=to_pairs(wanted["tags"]),
    )
    return jsonify({"experiment_id": made.experiment_id})


@api("GET", "experiments/get")
def get_experiment() -> ResponseReturnValue:
    """Answer an experiment, in the trash or not."""
    return jsonify(answer_experiment(OfExperiment.read()))


@api("GET", "experiments/get-by-name")
def get_experiment_by_name() -> ResponseReturnValue:
    """Answer the experiment of a name."""
    wanted = GetExperimentByName.read()
    found = experiments.get_experiment_by_name(caller(), wanted["experiment_name"])
    return jsonify({"experiment": _dump(found)})


@api("GET", "experiments/search")
@api("POST", "experiments/search")
def search_experiments() -> ResponseReturnValue:
    """Answer a page of the experiments that the caller may see."""
    search = to_search(SearchExperiments.read(), EXPERIMENTS)
    page = experiment_search.search_experiments(caller(), search)
    dumped = [_dump(experiment) for experiment in page.items]
    return jsonify(dump_list("experiments", dumped, page.next_token))


@api("POST", "experiments/update")
def update_experiment() -> ResponseReturnValue:
    """Rename an experiment."""
    wanted = UpdateExperiment.read()
    experiments.rename_experiment(caller(), wanted["experiment_id"], wanted["new_name"])
    return empty()


@api("POST", "experiments/delete")
def delete_experiment() -> ResponseReturnValue:
    """Move an experiment to the trash."""
    experiments.delete_experiment(caller(), OfExperiment.read()["experiment_id"])
    return empty()


@api("POST", "experiments/restore")
def restore_experiment() -> ResponseReturnValue:
    """Bring an experiment back from the trash."""
    experiments.restore_experiment(caller(), OfExperiment.read()["experiment_id"])
    return empty()


@api("POST", "experiments/set-experiment-tag")
def set_experiment_tag() -> ResponseReturnValue:
    """Set a tag of an experiment."""
    wanted = SetExperimentTag.read()
    experiments.set_experiment_tag(
        caller(), wanted["experiment_id"], wanted["key"], wanted["value"] or ""
    )
    return empty()


@api("POST", "experiments/delete-experiment-tag")
def delete_experiment_tag() -> ResponseReturnValue:
    """Delete a tag of an experiment."""
    wanted = DeleteExperimentTag.read()
    experiments.delete_experiment_tag(caller(), wanted["experiment_id"], wanted["key"])
    return empty()


@api("POST", "experiments/search-datasets")
def search_datasets() -> ResponseReturnValue:
    """Answer which data sets the runs of some experiments used."""
    return jsonify(answer_datasets(SearchDatasets.read()))


def answer_experiment(wanted: Dumped) -> Dumped:
    """Return the answer to GetExperiment."""
    return {"experiment": _dump(experiments.get_experiment(caller(), wanted["experiment_id"]))}


def answer_datasets(wanted: Dumped) -> Dumped:
    """Return the answer to SearchDatasets."""
    found = dataset_search.search_datasets(caller(), wanted["experiment_ids"])
    dumped = [
        {name: value for name, value in one._asdict().items() if value is not None} for one in found
    ]
    return dump_list("dataset_summaries", dumped)


def _dump(experiment: Experiment) -> Dumped:
    workspace = caller().workspace
    return dump_experiment(experiment, workspace.name if workspace else "")
