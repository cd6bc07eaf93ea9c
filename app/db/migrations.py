"""Bring a database to the newest revision, once, whichever of several workers comes first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from app.config import shipped
from app.db.engine import Database
from app.errors import ConflictError

_LOCK = 0x6D756E69  # "muni"


def migrate(database: Database) -> None:
    """Apply the migrations that are missing, under a lock that other processes wait for.

    All of them are one transaction, so that a kill in the middle leaves the old revision. Raises
    ConflictError for a database of a later release, whose revision is not known here.
    """
    with database.session() as session, _locked(database, session.connection):
        if not session.connection.in_transaction():
            session.connection.begin()  # tells Alembic that the transaction is not its to end
        session.begin()
        try:
            command.upgrade(alembic_config(session.connection), "head")
            session.commit()
        except CommandError as error:
            msg = f"The database is of a later release than this one: {error}"
            raise ConflictError(msg) from error
        finally:
            # Before the lock is given back, which nothing can be in a transaction that failed.
            session.rollback()


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for our migrations on ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _locked(database: Database, connection: Connection) -> Iterator[None]:
    if database.is_sqlite:
        path = database.url.database
        if not path or path == ":memory:":
            yield
            return
        with _file_lock(Path(path + ".migrate.lock")):
            yield
        return
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
    try:
        yield
    finally:
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
