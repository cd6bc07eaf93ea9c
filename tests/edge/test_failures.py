"""What goes wrong inside stays inside: the caller gets a request id, standard error the rest."""

import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from flask import Blueprint
from sqlalchemy import exc, text

from app.config.logs import JsonLines
from app.edge import caller, pages, services
from app.errors import IntegrityError, MunimentError, UnavailableError
from app.factory import create_app
from tests.application import ALICE
from tests.security.home import House, identified, said

SECRET = "/srv/secret/path.py"
SQL = "SELECT hash FROM passwords"
LEAKS = (SECRET, "SELECT", "passwords", "Traceback", ".py", "sqlite", "psycopg", "site-packages")


def driver_error() -> Exception:
    return sqlite3.OperationalError(f"database is locked: {SQL}")


UNAVAILABLE = {
    "SQLAlchemy's": lambda: exc.OperationalError(SQL, {}, Exception(SECRET)),
    "SQLite's": driver_error,
    "PostgreSQL's": lambda: psycopg.OperationalError(SECRET),
    "a lost connection": lambda: exc.InterfaceError(SQL, {}, Exception(SECRET)),
    "no connection left": lambda: exc.TimeoutError(SECRET),
    "ours": lambda: UnavailableError("A part does not answer"),
}
UNEXPECTED = {
    "a defect": lambda: RuntimeError(SECRET),
    "a wrong value": lambda: ValueError(SECRET),
    "a file": lambda: FileNotFoundError(2, "No such file", SECRET),
    "a statement": lambda: exc.ProgrammingError(SQL, {}, Exception(SECRET)),
    "a constraint": lambda: exc.IntegrityError(SQL, {}, Exception(SECRET)),
    "no memory": lambda: MemoryError(SECRET),
    "an assertion": lambda: AssertionError(SECRET),
    "our root": lambda: MunimentError("It does not verify"),
    "corrupt bytes": lambda: IntegrityError("It does not verify"),
}

failing = Blueprint("failing", __name__)
failing_pages = pages(Blueprint("failing_pages", __name__))


@failing.get("/fails/<kind>/<name>")
@failing_pages.get("/page-fails/<kind>/<name>")
def fail(kind: str, name: str) -> str:
    made = {"unavailable": UNAVAILABLE, "unexpected": UNEXPECTED}[kind][name]
    raise made()


@failing_pages.errorhandler(LookupError)
def fail_to_tell(_error: LookupError) -> str:
    raise RuntimeError(SECRET)


@failing_pages.errorhandler(500)
def fail_to_tell_even_that(_error: Exception) -> str:
    raise RuntimeError(SECRET)


@failing_pages.get("/page-fails/untold")
def fail_untold() -> str:
    raise LookupError(SECRET)


@failing.get("/fails/for-real")
def fail_for_real() -> str:
    caller().session.execute(text("SELECT nothing FROM nowhere"))
    return "done"


@failing.get("/fails/on-the-driver")
def fail_on_the_driver() -> str:
    caller().session.fetch("SELECT nothing FROM nowhere", {})
    return "done"


@failing.get("/fails/to-end")
def fail_to_end() -> str:
    session = caller().session
    forever = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n FROM n) SELECT count(*) FROM n"
    session.fetch(forever if session.is_sqlite else "SELECT pg_sleep(60)", {})
    return "done"


@failing.get("/fails/on-a-dead-connection")
def fail_on_a_dead_connection() -> str:
    session = caller().session
    if session.is_sqlite:
        raise driver_error()  # a file has nobody who could hang up
    (backend,) = session.fetch("SELECT pg_backend_pid()", {})[0]
    with services().database.session() as other:
        other.driver_execute("SELECT pg_terminate_backend(%s)", (backend,))
    session.fetch("SELECT 1", {})
    return "done"


@pytest.fixture(scope="module")
def failing_house(shared_house: House) -> House:
    app = create_app(shared_house.services)
    app.register_blueprint(failing)
    app.register_blueprint(failing_pages)
    return replace(shared_house, app=app)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the server writes to standard error."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("page", ["", "/page-"])
@pytest.mark.parametrize("name", UNEXPECTED)
def test_an_unexpected_error_is_told_by_its_request_alone(
    failing_house: House, page: str, name: str, lines: io.StringIO
):
    request_id, sent = identified()
    path = f"{page or '/'}fails/unexpected/{name}"
    answer = failing_house.person(ALICE).send("GET", path, headers=sent)
    assert answer.status_code == 500
    assert said(answer)["error_code"] in {"INTERNAL_ERROR", "INTEGRITY"}
    assert answer.headers["X-Request-ID"] == request_id
    assert not any(leak in answer.text for leak in LEAKS)
    (line,) = lines.getvalue().splitlines()
    logged = json.loads(line)
    assert (logged["level"], logged["request_id"]) == ("error", request_id)
    assert "Traceback" in logged["traceback"]


@pytest.mark.parametrize("name", UNAVAILABLE)
def test_a_part_that_does_not_answer_is_a_503(failing_house: House, name: str, lines: io.StringIO):
    request_id, sent = identified()
    answer = failing_house.person(ALICE).send("GET", f"/fails/unavailable/{name}", headers=sent)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert not any(leak in answer.text for leak in LEAKS)
    (line,) = lines.getvalue().splitlines()
    assert json.loads(line)["request_id"] == request_id


def test_an_error_that_cannot_be_told_is_told_all_the_same(
    failing_house: House, lines: io.StringIO
):
    answer = failing_house.person(ALICE).get("/page-fails/untold")
    assert (answer.status_code, said(answer)["error_code"]) == (500, "INTERNAL_ERROR")
    assert not any(leak in answer.text for leak in LEAKS)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "RuntimeError" in lines.getvalue()


def test_a_statement_of_ours_that_is_wrong_shows_nothing(failing_house: House):
    for path in ("/fails/for-real", "/fails/on-the-driver"):
        answer = failing_house.person(ALICE).get(path)
        assert answer.status_code in {500, 503}
        assert not any(leak in answer.text for leak in (*LEAKS, "nowhere"))


def test_a_connection_that_died_is_a_503_and_leaves_the_pool(failing_house: House):
    assert failing_house.person(ALICE).get("/fails/on-a-dead-connection").status_code == 503
    path = "/api/2.0/mlflow/registered-models/search"
    after = [failing_house.person(ALICE).get(path).status_code for _ in range(4)]
    assert after == [200] * 4


def test_a_statement_that_does_not_end_is_a_400_that_no_client_sends_again(shared_house: House):
    database = shared_house.services.database.limited(0.2)
    app = create_app(replace(shared_house.services, database=database))
    app.register_blueprint(failing)
    answer = replace(shared_house, app=app).person(ALICE).get("/fails/to-end")
    assert (answer.status_code, said(answer)["error_code"]) == (400, "INVALID_PARAMETER")
    assert "longer than it may" in said(answer)["message"]
    assert not any(leak in answer.text for leak in LEAKS)
    database.dispose()


def test_a_failure_after_a_decision_is_in_the_log(house: House):
    (house.folder / "blobs").rename(house.folder / "gone")
    request_id, sent = identified()
    path = f"/get-artifact?run_id={house.names['run']}&path=model/MLmodel"
    answer = house.person(ALICE).send("GET", path, headers=sent)
    assert (answer.status_code, said(answer)["error_code"]) == (410, "DATA_LOSS")
    (event,) = house.events(request_id)
    assert (event.operation, event.outcome) == ("artifact.read", "failed")
    assert str(house.folder) not in answer.text


def test_a_server_that_lost_its_database_says_so(house: House):
    """Nobody can be known then; liveness does not depend on it, readiness does."""
    broken = type(house.database)(f"sqlite:///{house.folder / 'nowhere' / 'x.db'}")
    object.__setattr__(house.services, "database", broken)
    person = house.person(ALICE)
    answer = person.get("/api/2.0/mlflow/registered-models/search")
    assert (answer.status_code, said(answer)["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert not any(leak in answer.text for leak in LEAKS)
    assert person.get("/health").status_code == 200
    assert person.get("/ready").status_code == 503
