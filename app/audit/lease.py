"""The lease by which one worker at most, of any number, does a job on a database."""

from __future__ import annotations

import fcntl
import os

from sqlalchemy.exc import SQLAlchemyError

from app.db import Database, Session


class Lease:
    """A lock that dies with its holder: an advisory lock, or one on a file beside SQLite's.

    ``job`` is a name of up to 7 ASCII letters. ``session`` is the connection that holds the lease.
    Working through that connection alone means that a holder whose connection broke cannot go on.
    """

    def __init__(self, database: Database, job: str) -> None:
        self._database = database
        self._job = job
        # PostgreSQL keeps advisory locks apart by database.
        self._number = int.from_bytes(job.encode("ascii"), "big")
        self._descriptor: int | None = None
        self.session: Session | None = None

    def acquire(self) -> Session | None:
        """Return the session to work through, or None if another holds the lease.

        Raises UnavailableError if the database does not answer.
        """
        if self.session is None:
            session = self._database.session()
            if not self._lock(session):
                session.close()
                return None
            self.session = session
        return self.session

    def release(self) -> None:
        """Let another have it; for any state, a broken connection included."""
        session, self.session = self.session, None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if session is None:
            return
        try:
            session.rollback()
            if not session.is_sqlite:
                session.driver_execute("SELECT pg_advisory_unlock(%s)", (self._number,))
        except SQLAlchemyError:
            session.connection.invalidate()
        session.close()

    def _lock(self, session: Session) -> bool:
        if not session.is_sqlite:
            outcome = session.driver_execute("SELECT pg_try_advisory_lock(%s)", (self._number,))
            return bool(outcome.scalar_one())
        path = self._database.url.database
        if not path or path == ":memory:":
            return True
        descriptor = os.open(
            f"{path}.{self._job}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True
