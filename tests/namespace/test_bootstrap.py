import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app import access
from app.access import Operation
from app.db import Database
from app.errors import InvalidParameterError, UnauthenticatedError
from app.identity import PasswordVerifier
from app.identity.authentication import authenticate_token
from app.identity.tables import principals
from app.namespace import first_start, operator, resolve_workspace
from tests.factories import make_user

NOW = 1_700_000_000_000
TOKEN = "a token of the operator's"


def test_the_first_start_makes_an_administrator_who_works_in_default(
    database: Database, verifier: PasswordVerifier
):
    with database.session() as session:
        started = first_start(session, verifier, now=NOW)
        assert started
        session.commit()
        by_token = authenticate_token(session, started.token, NOW)
        by_password = verifier.verify(
            session, started.name, started.password, address="::1", now=NOW
        )
        assert by_token
        assert by_password
        assert by_token.principal == by_password.principal == started.caller.principal
        workspace = resolve_workspace(session, by_token)
        assert workspace
        assert workspace.name == "default"
        metastore = access.obtain(started.caller, Operation.PRINCIPAL_READ, access.METASTORE)
        assert metastore.owner_id in by_token.groups


def test_a_second_start_changes_nothing(database: Database, verifier: PasswordVerifier):
    with database.session() as session:
        first_start(session, verifier, now=NOW)
        session.commit()
        count = select(func.count()).select_from(principals)
        before = session.execute(count).scalar_one()
        assert first_start(session, verifier, now=NOW, password="another password") is None
        assert session.execute(count).scalar_one() == before


def test_the_operators_own_secrets_are_taken(database: Database, verifier: PasswordVerifier):
    with database.session() as session:
        started = first_start(session, verifier, now=NOW, password="chosen-by-admin-1", token=TOKEN)
        assert started
        session.commit()
        assert authenticate_token(session, TOKEN, NOW)
        assert verifier.verify(session, "admin", "chosen-by-admin-1", address="", now=NOW)


@pytest.mark.parametrize("secrets", [{"password": "short"}, {"token": "short"}])
def test_a_weak_secret_starts_nothing(
    database: Database, verifier: PasswordVerifier, secrets: dict[str, str]
):
    with database.session() as session:
        with pytest.raises(InvalidParameterError):
            first_start(session, verifier, now=NOW, **secrets)
        assert session.execute(select(principals)).first() is None


def test_no_secret_is_in_the_database_file(
    sqlite_url: str, tmp_path: Path, verifier: PasswordVerifier
):
    database = Database(sqlite_url)
    with database.session() as session:
        started = first_start(session, verifier, now=NOW)
        session.commit()
    database.dispose()
    assert started
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert started.token.encode() not in stored
    assert started.password.encode() not in stored


def test_of_two_that_start_together_one_makes_it(database: Database, verifier: PasswordVerifier):
    ready = threading.Barrier(2, timeout=5)

    def start(_worker: int) -> bool:
        with database.session() as session:
            ready.wait()
            started = first_start(session, verifier, now=NOW)
            session.commit()
            return started is not None

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(start, range(2))) == [False, True]


def test_the_first_start_is_on_record(database: Database, verifier: PasswordVerifier):
    with database.session() as session:
        started = first_start(session, verifier, now=NOW)
    assert started
    operations = [entry.operation for entry in started.caller.ledger.entries]
    assert operations == [Operation.WORKSPACE_CREATE]


def test_the_operator_is_the_administrator_or_whoever_is_named(
    database: Database, verifier: PasswordVerifier
):
    with database.session() as session:
        started = first_start(session, verifier, now=NOW)
        assert started
        assert operator(session).principal == started.caller.principal
        alice = make_user(session, "alice")
        assert operator(session, "Alice").principal == alice
        for nobody in ("admins", "nobody"):
            with pytest.raises(UnauthenticatedError):
                operator(session, nobody)
        session.execute(update(principals).values(disabled_at=NOW))
        for name in (None, "alice"):
            with pytest.raises(UnauthenticatedError):
                operator(session, name)
