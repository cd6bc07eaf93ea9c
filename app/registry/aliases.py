"""Aliases: names of a model that point at one of its versions, and move."""

from __future__ import annotations

from sqlalchemy import delete, func, select, text

from app import access, audit
from app.access import Operation
from app.access.obtain import Target
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.registry.queries import read_version, version_not_found
from app.registry.tables import model_aliases, model_versions, registered_models
from app.registry.texts import LATEST, check_alias, check_new_alias
from app.registry.values import ModelVersion
from app.securables import Kind, Securable

_SET_ALIAS = text("""
INSERT INTO model_aliases (model_id, alias, version, set_at, set_by)
VALUES (:model_id, :alias, :version, :now, :principal_id)
ON CONFLICT (model_id, alias)
DO UPDATE SET version = excluded.version, set_at = excluded.set_at, set_by = excluded.set_by""")


def set_alias(caller: Caller, name: Target, alias: str, version: int) -> None:
    """Point an alias at a version, wherever it pointed before.

    Raises InvalidParameterError for a bad or reserved name, NotFoundError if the model is absent or
    hidden or has no such version, PermissionDeniedError if CREATE MODEL VERSION is missing.
    """
    check_new_alias(alias)
    model = _obtain(caller, Operation.MODEL_ALIAS_SET, name)
    lock_versions(caller, model)
    if not _is_living(caller, model, version):
        raise version_not_found(model, version)
    old = _version_of(caller, model, alias)
    caller.session.execute(
        _SET_ALIAS,
        {
            "model_id": model.id,
            "alias": alias,
            "version": version,
            "now": caller.now,
            "principal_id": caller.principal.id,
        },
    )
    audit.record(
        caller,
        Operation.MODEL_ALIAS_SET,
        model,
        alias=alias,
        old_version=old,
        new_version=version,
    )


def delete_alias(caller: Caller, name: Target, alias: str) -> None:
    """Delete an alias; deleting one that is not there changes nothing.

    Raises InvalidParameterError for a bad name, NotFoundError if the model is absent or hidden,
    PermissionDeniedError if CREATE MODEL VERSION is missing.
    """
    check_alias(alias)
    model = _obtain(caller, Operation.MODEL_ALIAS_SET, name)
    old = _version_of(caller, model, alias)
    caller.session.execute(
        delete(model_aliases).where(
            model_aliases.c.model_id == model.id, model_aliases.c.alias == alias
        )
    )
    audit.record(
        caller, Operation.MODEL_ALIAS_SET, model, alias=alias, old_version=old, new_version=None
    )


def get_version_by_alias(caller: Caller, name: Target, alias: str) -> ModelVersion:
    """Return the version that an alias points at; ``latest`` is the highest one.

    Raises InvalidParameterError if the model has no such alias (MLflow's clients look for that),
    NotFoundError if the model is absent or hidden, or has no version at all.
    """
    check_alias(alias)
    model = _obtain(caller, Operation.MODEL_VERSION_READ, name)
    return read_version(caller, model, resolve_alias(caller, model, alias))


def resolve_alias(caller: Caller, model: Securable, alias: str) -> int:
    """Return the number that an alias of an obtained model stands for.

    Raises InvalidParameterError if there is no such alias, NotFoundError for ``latest`` of a model
    without versions.
    """
    if alias.lower() == LATEST:
        highest = caller.session.execute(
            select(func.max(model_versions.c.version)).where(
                model_versions.c.model_id == model.id, model_versions.c.deleted_at.is_(None)
            )
        ).scalar_one()
        if highest is None:
            msg = f"Latest version not found for model {model.full_name}."
            raise NotFoundError(msg)
        return int(highest)
    version = _version_of(caller, model, alias)
    if version is None:
        msg = f"Registered model alias {alias} not found."
        raise InvalidParameterError(msg, field="alias")
    return version


def lock_versions(caller: Caller, model: Securable) -> None:
    """Keep others from changing the model's versions until the transaction ends.

    SQLite has but one writer; PostgreSQL locks the row of the model.
    """
    caller.session.execute(
        select(registered_models.c.id).where(registered_models.c.id == model.id).with_for_update()
    )


def _obtain(caller: Caller, operation: Operation, name: Target) -> Securable:
    return access.obtain(caller, operation, name, kind=Kind.REGISTERED_MODEL)


def _is_living(caller: Caller, model: Securable, version: int) -> bool:
    found = caller.session.execute(
        select(model_versions.c.version).where(
            model_versions.c.model_id == model.id,
            model_versions.c.version == version,
            model_versions.c.deleted_at.is_(None),
        )
    )
    return found.first() is not None


def _version_of(caller: Caller, model: Securable, alias: str) -> int | None:
    version: int | None = caller.session.execute(
        select(model_aliases.c.version).where(
            model_aliases.c.model_id == model.id, model_aliases.c.alias == alias
        )
    ).scalar_one_or_none()
    return version
