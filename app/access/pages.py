"""Pages of what one may see, at the cost of a page and not of the list.

Candidates come from the heads of indexes. Where some turn out not to be visible, because they are
in the trash or denied, the page is filled up from the next.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from app.access.candidates import Candidates
from app.access.conditions import permitted
from app.access.named import securable_of, select_named
from app.access.obtain import permit_list
from app.access.operations import Operation
from app.access.scopes import fetch_scope
from app.access.slices import Subject
from app.access.visible import select_held, visible
from app.db import Page
from app.identity import Caller
from app.securables import Kind, Securable
from app.securables.tables import securables

_MOST_CANDIDATES = 4000


def visible_page(
    caller: Caller, operation: Operation, kind: Kind, after: str = "", limit: int = 100
) -> Page[Securable]:
    """Return up to ``limit`` of what ``visible`` selects, by id, from behind the id ``after``.

    The page is full if there is more, and ``next_token`` is then the ``after`` of the next one.

    Raises PermissionDeniedError if the token in use is too narrow for the operation.
    """
    rule = permit_list(caller, operation, kind)
    subject = Subject.of(caller)
    scope = fetch_scope(caller.session, subject, rule, kind)
    candidates = Candidates(caller.session, subject, rule, kind, scope)
    found: list[Securable] = []
    size = candidates.lines_for(limit)
    while True:
        more, after = candidates.fetch(after, size)
        found += more
        missing = limit + 1 - len(found)
        if missing <= 0 or not after:
            return _page(found, limit, "id")
        is_fruitful = 2 * len(more) > size
        size = min(2 * missing + 2 if is_fruitful else 2 * size, _MOST_CANDIDATES)


def visible_names(
    caller: Caller,
    operation: Operation,
    kind: Kind,
    schema: Securable,
    after: str = "",
    limit: int = 100,
) -> Page[Securable]:
    """Return up to ``limit`` of what ``visible`` selects in one schema, by name.

    ``after`` is the last name of the page before, as in its ``next_token``.

    Raises PermissionDeniedError if the token in use is too narrow for the operation.
    """
    rule = permit_list(caller, operation, kind)
    subject = Subject.of(caller)
    scope = fetch_scope(caller.session, subject, rule, kind)
    statement = select_named().where(
        permitted(subject, rule, kind, scope, deleted=False),
        securables.c.parent_id == schema.id,
        securables.c.name > after,
    )
    if not scope.zone_of(schema).throughout:
        statement = statement.where(securables.c.id.in_(select_held(subject, kind, schema.id)))
    statement = statement.order_by(securables.c.name).limit(limit + 1)
    found = [securable_of(row) for row in caller.session.execute(statement)]
    return _page(found, limit, "name")


def visible_where(
    caller: Caller,
    operation: Operation,
    kind: Kind,
    *narrowing: ColumnElement[bool],
    limit: int = 100,
    deleted: bool = False,
) -> list[Securable]:
    """Return up to ``limit`` of what ``visible`` selects and ``narrowing`` keeps, by name and id.

    For what there are few of: catalogs, the schemas of a catalog, the trash.

    Raises PermissionDeniedError if the token in use is too narrow for the operation.
    """
    condition = visible(caller, operation, kind, deleted=deleted)
    statement = (
        select_named()
        .where(condition, *narrowing)
        .order_by(securables.c.name, securables.c.id)
        .limit(limit)
    )
    return [securable_of(row) for row in caller.session.execute(statement)]


def _page(found: list[Securable], limit: int, position: str) -> Page[Securable]:
    items = found[:limit]
    return Page(items, getattr(items[-1], position) if len(found) > limit else "")
