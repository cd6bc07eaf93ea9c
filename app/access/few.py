"""Where a search of what few see begins: with these, and not with all there is."""

from __future__ import annotations

from app.access.candidates import Candidates
from app.access.operations import Operation
from app.access.policy import policy
from app.access.scopes import fetch_scope
from app.access.slices import Subject
from app.identity import Caller
from app.securables import Kind


def list_seen(caller: Caller, operation: Operation, kind: Kind, most: int) -> list[str] | None:
    """Return ids among which is all that ``visible`` holds for, if they are at most ``most``.

    Records nothing and permits nothing: they only narrow a statement that has ``visible`` in it.
    """
    subject = Subject.of(caller)
    rule = policy().rule(operation, kind)
    scope = fetch_scope(caller.session, subject, rule, kind)
    return Candidates(caller.session, subject, rule, kind, scope).ids(most)
