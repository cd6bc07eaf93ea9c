"""Read rows of the registry into values: a few statements for a page, however long it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from app.db import Session
from app.db.statements import Sql
from app.errors import NotFoundError
from app.identity import Caller
from app.registry.addresses import Address, OfVersions
from app.registry.masking import hidden_sources, unreadable_models
from app.registry.tables import model_versions
from app.registry.values import (
    HIDDEN,
    IS_PROMPT,
    PROMPT_TEXT,
    ModelVersion,
    RegisteredModel,
    Stage,
    VersionStatus,
    says_prompt,
)
from app.securables import FullName, Securable
from app.securables.tables import securables

_NAMES = "s.name, sc.name AS schema_name, c.name AS catalog_name"
_ABOVE = "JOIN securables sc ON sc.id = s.schema_id JOIN securables c ON c.id = s.catalog_id"
_MODELS = Sql(f"""
SELECT s.id, {_NAMES}, s.schema_id, s.catalog_id, s.owner_id, s.comment,
 s.created_at, s.created_by, s.updated_at, s.updated_by
FROM securables s {_ABOVE} WHERE s.id IN_LIST(:ids)""")  # noqa: S608 (constants)
_TAGS_OF_MODELS = Sql("""
SELECT securable_id, tag_name, value FROM securable_tags
WHERE securable_id IN_LIST(:ids) ORDER BY securable_id, tag_name""")
_ALIASES_OF_MODELS = Sql("""
SELECT model_id, alias, version FROM model_aliases
WHERE model_id IN_LIST(:ids) ORDER BY model_id, alias""")
# Looked up and not called, which takes twenty times as long, twice for each version.
_STAGE = {stage.value: stage for stage in Stage}
_STATUS = {status.value: status for status in VersionStatus}
_STAGES = " UNION ALL ".join(f"SELECT '{stage.value}' AS stage" for stage in Stage)
# The highest living version of each stage, by one index probe for each pair.
_LATEST = Sql(f"""
SELECT v.model_id, v.version, v.source, v.source_model_id, v.run_id, v.logged_model_id, v.run_link,
 v.description, v.stage, v.status, v.is_prompt,
 v.created_at, v.created_by, v.updated_at, v.updated_by
FROM (SELECT m.id, (SELECT max(o.version) FROM model_versions o
   WHERE o.model_id = m.id AND o.stage = t.stage AND o.deleted_at IS NULL) AS version
  FROM registered_models m CROSS JOIN ({_STAGES}) t WHERE m.id IN_LIST(:ids)) n
JOIN model_versions v ON v.model_id = n.id AND v.version = n.version
ORDER BY v.model_id, v.version""")  # noqa: S608 (constants)
_TAGS_OF_VERSIONS = OfVersions("model_id, version, tag_name, value", "model_version_tags")
_ALIASES_OF_VERSIONS = OfVersions("model_id, version, alias", "model_aliases")

schemas = securables.alias("schema_of_model")
catalogs = securables.alias("catalog_of_model")


def select_versions() -> Select[Any]:
    """Select living versions with the names of their models and what is above those."""
    return (
        select(
            model_versions,
            securables.c.name,
            schemas.c.name.label("schema_name"),
            catalogs.c.name.label("catalog_name"),
        )
        .select_from(model_versions)
        .join(securables, securables.c.id == model_versions.c.model_id)
        .join(schemas, schemas.c.id == securables.c.schema_id)
        .join(catalogs, catalogs.c.id == securables.c.catalog_id)
        .where(model_versions.c.deleted_at.is_(None))
    )


def fetch_models(session: Session, ids: Sequence[str]) -> list[Row[Any]]:
    """Return models with the names above them, in the order of their ids.

    Those that are purged just now are left out.
    """
    rows = {row.id: row for row in _MODELS.run(session, ids=list(ids))}
    return [rows[id_] for id_ in ids if id_ in rows]


def read_model(caller: Caller, model: Securable) -> RegisteredModel:
    """Return what the registry knows of a model that was obtained."""
    return complete_models(caller, fetch_models(caller.session, [model.id]))[0]


def read_version(caller: Caller, model: Securable, version: int) -> ModelVersion:
    """Return a living version of a model that was obtained.

    Raises NotFoundError if there is none of this number.
    """
    statement = select_versions().where(
        model_versions.c.model_id == model.id, model_versions.c.version == version
    )
    rows = caller.session.execute(statement).all()
    if not rows:
        raise version_not_found(model, version)
    return complete_versions(caller, rows)[0]


def version_not_found(model: Securable, version: int) -> NotFoundError:
    """Return the error for a version that a model lacks."""
    msg = f"Model Version (name={model.full_name}, version={version}) not found"
    return NotFoundError(msg)


def complete_models(
    caller: Caller, rows: Sequence[Row[Any]], seeing: ColumnElement[bool] | None = None
) -> list[RegisteredModel]:
    """Add tags, aliases and latest versions to rows of ``fetch_models``, keeping their order.

    ``seeing`` is as ``complete_versions`` has it.
    """
    ids = [row.id for row in rows]
    session = caller.session
    tags_of: dict[str, dict[str, str]] = defaultdict(dict)
    for model_id, name, value in _TAGS_OF_MODELS.run(session, ids=ids):
        tags_of[model_id][name] = value
    aliases_of: dict[str, dict[str, int]] = defaultdict(dict)
    aliases_at: dict[Address, list[str]] = defaultdict(list)
    for model_id, alias, number in _ALIASES_OF_MODELS.run(session, ids=ids):
        aliases_of[model_id][alias] = number
        aliases_at[model_id, number].append(alias)
    names = {row.id: _full_name(row) for row in rows}
    versions = _LATEST.run(session, ids=ids).all()
    latest: dict[str, list[ModelVersion]] = defaultdict(list)
    for version in _complete(caller, versions, names, aliases_at, seeing):
        latest[version.model_id].append(version)
    return [
        RegisteredModel(
            id=row.id,
            full_name=names[row.id],
            schema_id=row.schema_id,
            catalog_id=row.catalog_id,
            owner_id=row.owner_id,
            description=row.comment,
            is_prompt=says_prompt(tags_of[row.id].get(IS_PROMPT)),
            created_at=row.created_at,
            created_by=row.created_by,
            updated_at=row.updated_at,
            updated_by=row.updated_by,
            tags=tags_of[row.id],
            aliases=aliases_of[row.id],
            latest_versions=tuple(latest[row.id]),
        )
        for row in rows
    ]


def complete_versions(
    caller: Caller, rows: Sequence[Row[Any]], seeing: ColumnElement[bool] | None = None
) -> list[ModelVersion]:
    """Add tags and aliases to rows of ``select_versions``, keeping their order.

    A source that may name a model which the caller does not see reads ``hidden``; the text of a
    prompt is left out for whoever lacks EXECUTE. ``seeing`` is as ``hidden_sources`` has it.
    """
    names = {row.model_id: _full_name(row) for row in rows}
    aliases_at: dict[Address, list[str]] = defaultdict(list)
    for model_id, number, alias in _ALIASES_OF_VERSIONS.run(caller.session, _addresses(rows)):
        aliases_at[model_id, number].append(alias)
    return _complete(caller, rows, names, aliases_at, seeing)


def _complete(
    caller: Caller,
    rows: Sequence[Row[Any]],
    names: Mapping[str, FullName],
    aliases_at: Mapping[Address, Sequence[str]],
    seeing: ColumnElement[bool] | None,
) -> list[ModelVersion]:
    hidden = hidden_sources(caller, rows, seeing)
    tags_of: dict[Address, dict[str, str]] = defaultdict(dict)
    for model_id, number, name, value in _TAGS_OF_VERSIONS.run(caller.session, _addresses(rows)):
        tags_of[model_id, number][name] = value
    prompts = {address[0] for address, found in tags_of.items() if PROMPT_TEXT in found}
    unreadable = unreadable_models(caller, prompts)
    for address, found in tags_of.items():
        if address[0] in unreadable:
            found.pop(PROMPT_TEXT, None)
    return [
        _version(
            row,
            names[row.model_id],
            HIDDEN if row.source_model_id in hidden else row.source,
            tags_of[row.model_id, row.version],
            aliases_at.get((row.model_id, row.version), ()),
        )
        for row in rows
    ]


def _addresses(rows: Sequence[Row[Any]]) -> list[Address]:
    return [(row.model_id, row.version) for row in rows]


def _version(
    row: Row[Any],
    name: FullName,
    source: str,
    tags_of: Mapping[str, str],
    aliases: Iterable[str],
) -> ModelVersion:
    return ModelVersion(
        model_id=row.model_id,
        model_name=name,
        version=row.version,
        source=source,
        run_id=row.run_id,
        logged_model_id=row.logged_model_id,
        run_link=row.run_link,
        description=row.description,
        stage=_STAGE[row.stage],
        status=_STATUS[row.status],
        is_prompt=bool(row.is_prompt),
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        tags=tags_of,
        aliases=tuple(aliases),
    )


def _full_name(row: Row[Any]) -> FullName:
    return FullName.of(row.catalog_name, row.schema_name, row.name)
