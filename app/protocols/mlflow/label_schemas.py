"""Label schemas (``mlflow/protos/service.proto``: createLabelSchema … deleteLabelSchema)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.labels import (
    CreateLabelSchema,
    GetLabelSchemaByName,
    ListLabelSchemas,
    OfLabelSchema,
    UpdateLabelSchema,
    dump_label_schema,
    to_new_schema,
    to_schema_change,
)
from app.protocols.mlflow.wire.tracking import dump_list
from app.tracking.evaluation import labels

_V3 = ("3.0",)
_PAGE = 100


@api("POST", "label-schemas/create", versions=_V3)
def create_label_schema() -> ResponseReturnValue:
    """Add a question to an experiment."""
    wanted = CreateLabelSchema.read()
    new = to_new_schema(wanted)
    made = labels.create_label_schema(caller(), wanted["experiment_id"], new)
    return jsonify({"label_schema": dump_label_schema(made)})


@api("GET", "label-schemas/get", versions=_V3)
def get_label_schema() -> ResponseReturnValue:
    """Answer a question."""
    found = labels.get_label_schema(caller(), OfLabelSchema.read()["schema_id"])
    return jsonify({"label_schema": dump_label_schema(found)})


@api("GET", "label-schemas/get-by-name", versions=_V3)
def get_label_schema_by_name() -> ResponseReturnValue:
    """Answer the question of a name."""
    wanted = GetLabelSchemaByName.read()
    found = labels.get_label_schema_by_name(caller(), wanted["experiment_id"], wanted["name"])
    return jsonify({"label_schema": dump_label_schema(found)})


@api("GET", "label-schemas/list", versions=_V3)
def list_label_schemas() -> ResponseReturnValue:
    """Answer a page of the questions of an experiment."""
    wanted = ListLabelSchemas.read()
    page = labels.list_label_schemas(
        caller(),
        wanted["experiment_id"],
        max_results=_PAGE if wanted["max_results"] is None else wanted["max_results"],
        page_token=wanted["page_token"] or "",
    )
    dumped = [dump_label_schema(schema) for schema in page.items]
    return jsonify(dump_list("label_schemas", dumped, page.next_token))


@api("PATCH", "label-schemas/update", versions=_V3)
def update_label_schema() -> ResponseReturnValue:
    """Change a question."""
    wanted = UpdateLabelSchema.read()
    change = to_schema_change(wanted)
    changed = labels.update_label_schema(caller(), wanted["schema_id"], change)
    return jsonify({"label_schema": dump_label_schema(changed)})


@api("DELETE", "label-schemas/delete", versions=_V3)
def delete_label_schema() -> ResponseReturnValue:
    """Delete a question."""
    labels.delete_label_schema(caller(), OfLabelSchema.read()["schema_id"])
    return empty()
