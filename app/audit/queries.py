"""Search the log, newest first. Who may is decided by the callers of this package."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from app.audit.bodies import EVENT_COLUMNS
from app.audit.tables import audit_events, audit_leaves
from app.db import Page, Session, decode_token, encode_token
from app.errors import InvalidParameterError
from app.identity import Outcome

_CHUNK = 2_000
MAX_PAGE = 1_000
PATIENCE = 2.0
_STRETCH = 20_000
_LOOKED_FOR = ("principal_name", "operation", "outcomes", "securable_name", "text")
_columns = audit_events.c
_SEARCHED = (
    _columns.securable_name,
    _columns.principal_name,
    _columns.operation,
    _columns.determined_by,
    _columns.details,
    _columns.address,
    _columns.agent,
)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; all conditions that are given must hold.

    ``operation`` is one, or a prefix as in ``model_version.*``; so is ``securable_name``. ``since``
    and ``until`` are in milliseconds since 1970 UTC, ``until`` not included. ``text`` is looked for
    anywhere in names, rule, details, address and agent, without regard to case.
    """

    principal_id: str | None = None
    principal_name: str | None = None
    operation: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    securable_id: str | None = None
    securable_name: str | None = None
    request_id: str | None = None
    since: int | None = None
    until: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the log; ``leaf_index`` is None until it is sealed. ``time`` is in ms."""

    seq: int
    id: str
    time: int
    principal_id: str | None
    principal_name: str
    on_behalf_of: str | None
    token_id: str | None
    workspace: str
    operation: str
    securable_id: str | None
    securable_name: str
    outcome: Outcome
    determined_by: str
    request_id: str
    address: str
    agent: str
    details: dict[str, Any]
    leaf_index: int | None


def search_events(
    session: Session,
    wanted: EventFilter,
    *,
    limit: int = 100,
    page_token: str = "",
    patience: float = PATIENCE,
) -> Page[Event]:
    """Return a page of at most ``limit`` events, 1,000 at the most, newest first.

    What no index finds is looked for during ``patience`` seconds: the page may then hold few events
    or none, and its token goes on from there. Raises InvalidParameterError for a token that is not
    of this list.
    """
    limit = max(1, min(limit, MAX_PAGE))
    before = _position(session, page_token)
    events = _events(wanted).order_by(_columns.seq.desc())
    is_looked_for = any(getattr(wanted, name) for name in _LOOKED_FOR)
    until = time.monotonic() + patience
    found: list[Event] = []
    while True:
        first = before - _STRETCH if is_looked_for else 0
        stretch = events.where(_columns.seq < before, _columns.seq >= first)
        rows = session.execute(stretch.limit(limit + 1 - len(found)))
        found += [_event(row) for row in rows]
        if len(found) > limit:
            return Page(found[:limit], encode_token(found[limit - 1].seq))
        if first <= 1:
            return Page(found)
        if time.monotonic() >= until:
            return Page(found, encode_token(first))
        before = first


def iterate_events(session: Session, wanted: EventFilter) -> Iterator[Event]:
    """Yield every event that is wanted, oldest first, in constant memory."""
    events = _events(wanted).order_by(_columns.seq).limit(_CHUNK)
    after = 0
    while rows := session.execute(events.where(_columns.seq > after)).all():
        yield from map(_event, rows)
        after = rows[-1].seq


def sealed_size(session: Session) -> int:
    """Return how many events are sealed; the next one's leaf has this index."""
    newest = select(func.max(audit_leaves.c.leaf_index))
    index: int | None = session.execute(newest).scalar()
    return 0 if index is None else index + 1


def sealed_events(
    session: Session, operations: Iterable[str], start: int, end: int
) -> Iterator[Event]:
    """Yield what was done by one of ``operations``, of the leaves from ``start`` up to ``end``.

    Leaves are in the order of commits: for whoever follows the log, none comes late.
    """
    within = (audit_leaves.c.leaf_index >= start, audit_leaves.c.leaf_index < end)
    done = (_columns.operation.in_(list(operations)), _columns.outcome == Outcome.ALLOWED.value)
    events = _with_leaves().where(*within, *done).order_by(audit_leaves.c.leaf_index)
    yield from map(_event, session.execute(events).all())


def read_event(session: Session, seq: int) -> Event:
    """Return one event by its number, which has to be there."""
    return _event(session.execute(_with_leaves().where(_columns.seq == seq)).one())


def _position(session: Session, page_token: str) -> int:
    """Return the number that all events of a page are below."""
    position = decode_token(page_token, 1)
    if position is None:
        newest: int | None = session.execute(select(func.max(_columns.seq))).scalar()
        return (newest or 0) + 1
    if type(position[0]) is not int:
        raise InvalidParameterError("Invalid value for page_token", field="page_token")
    return position[0]


def _events(wanted: EventFilter) -> Any:
    return _with_leaves().where(*_conditions(wanted))


def _with_leaves() -> Select[Any]:
    joined = audit_events.outerjoin(audit_leaves, audit_leaves.c.seq == _columns.seq)
    return select(*EVENT_COLUMNS, audit_leaves.c.leaf_index).select_from(joined)


def _conditions(wanted: EventFilter) -> Iterator[ColumnElement[bool]]:
    for name in ("principal_id", "principal_name", "securable_id", "request_id"):
        value = getattr(wanted, name)
        if value is not None:
            yield _columns[name] == value
    for name in ("operation", "securable_name"):
        value = getattr(wanted, name)
        if value is not None:
            yield _matches(_columns[name], value)
    if wanted.outcomes:
        yield _columns.outcome.in_([outcome.value for outcome in wanted.outcomes])
    if wanted.text:
        yield or_(*(column.icontains(wanted.text, autoescape=True) for column in _SEARCHED))
    yield from _within(wanted)


def _within(wanted: EventFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield _columns.time >= wanted.since
    if wanted.until is not None:
        yield _columns.time < wanted.until


def _matches(column: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    if pattern.endswith("*"):
        return column.startswith(pattern[:-1], autoescape=True)
    return column == pattern


def _event(row: Row[Any]) -> Event:
    values = row._asdict()
    del values["mac"], values["xid"]
    values["details"] = orjson.loads(values["details"])
    values["outcome"] = Outcome(values["outcome"])
    return Event(**values)
