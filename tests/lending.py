"""Databases of a PostgreSQL that one test after another gets, put back in between as they were.

To make one and drop it costs more than most tests do, and so does to connect to a new one, where
no connection knows the tables yet or has a statement prepared.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Composed, Identifier, Literal
from sqlalchemy import URL, QueuePool, event, make_url

from app.db import Database
from tests.postgres import ThrowawayPostgres

# Rows that were deleted stay in the files for a while: a copy is used no oftener than this.
USES = 100
# What is described here, such as a trigger, is not put back: a copy that lost one is dropped.
CATALOGUES = {
    "pg_class": "oid",
    "pg_attribute": "attrelid",
    "pg_constraint": "oid",
    "pg_index": "indexrelid",
    "pg_proc": "oid",
    "pg_trigger": "oid",
}
_FIRST_OF_OURS = 16384
_RELATIONS = """
SELECT relname, relkind = 'S' FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
"""
_CONNECTIONS = """
SELECT pid, state = 'idle' FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_ROWS = "SELECT {}, count(*), max(xmin::text::bigint) FROM {}"
_NUMBERS = "SELECT {}, last_value, is_called::int FROM {}"


class Lender:
    """The copies of databases of one server: those that are free, and those that a test has."""

    def __init__(self, postgres: ThrowawayPostgres) -> None:
        self._postgres = postgres
        self._free: defaultdict[str, list[Copy]] = defaultdict(list)
        self._lent: dict[URL, Copy] = {}

    @contextmanager
    def lend(self, template: str) -> Iterator[str]:
        """Lend a copy of the database ``template``, which changes no more, and return its URL."""
        free = self._free[template]
        copy = free.pop() if free else Copy(self._postgres, template)
        self._lent[make_url(copy.url)] = copy
        try:
            yield copy.url
        finally:
            del self._lent[make_url(copy.url)]
            if copy.put_back():
                free.append(copy)
            else:
                copy.drop()

    def connect(self, database: Database) -> None:
        """Give the database of a copy that is lent the connections that the copy has."""
        database.engine = self._lent[database.url].engine

    def close(self) -> None:
        """Drop the copies that are free."""
        for free in self._free.values():
            for copy in free:
                copy.drop()
        self._free.clear()


@contextmanager
def connected(database: Database, request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep the database of a test connected: its own, or the copy of one that is lent."""
    if database.is_sqlite:
        yield
        database.dispose()
    else:
        lender: Lender = request.getfixturevalue("lender")
        lender.connect(database)
        yield


class Copy:
    """A copy of a database, with connections that outlive the test which made them.

    What a test has changed is known exactly: a row that it wrote is of a newer transaction than all
    rows before, and one that it deleted is missing from their count.
    """

    def __init__(self, postgres: ThrowawayPostgres, template: str) -> None:
        self._postgres = postgres
        self._name = f"copy_{uuid.uuid4().hex}"
        self._uses = 0
        self.url = postgres.create_database(self._name, template=template)
        self.engine = Database(self.url).engine
        self._pids: set[int] = set()
        event.listen(self.engine, "connect", self._note)
        self._keeper = psycopg.connect(
            make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
        )
        # Triggers and foreign keys would have rows put back in their order, or not at all.
        self._keeper.execute("SET session_replication_role = replica; SET lock_timeout = '2s'")
        found = self._keeper.execute(_RELATIONS).fetchall()
        self._sequences = {name for name, is_sequence in found if is_sequence}
        self._tables = {name for name, is_sequence in found if not is_sequence}
        self._question = self._ask_for_state()
        self._state = self._look()
        self._rows = {name: self._read(name) for name in self._tables if self._state[name][0]}

    def put_back(self) -> bool:
        """Undo what was changed; False if that cannot be done, so that the copy has to go."""
        self._uses += 1
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        if pool.checkedout() or self._uses == USES:
            return False
        try:
            return self._has_come_to_rest() and self._restore()
        except psycopg.Error:
            return False

    def drop(self) -> None:
        """Delete the database."""
        self.engine.dispose()
        self._keeper.close()
        self._postgres.drop_database(self._name)

    def _note(self, connection: Any, _entry: object) -> None:
        self._pids.add(connection.info.backend_pid)

    def _has_come_to_rest(self) -> bool:
        """End the connections of others; say whether none of ours is within a transaction."""
        found: dict[int, bool] = dict(self._keeper.execute(_CONNECTIONS).fetchall())
        for pid in found.keys() - self._pids:
            self._keeper.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return all(is_idle for pid, is_idle in found.items() if pid in self._pids)

    def _restore(self) -> bool:
        found = self._look()
        changed = {name for name, state in found.items() if state != self._state[name]}
        if changed & CATALOGUES.keys():
            return False
        for name in changed & self._sequences:
            last, is_called = self._state[name]
            self._keeper.execute("SELECT setval(%s, %s, %s::int::bool)", [name, last, is_called])
        with self._keeper.transaction():
            for name in changed & self._tables:
                self._write(name)
        if changed:
            self._state = self._look()
        return True

    def _ask_for_state(self) -> Composed:
        parts = [
            *(_part(_ROWS, name) for name in self._tables),
            *(_part(_NUMBERS, name) for name in self._sequences),
            *(
                _part(f"{_ROWS} WHERE {oid} >= {_FIRST_OF_OURS}", name)
                for name, oid in CATALOGUES.items()
            ),
        ]
        return SQL(" UNION ALL ").join(parts)

    def _look(self) -> dict[str, tuple[int, int]]:
        found = self._keeper.execute(self._question, prepare=True)
        return {name: (number, detail) for name, number, detail in found.fetchall()}

    def _read(self, table: str) -> bytes:
        statement = SQL("COPY {} TO STDOUT (FORMAT binary)").format(Identifier(table))
        with self._keeper.cursor().copy(statement) as copy:
            return b"".join(copy)

    def _write(self, table: str) -> None:
        self._keeper.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        if table in self._rows:
            statement = SQL("COPY {} FROM STDIN (FORMAT binary)").format(Identifier(table))
            with self._keeper.cursor().copy(statement) as copy:
                copy.write(self._rows[table])


def _part(text: str, name: str) -> Composed:
    return SQL(text).format(Literal(name), Identifier(name))
