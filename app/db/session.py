"""One unit of work: a connection taken late, a transaction opened by the first thing that writes.

Statements before ``begin`` run in autocommit, which on PostgreSQL saves the round trips of BEGIN
and ROLLBACK around every read, and on SQLite never upgrades a read snapshot to a write lock. A
write there would stay, whatever became of its request and its event: it is refused.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self, TypeVar

import psycopg
from sqlalchemy import Connection, CursorResult, Engine, Executable, TextClause
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from app.db.postgres import Server, Statement
from app.db.reach import Reach
from app.db.result import Result
from app.db.writers import LINE, PATIENCE, Line
from app.errors import UnavailableError

T = TypeVar("T")
_STATEMENTS = 1000
_WRITE = re.compile(r"\b(INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.IGNORECASE)
_log = logging.getLogger(__name__)


class UnboundedWriteError(RuntimeError):
    """Something writes past its unit of work: a defect of ours, never the caller's."""


class Effect(StrEnum):
    """What an operation does to rows, which decides how its transaction commits (design §13).

    ``WRITE`` decides rights and survives a power cut; ``TELEMETRY`` and the events of ``READ``
    survive a SIGKILL.
    """

    READ = "read"
    WRITE = "write"
    TELEMETRY = "telemetry"


class Session:
    """A lazily opened connection with at most one transaction; not shared between threads.

    ``reach`` is how far its searches ask an index.
    """

    def __init__(self, engine: Engine) -> None:
        self.reach = Reach()
        self._engine = engine
        self._connection: Connection | None = None
        self._is_proved = False
        self._ahead: list[Statement] = []
        self._line: Line | None = None
        self._after_commit: list[Callable[[], None]] = []
        self._after_rollback: list[Callable[[], None]] = []
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.in_transaction = False

    @property
    def connection(self) -> Connection:
        """The connection, taken from the pool at first use."""
        if self._connection is None:
            try:
                self._connection = self._engine.connect()
            except OperationalError as error:
                msg = "The database does not answer"
                raise UnavailableError(msg) from error
        return self._connection

    def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[Any]:
        """Run a Core statement; a sequence of parameters runs it as executemany."""
        if not self.in_transaction and _is_write(statement):
            self._refuse_write()
        self._send_ahead()
        try:
            result = self.connection.execute(statement, parameters)
        except DBAPIError as error:
            self._take_another_connection(error)
            result = self.connection.execute(statement, parameters)
        self._is_proved = True
        return result

    def driver_execute(self, sql: str, parameters: Any = None) -> Result:
        """Run the driver's own SQL, for hot paths and session control; a list runs it for each.

        It spares what SQLAlchemy does for each statement and each result, and raises what that
        would.
        """
        return self._send(sql, parameters, Result.of)

    def defer(self, sql: str, parameters: Any) -> None:
        """Run the driver's own SQL, whose answer nobody needs, with the next statement at latest.

        On PostgreSQL that spares a round trip; what it raises comes out of that statement.
        """
        if self.is_sqlite:
            self.driver_execute(sql, parameters)
        else:
            self._ahead.append(Statement(sql, parameters))

    def fetch(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run SQL with ``:name`` parameters on the driver and return plain tuples."""
        return self.driver_fetch(_driver_sql(sql, is_sqlite=self.is_sqlite), parameters)

    def driver_fetch(self, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
        """Run the driver's own SQL and return plain tuples, which cost less where rows are many."""
        return self._send(sql, parameters, _tuples)

    def begin(self, effect: Effect = Effect.WRITE) -> None:
        """Open the transaction if none is open; the first effect decides how it commits.

        SQLite takes its write lock at once; PostgreSQL is told with the first statement.
        """
        if self.in_transaction:
            return
        durable = effect is Effect.WRITE
        if self.is_sqlite:
            self._set_synchronous(durable=durable)
            self._begin_to_write()
        else:
            self.defer("BEGIN", ())
            if effect is Effect.READ:
                self.defer("SET LOCAL synchronous_commit = off", ())
        self.in_transaction = True

    def commit(self) -> None:
        """Commit the open transaction, if any, then run what waits for it.

        What waits cannot fail any more what was committed: its errors are logged. Raises
        UnavailableError if the database refuses.
        """
        if self.in_transaction:
            try:
                if not self._is_proved:
                    # What finds its connection dead is sent once more: a COMMIT must not be.
                    self._send_ahead()
                self.driver_execute("COMMIT")
            except DBAPIError as error:
                if error.connection_invalidated:
                    # The server may have committed before the connection broke: what belongs to
                    # those rows must not be taken away, and is collected if there are none.
                    self._after_rollback.clear()
                msg = "The transaction cannot be committed"
                raise UnavailableError(msg) from error
            self.in_transaction = False
            self._let_others_write()
        self._after_rollback.clear()
        waiting, self._after_commit = self._after_commit, []
        _run_each(waiting)

    def rollback(self) -> None:
        """Undo the open transaction, if any, then run what undoes work outside the database."""
        if self.in_transaction:
            self.in_transaction = False
            self._ahead.clear()
            try:
                self._send_rollback()
            except (SQLAlchemyError, psycopg.Error):
                self._give_up_connection()
            self._let_others_write()
        self._after_commit.clear()
        waiting, self._after_rollback = self._after_rollback, []
        _run_each(reversed(waiting))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what a block did, and nothing else, if it raises; a transaction has to be open."""
        self.defer("SAVEPOINT part", ())
        try:
            yield
        except BaseException:
            self.defer("ROLLBACK TO SAVEPOINT part", ())
            self.defer("RELEASE SAVEPOINT part", ())
            raise
        self.defer("RELEASE SAVEPOINT part", ())

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run ``action`` once the transaction has committed, such as deleting an unlinked blob."""
        self._after_commit.append(action)

    def after_rollback(self, action: Callable[[], None]) -> None:
        """Run ``action`` if the transaction is undone, such as removing a blob just stored."""
        self._after_rollback.append(action)

    def close(self) -> None:
        """Undo what is not committed and give the connection back."""
        self.rollback()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._is_proved = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _send(self, sql: str, parameters: Any, read: Callable[[Any], T]) -> T:
        if not self.in_transaction and _writes(sql):
            self._refuse_write()
        try:
            answer = self._ask(sql, parameters, read)
        except DBAPIError as error:
            self._take_another_connection(error)
            answer = self._ask(sql, parameters, read)
        self._is_proved = True
        return answer

    def _ask(self, sql: str, parameters: Any, read: Callable[[Any], T]) -> T:
        driver: Any = self.connection.connection.driver_connection
        try:
            if not self.is_sqlite:
                each = parameters if isinstance(parameters, list) else [parameters or ()]
                statements = [Statement(sql, one) for one in each]
                return read(self._server.run(statements, self._ahead))
            if isinstance(parameters, list):
                return read(driver.executemany(sql, parameters))
            return read(driver.execute(sql, parameters or ()))
        except (sqlite3.Error, psycopg.Error) as error:
            raise self._translated(sql, error, driver) from error

    @property
    def _server(self) -> Server:
        connection = self.connection
        server: Server | None = connection.info.get("server")
        if server is None:
            driver: Any = connection.connection.driver_connection
            server = connection.info["server"] = Server(driver)
        return server

    def _send_ahead(self) -> None:
        """Send what waits for the next statement without one."""
        if self._ahead:
            self.driver_execute(*self._ahead.pop())

    def _send_rollback(self) -> None:
        if self.is_sqlite:
            self.driver_execute("ROLLBACK")
        elif self._connection is not None:
            self._server.rollback()

    def _translated(self, sql: str, error: Any, driver: Any) -> BaseException:
        """Return SQLAlchemy's error for a driver's, and part with connections that broke.

        Where one did, those that wait in the pool have too. One that has lost what was prepared on
        it is as good as broken.
        """
        dialect = self._engine.dialect
        is_dead = dialect.is_disconnect(error, driver, None) or isinstance(
            error, psycopg.errors.InvalidSqlStatementName
        )
        if is_dead:
            self.connection.invalidate(error)
            self._engine.dispose()
        translated: BaseException = DBAPIError.instance(
            sql,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_dead,
            dialect=dialect,
        )
        return translated

    def _refuse_write(self) -> None:
        msg = "A write outside a transaction could not be undone: begin one first"
        raise UnboundedWriteError(msg)

    def _take_another_connection(self, error: DBAPIError) -> None:
        """Part with a connection that had died in the pool; raise any other error again.

        Nothing was done on it yet, so that the statement can be sent once more: a restart of the
        server fails no request that begins after it.
        """
        if self._is_proved or not error.connection_invalidated:
            raise error
        self._give_up_connection()

    def _give_up_connection(self) -> None:
        """Part with a broken connection, so that the next statement gets another one."""
        self.connection.invalidate()
        self.connection.close()
        self._connection = None
        self._is_proved = False

    def _begin_to_write(self) -> None:
        line: Line | None = self.connection.info.get(LINE)
        if line is not None and line.enter(PATIENCE):
            self._line = line
        try:
            self.driver_execute("BEGIN IMMEDIATE")
        except BaseException:
            self._let_others_write()
            raise

    def _let_others_write(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.leave()

    def _set_synchronous(self, *, durable: bool) -> None:
        # PRAGMA synchronous belongs to the connection and cannot change inside a transaction, so
        # the pooled connection remembers its level and pays for the change only when it differs.
        info = self.connection.info
        if info.get("durable", True) is not durable:
            self.driver_execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            info["durable"] = durable


def _is_write(statement: Executable) -> bool:
    return statement.is_dml or (isinstance(statement, TextClause) and _writes(statement.text))


def _tuples(cursor: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(_STATEMENTS)
def _writes(sql: str) -> bool:
    return _WRITE.search(sql) is not None


def _run_each(actions: Iterable[Callable[[], None]]) -> None:
    for action in actions:
        try:
            action()
        except Exception:  # noqa: BLE001 (the outcome stands, and the others have to run)
            _log.exception("What waited for the end of a transaction failed")


@lru_cache(_STATEMENTS)
def _driver_sql(sql: str, *, is_sqlite: bool) -> str:
    return sql if is_sqlite else re.sub(r"(?<![\w:]):(\w+)", r"%(\1)s", sql)
