"""Logged models (``mlflow/protos/service.proto``: createLoggedModel … logLoggedModelParams)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.protocols.mlflow.filters.expressions import LOGGED_MODELS, parse_filter, parse_order_field
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.logged_models import (
    CreateLoggedModel,
    FinalizeLoggedModel,
    GetLoggedModel,
    LogLoggedModelParams,
    SearchLoggedModels,
    SetLoggedModelTags,
    dump_logged_model,
)
from app.protocols.mlflow.wire.tracking import dump_list, to_pairs
from app.tracking import logged_model_search, logged_models
from app.tracking.logged_models import NewLoggedModel
from app.tracking.values import LoggedModelStatus, Search

_PAGE = 100
_REGISTERED_AS = "mlflow.modelVersions"


@api("POST", "logged-models")
def create_logged_model() -> ResponseReturnValue:
    """Create a logged model, pending until it is finalized."""
    wanted = CreateLoggedModel.read()
    new = NewLoggedModel(
        name=wanted["name"] or None,
        source_run_id=wanted["source_run_id"] or None,
        model_type=wanted["model_type"] or "",
        params=to_pairs(wanted["params"]),
        tags=to_pairs(wanted["tags"]),
    )
    made = logged_models.create_logged_model(caller(), wanted["experiment_id"], new)
    return jsonify({"model": dump_logged_model(made)})


@api("POST", "logged-models/search")
def search_logged_models() -> ResponseReturnValue:
    """Answer a page of the logged models of some experiments."""
    wanted = SearchLoggedModels.read()
    size, terms = wanted["max_results"], wanted["order_by"]
    search = Search(
        filters=parse_filter(wanted["filter"], LOGGED_MODELS),
        order_by=tuple(
            parse_order_field(
                term["field_name"], LOGGED_MODELS, ascending=term["ascending"] is not False
            )
            for term in terms
        ),
        max_results=_PAGE if size is None else size,
        page_token=wanted["page_token"] or "",
    )
    page = logged_model_search.search_logged_models(
        caller(),
        wanted["experiment_ids"],
        search,
        datasets=[(one["dataset_name"], one["dataset_digest"]) for one in wanted["datasets"]],
        order_datasets=[
            (term["dataset_name"], term["dataset_digest"]) if term["dataset_name"] else None
            for term in terms
        ],
    )
    dumped = [dump_logged_model(model) for model in page.items]
    return jsonify(dump_list("models", dumped, page.next_token))


@api("GET", "logged-models/<model_id>")
def get_logged_model(model_id: str) -> ResponseReturnValue:
    """Answer a logged model with its parameters, tags and metrics."""
    deleted = bool(GetLoggedModel.read()["allow_deleted"])
    found = logged_models.get_logged_model(caller(), model_id, deleted=deleted)
    return jsonify({"model": dump_logged_model(found)})


@api("PATCH", "logged-models/<model_id>")
def finalize_logged_model(model_id: str) -> ResponseReturnValue:
    """Say whether the files of a logged model are there."""
    status = _to_status(FinalizeLoggedModel.read()["status"])
    changed = logged_models.finalize_logged_model(caller(), model_id, status)
    return jsonify({"model": dump_logged_model(changed)})


@api("DELETE", "logged-models/<model_id>")
def delete_logged_model(model_id: str) -> ResponseReturnValue:
    """Move a logged model to the trash."""
    logged_models.delete_logged_model(caller(), model_id)
    return empty()


@api("PATCH", "logged-models/<model_id>/tags")
def set_logged_model_tags(model_id: str) -> ResponseReturnValue:
    """Set tags of a logged model.

    The client notes on a logged model which version it has just registered of it. Where that is
    not permitted it goes on without the note only if the model is said not to be there, and else
    reports a registration that took place as one that failed.
    """
    pairs = to_pairs(SetLoggedModelTags.read()["tags"])
    try:
        changed = logged_models.set_logged_model_tags(caller(), model_id, pairs)
    except PermissionDeniedError as refusal:
        if {name for name, _ in pairs} == {_REGISTERED_AS}:
            raise NotFoundError(refusal.message) from None
        raise
    return jsonify({"model": dump_logged_model(changed)})


@api("DELETE", "logged-models/<model_id>/tags/<path:name>")
def delete_logged_model_tag(model_id: str, name: str) -> ResponseReturnValue:
    """Delete a tag of a logged model."""
    logged_models.delete_logged_model_tag(caller(), model_id, name)
    return empty()


@api("POST", "logged-models/<model_id>/params")
def log_logged_model_params(model_id: str) -> ResponseReturnValue:
    """Add parameters to a logged model."""
    pairs = to_pairs(LogLoggedModelParams.read()["params"])
    logged_models.log_logged_model_params(caller(), model_id, pairs)
    return empty()


def _to_status(name: str) -> LoggedModelStatus:
    try:
        return LoggedModelStatus(name)
    except ValueError:
        names = ", ".join(LoggedModelStatus)
        msg = f"Invalid value '{name[:80]}' for parameter 'status' supplied: one of {names}"
        raise InvalidParameterError(msg, field="status") from None
