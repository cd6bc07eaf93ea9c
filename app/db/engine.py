"""One Database per process: the engine, its pragmas, and the sessions made from it."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from app.db.deadlines import TimedConnection, Watch, limits_of_postgres
from app.db.percentiles import PercentileCont
from app.db.regexes import matches
from app.db.session import Session
from app.db.writers import LINE, PATIENCE, Line
from app.errors import InvalidParameterError, UnavailableError

_BUSY_TIMEOUT_MS = int(PATIENCE * 1000)


class Database:
    """A pool of connections in autocommit; transactions are opened by ``Session`` alone.

    The one given back last is taken first: its pages and statements are still at hand.
    Errors tell no parameters of statements: they reach the log, and hashes are among them.
    No statement of it takes more than ``statement_seconds``; 0 is no limit.
    """

    def __init__(self, url: str, *, pool_size: int = 10, statement_seconds: float = 0) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError:
            msg = "Setting database.url is not an address such as postgresql+psycopg://user@host/db"
            raise InvalidParameterError(msg, field="database.url") from None
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if not self.is_sqlite and self.url.drivername != "postgresql+psycopg":
            msg = f"Database {self.url.drivername} is neither sqlite nor postgresql+psycopg"
            raise InvalidParameterError(msg, field="database.url")
        self._pool_size = pool_size
        self._statement_seconds = statement_seconds
        self._watch = Watch(statement_seconds)
        self._line: Line | None = None
        self.unlimited: Database = self
        self.engine = self._create_engine(pool_size)

    def limited(self, seconds: float) -> Database:
        """Return this database with connections of its own, whose statements are limited.

        Its ``unlimited`` is this one, for work that takes the time that it takes.
        """
        if not seconds:
            return self
        url = self.url.render_as_string(hide_password=False)
        made = type(self)(url, pool_size=self._pool_size, statement_seconds=seconds)
        made.unlimited = self
        return made

    def session(self) -> Session:
        """Return a unit of work that takes a connection at its first statement."""
        return Session(self.engine)

    def check(self) -> None:
        """Raise UnavailableError if the database does not answer."""
        try:
            with self.session() as session:
                session.driver_execute("SELECT 1")
        except SQLAlchemyError as error:
            msg = "The database does not answer"
            raise UnavailableError(msg) from error

    def dispose(self) -> None:
        """Close every pooled connection; for before a fork and at the end."""
        self._watch.stop()
        self.engine.dispose()
        if self._line is not None:
            self._line.close()
            self._line = None

    def _create_engine(self, pool_size: int) -> Engine:
        if self.is_sqlite:
            engine = sqlalchemy.create_engine(
                self.url,
                isolation_level="AUTOCOMMIT",
                hide_parameters=True,
                skip_autocommit_rollback=True,
                pool_size=64,
                pool_use_lifo=True,
                connect_args=self._sqlite_arguments(),
                poolclass=sqlalchemy.QueuePool,
                pool_reset_on_return=None,
            )
            event.listen(engine, "connect", _set_pragmas)
            event.listen(engine, "connect", self._watch_over)
            event.listen(engine, "connect", self._stand_in_line)
            return engine
        engine = sqlalchemy.create_engine(
            self.url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            skip_autocommit_rollback=True,
            pool_size=pool_size,
            pool_use_lifo=True,
            max_overflow=54,
            pool_pre_ping=False,
            pool_reset_on_return=None,
        )
        event.listen(engine, "connect", partial(_set_planner, seconds=self._statement_seconds))
        return engine

    def _sqlite_arguments(self) -> dict[str, Any]:
        arguments = {"check_same_thread": False, "timeout": _BUSY_TIMEOUT_MS / 1000}
        return arguments | ({"factory": TimedConnection} if self._statement_seconds else {})

    def _stand_in_line(self, connection: Any, entry: ConnectionPoolEntry) -> None:
        ((_, _, path),) = connection.execute("PRAGMA database_list").fetchall()
        if path:
            entry.info[LINE] = self._line = self._line or Line(Path(path))

    def _watch_over(self, connection: Any, _entry: ConnectionPoolEntry) -> None:
        if isinstance(connection, TimedConnection):
            self._watch.add(connection)


def _set_pragmas(connection: Any, _entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-32768",
            "mmap_size=268435456",
            # Most of what is written anew is the same few pages. Copied back every 16 MiB instead
            # of every 4, each of them is copied less often, and fewer requests wait for the disk.
            "wal_autocheckpoint=4000",
            "recursive_triggers=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.create_function("rlike", 2, matches, deterministic=True)
        # The stubs know aggregates of whole numbers alone.
        connection.create_aggregate("percentile_cont", 2, PercentileCont)  # type: ignore[arg-type]


def _set_planner(connection: Any, _entry: ConnectionPoolEntry, seconds: float) -> None:
    """Keep PostgreSQL from compiling statements and from starting processes for them.

    Either pays for statements of minutes, and costs more than a page's few milliseconds.
    Startup options would say the same, but poolers between us and the server refuse those.
    """
    limits = f"; {limits_of_postgres(seconds)}" if seconds else ""
    connection.execute("SET jit = off; SET max_parallel_workers_per_gather = 0" + limits)
