"""Register models, describe, rename, tag, drop and undrop them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select, text

from app import access, audit, securables
from app.access import Operation
from app.access.obtain import Target
from app.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.identity import Caller
from app.registry.queries import read_model
from app.registry.tables import model_versions, registered_models
from app.registry.texts import (
    MAX_TAG_VALUE,
    check_model_name,
    check_tag_name,
    check_tags,
    check_text,
)
from app.registry.values import RegisteredModel
from app.securables import FullName, Kind, Securable
from app.securables.tables import tags as tag_rows

_SET_TAG = text("""
INSERT INTO securable_tags (securable_id, tag_name, value, set_at, set_by)
VALUES (:model_id, :tag_name, :value, :now, :principal_id)
ON CONFLICT (securable_id, tag_name)
DO UPDATE SET value = excluded.value, set_at = excluded.set_at, set_by = excluded.set_by""")


def create_model(
    caller: Caller,
    name: FullName,
    *,
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> RegisteredModel:
    """Register a model owned by the caller, without versions; the prompt tag makes it a prompt.

    Raises NotFoundError if the schema is absent or hidden, PermissionDeniedError if CREATE MODEL is
    missing, AlreadyExistsError if the name is taken, InvalidParameterError for a bad value.
    """
    check_model_name(name)
    checked = check_tags(tags or {})
    check_text(description, field="description")
    model = put_model(caller, _obtain_schema(caller, name), name.leaf, description, checked)
    audit.record(caller, Operation.REGISTERED_MODEL_CREATE, model, tags=sorted(checked))
    return read_model(caller, model)


def get_model(caller: Caller, name: Target) -> RegisteredModel:
    """Return a model with its tags, aliases and the latest version of each stage.

    Raises NotFoundError if it is absent or hidden.
    """
    return read_model(caller, _obtain(caller, Operation.REGISTERED_MODEL_READ, name))


def update_model(caller: Caller, name: Target, *, description: str) -> RegisteredModel:
    """Replace the description.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError if MANAGE is missing,
    InvalidParameterError for a text that cannot be stored.
    """
    check_text(description, field="description")
    model = _obtain(caller, Operation.REGISTERED_MODEL_UPDATE, name)
    securables.describe(caller, model, description)
    audit.record(caller, Operation.REGISTERED_MODEL_UPDATE, model, changed=["description"])
    return read_model(caller, model)


def rename_model(caller: Caller, name: Target, new_name: FullName) -> RegisteredModel:
    """Give a model another name in its schema; versions, aliases, grants and lineage stay with it.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError if MANAGE is missing,
    AlreadyExistsError if the name is taken, InvalidParameterError for a name in another schema.
    """
    check_model_name(new_name, field="new_name")
    model = _obtain(caller, Operation.REGISTERED_MODEL_UPDATE, name)
    if new_name.parent != model.full_name.parent:
        msg = (
            f"Invalid value for new_name: {new_name} is not in {model.full_name.parent}; a rename "
            "does not move a model to another schema"
        )
        raise InvalidParameterError(msg, field="new_name")
    try:
        renamed = securables.rename(caller, model, new_name.leaf)
    except AlreadyExistsError as error:
        raise _taken(new_name) from error
    audit.record(
        caller,
        Operation.REGISTERED_MODEL_UPDATE,
        renamed,
        changed=["name"],
        old_name=str(model.full_name),
    )
    return read_model(caller, renamed)


def delete_model(caller: Caller, name: Target, *, force: bool = True) -> None:
    """Move a model with its versions to the trash.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError if MANAGE is missing,
    ConflictError without ``force`` if it has versions.
    """
    model = _obtain(caller, Operation.REGISTERED_MODEL_DELETE, name)
    living = select(model_versions.c.version).where(
        model_versions.c.model_id == model.id, model_versions.c.deleted_at.is_(None)
    )
    if not force and caller.session.execute(living.limit(1)).first() is not None:
        msg = f"Registered model {model.full_name} has versions: use force to drop them too"
        raise ConflictError(msg, field="force")
    securables.drop(caller, model, force=True)
    audit.record(caller, Operation.REGISTERED_MODEL_DELETE, model)


def restore_model(caller: Caller, model_id: str) -> RegisteredModel:
    """Bring a model back from the trash, by id, with its versions and aliases.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError if MANAGE is missing,
    ConflictError if it is not in the trash, AlreadyExistsError if its name was taken meanwhile.
    """
    model = access.obtain(
        caller,
        Operation.REGISTERED_MODEL_RESTORE,
        model_id,
        kind=Kind.REGISTERED_MODEL,
        deleted=True,
    )
    restored = securables.undrop(caller, model)
    audit.record(caller, Operation.REGISTERED_MODEL_RESTORE, restored)
    return read_model(caller, restored)


def set_model_tag(caller: Caller, name: Target, tag_name: str, value: str) -> None:
    """Set a tag of a model.

    Raises NotFoundError if the model is absent or hidden, PermissionDeniedError if APPLY TAG is
    missing, InvalidParameterError for a bad tag.
    """
    check_tag_name(tag_name)
    check_text(value, field="value", limit=MAX_TAG_VALUE)
    model = _obtain(caller, Operation.REGISTERED_MODEL_TAG, name)
    _write_tag(caller, model, tag_name, value)
    audit.record(caller, Operation.REGISTERED_MODEL_TAG, model, tag=tag_name)


def delete_model_tag(caller: Caller, name: Target, tag_name: str) -> None:
    """Delete a tag of a model; deleting one that is not there changes nothing.

    Raises NotFoundError if the model is absent or hidden, PermissionDeniedError if APPLY TAG is
    missing, InvalidParameterError for a bad tag.
    """
    check_tag_name(tag_name)
    model = _obtain(caller, Operation.REGISTERED_MODEL_TAG, name)
    of_model = (tag_rows.c.securable_id == model.id, tag_rows.c.tag_name == tag_name)
    caller.session.execute(delete(tag_rows).where(*of_model))
    audit.record(caller, Operation.REGISTERED_MODEL_TAG, model, deleted_tag=tag_name)


def put_model(
    caller: Caller, schema: Securable, name: str, description: str, tags: Mapping[str, str]
) -> Securable:
    """Add a model without versions, all of it checked, to a schema that was obtained.

    Raises AlreadyExistsError if the name is taken.
    """
    try:
        model = securables.add(caller, Kind.REGISTERED_MODEL, schema, name, comment=description)
    except AlreadyExistsError as error:
        raise _taken(schema.full_name.child(name)) from error
    caller.session.execute(insert(registered_models), {"id": model.id, "last_version": 0})
    for tag_name, value in tags.items():
        _write_tag(caller, model, tag_name, value)
    return model


def _obtain(caller: Caller, operation: Operation, name: Target) -> Securable:
    return access.obtain(caller, operation, name, kind=Kind.REGISTERED_MODEL)


def _obtain_schema(caller: Caller, name: FullName) -> Securable:
    """Return the schema to register in.

    A client that adds a version registers the model first and goes on if it exists. Whoever may see
    the model is told so, even without the right to register one.
    """
    try:
        return access.obtain(caller, Operation.REGISTERED_MODEL_CREATE, name.parent)
    except (NotFoundError, PermissionDeniedError) as refusal:
        try:
            model = _obtain(caller, Operation.REGISTERED_MODEL_READ, name)
        except NotFoundError:
            raise refusal from None
        raise _taken(model.full_name) from None


def _taken(name: FullName) -> AlreadyExistsError:
    # In MLflow's words: mlflow-export-import goes on with a model that is there by reading them.
    return AlreadyExistsError(f"Registered Model (name={name}) already exists.", field="name")


def _write_tag(caller: Caller, model: Securable, tag_name: str, value: str) -> None:
    caller.session.execute(
        _SET_TAG,
        {
            "model_id": model.id,
            "tag_name": tag_name,
            "value": value,
            "now": caller.now,
            "principal_id": caller.principal.id,
        },
    )
