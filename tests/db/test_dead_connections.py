"""A server that was restarted: what it costs whoever calls next."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.db import Database, Session
from app.db.statements import Sql

_SAY = "SELECT 1 AS one"
FIRST = {
    "core": lambda session: session.execute(text(_SAY)).scalar_one(),
    "driver": lambda session: session.driver_execute(_SAY).scalar_one(),
    "hot statement": lambda session: Sql(_SAY).run(session).scalar_one(),
    "fetch": lambda session: session.fetch(_SAY, {})[0][0],
    "transaction": lambda session: session.begin() or session.fetch(_SAY, {})[0][0],
}


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url, pool_size=4)
    yield database
    database.dispose()


def fill_pool(database: Database, size: int = 3) -> None:
    """Leave idle connections in the pool."""
    sessions = [database.session() for _ in range(size)]
    for session in sessions:
        session.driver_execute(_SAY)
    for session in sessions:
        session.close()


def restart(database: Database) -> None:
    """End every connection to the database, as a restart of the server does."""
    with Database(str(database.url.render_as_string(hide_password=False))).session() as other:
        other.driver_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        other.connection.invalidate()


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_a_restart_fails_no_request_that_begins_after_it(
    database: Database, first: Callable[[Session], int]
):
    fill_pool(database)
    restart(database)
    for _ in range(4):
        with database.session() as session:
            assert first(session) == 1


@pytest.mark.parametrize("next_one", FIRST.values(), ids=FIRST)
def test_a_restart_in_the_midst_of_a_request_fails_that_one_alone(
    database: Database, next_one: Callable[[Session], int]
):
    fill_pool(database)
    with database.session() as session:
        session.driver_execute(_SAY)
        restart(database)
        with pytest.raises(OperationalError):
            next_one(session)
    for _ in range(4):
        with database.session() as session:
            assert next_one(session) == 1


def test_nothing_is_done_twice_in_a_transaction_that_broke(database: Database):
    with database.session() as session:
        session.begin()
        session.driver_execute(_SAY)
        restart(database)
        for attempt in FIRST.values():
            with pytest.raises(SQLAlchemyError):
                attempt(session)
        session.rollback()
        assert session.driver_execute(_SAY).scalar_one() == 1
