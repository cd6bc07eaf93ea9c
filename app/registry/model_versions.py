"""Versions of registered models: read, describe, move between stages, tag and delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, text, update

from app import access, audit, securables
from app.access import Operation
from app.access.obtain import Target
from app.errors import InvalidParameterError
from app.identity import Caller
from app.registry.aliases import lock_versions
from app.registry.queries import read_model, read_version
from app.registry.tables import model_version_tags, model_versions
from app.registry.texts import MAX_TAG_VALUE, check_tag_name, check_text
from app.registry.values import IS_PROMPT, ModelVersion, Stage, says_prompt
from app.securables import Kind, Securable

_SET_TAG = text("""
INSERT INTO model_version_tags (model_id, version, tag_name, value, set_at, set_by)
VALUES (:model_id, :version, :tag_name, :value, :now, :principal_id)
ON CONFLICT (model_id, version, tag_name)
DO UPDATE SET value = excluded.value, set_at = excluded.set_at, set_by = excluded.set_by""")


def get_version(caller: Caller, name: Target, version: int) -> ModelVersion:
    """Return a version with its tags and aliases.

    Raises NotFoundError if the model is absent or hidden, or has no such version.
    """
    model = _obtain(caller, Operation.MODEL_VERSION_READ, name)
    return read_version(caller, model, version)


def get_latest_versions(
    caller: Caller, name: Target, stages: Sequence[Stage] = ()
) -> list[ModelVersion]:
    """Return the highest version of each of ``stages``, or of every stage, by number.

    Raises NotFoundError if the model is absent or hidden.
    """
    model = _obtain(caller, Operation.MODEL_VERSION_READ, name)
    wanted = set(stages) or set(Stage)
    latest = read_model(caller, model).latest_versions
    return [version for version in latest if version.stage in wanted]


def update_version(caller: Caller, name: Target, version: int, *, description: str) -> ModelVersion:
    """Replace the description.

    Raises NotFoundError if the model is absent or hidden, or has no such version,
    PermissionDeniedError if CREATE MODEL VERSION is missing.
    """
    check_text(description, field="description")
    model = _obtain(caller, Operation.MODEL_VERSION_UPDATE, name)
    read_version(caller, model, version)
    _change(caller, model, version, description=description)
    audit.record(
        caller, Operation.MODEL_VERSION_UPDATE, model, version=version, changed=["description"]
    )
    return read_version(caller, model, version)


def transition_stage(
    caller: Caller, name: Target, version: int, stage: Stage, *, archive_existing: bool = False
) -> ModelVersion:
    """Move a version to a stage, and with ``archive_existing`` the others in it to Archived.

    Raises InvalidParameterError for archiving with a stage that is not active, NotFoundError if the
    model is absent or hidden, or has no such version, PermissionDeniedError if CREATE MODEL VERSION
    is missing.
    """
    if archive_existing and not stage.is_active:
        msg = (
            "Model version transition cannot archive existing model versions because "
            f"'{stage}' is not an Active stage. Valid stages are Staging, Production"
        )
        raise InvalidParameterError(msg, field="archive_existing_versions")
    model = _obtain(caller, Operation.MODEL_VERSION_UPDATE, name)
    lock_versions(caller, model)
    old = read_version(caller, model, version).stage
    archived = _archive_others(caller, model, version, stage) if archive_existing else []
    _change(caller, model, version, stage=stage.value)
    securables.touch(caller, model)
    audit.record(
        caller,
        Operation.MODEL_VERSION_UPDATE,
        model,
        version=version,
        old_stage=old.value,
        new_stage=stage.value,
        archived=archived,
    )
    return read_version(caller, model, version)


def set_version_tag(caller: Caller, name: Target, version: int, tag_name: str, value: str) -> None:
    """Set a tag of a version.

    Raises NotFoundError if the model is absent or hidden, or has no such version,
    PermissionDeniedError if APPLY TAG is missing, InvalidParameterError for a bad tag.
    """
    check_tag_name(tag_name)
    check_text(value, field="value", limit=MAX_TAG_VALUE)
    model = _obtain(caller, Operation.MODEL_VERSION_TAG, name)
    read_version(caller, model, version)
    write_version_tag(caller, model, version, tag_name, value)
    audit.record(caller, Operation.MODEL_VERSION_TAG, model, version=version, tag=tag_name)


def delete_version_tag(caller: Caller, name: Target, version: int, tag_name: str) -> None:
    """Delete a tag of a version; deleting one that is not there changes nothing.

    Raises NotFoundError if the model is absent or hidden, or has no such version,
    PermissionDeniedError if APPLY TAG is missing, InvalidParameterError for a bad tag.
    """
    check_tag_name(tag_name)
    model = _obtain(caller, Operation.MODEL_VERSION_TAG, name)
    read_version(caller, model, version)
    t = model_version_tags.c
    caller.session.execute(
        delete(model_version_tags).where(
            t.model_id == model.id, t.version == version, t.tag_name == tag_name
        )
    )
    if tag_name == IS_PROMPT:
        _mark_prompt(caller, model, version, is_prompt=False)
    audit.record(caller, Operation.MODEL_VERSION_TAG, model, version=version, deleted_tag=tag_name)


def write_version_tag(
    caller: Caller, model: Securable, version: int, tag_name: str, value: str
) -> None:
    """Set a checked tag of a version of an obtained model."""
    caller.session.execute(
        _SET_TAG,
        {
            "model_id": model.id,
            "version": version,
            "tag_name": tag_name,
            "value": value,
            "now": caller.now,
            "principal_id": caller.principal.id,
        },
    )
    if tag_name == IS_PROMPT:
        _mark_prompt(caller, model, version, is_prompt=says_prompt(value))


def _obtain(caller: Caller, operation: Operation, name: Target) -> Securable:
    return access.obtain(caller, operation, name, kind=Kind.REGISTERED_MODEL)


def _change(caller: Caller, model: Securable, version: int, **values: Any) -> None:
    caller.session.execute(
        update(model_versions)
        .where(model_versions.c.model_id == model.id, model_versions.c.version == version)
        .values(updated_at=caller.now, updated_by=caller.principal.id, **values)
    )


def _archive_others(caller: Caller, model: Securable, version: int, stage: Stage) -> list[int]:
    others = select(model_versions.c.version).where(
        model_versions.c.model_id == model.id,
        model_versions.c.version != version,
        model_versions.c.stage == stage.value,
        model_versions.c.deleted_at.is_(None),
    )
    numbers = [int(number) for number in caller.session.execute(others).scalars()]
    for number in numbers:
        _change(caller, model, number, stage=Stage.ARCHIVED.value)
    return numbers


def _mark_prompt(caller: Caller, model: Securable, version: int, *, is_prompt: bool) -> None:
    """Keep the column that searches read in step with the prompt tag."""
    caller.session.execute(
        update(model_versions)
        .where(model_versions.c.model_id == model.id, model_versions.c.version == version)
        .values(is_prompt=is_prompt)
    )
