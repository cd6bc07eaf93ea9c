"""Statements that take too long are ended, wherever they wait, and nothing else is."""

import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.db import Database, Session
from app.edge.statuses import status_of, translate
from app.errors import InvalidParameterError, UnavailableError

LIMIT = 0.2
LONGER = {
    True: """WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {n})
             SELECT count(*) FROM many""",
    False: "SELECT pg_sleep({n} / 4000000.0)",
}
MINUTES, A_SECOND_OR_SO = 2_000_000_000, 4_000_000


@pytest.fixture
def limited(database: Database) -> Iterator[Database]:
    made = database.limited(LIMIT)
    yield made
    made.dispose()


WAYS = {
    "core": lambda session, sql: session.execute(text(sql)).all(),
    "driver": lambda session, sql: session.driver_execute(sql),
    "fetch": lambda session, sql: session.fetch(sql, {}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_statement_that_takes_too_long_is_ended_for_good(
    limited: Database, way: Callable[[Session, str], object]
):
    began = time.monotonic()
    with limited.session() as session:
        with pytest.raises(DBAPIError) as caught:
            way(session, LONGER[limited.is_sqlite].format(n=MINUTES))
        assert session.driver_execute("SELECT 1").scalar_one() == 1
    assert time.monotonic() - began < 5
    refusal = translate(caught.value)
    assert isinstance(refusal, InvalidParameterError)
    assert status_of(refusal) == 400


def test_what_was_written_before_it_is_undone(limited: Database):
    with limited.session() as session:
        session.driver_execute("CREATE TABLE kept (n INTEGER)")
        session.begin()
        session.driver_execute("INSERT INTO kept VALUES (1)")
        slow = LONGER[limited.is_sqlite].format(n=MINUTES)
        with pytest.raises(DBAPIError):
            session.driver_execute(f"INSERT INTO kept SELECT 2 FROM ({slow}) AS slow")
        session.rollback()
        assert session.driver_execute("SELECT count(*) FROM kept").scalar_one() == 0


def test_work_without_a_limit_takes_the_time_that_it_takes(limited: Database):
    began = time.monotonic()
    with limited.unlimited.session() as session:
        session.driver_execute(LONGER[limited.is_sqlite].format(n=A_SECOND_OR_SO))
    assert time.monotonic() - began > LIMIT


def test_many_statements_may_take_longer_than_one(limited: Database):
    until = time.monotonic() + 2 * LIMIT
    with limited.session() as session:
        while time.monotonic() < until:
            assert session.driver_execute("SELECT 1").scalar_one() == 1


def test_a_connection_that_was_idle_for_longer_serves_again(limited: Database):
    with limited.session() as session, limited.unlimited.session() as other:
        session.driver_execute("SELECT 1")
        other.driver_execute(LONGER[limited.is_sqlite].format(n=A_SECOND_OR_SO))
        assert session.driver_execute("SELECT 1").scalar_one() == 1


def test_a_database_without_a_limit_is_itself(database: Database):
    assert database.limited(0) is database
    assert database.unlimited is database


def test_to_wait_for_what_another_holds_may_be_tried_again(postgres_url: str):
    database = Database(postgres_url)
    limited = database.limited(LIMIT)
    with database.session() as holding, limited.session() as waiting:
        holding.begin()
        holding.driver_execute("SELECT pg_advisory_xact_lock(7)")
        with pytest.raises(OperationalError) as caught:
            waiting.driver_execute("SELECT pg_advisory_xact_lock(7)")
    assert isinstance(translate(caught.value), UnavailableError)
    for each in (limited, database):
        each.dispose()
