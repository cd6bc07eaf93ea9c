"""No decision, no success; no event, no success: whatever a view may have done until then."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy import insert

from app import access
from app.access import Operation
from app.db import Effect
from app.db.metadata import new_id
from app.edge import caller
from app.edge.statuses import report
from app.errors import NotFoundError
from app.factory import create_app
from app.identity.tables import principals
from tests.application import ALICE, BOB, CHARLIE
from tests.security.home import House, identified, said

FILE = "/api/2.0/mlflow-artifacts/artifacts/{exp}/{run}/artifacts/model/MLmodel"
rogue = Blueprint("rogue", __name__)


def write_something() -> None:
    caller().session.begin(Effect.WRITE)
    write_at_once()


def write_at_once() -> None:
    row = {"id": new_id(), "kind": "user", "name": "mallory", "created_at": 1}
    caller().session.execute(insert(principals), row)


@rogue.post("/undecided")
def write_undecided() -> str:
    write_something()
    return "done"


@rogue.post("/undecided/at-once")
def write_without_a_transaction() -> str:
    access.permit_self(caller(), Operation.PROFILE_READ)
    write_at_once()
    return "done"


@rogue.get("/undecided/later")
def decide_while_sending() -> Response:
    made = caller()

    def pieces() -> Iterator[str]:
        access.permit_self(made, Operation.SESSION_UPDATE)
        yield "secret"

    return Response(pieces())


@rogue.get("/undecided/elsewhere")
def redirect_undecided() -> ResponseReturnValue:
    return "", 303, {"Location": "/"}


@rogue.post("/denied-but-done")
def ignore_a_denial() -> str:
    try:
        access.obtain(caller(), Operation.CATALOG_CREATE, access.METASTORE)
    except Exception:  # noqa: BLE001 (a view that does not care is what this is about)
        write_something()
    return "done"


@rogue.post("/told-but-done")
def tell_a_refusal_in_a_success() -> str:
    write_something()
    report(NotFoundError("There is no such thing"))
    return "told"


@pytest.fixture
def rogue_house(house: House) -> House:
    """A house with an application of its own, since what is added to one stays there."""
    app = create_app(house.services)
    app.register_blueprint(rogue)
    return replace(house, app=app)


@pytest.fixture
def unlogged_house(house: House) -> House:
    """A house whose log cannot be written."""
    house.digest()
    with house.database.session() as session:
        session.driver_execute("ALTER TABLE audit_events RENAME TO audit_events_gone")
    return house


@pytest.mark.parametrize(
    "method,path",
    [
        ("POST", "/undecided"),
        ("POST", "/undecided/at-once"),
        ("GET", "/undecided/later"),
        ("GET", "/undecided/elsewhere"),
        ("POST", "/denied-but-done"),
    ],
)
def test_a_success_without_a_decision_is_a_failure_and_changes_nothing(
    rogue_house: House, method: str, path: str
):
    before = rogue_house.digest()
    answer = rogue_house.person(ALICE).send(method, path)
    assert answer.status_code == 500
    assert said(answer)["error_code"] == "INTERNAL_ERROR"
    assert "secret" not in answer.text
    assert rogue_house.digest() == before


def test_a_denial_stays_in_the_log_although_the_view_went_on(rogue_house: House):
    request_id, header = identified()
    rogue_house.person(ALICE).send("POST", "/denied-but-done", headers=header)
    assert [event.outcome for event in rogue_house.events(request_id)] == ["denied"]


def test_a_refusal_told_with_a_success_undoes_what_was_done(rogue_house: House):
    before = rogue_house.digest()
    assert rogue_house.person(ALICE).send("POST", "/told-but-done").status_code == 200
    assert rogue_house.digest() == before


CHANGES = [
    ("POST", "/api/2.0/mlflow/experiments/create", {"name": "ml.prod.unlogged"}),
    ("POST", "/api/2.0/mlflow/runs/log-metric", {"key": "m", "value": 1, "timestamp": 1}),
    ("DELETE", "/api/2.0/mlflow/registered-models/delete", {"name": "ml.prod.wine"}),
]


@pytest.mark.parametrize("method,path,message", CHANGES, ids=[path for _, path, _ in CHANGES])
def test_what_cannot_be_logged_does_not_happen(
    unlogged_house: House, method: str, path: str, message: dict[str, object]
):
    before = unlogged_house.digest()
    body = {"run_id": unlogged_house.names["run"], **message}
    answer = unlogged_house.person(ALICE).send(method, path, json=body)
    assert answer.status_code == 503, answer.text
    assert said(answer)["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert answer.headers["Retry-After"] == "1"
    assert unlogged_house.digest() == before


@pytest.mark.parametrize(
    "path",
    [
        FILE,
        "/get-artifact?run_id={run}&path=model/MLmodel",
        "/model-versions/get-artifact?name={model}&version=1&path=MLmodel",
        "/runs/{run}/files/model/MLmodel",
    ],
)
def test_no_byte_of_a_file_is_sent_unless_it_is_logged(unlogged_house: House, path: str):
    answer = unlogged_house.person(ALICE).send("GET", path.format(**unlogged_house.names))
    assert answer.status_code == 503
    assert b"flavors" not in answer.data


@pytest.mark.parametrize("name,status", [(CHARLIE, 404), (BOB, 403)])
def test_a_refusal_that_cannot_be_logged_is_unavailable(house: House, name: str, status: int):
    path = "/api/2.0/mlflow/experiments/delete"
    message = {"experiment_id": house.names["exp"]}
    assert house.person(name).post(path, **message).status_code == status
    with house.database.session() as session:
        session.driver_execute("ALTER TABLE audit_events RENAME TO audit_events_gone")
    assert house.person(name).post(path, **message).status_code == 503


def test_a_bad_credential_that_cannot_be_logged_is_unavailable(unlogged_house: House):
    answer = unlogged_house.person("anonymous").send(
        "GET", "/api/2.0/mlflow/registered-models/search", headers={"Authorization": "Bearer no"}
    )
    assert answer.status_code == 503


def blobs_in(house: House) -> list[Path]:
    return [path for path in (house.folder / "blobs").rglob("*") if path.is_file()]


def test_an_upload_that_cannot_be_logged_leaves_no_blob(unlogged_house: House):
    stored = blobs_in(unlogged_house)
    answer = unlogged_house.person(ALICE).send(
        "PUT", FILE.format(**unlogged_house.names), data=b"flavors: {more}"
    )
    assert answer.status_code == 503
    assert blobs_in(unlogged_house) == stored
