"""Versions of registered models (``mlflow/protos/model_registry.proto``)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app import registry
from app.edge import caller, services
from app.namespace import full_name
from app.protocols.mlflow.filters.expressions import MODEL_VERSIONS, parse_filter, parse_order_by
from app.protocols.mlflow.filters.prompts import split_prompts
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.registry import (
    CreateModelVersion,
    DeleteModelVersionTag,
    GetLatestVersions,
    OfVersion,
    Search,
    SetModelVersionTag,
    TransitionModelVersionStage,
    UpdateModelVersion,
    dump_version,
    to_tags,
    to_version,
)
from app.protocols.mlflow.wire.tracking import Dumped, dump_list
from app.registry import NewVersion, Stage

_PAGE = 10_000


@api("POST", "model-versions/create")
def create_model_version() -> ResponseReturnValue:
    """Create the next version of a model; it is ready at once."""
    wanted = CreateModelVersion.read()
    new = NewVersion(
        source=wanted["source"],
        run_id=wanted["run_id"] or None,
        logged_model_id=wanted["model_id"] or None,
        run_link=wanted["run_link"] or "",
        description=wanted["description"] or "",
        tags=to_tags(wanted["tags"]),
    )
    name = full_name(caller(), wanted["name"])
    made = registry.create_version(caller(), services().vault, name, new)
    return jsonify({"model_version": dump_version(caller(), made)})


@api("DELETE", "model-versions/delete")
def delete_model_version() -> ResponseReturnValue:
    """Delete a version; its number is not given again."""
    wanted = OfVersion.read()
    name = full_name(caller(), wanted["name"])
    number = to_version(wanted["version"])
    registry.delete_version(caller(), services().vault, name, number)
    return empty()


@api("GET", "model-versions/get")
def get_model_version() -> ResponseReturnValue:
    """Answer a version with its tags and aliases."""
    wanted = OfVersion.read()
    name = full_name(caller(), wanted["name"])
    found = registry.get_version(caller(), name, to_version(wanted["version"]))
    return jsonify({"model_version": dump_version(caller(), found)})


@api("GET", "model-versions/get-download-uri")
def get_model_version_download_uri() -> ResponseReturnValue:
    """Answer where a version's files are: behind this server's proxy, whatever its source."""
    wanted = OfVersion.read()
    name = full_name(caller(), wanted["name"])
    uri = registry.get_download_uri(caller(), name, to_version(wanted["version"]))
    return jsonify({"artifact_uri": uri})


@api("GET", "model-versions/search")
def search_model_versions() -> ResponseReturnValue:
    """Answer a page of the versions of models, or of prompts, that the caller may see."""
    return jsonify(answer_versions(Search.read()))


def answer_versions(wanted: Dumped) -> Dumped:
    """Return the answer to SearchModelVersions."""
    prompts, comparisons = split_prompts(parse_filter(wanted["filter"], MODEL_VERSIONS))
    size = wanted["max_results"]
    page = registry.search_versions(
        caller(),
        comparisons,
        order_by=parse_order_by(wanted["order_by"], MODEL_VERSIONS),
        max_results=_PAGE if size is None else size,
        page_token=wanted["page_token"] or "",
        prompts=prompts,
    )
    dumped = [dump_version(caller(), version) for version in page.items]
    return dump_list("model_versions", dumped, page.next_token)


@api("PATCH", "model-versions/update")
def update_model_version() -> ResponseReturnValue:
    """Describe a version."""
    wanted = UpdateModelVersion.read()
    changed = registry.update_version(
        caller(),
        full_name(caller(), wanted["name"]),
        to_version(wanted["version"]),
        description=wanted["description"] or "",
    )
    return jsonify({"model_version": dump_version(caller(), changed)})


@api("POST", "model-versions/transition-stage")
def transition_model_version_stage() -> ResponseReturnValue:
    """Move a version to a stage."""
    wanted = TransitionModelVersionStage.read()
    changed = registry.transition_stage(
        caller(),
        full_name(caller(), wanted["name"]),
        to_version(wanted["version"]),
        Stage.parse(wanted["stage"]),
        archive_existing=bool(wanted["archive_existing_versions"]),
    )
    return jsonify({"model_version": dump_version(caller(), changed)})


@api("POST", "model-versions/set-tag")
def set_model_version_tag() -> ResponseReturnValue:
    """Set a tag of a version."""
    wanted = SetModelVersionTag.read()
    registry.set_version_tag(
        caller(),
        full_name(caller(), wanted["name"]),
        to_version(wanted["version"]),
        wanted["key"],
        wanted["value"] or "",
    )
    return empty()


@api("DELETE", "model-versions/delete-tag")
def delete_model_version_tag() -> ResponseReturnValue:
    """Delete a tag of a version."""
    wanted = DeleteModelVersionTag.read()
    registry.delete_version_tag(
        caller(),
        full_name(caller(), wanted["name"]),
        to_version(wanted["version"]),
        wanted["key"],
    )
    return empty()


@api("GET", "registered-models/get-latest-versions")
@api("POST", "registered-models/get-latest-versions")
def get_latest_versions() -> ResponseReturnValue:
    """Answer the highest version of each stage that is asked for."""
    wanted = GetLatestVersions.read()
    found = registry.get_latest_versions(
        caller(),
        full_name(caller(), wanted["name"]),
        [Stage.parse(stage, field="stages") for stage in wanted["stages"]],
    )
    return jsonify(dump_list("model_versions", [dump_version(caller(), one) for one in found]))
