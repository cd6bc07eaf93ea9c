"""Lists: exactly what ``obtain`` would allow, one by one, without asking one by one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_

from app.access.conditions import permitted
from app.access.obtain import permit_list
from app.access.operations import Operation
from app.access.policy import Rule
from app.access.scopes import fetch_scope
from app.access.slices import Subject
from app.identity import Caller
from app.securables import Kind


def visible(
    caller: Caller, operation: Operation, kind: Kind, *, deleted: bool = False
) -> ColumnElement[bool]:
    """Return the condition over ``securables`` for what the caller may do ``operation`` on.

    It holds for the living ones of ``kind``; with ``deleted`` for those in the trash too. Records
    one decision for the whole list.

    Raises PermissionDeniedError if the token in use is too narrow for the operation.
    """
    rule = permit_list(caller, operation, kind)
    subject = Subject.of(caller)
    scope = fetch_scope(caller.session, subject, rule, kind)
    return permitted(subject, rule, kind, scope, deleted=deleted)


def permitted_on_any(caller: Caller, rules: Iterable[Rule]) -> ColumnElement[bool]:
    """Return the condition that one of ``rules`` permits, each for its kind; records nothing."""
    subject = Subject.of(caller)
    conditions = []
    for rule in rules:
        if rule.kind is not None:
            scope = fetch_scope(caller.session, subject, rule, rule.kind)
            conditions.append(permitted(subject, rule, rule.kind, scope, deleted=False))
    return or_(*conditions)
