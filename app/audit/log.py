"""Write events: in the request's own transaction, or after it was undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.audit.bodies import Content, contents_of, storable
from app.audit.tables import audit_events
from app.crypto import AuditKeys
from app.db import Database, Effect, Session
from app.db.metadata import new_id, now_millis
from app.errors import UnavailableError
from app.identity import Caller, Entry, Outcome, Principal, PrincipalKind, Request
from app.identity.caller import PrincipalId

_COLUMNS = (*Content._fields, "mac")


def _insert(placeholder: str, *more: tuple[str, str]) -> str:
    columns = [*_COLUMNS, *(column for column, _ in more)]
    values = [*[placeholder] * len(_COLUMNS), *(value for _, value in more)]
    names, places = ",".join(columns), ",".join(values)
    return f"INSERT INTO {audit_events.name} ({names}) VALUES ({places})"  # noqa: S608 - all ours


# In the driver's own SQL: compiling and binding would cost more than all the rest of an event.
_SQLITE = _insert("?")
_POSTGRESQL = _insert("%s", ("xid", "pg_current_xact_id()::text::bigint"))


class AuditLog:
    """The writing end of the log; rows get an HMAC under keys that the database does not hold."""

    def __init__(self, keys: AuditKeys) -> None:
        self._keys = keys

    def write(self, session: Session, caller: Caller) -> None:
        """Insert one row for each entry of the caller's ledger, in the session's transaction.

        Opens one as for reads if none is open; the caller of this commits. This or the commit
        raises UnavailableError if the log cannot be written; the transaction must be rolled back.
        """
        self._insert(session, caller, caller.ledger.entries)

    def write_denials(
        self, database: Database, caller: Caller, error: BaseException | None = None
    ) -> None:
        """Insert what a request that was rolled back had decided, in a transaction of its own.

        What was allowed has failed then; its details name the class of ``error``. Raises
        UnavailableError if the log cannot be written.
        """
        entries = [entry.undone(error) for entry in caller.ledger.entries]
        if not entries:
            return
        with database.session() as session:
            self._insert(session, caller, entries)
            session.commit()

    def write_system_event(
        self, database: Database, operation: str, securable_id: str | None = None, **details: Any
    ) -> None:
        """Insert an event that nobody asked for, such as ``server.start`` or a due ``key.destroy``.

        Raises UnavailableError if the log cannot be written.
        """
        with database.session() as session:
            caller = system_caller(session)
            entry = Entry(operation, Outcome.ALLOWED, "system", securable_id, details=details)
            self._insert(session, caller, [entry])
            session.commit()

    def _insert(self, session: Session, caller: Caller, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        rows = [self._row(content) for content in contents_of(caller, entries)]
        try:
            session.begin(Effect.READ)
            _insert_rows(session, rows)
        except SQLAlchemyError as error:
            raise UnavailableError("The audit log cannot be written") from error

    def _row(self, content: Content) -> tuple[Any, ...]:
        clean, body = storable(content)
        return (*clean, self._keys.hmac(body))


def system_caller(session: Session) -> Caller:
    """Return the caller that stands in the log for the server itself."""
    principal = Principal(PrincipalId(""), PrincipalKind.SERVICE_PRINCIPAL, "system")
    return Caller(principal, None, session, Request(id=new_id()), now_millis())


def _insert_rows(session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
    statement = _SQLITE if session.is_sqlite else _POSTGRESQL
    for row in rows:
        session.defer(statement, row)
