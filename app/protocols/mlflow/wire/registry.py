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
from app.namespace import full_name
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
    name = spell(caller, model.full_name)
    dumped: Dumped = {
        "name": name,
        "creation_timestamp": model.created_at,
        "last_updated_timestamp": model.updated_at,
        "description": model.description,
        "workspace": _workspace(caller),
    }
    versions = [_dump_version(caller, name, version) for version in model.latest_versions]
    aliases = [{"alias": alias, "version": str(number)} for alias, number in model.aliases.items()]
    return dumped | _filled(latest_versions=versions, tags=_dump_tags(model.tags), aliases=aliases)


def dump_version(caller: Caller, version: ModelVersion) -> Dumped:
    """Return a ModelVersion."""
    return _dump_version(caller, spell(caller, version.model_name), version)


def spell(caller: Caller, name: FullName) -> str:
    """Return the name by which the caller would ask for it."""
    if caller.workspace is not None and full_name(caller, name.leaf) == name:
        return name.leaf
    return str(name)


def _dump_version(caller: Caller, name: str, version: ModelVersion) -> Dumped:
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
        "workspace": _workspace(caller),
    }
    return dumped | _filled(tags=_dump_tags(version.tags), aliases=list(version.aliases))


def _dump_tags(pairs: Mapping[str, str]) -> list[Dumped]:
    return [{"key": name, "value": value} for name, value in pairs.items()]


def _filled(**lists: list[Any]) -> Dumped:
    return {name: items for name, items in lists.items() if items}


def _workspace(caller: Caller) -> str:
    return caller.workspace.name if caller.workspace else ""
