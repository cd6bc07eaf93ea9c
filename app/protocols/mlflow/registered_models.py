"""Registered models and their aliases (``mlflow/protos/model_registry.proto``)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app import registry
from app.edge import caller
from app.namespace import full_name
from app.protocols.mlflow.filters.expressions import REGISTERED_MODELS, parse_filter, parse_order_by
from app.protocols.mlflow.filters.prompts import split_prompts
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.registry import (
    CreateRegisteredModel,
    DeleteRegisteredModelTag,
    OfAlias,
    OfModel,
    RenameRegisteredModel,
    Search,
    SetRegisteredModelAlias,
    SetRegisteredModelTag,
    UpdateRegisteredModel,
    dump_model,
    dump_version,
    to_tags,
    to_version,
)
from app.protocols.mlflow.wire.tracking import dump_list

_PAGE = 100


@api("POST", "registered-models/create")
def create_registered_model() -> ResponseReturnValue:
    """Register a model, without versions yet."""
    wanted = CreateRegisteredModel.read()
    made = registry.create_model(
        caller(),
        full_name(caller(), wanted["name"]),
        description=wanted["description"] or "",
        tags=to_tags(wanted["tags"]),
    )
    return jsonify({"registered_model": dump_model(caller(), made)})


@api("GET", "registered-models/get")
def get_registered_model() -> ResponseReturnValue:
    """Answer a model with its aliases and the latest version of each stage."""
    name = full_name(caller(), OfModel.read()["name"])
    found = registry.get_model(caller(), name)
    return jsonify({"registered_model": dump_model(caller(), found)})


@api("GET", "registered-models/search")
def search_registered_models() -> ResponseReturnValue:
    """Answer a page of the models, or of the prompts, that the caller may see."""
    wanted = Search.read()
    prompts, comparisons = split_prompts(parse_filter(wanted["filter"], REGISTERED_MODELS))
    size = wanted["max_results"]
    who = caller()
    page = registry.search_models(
        who,
        comparisons,
        order_by=parse_order_by(wanted["order_by"], REGISTERED_MODELS),
        max_results=_PAGE if size is None else size,
        page_token=wanted["page_token"] or "",
        prompts=prompts,
    )
    dumped = [dump_model(who, model) for model in page.items]
    return jsonify(dump_list("registered_models", dumped, page.next_token))


@api("PATCH", "registered-models/update")
def update_registered_model() -> ResponseReturnValue:
    """Describe a model."""
    wanted = UpdateRegisteredModel.read()
    name = full_name(caller(), wanted["name"])
    changed = registry.update_model(caller(), name, description=wanted["description"] or "")
    return jsonify({"registered_model": dump_model(caller(), changed)})


@api("POST", "registered-models/rename")
def rename_registered_model() -> ResponseReturnValue:
    """Give a model another name."""
    wanted = RenameRegisteredModel.read()
    renamed = registry.rename_model(
        caller(),
        full_name(caller(), wanted["name"]),
        full_name(caller(), wanted["new_name"], field="new_name"),
    )
    return jsonify({"registered_model": dump_model(caller(), renamed)})


@api("DELETE", "registered-models/delete")
def delete_registered_model() -> ResponseReturnValue:
    """Move a model with its versions to the trash."""
    registry.delete_model(caller(), full_name(caller(), OfModel.read()["name"]))
    return empty()


@api("POST", "registered-models/set-tag")
def set_registered_model_tag() -> ResponseReturnValue:
    """Set a tag of a model."""
    wanted = SetRegisteredModelTag.read()
    name = full_name(caller(), wanted["name"])
    registry.set_model_tag(caller(), name, wanted["key"], wanted["value"] or "")
    return empty()


@api("DELETE", "registered-models/delete-tag")
def delete_registered_model_tag() -> ResponseReturnValue:
    """Delete a tag of a model."""
    wanted = DeleteRegisteredModelTag.read()
    name = full_name(caller(), wanted["name"])
    registry.delete_model_tag(caller(), name, wanted["key"])
    return empty()


@api("POST", "registered-models/alias")
def set_registered_model_alias() -> ResponseReturnValue:
    """Point an alias at a version."""
    wanted = SetRegisteredModelAlias.read()
    name = full_name(caller(), wanted["name"])
    registry.set_alias(caller(), name, wanted["alias"], to_version(wanted["version"]))
    return empty()


@api("DELETE", "registered-models/alias")
def delete_registered_model_alias() -> ResponseReturnValue:
    """Delete an alias."""
    wanted = OfAlias.read()
    registry.delete_alias(caller(), full_name(caller(), wanted["name"]), wanted["alias"])
    return empty()


@api("GET", "registered-models/alias")
def get_model_version_by_alias() -> ResponseReturnValue:
    """Answer the version that an alias points at."""
    wanted = OfAlias.read()
    name = full_name(caller(), wanted["name"])
    found = registry.get_version_by_alias(caller(), name, wanted["alias"])
    return jsonify({"model_version": dump_version(caller(), found)})
