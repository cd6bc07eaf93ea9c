"""Delete registered models in the trash for good, with their versions and files."""

from __future__ import annotations

from app import access, audit, securables
from app.access import METASTORE, Operation
from app.artifacts import Vault, delete_files
from app.db.statements import Sql
from app.errors import NotFoundError
from app.identity import Caller
from app.registry.values import container_of
from app.securables import Kind

_AT_ONCE = 20
_VERSIONS = Sql("SELECT version FROM model_versions WHERE model_id = :id")
_DELETE = [
    Sql(f"DELETE FROM {table} WHERE {column} IN_LIST(:ids)")  # noqa: S608 (constants)
    for table, column in (
        ("model_aliases", "model_id"),
        ("model_version_tags", "model_id"),
        ("model_versions", "model_id"),
        ("registered_models", "id"),
    )
]


def purge_models(caller: Caller, vault: Vault, before: int) -> dict[str, int]:
    """Delete for good some of the models that were in the trash by ``before``.

    Returns how many, or nothing if nothing is left: to be called until then. Files that other
    versions share stay. Raises NotFoundError or PermissionDeniedError without MANAGE on the
    metastore.
    """
    access.obtain(caller, Operation.TRASH_PURGE, METASTORE)
    ids = securables.bury(caller, Kind.REGISTERED_MODEL, before, _AT_ONCE)
    if not ids:
        return {}
    for model_id in ids:
        for version in list(_VERSIONS.run(caller.session, id=model_id).scalars()):
            try:
                delete_files(caller, vault, container_of(model_id, version))
            except NotFoundError:
                continue
    for statement in _DELETE:
        statement.run(caller.session, ids=ids)
    audit.record(caller, Operation.TRASH_PURGE, kind="registered_models", count=len(ids), ids=ids)
    return {"registered_models": len(ids)}
