"""Fetch, in one indexed statement, all that a decision about one securable rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.access.engine import OWN, Slice, SliceRow
from app.db import Session
from app.identity import Caller
from app.securables import FullName, Kind, Securable
from app.securables.lookup import METASTORE_ID, from_row, named


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom a slice is fetched: a principal with its groups, in a workspace, at a moment."""

    principal_id: str
    principals: frozenset[str]
    workspace_id: str | None
    now: int

    @classmethod
    def of(cls, caller: Caller) -> Subject:
        """Return the subject of a caller's own requests."""
        workspace = caller.workspace.id if caller.workspace else None
        return cls(caller.principal.id, caller.principals, workspace, caller.now)


@dataclass(frozen=True, slots=True)
class Situation:
    """A securable with the grants on its chain and the binding of its catalog.

    ``bound`` is None if the catalog is isolated and not bound to the workspace; ``read_only``
    tells of a read-only binding.
    """

    securable: Securable
    slice: Slice
    bound: bool
    read_only: bool
    owners: tuple[str, ...]


class _Line(NamedTuple):
    """A securable on the chain, beside one of the grants on it; in the order of the statement."""

    id: str
    kind: str
    name: str
    parent_id: str | None
    catalog_id: str | None
    schema_id: str | None
    owner_id: str
    comment: str
    isolated: bool
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    deleted_at: int | None
    read_only: bool | None
    target_id: str | None
    grantee: str | None
    item: str
    effect: str


# LIMIT 4 says how few they are: without it, once SQLite has statistics, it reads all grants into a
# Bloom filter before it looks these four up.
_PARTS = """
 ch(id) AS (SELECT id FROM o UNION SELECT schema_id FROM o UNION SELECT catalog_id FROM o
   UNION SELECT '{metastore}' LIMIT 4),
 pr(id) AS (SELECT group_id FROM group_closure WHERE member_id = :principal
   UNION ALL SELECT :principal)
SELECT s.id, s.kind, s.name, s.parent_id, s.catalog_id, s.schema_id, s.owner_id, s.comment,
 s.isolated, s.created_at, s.created_by, s.updated_at, s.updated_by, s.deleted_at,
 b.read_only, (SELECT id FROM o), g.principal_id, g.item, g.effect
FROM ch JOIN securables s ON s.id = ch.id
LEFT JOIN grants g ON g.securable_id = s.id AND g.principal_id IN (SELECT id FROM pr)
 AND (g.expires_at IS NULL OR g.expires_at > :now)
LEFT JOIN catalog_bindings b ON b.catalog_id = s.id AND b.workspace_id = :workspace
""".replace("{metastore}", METASTORE_ID)


def _statement(target: str) -> str:
    return f"WITH o AS MATERIALIZED ({target}), {_PARTS}"


_BY_ID = _statement("SELECT id, schema_id, catalog_id FROM securables WHERE id = :id")
_BY_NAME = {levels: _statement(named(levels)) for levels in (1, 2, 3)}


def fetch_by_id(session: Session, subject: Subject, securable_id: str) -> Situation | None:
    """Return the situation of a securable, living or in the trash."""
    return _fetch(session, subject, _BY_ID, {"id": securable_id})


def fetch_by_name(
    session: Session, subject: Subject, kind: Kind, name: FullName
) -> Situation | None:
    """Return the situation of the living securable with this kind and name."""
    if not name.parts:
        return fetch_by_id(session, subject, METASTORE_ID)
    parameters = {"kind": kind.value, "name": name.leaf}
    parameters.update(zip(("catalog", "schema"), name.parts[:-1], strict=False))
    return _fetch(session, subject, _BY_NAME[len(name.parts)], parameters)


def _fetch(
    session: Session, subject: Subject, sql: str, parameters: dict[str, Any]
) -> Situation | None:
    parameters["principal"] = subject.principal_id
    parameters["workspace"] = subject.workspace_id or ""
    parameters["now"] = subject.now
    lines = [_Line._make(row) for row in session.fetch(sql, parameters)]
    by_id: dict[str | None, _Line] = {line.id: line for line in lines}
    target = by_id.get(lines[0].target_id) if lines else None
    if target is None:
        return None
    catalog, schema = by_id.get(target.catalog_id), by_id.get(target.schema_id)
    return Situation(
        securable=from_row(
            target, catalog.name if catalog else None, schema.name if schema else None
        ),
        slice=Slice(subject.principals, _policy_rows(subject, by_id.values(), lines)),
        bound=catalog is None or not catalog.isolated or catalog.read_only is not None,
        read_only=catalog is not None and bool(catalog.isolated and catalog.read_only),
        owners=tuple(line.owner_id for line in (target, schema, catalog) if line is not None),
    )


def _policy_rows(
    subject: Subject, securables: Iterable[_Line], lines: Iterable[_Line]
) -> list[SliceRow]:
    """Return what Casbin judges. Casbin explains by the last row that matches, so what is held on
    the metastore, which needs no binding and no USE, comes last.
    """
    rows: list[SliceRow] = [
        (line.owner_id, OWN, line.id, "allow")
        for line in securables
        if line.owner_id in subject.principals
    ]
    rows += [(line.grantee, line.item, line.id, line.effect) for line in lines if line.grantee]
    rows.sort(key=_is_on_metastore)
    return rows


def _is_on_metastore(row: SliceRow) -> bool:
    return row[2] == METASTORE_ID
