"""What a page may be made of, and which of it is visible.

The statement fetches with each candidate all that its visibility rests on, so that what the zones
of the scope leave open is settled here, for a page's lines and not for the list's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import orjson

from app.access.policy import Rule, policy
from app.access.scopes import WHOLE, Scope, Zone, items_of
from app.access.slices import Subject
from app.access.walks import WALKED, count_sql, walk_sql
from app.db import Effect, Session
from app.db.statements import Sql
from app.securables import Kind, Securable
from app.securables.lookup import from_row

_SOME = """
SELECT securable_id FROM grants WHERE principal_id IN_LIST(:grantees) AND kind = :kind
UNION ALL SELECT id FROM securables WHERE owner_id IN_LIST(:owners) AND kind = :kind
UNION ALL SELECT id FROM securables WHERE schema_id IN_LIST(:whole_schemas) AND kind = :kind
UNION ALL SELECT id FROM securables WHERE catalog_id IN_LIST(:whole_catalogs) AND kind = :kind
LIMIT :number"""
_IDS = Sql(_SOME)
_HOW_MANY = Sql(f"SELECT count(*) FROM ({_SOME}) found")  # noqa: S608 (constants)
_FEWEST_OF_A_SOURCE = 4
_FEW_GRANTEES = 3


class _Line(NamedTuple):
    """A candidate from one source, in the order of the statements."""

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
    catalog_name: str | None
    schema_name: str | None
    is_shut: bool | None
    granted: str | None
    denied: str | None


class Candidates:
    """What of a kind may be visible to a subject, in the order of ids."""

    def __init__(
        self, session: Session, subject: Subject, rule: Rule, kind: Kind, scope: Scope
    ) -> None:
        self._session = session
        self._principals = subject.principals
        self._scope = scope
        self._of_all = bool(scope.elsewhere.throughout)
        lists = self._lists = _lists(subject, scope)
        self._sources = sum(len(lists[name]) for name in WALKED)
        self._grantees = len(lists["grantees"])
        self._parameters: dict[str, Any] = {
            "kind": kind.value,
            "now": subject.now,
            "workspace": subject.workspace_id or "",
            "writing": rule.effect is not Effect.READ,
            "owned_anywhere": bool(scope.elsewhere.singly),
            "denied_somewhere": bool(scope.denied_items),
        }
        for name, values in lists.items():
            listed = sorted(values)
            self._parameters[name] = _as_json(listed) if session.is_sqlite else listed

    def lines_for(self, number: int) -> int:
        """Return how many lines to fetch at first, for ``number`` of them and one to be left.

        What is granted to several of the principals is found as often, and the last is not always
        whole.
        """
        return number + number // (8 if self._grantees <= _FEW_GRANTEES else 3) + 2

    def are_fewer_than(self, number: int) -> bool:
        """Tell whether there are fewer candidates than ``number``, where not all of a kind are."""
        sql = count_sql(is_sqlite=self._session.is_sqlite)
        ((count,),) = self._session.fetch(sql, self._page("", number))
        return bool(count < number)

    def ids(self, most: int) -> list[str] | None:
        """Return the ids of all candidates in no order, or None for more than ``most``."""
        if self._of_all:
            return None
        sources = {name: self._lists[name] for name in WALKED}
        asked = {"kind": self._parameters["kind"], "number": most + 1}
        if _HOW_MANY.run(self._session, **sources, **asked).scalar_one() > most:
            return None
        return list(dict.fromkeys(_IDS.run(self._session, **sources, **asked).scalars()))

    def fetch(self, after: str, size: int, *, deleted: bool = False) -> tuple[list[Securable], str]:
        """Return what is permitted of about the next ``size`` behind the id ``after``.

        The id to go on behind comes with it: it is empty where nothing is left. What is in the
        trash is left out unless ``deleted``.
        """
        while True:
            lines = self._lines(after, size)
            whole = lines
            if len(lines) == size:
                # What else the last one rests on may be on lines that were cut off.
                whole = [line for line in lines if line.id != lines[-1].id]
            if whole or not lines:
                after = whole[-1].id if len(lines) == size else ""
                return list(self._permitted(whole, deleted=deleted)), after
            size *= 2

    def _lines(self, after: str, size: int) -> list[_Line]:
        sql = walk_sql(is_sqlite=self._session.is_sqlite, of_all=self._of_all)
        rows = self._session.fetch(sql, self._page(after, size))
        return sorted((_Line._make(row) for row in rows), key=_id)

    def _page(self, after: str, size: int) -> dict[str, Any]:
        head = max(_FEWEST_OF_A_SOURCE, 3 * size // max(1, self._sources))
        return {**self._parameters, "after": after, "size": size, "head": min(size, head)}

    def _permitted(self, lines: Iterable[_Line], *, deleted: bool) -> Iterator[Securable]:
        for _, group in groupby(lines, _id):
            same = list(group)
            line = same[0]
            if (deleted or line.deleted_at is None) and self._is_permitted(line, _items(same)):
                yield from_row(line, line.catalog_name, line.schema_name)

    def _is_permitted(self, line: _Line, granted: frozenset[str]) -> bool:
        zone, is_listed = self._zone_of(line)
        if zone == WHOLE:
            return True
        conferring = policy().items
        denied = _split(line.denied)
        if any(denied.isdisjoint(conferring[privilege]) for privilege in zone.throughout):
            return True
        if line.is_shut and not is_listed:
            return False
        is_owned = line.owner_id in self._principals
        return any(
            (is_owned or not granted.isdisjoint(conferring[privilege]))
            and denied.isdisjoint(conferring[privilege])
            for privilege in zone.singly
        )

    def _zone_of(self, line: _Line) -> tuple[Zone, bool]:
        """Return the zone that a line is in, and whether its catalog's binding is in that."""
        scope = self._scope
        zone = scope.schemas.get(line.schema_id or "") or scope.catalogs.get(line.catalog_id or "")
        return zone or scope.elsewhere, zone is not None


def _as_json(values: list[str]) -> str:
    return orjson.dumps(values).decode()


def _id(line: _Line) -> str:
    return line.id


def _items(lines: Iterable[_Line]) -> frozenset[str]:
    return frozenset[str]().union(*(_split(line.granted) for line in lines))


def _split(items: str | None) -> frozenset[str]:
    return frozenset(items.split("|")) if items else frozenset()


def _lists(subject: Subject, scope: Scope) -> dict[str, list[str]]:
    """Return where to look for candidates, by the names of the statements' parameters."""
    open_catalogs = [one for one, zone in scope.catalogs.items() if zone.singly]
    open_schemas = [one for one, zone in scope.schemas.items() if zone.singly]
    gated = {
        privilege
        for zone in (*scope.catalogs.values(), *scope.schemas.values())
        for privilege in zone.singly
    }
    principals = sorted(subject.principals)
    counts_singly = bool(scope.elsewhere.singly or gated)
    return {
        "principals": principals,
        "grantees": principals if counts_singly else [],
        "owners": principals if counts_singly else [],
        "free": list(items_of(*scope.elsewhere.singly)),
        "gated": list(items_of(*gated)),
        "open_catalogs": open_catalogs,
        "open_schemas": open_schemas,
        "whole_catalogs": [one for one, zone in scope.catalogs.items() if zone.throughout],
        "whole_schemas": [one for one, zone in scope.schemas.items() if zone.throughout],
    }
