"""Create and delete versions: the next number, and files that are shared by reference."""

from __future__ import annotations

from sqlalchemy import delete, insert, update

from app import access, audit, securables
from app.access import Operation
from app.access.obtain import Target
from app.artifacts import Vault, copy_files, delete_files
from app.errors import NotFoundError
from app.identity import Caller
from app.registry.aliases import lock_versions
from app.registry.edges import record_origin
from app.registry.model_versions import write_version_tag
from app.registry.queries import read_version
from app.registry.sources import NewVersion, Source, check_source, resolve_source
from app.registry.tables import model_aliases, model_versions, registered_models
from app.registry.texts import check_tags, check_text
from app.registry.values import ModelVersion, container_of
from app.securables import Kind, Securable


def create_version(caller: Caller, vault: Vault, name: Target, new: NewVersion) -> ModelVersion:
    """Create the next version of a model, with the files of its source as they are now.

    The files are shared with the source, not copied, and stay when the source is deleted; whoever
    holds EXECUTE on the model reads them, without any right on the source.

    Raises InvalidParameterError for a bad source or tag, NotFoundError if the model or the source
    is absent or hidden, PermissionDeniedError if CREATE MODEL VERSION is missing or the source's
    files may not be read, KeyDisabledError if the key of either catalog is not enabled.
    """
    tags = check_tags(new.tags)
    check_text(new.description, field="description")
    check_text(new.run_link, field="run_link")
    check_source(new)
    model = access.obtain(caller, Operation.MODEL_VERSION_CREATE, name, kind=Kind.REGISTERED_MODEL)
    source = resolve_source(caller, new)
    version = _next_number(caller, model)
    _insert(caller, model, version, source, new)
    for tag_name, value in tags.items():
        write_version_tag(caller, model, version, tag_name, value)
    files = share_files(caller, vault, source, model, version)
    securables.touch(caller, model)
    audit.record(
        caller,
        Operation.MODEL_VERSION_CREATE,
        model,
        version=version,
        # Not as given: who may read this event need not know the name of a model that was copied.
        source=source.address,
        run_id=source.run_id,
        logged_model_id=source.logged_model_id,
        files=files,
    )
    made = read_version(caller, model, version)
    record_origin(caller, source.origin, made)
    return made


def delete_version(caller: Caller, vault: Vault, name: Target, version: int) -> None:
    """Delete a version with its aliases and files; its number is never given again.

    Raises NotFoundError if the model is absent or hidden, or has no such version,
    PermissionDeniedError if MANAGE is missing.
    """
    model = access.obtain(caller, Operation.MODEL_VERSION_DELETE, name, kind=Kind.REGISTERED_MODEL)
    lock_versions(caller, model)
    gone = read_version(caller, model, version)
    of_version = (model_aliases.c.model_id == model.id, model_aliases.c.version == version)
    caller.session.execute(delete(model_aliases).where(*of_version))
    caller.session.execute(
        update(model_versions)
        .where(model_versions.c.model_id == model.id, model_versions.c.version == version)
        .values(deleted_at=caller.now, deleted_by=caller.principal.id)
    )
    try:
        files = delete_files(caller, vault, gone.container)
    except NotFoundError:
        files = 0
    securables.touch(caller, model)
    audit.record(
        caller,
        Operation.MODEL_VERSION_DELETE,
        model,
        version=version,
        aliases=list(gone.aliases),
        files=files,
    )


def share_files(
    caller: Caller, vault: Vault, source: Source, model: Securable, version: int
) -> int:
    """Share the files of a source that was obtained with a version; return how many.

    MLflow admits a version of a folder that nothing is in yet. Raises ConflictError,
    KeyDisabledError.
    """
    if source.origin is None:
        return 0
    target = container_of(model.id, version)
    try:
        return copy_files(
            caller, vault, source.origin.key, target, model, directory=source.directory
        )
    except NotFoundError:
        return 0


def _next_number(caller: Caller, model: Securable) -> int:
    """Count up. The row stays locked to the end of the transaction, so no number is skipped."""
    counted = caller.session.execute(
        update(registered_models)
        .where(registered_models.c.id == model.id)
        .values(last_version=registered_models.c.last_version + 1)
        .returning(registered_models.c.last_version)
    )
    return int(counted.scalar_one())


def _insert(
    caller: Caller, model: Securable, version: int, source: Source, new: NewVersion
) -> None:
    caller.session.execute(
        insert(model_versions),
        {
            "model_id": model.id,
            "version": version,
            "source": source.text,
            "source_model_id": source.model_id,
            "run_id": source.run_id,
            "logged_model_id": source.logged_model_id,
            "run_link": new.run_link,
            "description": new.description,
            "created_at": caller.now,
            "created_by": caller.principal.id,
            "updated_at": caller.now,
            "updated_by": caller.principal.id,
        },
    )
