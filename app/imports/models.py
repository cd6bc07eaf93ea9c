"""Bring registered models and prompts, and the aliases that point at their versions."""

from __future__ import annotations

from collections.abc import Mapping

from app import access, audit, securables
from app.access import Operation
from app.db.statements import Sql
from app.identity import Caller
from app.imports.journal import look_up, note, require
from app.imports.values import Brought, Import, Origin, SourceModel
from app.registry.aliases import lock_versions
from app.registry.registered_models import put_model
from app.registry.texts import check_model_name, check_new_alias, check_tags, check_text
from app.securables import Kind

_ALIASES = Sql("SELECT alias, version FROM model_aliases WHERE model_id = :model_id")
_LIVING = Sql("""
SELECT version FROM model_versions WHERE model_id = :model_id AND deleted_at IS NULL""")
_POINT = Sql("""
INSERT INTO model_aliases (model_id, alias, version, set_at, set_by)
VALUES (:model_id, :alias, :version, :now, :principal)
ON CONFLICT (model_id, alias)
DO UPDATE SET version = excluded.version, set_at = excluded.set_at, set_by = excluded.set_by""")


def bring_model(caller: Caller, into: Import, found: SourceModel) -> str:
    """Make a registered model or prompt of the source here, without versions; return its id.

    One that was brought is returned. Raises AlreadyExistsError if another has the name: versions
    keep their numbers, so that models are not joined; InvalidParameterError for what cannot be
    kept here, NotFoundError for a schema that is absent or hidden, PermissionDeniedError.
    """
    check_model_name(found.place)
    tags = check_tags(found.tags)
    description = check_text(found.description, field="description")
    schema = access.obtain(caller, Operation.IMPORT_MODEL, found.place.parent, kind=Kind.SCHEMA)
    known = look_up(caller, into, Origin.MODEL, [found.name]).get(found.name)
    if known is not None:
        return known.ours
    model = put_model(caller, schema, found.place.leaf, description, tags)
    securables.backdate(caller, model, created_at=found.created_at, updated_at=found.updated_at)
    brought = Brought(model.id, is_whole=True)
    note(caller, into, Origin.MODEL, found.name, brought, {"tags": len(tags)})
    audit.record(caller, Operation.IMPORT_MODEL, model, source=into.source, source_name=found.name)
    return model.id


def bring_aliases(
    caller: Caller, into: Import, model_name: str, aliases: Mapping[str, int]
) -> None:
    """Point aliases at what they point at over there, unless somebody moved them here since.

    An alias whose version is not here is left out. Raises InvalidParameterError for a bad name,
    NotFoundError, PermissionDeniedError.
    """
    for alias in aliases:
        check_new_alias(alias)
    model_id = require(caller, into, Origin.MODEL, model_name)
    model = access.obtain(caller, Operation.IMPORT_VERSION, model_id, kind=Kind.REGISTERED_MODEL)
    lock_versions(caller, model)
    source_ids = {f"{model_name}@{alias}": alias for alias in aliases}
    told = look_up(caller, into, Origin.ALIAS, source_ids)
    now_at = {row.alias: row.version for row in _ALIASES.run(caller.session, model_id=model_id)}
    living = set(_LIVING.run(caller.session, model_id=model_id).scalars())
    moved = {}
    for source_id, alias in source_ids.items():
        before = told.get(source_id)
        untouched = str(now_at.get(alias)) == before.ours if before else alias not in now_at
        if untouched and aliases[alias] in living:
            moved[alias] = aliases[alias]
            brought = Brought(str(aliases[alias]), is_whole=True)
            note(caller, into, Origin.ALIAS, source_id, brought)
    _POINT.run_each(
        caller.session,
        [
            {
                "model_id": model_id,
                "alias": alias,
                "version": version,
                "now": caller.now,
                "principal": caller.principal.id,
            }
            for alias, version in sorted(moved.items())
        ],
    )
    audit.record(caller, Operation.IMPORT_VERSION, model, source=into.source, aliases=moved)
