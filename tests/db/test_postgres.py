"""What goes past psycopg's cursors means what it would by them."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError

from app.db import Database, Session
from app.errors import UnavailableError

VALUES = [None, True, 0, -1, 40_000, 2**40, 2**63 - 1, 0.1, float("inf"), "", "ä%s", b"\0\xff", [1]]
_PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"


@pytest.fixture
def session(postgres_url: str) -> Iterator[Session]:
    database = Database(postgres_url)
    with database.session() as session:
        session.driver_execute("CREATE TEMPORARY TABLE seen (n bigint PRIMARY KEY)")
        yield session
    database.dispose()


def count(session: Session) -> int:
    found: int = session.fetch("SELECT count(*) FROM seen", {})[0][0]
    return found


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_go_out_and_come_in_as_psycopg_has_them(session: Session, value: Any):
    driver: Any = session.connection.connection.driver_connection
    expected = driver.execute("SELECT %s", (value,)).fetchall()
    for _ in range(3):
        assert session.fetch("SELECT :v", {"v": value}) == expected


def test_names_and_marks_take_their_places(session: Session):
    sql = "SELECT %(b)s::int, '100%%', %(a)s::int, %(b)s::int"
    assert session.driver_execute(sql, {"a": 1, "b": 2}).all() == [(2, "100%", 1, 2)]
    assert session.driver_execute("SELECT %s::int, %s::int", (1, 2)).all() == [(1, 2)]


def test_a_row_knows_its_columns_and_a_change_its_rows(session: Session):
    row = session.driver_execute("SELECT %s::int AS one, 2 AS two", (1,)).one()
    assert (row.one, row.two) == (1, 2)
    session.begin()
    many = [{"n": number} for number in range(250)]
    assert session.driver_execute("INSERT INTO seen VALUES (%(n)s)", many).rowcount == 250
    assert session.driver_execute("DELETE FROM seen WHERE n < %s", (10,)).rowcount == 10


def test_a_statement_is_prepared_when_it_comes_again(session: Session):
    found = [session.driver_execute(_PREPARED, ("%count(*)%",)).scalar_one() for _ in range(3)]
    assert found == [0, 1, 1]


def test_no_more_is_kept_prepared_than_there_is_room_for(session: Session):
    for number in range(300):
        for _ in range(2):
            session.driver_execute(f"SELECT {number} + %s::int", (1,))
    assert session.driver_execute(_PREPARED, ("SELECT % + $1::int",)).scalar_one() == 199


def test_what_was_prepared_and_is_gone_costs_no_request(session: Session):
    ask = "SELECT %s::int"
    for _ in range(3):
        session.driver_execute(ask, (1,))
    session.driver_execute("DEALLOCATE ALL")
    with Session(session.connection.engine) as other:
        session.close()
        assert other.driver_execute(ask, (1,)).scalar_one() == 1
    assert session.driver_execute(ask, (1,)).scalar_one() == 1


def test_what_is_deferred_is_done_before_what_comes_next(session: Session):
    session.begin()
    session.defer("INSERT INTO seen VALUES (%s)", (1,))
    session.defer("INSERT INTO seen VALUES (%s)", (2,))
    assert count(session) == 2


def test_what_is_deferred_and_fails_fails_what_comes_next(session: Session):
    session.begin()
    session.defer("INSERT INTO seen VALUES (%s)", (1,))
    session.defer("INSERT INTO nowhere VALUES (%s)", (1,))
    with pytest.raises(ProgrammingError):
        count(session)
    session.rollback()
    assert count(session) == 0


def test_what_no_socket_takes_at_once_is_sent_whole(session: Session):
    text, found = "x" * 30_000_000, []
    session.begin()

    def send() -> None:
        rows = session.driver_execute("SELECT %s::text || 'y', length(%s::text)", (text, text))
        found.append(rows.one())

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    sending.join(30)
    assert found == [(text + "y", 30_000_000)]


def test_a_commit_behind_what_fails_commits_nothing(session: Session):
    for _ in range(3):
        session.begin()
        session.driver_execute("INSERT INTO seen VALUES (%s)", (1,))
        session.defer("INSERT INTO seen VALUES (%s)", (1,))
        with pytest.raises(UnavailableError):
            session.commit()
        session.rollback()
        assert count(session) == 0


def test_a_value_that_cannot_be_sent_leaves_the_transaction_to_begin(session: Session):
    session.begin()
    with pytest.raises(DataError):
        session.driver_execute("SELECT %s", ("\0",))
    session.driver_execute("INSERT INTO seen VALUES (%s)", (1,))
    session.rollback()
    assert count(session) == 0


def defer_and_fail(session: Session) -> None:
    with session.savepoint():
        session.defer("INSERT INTO seen VALUES (%s)", (2,))
        session.fetch("SELECT nothing FROM nowhere", {})


def test_rows_of_which_one_cannot_be_sent_leave_nothing_half_prepared(session: Session):
    rows: list[tuple[object]] = [("a",), ("b",), ("\0",)]
    session.begin()
    for _ in range(2):
        with pytest.raises(DataError):
            session.driver_execute("SELECT %s", rows)
    assert session.driver_execute("SELECT %s", rows[:2]).rowcount == 2


def test_a_part_that_fails_is_undone_with_what_it_deferred(session: Session):
    session.begin()
    session.defer("INSERT INTO seen VALUES (%s)", (1,))
    with pytest.raises(DBAPIError):
        defer_and_fail(session)
    session.commit()
    assert count(session) == 1


@pytest.mark.parametrize("deferred", [0, 1])
def test_other_threads_go_on_while_the_server_works(session: Session, deferred: int):
    seen: list[float] = []
    done = threading.Event()

    def note() -> None:
        while not done.wait(0.005):
            seen.append(time.monotonic())

    other = threading.Thread(target=note)
    other.start()
    for _ in range(deferred):
        session.defer("SELECT 1", ())
    session.driver_execute("SELECT pg_sleep(%s)", (0.1,))
    done.set()
    other.join()
    assert len(seen) > 5


def test_an_error_has_the_state_that_the_server_gave_it(session: Session):
    for _ in range(3):
        with pytest.raises(DBAPIError) as caught:
            session.driver_execute("SELECT 1 / %s::int", (0,))
        assert isinstance(caught.value.orig, psycopg.errors.DivisionByZero)
