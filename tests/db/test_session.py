"""One unit of work: what begins a transaction, how durable it is, and what waits for its end."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import column, delete, insert, table, text, update
from sqlalchemy.exc import DBAPIError

from app.db import Database, Effect, Session
from app.db.session import UnboundedWriteError
from app.db.statements import Insert, Sql
from app.errors import InvalidParameterError, UnavailableError

INSERT = text("INSERT INTO workspaces_seen VALUES (1)")
SEEN = table("workspaces_seen", column("n"))


@pytest.fixture
def seen(database: Database) -> Database:
    with database.session() as session:
        session.driver_execute("CREATE TABLE workspaces_seen (n INTEGER)")
    return database


@pytest.fixture
def strict(seen: Database) -> Iterator[Session]:
    """A session as the application has them."""
    with Session(seen.engine) as session:
        yield session


def count(database: Database) -> int:
    with database.session() as session:
        found: int = session.driver_execute("SELECT count(*) FROM workspaces_seen").scalar_one()
        return found


def test_a_committed_transaction_is_seen_by_others_and_not_before(seen: Database):
    with seen.session() as session:
        session.begin()
        session.execute(INSERT)
        assert count(seen) == 0
        session.commit()
        assert count(seen) == 1


def test_leaving_the_block_undoes_what_is_not_committed(seen: Database):
    with seen.session() as session:
        session.begin()
        session.execute(INSERT)
    assert count(seen) == 0


WRITES = {
    "text": lambda session: session.execute(INSERT),
    "core insert": lambda session: session.execute(insert(SEEN), {"n": 1}),
    "core update": lambda session: session.execute(update(SEEN).values(n=1)),
    "core delete": lambda session: session.execute(delete(SEEN)),
    "driver": lambda session: session.driver_execute("insert\n into workspaces_seen values (1)"),
    "fetch": lambda session: session.fetch("DELETE FROM workspaces_seen RETURNING n", {}),
    "hot statement": lambda session: Sql("UPDATE workspaces_seen SET n = 1").run(session),
    "hot insert": lambda session: Insert("workspaces_seen", {"n": "integer"}, "").run(
        session, [(1,)]
    ),
    "behind a name": lambda session: session.execute(
        text("WITH old AS (SELECT 1 AS n) INSERT INTO workspaces_seen SELECT n FROM old")
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nothing_is_written_outside_a_transaction(
    strict: Session, write: Callable[[Session], object]
):
    with pytest.raises(UnboundedWriteError):
        write(strict)
    strict.begin()
    write(strict)


def test_a_word_in_a_text_is_no_write(strict: Session):
    statement = text("SELECT 'updated' || :words, n FROM workspaces_seen")
    assert strict.execute(statement, {"words": "DELETE FROM workspaces_seen"}).all() == []


def test_beginning_twice_is_one_transaction(seen: Database):
    with seen.session() as session:
        session.begin()
        session.begin(Effect.READ)
        session.execute(INSERT)
        session.rollback()
    assert count(seen) == 0


def insert_and_fail(session: Session) -> None:
    with session.savepoint():
        session.execute(INSERT)
        session.execute(text("SELECT nothing FROM nowhere"))


def test_a_part_that_fails_is_undone_and_the_rest_is_kept(seen: Database):
    with seen.session() as session:
        session.begin()
        session.execute(INSERT)
        with pytest.raises(DBAPIError):
            insert_and_fail(session)
        with session.savepoint():
            session.execute(INSERT)
        session.commit()
    assert count(seen) == 2


@pytest.mark.parametrize(
    "effect,on_sqlite,on_postgres",
    [(Effect.WRITE, 2, "on"), (Effect.TELEMETRY, 1, "on"), (Effect.READ, 1, "off")],
)
def test_the_effect_decides_how_durable_a_commit_is(
    seen: Database, effect: Effect, on_sqlite: int, on_postgres: str
):
    with seen.session() as session:
        if not session.is_sqlite:
            session.driver_execute("SET synchronous_commit = on")
        session.begin(effect)
        if session.is_sqlite:
            assert session.driver_execute("PRAGMA synchronous").scalar_one() == on_sqlite
        else:
            level = session.driver_execute("SHOW synchronous_commit").scalar_one()
            assert level == on_postgres


def test_a_connection_given_back_lax_is_made_durable_again(seen: Database):
    for effect in (Effect.READ, Effect.WRITE, Effect.READ, Effect.WRITE):
        with seen.session() as session:
            session.begin(effect)
            if session.is_sqlite:
                level = session.driver_execute("PRAGMA synchronous").scalar_one()
                assert level == (2 if effect is Effect.WRITE else 1)


def test_what_waits_for_the_commit_runs_after_it_and_only_then(seen: Database):
    ran: list[str] = []
    with seen.session() as session:
        _promise(session, ran)
        assert ran == []
        session.commit()
        assert ran == ["committed"]
        session.rollback()
    assert ran == ["committed"]


def test_what_undoes_outside_work_runs_last_first_when_the_transaction_is_undone(seen: Database):
    ran: list[str] = []
    with seen.session() as session:
        _promise(session, ran)
        session.after_rollback(lambda: ran.append("undone later"))
    assert ran == ["undone later", "undone"]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_what_fails_after_the_end_changes_nothing_of_it_and_is_logged(
    seen: Database, end: str, caplog: pytest.LogCaptureFixture
):
    ran: list[str] = []

    def fail() -> None:
        raise OSError

    with seen.session() as session:
        session.begin()
        session.execute(INSERT)
        for wait in (session.after_commit, session.after_rollback):
            wait(lambda: ran.append("first"))
            wait(fail)
            wait(lambda: ran.append("last"))
        getattr(session, end)()
    assert sorted(ran) == ["first", "last"]
    assert count(seen) == (1 if end == "commit" else 0)
    assert "What waited" in caplog.text


def test_what_a_lost_answer_may_have_committed_is_not_taken_away(seen: Database):
    ran: list[str] = []
    with seen.session() as session:
        if session.is_sqlite:
            pytest.skip("SQLite's answer cannot be lost")
        _promise(session, ran)
        session.execute(INSERT)
        driver = session.connection.connection.driver_connection
        assert driver is not None
        driver.close()
        with pytest.raises(UnavailableError):
            session.commit()
        session.rollback()
        assert session.driver_execute("SELECT 1").scalar_one() == 1
    assert ran == []


def test_an_error_tells_no_parameters(seen: Database):
    with seen.session() as session, pytest.raises(DBAPIError) as caught:
        session.execute(text("SELECT missing FROM nowhere WHERE n = :n"), {"n": "the secret"})
    assert "the secret" not in str(caught.value)


def test_an_address_that_is_none_is_refused_without_being_told():
    with pytest.raises(InvalidParameterError) as caught:
        Database("postgres//user:secret@host")
    assert "secret" not in caught.value.message


def _promise(session: Session, ran: list[str]) -> None:
    session.begin()
    session.after_commit(lambda: ran.append("committed"))
    session.after_rollback(lambda: ran.append("undone"))
