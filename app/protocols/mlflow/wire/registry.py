"""Messages of the model registry (``mlflow/protos/model_registry.proto``).

A version's number is text on the wire. Names are spelled as the caller would: short where they are
at home in its workspace, ``catalog.schema.model`` elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.errors import InvalidParameterError
from app.identity import Caller
from app.namespace import HOME_SCHEMA, parse_whole
from app.protocols.mlflow.wire.messages import Boolean, Message, Tag, int64, tags, text, texts
from app.registry.values import ModelVersion, RegisteredModel
from app.securables import FullName

Dumped = dict[str, Any]
_VERSION = re.compile("[0-9]{1,18}")


class OfModel(Message):
    """What is asked of one registered model: get, delete."""

    name = text(required=True)


class OfVersion(OfModel):
    """What is asked of one version: get, delete, get-download-uri."""

    version = text(required=True)


class CreateRegisteredModel(OfModel):
    """CreateRegisteredModel."""

    tags = tags()
    description = text(default="")


class UpdateRegisteredModel(OfModel):
    """UpdateRegisteredModel."""

    description = text()


class RenameRegisteredModel(OfModel):
    """RenameRegisteredModel."""

    new_name = text(required=True)


class SetRegisteredModelTag(OfModel, Tag):
    """SetRegisteredModelTag."""


class DeleteRegisteredModelTag(OfModel):
    """DeleteRegisteredModelTag."""

    key = text(required=True)


class OfAlias(OfModel):
    """GetModelVersionByAlias, DeleteRegisteredModelAlias."""

    alias = text(required=True)


class SetRegisteredModelAlias(OfAlias, OfVersion):
    """SetRegisteredModelAlias."""


class GetLatestVersions(OfModel):
    """GetLatestVersions."""

    stages = texts()


class Search(Message):
    """SearchRegisteredModels, SearchModelVersions."""

    filter = text(default="")
    max_results = int64()
    order_by = texts()
    page_token = text(default="")


class CreateModelVersion(OfModel):
    """CreateModelVersion."""

    source = text(required=True)
    run_id = text()
    run_link = text(default="")
    tags = tags()
    description = text(default="")
    model_id = text()


class UpdateModelVersion(OfVersion):
    """UpdateModelVersion."""

    description = text()


class TransitionModelVersionStage(OfVersion):
    """TransitionModelVersionStage."""

    stage = text(required=True)
    archive_existing_versions = Boolean(load_default=False, allow_none=True)


class SetModelVersionTag(OfVersion, Tag):
    """SetModelVersionTag."""


class DeleteModelVersionTag(OfVersion):
    """DeleteModelVersionTag."""

    key = text(required=True)


class GetVersionArtifact(OfVersion):
    """The download of one file of a version."""

    path = text(required=True)


def to_version(number: str) -> int:
    """Return a version's number; raises InvalidParameterError for what is none."""
    if _VERSION.fullmatch(number) is None:
        msg = f"Model version must be an integer, got {number[:80]!r} for parameter 'version'"
        raise InvalidParameterError(msg, field="version")
    return int(number)


def to_tags(loaded: list[Dumped]) -> dict[str, str]:
    """Return tags by name; of a name that comes twice the last counts."""
    return {item["key"]: item["value"] or "" for item in loaded}


def dump_model(caller: Caller, model: RegisteredModel) -> Dumped:
    """Return a RegisteredModel."""
    name, workspace = spell(caller, model.full_name), _workspace(caller)
    dumped: Dumped = {
        "name": name,
        "creation_timestamp": model.created_at,
        "last_updated_timestamp": model.updated_at,
        "description": model.description,
        "workspace": workspace,
    }
    if model.latest_versions:
        dumped["latest_versions"] = [
            _dump_version(version, name, workspace) for version in model.latest_versions
        ]
    if model.tags:
        dumped["tags"] = _dump_tags(model.tags)
    if model.aliases:
        dumped["aliases"] = [
            {"alias": alias, "version": str(number)} for alias, number in model.aliases.items()
        ]
    return dumped


def dump_version(caller: Caller, version: ModelVersion) -> Dumped:
    """Return a ModelVersion."""
    return _dump_version(version, spell(caller, version.model_name), _workspace(caller))


def spell(caller: Caller, name: FullName) -> str:
    """Return the name by which the caller would ask for it."""
    *above, leaf = name.parts
    at_home = caller.workspace is not None and above == [caller.workspace.name, HOME_SCHEMA]
    return leaf if at_home and parse_whole(leaf) is None else str(name)


def _dump_version(version: ModelVersion, name: str, workspace: str) -> Dumped:
    dumped: Dumped = {
        "name": name,
        "version": str(version.version),
        "creation_timestamp": version.created_at,
        "last_updated_timestamp": version.updated_at,
        "current_stage": version.stage.value,
        "description": version.description,
        "source": version.source,
        "run_id": version.run_id or "",
        "status": version.status.value,
        "run_link": version.run_link,
        "workspace": workspace,
    }
    if version.tags:
        dumped["tags"] = _dump_tags(version.tags)
    if version.aliases:
        dumped["aliases"] = list(version.aliases)
    return dumped


def _dump_tags(pairs: Mapping[str, str]) -> list[Dumped]:
    return [{"key": name, "value": value} for name, value in pairs.items()]


def _workspace(caller: Caller) -> str:
    return caller.workspace.name if caller.workspace else ""
