"""Read rows of the registry into values: a few statements for a page, however long it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    cast,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from app.db import Session
from app.errors import NotFoundError
from app.identity import Caller
from app.registry.masking import hidden_sources, unreadable_models
from app.registry.tables import (
    model_aliases,
    model_version_tags,
    model_versions,
    registered_models,
)
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
from app.securables.tables import securables, tags

_CHUNK = 1000
schemas = securables.alias("schema_of_model")
catalogs = securables.alias("catalog_of_model")


def select_models() -> Select[Any]:
    """Select models with the names above them; to be narrowed by ``access.visible`` or an id."""
    s = securables.c
    return (
        select(
            s.id,
            s.name,
            schemas.c.name.label("schema_name"),
            catalogs.c.name.label("catalog_name"),
            s.schema_id,
            s.catalog_id,
            s.owner_id,
            s.comment,
            s.created_at,
            s.created_by,
            s.updated_at,
            s.updated_by,
        )
        .select_from(securables)
        .join(registered_models, registered_models.c.id == s.id)
        .join(schemas, schemas.c.id == s.schema_id)
        .join(catalogs, catalogs.c.id == s.catalog_id)
    )


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


def read_model(caller: Caller, model: Securable) -> RegisteredModel:
    """Return what the registry knows of a model that was obtained."""
    rows = caller.session.execute(select_models().where(securables.c.id == model.id)).all()
    return complete_models(caller, rows)[0]


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
    """Add tags, aliases and latest versions to rows of ``select_models``, keeping their order.

    ``seeing`` is as ``complete_versions`` has it.
    """
    ids = [row.id for row in rows]
    tags_of = _tags_of_models(caller.session, ids)
    aliases_of = _aliases_of_models(caller.session, ids)
    latest: dict[str, list[ModelVersion]] = defaultdict(list)
    for chunk in _chunks(ids):
        newest = caller.session.execute(_select_latest(chunk)).all()
        for version in complete_versions(caller, newest, seeing):
            latest[version.model_id].append(version)
    return [
        RegisteredModel(
            id=row.id,
            full_name=_full_name(row),
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
    addresses = [(row.model_id, row.version) for row in rows]
    hidden = hidden_sources(caller, rows, seeing)
    tags_of: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    aliases_of: dict[tuple[str, int], list[str]] = defaultdict(list)
    t, a = model_version_tags.c, model_aliases.c
    for chunk in _chunks(addresses):
        tagged = select(t.model_id, t.version, t.tag_name, t.value).where(
            tuple_(t.model_id, t.version).in_(chunk)
        )
        for row in caller.session.execute(tagged.order_by(t.model_id, t.version, t.tag_name)):
            tags_of[row.model_id, row.version][row.tag_name] = row.value
        named = select(a.model_id, a.version, a.alias).where(
            tuple_(a.model_id, a.version).in_(chunk)
        )
        for row in caller.session.execute(named.order_by(a.alias)):
            aliases_of[row.model_id, row.version].append(row.alias)
    prompts = {address[0] for address, found in tags_of.items() if PROMPT_TEXT in found}
    unreadable = unreadable_models(caller, prompts)
    for address, found in tags_of.items():
        if address[0] in unreadable:
            found.pop(PROMPT_TEXT, None)
    return [
        _version(
            row,
            HIDDEN if row.source_model_id in hidden else row.source,
            tags_of[row.model_id, row.version],
            aliases_of[row.model_id, row.version],
        )
        for row in rows
    ]


def _version(
    row: Row[Any], source: str, tags_of: Mapping[str, str], aliases: Iterable[str]
) -> ModelVersion:
    return ModelVersion(
        model_id=row.model_id,
        model_name=_full_name(row),
        version=row.version,
        source=source,
        run_id=row.run_id,
        logged_model_id=row.logged_model_id,
        run_link=row.run_link,
        description=row.description,
        stage=Stage(row.stage),
        status=VersionStatus(row.status),
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


def _select_latest(model_ids: Sequence[str]) -> Select[Any]:
    """Select the highest living version of each stage, by one index probe for each pair."""
    stages = _all_stages().subquery("stages")
    candidate = model_versions.alias("candidate")
    highest = (
        select(func.max(candidate.c.version))
        .where(
            candidate.c.model_id == registered_models.c.id,
            candidate.c.stage == stages.c.stage,
            candidate.c.deleted_at.is_(None),
        )
        .correlate(registered_models, stages)
        .scalar_subquery()
    )
    newest = (
        select(registered_models.c.id, highest.label("version"))
        .select_from(registered_models)
        .join(stages, literal(value=True))
        .where(registered_models.c.id.in_(model_ids))
        .subquery("newest")
    )
    return (
        select_versions()
        .join(
            newest,
            and_(
                newest.c.id == model_versions.c.model_id,
                newest.c.version == model_versions.c.version,
            ),
        )
        .order_by(model_versions.c.model_id, model_versions.c.version)
    )


def _all_stages() -> CompoundSelect[Any]:
    kind = model_versions.c.stage.type
    return union_all(*(select(cast(literal(stage.value), kind).label("stage")) for stage in Stage))


def _tags_of_models(session: Session, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for chunk in _chunks(ids):
        statement = select(tags.c.securable_id, tags.c.tag_name, tags.c.value)
        statement = statement.where(tags.c.securable_id.in_(chunk))
        for row in session.execute(statement.order_by(tags.c.securable_id, tags.c.tag_name)):
            found[row.securable_id][row.tag_name] = row.value
    return found


def _aliases_of_models(session: Session, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    a = model_aliases.c
    for chunk in _chunks(ids):
        statement = select(a.model_id, a.alias, a.version).where(a.model_id.in_(chunk))
        for row in session.execute(statement.order_by(a.model_id, a.alias)):
            found[row.model_id][row.alias] = row.version
    return found


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut what goes into one IN, because engines bound the number of parameters."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
