"""Lists: exactly what ``obtain`` would allow, one by one, without asking one by one."""

from __future__ import annotations

from collections.abc import Iterable
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
from app.identity import Caller
from app.securables import Kind
from app.securables.tables import securables

_FEW = 100
_OWNED = securables.alias("owned")


def visible(
    caller: Caller, operation: Operation, kind: Kind, *, deleted: bool = False
) -> ColumnElement[bool]:
    """Return the condition over ``securables`` for what the caller may do ``operation`` on.

    It holds for the living ones of ``kind``; with ``deleted`` for those in the trash too. Records
    one decision for the whole list. Who may see few is given the list of their ids: no statement
    then walks through what others may see.

    Raises PermissionDeniedError if the token in use is too narrow for the operation.
    """
    return _permitted(caller, permit_list(caller, operation, kind), kind, deleted=deleted)


def visible_beside(
    caller: Caller, operation: Operation, kind: Kind, *, deleted: bool = False
) -> ColumnElement[bool]:
    """Return the condition of ``visible`` for what stands in the answer to another operation.

    Records nothing, since that operation is on record; holds for nothing where the token in use is
    too narrow.
    """
    rule = policy().rule(operation, kind)
    return _permitted(caller, rule, kind, deleted=deleted) if in_scope(caller, rule) else false()


def held_singly(
    caller: Caller, operation: Operation, kind: Kind, most: int
) -> ColumnElement[bool] | None:
    """Return a condition that ``visible`` implies, by which a statement can begin with little.

    It holds for what is granted to the caller by itself, or owned. None where more than that is
    seen, or more than ``most``. Records nothing: it only stands beside ``visible``.
    """
    subject = Subject.of(caller)
    rule = policy().rule(operation, kind)
    scope = fetch_scope(caller.session, subject, rule, kind)
    zones = (scope.elsewhere, *scope.catalogs.values(), *scope.schemas.values())
    if any(zone.throughout for zone in zones):
        return None
    if not Candidates(caller.session, subject, rule, kind, scope).are_fewer_than(most):
        return None
    return securables.c.id.in_(select_held(subject, kind))


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


def _permitted(caller: Caller, rule: Rule, kind: Kind, *, deleted: bool) -> ColumnElement[bool]:
    subject = Subject.of(caller)
    scope = fetch_scope(caller.session, subject, rule, kind)
    if not scope.elsewhere.throughout and not any(z.throughout for z in scope.catalogs.values()):
        candidates = Candidates(caller.session, subject, rule, kind, scope)
        if candidates.are_fewer_than(_FEW):
            found, _ = candidates.fetch("", _FEW, deleted=deleted)
            return securables.c.id.in_([one.id for one in found])
    return permitted(subject, rule, kind, scope, deleted=deleted)
