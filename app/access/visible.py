"""Lists: exactly what ``obtain`` would allow, one by one, without asking one by one."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from app.access.conditions import permitted
from app.access.obtain import permit_list
from app.access.operations import Operation
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
