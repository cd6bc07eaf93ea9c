"""Callers with something to tell, and rows of events in numbers."""

from typing import Any

from sqlalchemy import Row, select

from app.audit import AuditLog
from app.audit.bodies import EVENT_COLUMNS
from app.audit.tables import audit_events
from app.db import Database, Session
from app.db.metadata import new_id, now_millis
from app.identity import Caller, Entry, Outcome, Principal, PrincipalKind, Request, WorkspaceRef
from app.identity.caller import PrincipalId, WorkspaceId

WORKSPACE = WorkspaceRef(WorkspaceId(new_id()), "research", new_id(), new_id())
IDS = {name: PrincipalId(new_id()) for name in ("alice", "bob", "charlie", "root")}


def make_caller(
    session: Session, name: str = "alice", request: Request | None = None, now: int | None = None
) -> Caller:
    principal = Principal(IDS[name], PrincipalKind.USER, name)
    request = request or Request(new_id(), "192.0.2.7", "mlflow-python-client/3.17", new_id())
    return Caller(principal, WORKSPACE, session, request, now or now_millis())


def make_entry(operation: str = "model_version.load", **changes) -> Entry:
    fields = {
        "outcome": Outcome.ALLOWED,
        "determined_by": "EXECUTE on catalog main",
        "securable_id": new_id(),
        "securable_name": "main.fraud.scorer",
        "details": {"version": 3},
    }
    return Entry(operation, **{**fields, **changes})


def write_events(
    audit_log: AuditLog, database: Database, count: int, *, per_request: int = 1
) -> None:
    """Write ``count`` events, each ``per_request`` of them in one transaction."""
    with database.session() as session:
        for start in range(0, count, per_request):
            caller = make_caller(session)
            for number in range(start, min(start + per_request, count)):
                caller.ledger.add(make_entry(details={"number": number}))
            audit_log.write(session, caller)
            session.commit()


def rows_of(database: Database) -> list[Row[Any]]:
    with database.session() as session:
        return list(session.execute(select(*EVENT_COLUMNS).order_by(audit_events.c.seq)))


def drop_triggers(database: Database) -> None:
    """Take away what guards the log, as an administrator of the database can."""
    with database.session() as session:
        for table in ("audit_events", "audit_leaves", "audit_checkpoints"):
            if session.is_sqlite:
                session.driver_execute(f"DROP TRIGGER {table}_no_update")
                session.driver_execute(f"DROP TRIGGER {table}_no_delete")
            else:
                session.driver_execute(f"DROP TRIGGER {table}_append_only ON {table}")
