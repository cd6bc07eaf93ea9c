"""Evaluation datasets (``mlflow/protos/service.proto``: createDataset … deleteDatasetRecords)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller, takes_json
from app.protocols.mlflow.filters.evaluation import EVALUATION_DATASETS
from app.protocols.mlflow.filters.expressions import parse_filter, parse_order_by
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.evaluation_datasets import (
    CreateDataset,
    DeleteRecords,
    GetRecords,
    OfExperiments,
    SearchDatasets,
    SetDatasetTags,
    UpsertRecords,
    dump_dataset,
    dump_records,
    to_records,
)
from app.protocols.mlflow.wire.tracking import dump_list
from app.tracking.evaluation import dataset_search, datasets, records
from app.tracking.values import Search

_V3 = ("3.0",)
_ONE = "datasets/<dataset_id>"
_PAGE = 1000
MAX_RECORDS_BYTES = 8 << 20
"""What a client merges comes in one message, however much it is."""


@api("POST", "datasets/create", versions=_V3)
def create_dataset() -> ResponseReturnValue:
    """Create an evaluation dataset."""
    wanted = CreateDataset.read()
    made = datasets.create_dataset(
        caller(), wanted["name"], wanted["experiment_ids"], wanted["tags"]
    )
    return jsonify({"dataset": dump_dataset(made)})


@api("GET", _ONE, versions=_V3)
def get_dataset(dataset_id: str) -> ResponseReturnValue:
    """Answer an evaluation dataset without its records."""
    found = datasets.get_dataset(caller(), dataset_id)
    return jsonify({"dataset": dump_dataset(found)})


@api("DELETE", _ONE, versions=_V3)
def delete_dataset(dataset_id: str) -> ResponseReturnValue:
    """Delete an evaluation dataset with its records."""
    datasets.delete_dataset(caller(), dataset_id)
    return empty()


@api("GET", "datasets/search", versions=_V3)
@api("POST", "datasets/search", versions=_V3)
def search_datasets() -> ResponseReturnValue:
    """Answer a page of the evaluation datasets that the caller may see."""
    wanted = SearchDatasets.read()
    search = Search(
        filters=parse_filter(wanted["filter_string"], EVALUATION_DATASETS),
        order_by=parse_order_by(wanted["order_by"], EVALUATION_DATASETS),
        max_results=_PAGE if wanted["max_results"] is None else wanted["max_results"],
        page_token=wanted["page_token"] or "",
    )
    page = dataset_search.search_datasets(caller(), search, wanted["experiment_ids"])
    dumped = [dump_dataset(dataset) for dataset in page.items]
    return jsonify(dump_list("datasets", dumped, page.next_token))


@api("PATCH", f"{_ONE}/tags", versions=_V3)
def set_dataset_tags(dataset_id: str) -> ResponseReturnValue:
    """Set tags of an evaluation dataset; null deletes one, as the client documents."""
    datasets.set_tags(caller(), dataset_id, SetDatasetTags.read()["tags"])
    return empty()


@api("DELETE", f"{_ONE}/tags/<path:key>", versions=_V3)
def delete_dataset_tag(dataset_id: str, key: str) -> ResponseReturnValue:
    """Delete a tag of an evaluation dataset."""
    datasets.delete_tag(caller(), dataset_id, key)
    return empty()


@api("GET", f"{_ONE}/experiment-ids", versions=_V3)
def get_dataset_experiment_ids(dataset_id: str) -> ResponseReturnValue:
    """Answer the experiments of an evaluation dataset that the caller may see."""
    return jsonify({"experiment_ids": datasets.list_experiment_ids(caller(), dataset_id)})


@api("POST", f"{_ONE}/add-experiments", versions=_V3)
def add_dataset_to_experiments(dataset_id: str) -> ResponseReturnValue:
    """Link an evaluation dataset to experiments."""
    wanted = OfExperiments.read()["experiment_ids"]
    linked = datasets.add_to_experiments(caller(), dataset_id, wanted)
    return jsonify({"dataset": dump_dataset(linked)})


@api("POST", f"{_ONE}/remove-experiments", versions=_V3)
def remove_dataset_from_experiments(dataset_id: str) -> ResponseReturnValue:
    """Unlink an evaluation dataset from experiments."""
    unwanted = OfExperiments.read()["experiment_ids"]
    left = datasets.remove_from_experiments(caller(), dataset_id, unwanted)
    return jsonify({"dataset": dump_dataset(left)})


@api("POST", f"{_ONE}/records", versions=_V3)
@takes_json(MAX_RECORDS_BYTES)
def upsert_dataset_records(dataset_id: str) -> ResponseReturnValue:
    """Merge records into an evaluation dataset."""
    given = to_records(UpsertRecords.read()["records"])
    merged = records.merge_records(caller(), dataset_id, given)
    return jsonify({"inserted_count": merged.inserted, "updated_count": merged.updated})


@api("GET", f"{_ONE}/records", versions=_V3)
def get_dataset_records(dataset_id: str) -> ResponseReturnValue:
    """Answer a page of records, as a list inside of a text."""
    wanted = GetRecords.read()
    page = records.read_records(
        caller(),
        dataset_id,
        max_results=_PAGE if wanted["max_results"] is None else wanted["max_results"],
        page_token=wanted["page_token"] or "",
    )
    dumped = {"records": dump_records(page.items)}
    return jsonify(dumped | ({"next_page_token": page.next_token} if page.next_token else {}))


@api("DELETE", f"{_ONE}/records", versions=_V3)
def delete_dataset_records(dataset_id: str) -> ResponseReturnValue:
    """Delete records of an evaluation dataset."""
    unwanted = DeleteRecords.read()["dataset_record_ids"]
    return jsonify({"deleted_count": records.delete_records(caller(), dataset_id, unwanted)})
