"""Find the committed events that are not sealed, in an order in which none can come late."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, func, or_, select, text, tuple_

from app.audit.bodies import EVENT_COLUMNS
from app.audit.tables import audit_events, audit_leaves
from app.db import Session

_MAX = 2**63 - 1
_columns = audit_events.c


class Pending(Protocol):
    """Where one holder of the lease stands in the log."""

    def take(self, session: Session, limit: int) -> list[Row[Any]]:
        """Return the next events, at most ``limit``; fewer if there are no more yet."""
        ...


class SqlitePending:
    """SQLite has one writer at a time, so that seq is the order of commits."""

    def __init__(self, session: Session) -> None:
        last = select(func.coalesce(func.max(audit_leaves.c.seq), 0))
        self._after: int = session.execute(last).scalar_one()

    def take(self, session: Session, limit: int) -> list[Row[Any]]:
        """See ``Pending``."""
        events = select(*EVENT_COLUMNS).where(_columns.seq > self._after)
        rows = list(session.execute(events.order_by(_columns.seq).limit(limit)))
        if rows:
            self._after = rows[-1].seq
        return rows


class PostgresPending:
    """On PostgreSQL a small seq may commit late, but no xid below a snapshot's xmin can.

    First comes whatever has no leaf and was final when the lease was taken, xids from another
    cluster included: a restored database goes on counting from elsewhere. Then events follow by
    (xid, seq) up to the xmin of the moment.
    """

    def __init__(self, session: Session) -> None:
        snapshot = session.execute(
            text(
                "SELECT pg_snapshot_xmin(s)::text::bigint AS xmin,"
                " pg_snapshot_xmax(s)::text::bigint AS xmax FROM pg_current_snapshot() AS s"
            )
        ).one()
        self._caught_up = False
        self._after_seq = 0
        self._final = or_(
            _columns.xid < snapshot.xmin, _columns.xid >= snapshot.xmax, _columns.xid.is_(None)
        )
        self._after = (snapshot.xmin - 1, _MAX)

    def take(self, session: Session, limit: int) -> list[Row[Any]]:
        """See ``Pending``."""
        rows: list[Row[Any]] = []
        if not self._caught_up:
            rows = self._select(session, limit, _columns.seq > self._after_seq, self._final)
            if len(rows) == limit:
                self._after_seq = rows[-1].seq
                return rows
            self._caught_up = True
        # What committed since the snapshot may be on both lists: its xid is not below the xmax.
        taken = {row.seq for row in rows}
        followers = self._follow(session, limit - len(rows))
        return rows + [row for row in followers if row.seq not in taken]

    def _follow(self, session: Session, limit: int) -> list[Row[Any]]:
        xmin: int = session.driver_execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        ).scalar_one()
        position = tuple_(_columns.xid, _columns.seq)
        rows = self._select(session, limit, position > self._after, _columns.xid < xmin)
        if len(rows) == limit:
            self._after = (rows[-1].xid, rows[-1].seq)
        else:
            self._after = (max(xmin - 1, self._after[0]), _MAX)
        return rows

    def _select(
        self, session: Session, limit: int, *conditions: ColumnElement[bool]
    ) -> list[Row[Any]]:
        has_leaf = select(audit_leaves.c.seq).where(audit_leaves.c.seq == _columns.seq).exists()
        order = (_columns.xid, _columns.seq) if self._caught_up else (_columns.seq,)
        events = select(*EVENT_COLUMNS).where(*conditions, ~has_leaf).order_by(*order).limit(limit)
        return list(session.execute(events))
