"""Lists: exactly what ``obtain`` would allow, one by one, without asking one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, false, or_, select, union

from app.access.candidates import Candidates
from app.access.conditions import permitted
from app.access.obtain import in_scope, permit_list
from app.access.operations import Operation
from app.access.policy import Rule, policy
from app.access.scopes import fetch_scope
from app.access.slices import Subject
from app.access.tables import grants
from app.db.finds import Finder, Lead
from app.identity import Caller
from app.securables import Kind, SecurableId
from app.securables.tables import securables

_OWNED = securables.alias("owned")
_MAY_BE_SEEN = Finder("""
SELECT g.securable_id AS id FROM grants g
WHERE g.principal_id IN_LIST(:principals) AND g.kind = :kind
UNION ALL
SELECT s.id FROM securables s WHERE s.owner_id IN_LIST(:principals) AND s.kind = :kind
UNION ALL
SELECT s.id FROM securables s WHERE s.schema_id IN_LIST(:schemas) AND s.kind = :kind""")


@dataclass(frozen=True, slots=True)
class Sight:
    """What a caller sees of a kind: a condition over ``securables``, and where to look for it.

    ``ids`` is all of it, and maybe more, where that is little. ``lead`` finds all of it, and maybe
    more, unless a whole catalog is seen.
    """

    condition: ColumnElement[bool]
    ids: Sequence[SecurableId] | None = None
    lead: Lead | None = None


def look(caller: Caller, operation: Operation, kind: Kind, *, deleted: bool = False) -> Sight:
    """Return what the caller may do ``operation`` on: the living ones of ``kind``.

    With ``deleted`` those in the trash too. Records one decision for the whole list. Who may see
    few is given the list of their ids: no statement then walks through what others may see.

    Raises PermissionDeniedError if the token in use is too narrow for the operation.
    """
    return _look(caller, permit_list(caller, operation, kind), kind, deleted=deleted)


def visible(
    caller: Caller, operation: Operation, kind: Kind, *, deleted: bool = False
) -> ColumnElement[bool]:
    """Return the condition of ``look`` over ``securables``."""
    return look(caller, operation, kind, deleted=deleted).condition


def visible_beside(
    caller: Caller, operation: Operation, kind: Kind, *, deleted: bool = False
) -> ColumnElement[bool]:
    """Return the condition of ``visible`` for what stands in the answer to another operation.

    Records nothing, since that operation is on record; holds for nothing where the token in use is
    too narrow.
    """
    rule = policy().rule(operation, kind)
    if not in_scope(caller, rule):
        return false()
    return _look(caller, rule, kind, deleted=deleted).condition


def select_held(subject: Subject, kind: Kind, schema_id: str | None = None) -> CompoundSelect[Any]:
    """Select what of a kind is granted to a subject by itself or owned, maybe in one schema.

    Each half is asked of one index that holds all it takes.
    """
    granted = select(grants.c.securable_id).where(
        grants.c.principal_id.in_(subject.principals), grants.c.kind == kind.value
    )
    owned = select(_OWNED.c.id).where(
        _OWNED.c.owner_id.in_(subject.principals), _OWNED.c.kind == kind.value
    )
    if schema_id is None:
        return union(granted, owned)
    return union(
        granted.where(grants.c.schema_id == schema_id), owned.where(_OWNED.c.schema_id == schema_id)
    )


def permitted_on_any(caller: Caller, rules: Iterable[Rule]) -> ColumnElement[bool]:
    """Return the condition that one of ``rules`` permits, each for its kind; records nothing."""
    subject = Subject.of(caller)
    conditions = []
    for rule in rules:
        if rule.kind is not None:
            scope = fetch_scope(caller.session, subject, rule, rule.kind)
            conditions.append(permitted(subject, rule, rule.kind, scope, deleted=False))
    return or_(*conditions)


def _look(caller: Caller, rule: Rule, kind: Kind, *, deleted: bool) -> Sight:
    subject = Subject.of(caller)
    scope = fetch_scope(caller.session, subject, rule, kind)
    parts = (scope.elsewhere, *scope.catalogs.values())
    if any(zone.throughout for zone in parts):
        return Sight(permitted(subject, rule, kind, scope, deleted=deleted))
    candidates = Candidates(caller.session, subject, rule, kind, scope)
    little = caller.session.reach.listed
    if candidates.are_fewer_than(little):
        found, _ = candidates.fetch("", little, deleted=deleted)
        ids = [one.id for one in found]
        return Sight(securables.c.id.in_(ids), ids)
    lead = _MAY_BE_SEEN.asking(
        kind=kind.value,
        principals=sorted(subject.principals),
        schemas=[one for one, zone in scope.schemas.items() if zone.throughout],
    )
    return Sight(permitted(subject, rule, kind, scope, deleted=deleted), lead=lead)
