"""A furnished server for the pages: a run on a data set, a model with two versions.

Everything comes in through the protocol that clients use, as ``alice``; ``bob`` may read it,
``dora`` may only browse it, ``charlie`` may not know of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.access.slices import Subject, fetch_by_name
from app.config import load_settings
from app.db.metadata import now_millis
from app.edge.browser import COOKIE
from app.edge.services import EXTENSION, Services, build_services
from app.factory import create_app
from app.identity import Authenticated
from app.identity.browser_sessions import insert_browser_session
from app.identity.principals import find_principal
from app.securables import FullName, Kind
from tests.application import ALICE, Person, Template
from tests.factories import grant, make_user

EXPERIMENT = "ml.prod.nightly"
MODEL = "ml.prod.detector"
TABLE = "ml.prod.payments"
FILE = b"how it went"
TRACE = f"tr-{'7' * 32}"
_API = "/api/2.0/mlflow"
_API3 = "/api/3.0/mlflow"
_ASKED = {
    "mlflow.spanInputs": '{"question": "which wine goes with this?"}',
    "mlflow.spanOutputs": "a dry one",
    "session.id": "evening",
    "user.id": "ann",
}
_USED = {"mlflow.chat.tokenUsage": '{"input_tokens": 12, "output_tokens": 4, "total_tokens": 16}'}
_SCHEMA = (
    '{"mlflow_colspec": [{"name": "amount", "type": "double", "required": true},'
    ' {"name": "places", "type": "array", "items": {"type": "string"}, "required": false}]}'
)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class World:
    """What the furnished server holds."""

    template: Template
    experiment_id: str
    run_id: str
    dataset_id: str
    queue_id: str
    trace_id: str = TRACE


def furnish(template: Template) -> World:
    """Fill a started home."""
    settings = load_settings(template.home, {"MUNIMENT_DATABASE_URL": template.database_url})
    services = build_services(settings)
    _let_dora_browse(services)
    alice = Person(create_app(services).test_client(), template.tokens[ALICE])
    experiment_id = _ok(alice.post(f"{_API}/experiments/create", name=EXPERIMENT))["experiment_id"]
    made = _ok(alice.post(f"{_API}/runs/create", experiment_id=experiment_id, run_name="first"))
    run_id = made["run"]["info"]["run_id"]
    _log(alice, run_id)
    path = f"/api/2.0/mlflow-artifacts/artifacts/{experiment_id}/{run_id}/artifacts/notes/how.txt"
    assert alice.send("PUT", path, data=FILE).status_code == 200
    _trace(alice, experiment_id)
    _register(alice, run_id)
    dataset_id = _evaluate(alice, experiment_id)
    queue_id = _review(alice, experiment_id)
    services.database.dispose()
    return World(template, experiment_id, run_id, dataset_id, queue_id)


class Reader:
    """Somebody with a browser: a session's cookie, and the token that forms send back."""

    def __init__(self, application: Flask, name: str | None) -> None:
        self._client: FlaskClient = application.test_client()
        if name is not None:
            secret = open_session(application.extensions[EXTENSION], name)
            self._client.set_cookie(COOKIE, secret)

    def get(self, path: str, /, *, htmx: bool = False) -> TestResponse:
        headers = {"HX-Request": "true"} if htmx else {}
        return self._client.get(path, headers=headers, buffered=True)

    def submit(self, path: str, /, **form: str) -> TestResponse:
        """Send a form as a page of ours would."""
        return self.submit_without_token(path, csrf_token=self.csrf_token(), **form)

    def submit_from(self, page: str, path: str, /, **form: str) -> TestResponse:
        """Send a form that stands on a page, as a browser that names the page."""
        referrer = {"Referer": urljoin("http://localhost/", page)}
        form["csrf_token"] = self.csrf_token()
        return self._client.post(path, data=form, headers=referrer, buffered=True)

    def submit_without_token(self, path: str, /, **form: str) -> TestResponse:
        return self._client.post(path, data=form, buffered=True)

    def csrf_token(self) -> str:
        found = _TOKEN.search(self.get("/").text)
        return found[1] if found else ""


def open_session(services: Services, name: str) -> str:
    """Return the secret of a new browser session, as after signing in."""
    with services.database.session() as session:
        person = find_principal(session, name, field="user")
        version = 1 if name == "admin" else None
        proven = Authenticated(person, frozenset(), password_version=version)
        session.begin()
        secret = insert_browser_session(session, proven, address="127.0.0.1", now=now_millis())
        session.commit()
    return secret


def _let_dora_browse(services: Services) -> None:
    with services.database.session() as session:
        session.begin()
        dora = make_user(session, "dora")
        admin = find_principal(session, "admin", field="user")
        subject = Subject(admin.id, frozenset({admin.id}), None, now_millis())
        found = fetch_by_name(session, subject, Kind.CATALOG, FullName.of("ml"))
        assert found is not None
        grant(session, found.securable, dora, "BROWSE")
        session.commit()


def _log(alice: Person, run_id: str) -> None:
    begun = now_millis()
    metrics = [
        {"key": "loss", "value": 1 / (step + 1), "timestamp": begun + step, "step": step}
        for step in range(20)
    ]
    metrics.append({"key": "accuracy", "value": 0.93, "timestamp": begun, "step": 0})
    params = [{"key": "depth", "value": "3"}]
    _ok(alice.post(f"{_API}/runs/log-batch", run_id=run_id, metrics=metrics, params=params))
    dataset = {"name": "cards", "digest": "d1", "source_type": "local", "source": "{}"}
    named = dataset | {"name": TABLE, "schema": _SCHEMA, "profile": '{"num_rows": 1797}'}
    used = [{"dataset": one} for one in (dataset, named)]
    _ok(alice.post(f"{_API}/runs/log-inputs", run_id=run_id, datasets=used))
    _ok(alice.post(f"{_API}/runs/update", run_id=run_id, status="FINISHED", end_time=begun + 1500))


def _evaluate(alice: Person, experiment_id: str) -> str:
    new = {"name": "golden", "experiment_ids": [experiment_id], "tags": '{"team": "search"}'}
    made = _ok(alice.post(f"{_API3}/datasets/create", **new))
    dataset_id: str = made["dataset"]["dataset_id"]
    records = [
        {"inputs": {"question": f"<why {number}>"}, "expectations": {"sure": True}}
        for number in range(60)
    ]
    path = f"{_API3}/datasets/{dataset_id}/records"
    _ok(alice.post(path, records=json.dumps(records)))
    scorer = {"experiment_id": experiment_id, "name": "polite", "serialized_scorer": "{}"}
    _ok(alice.post(f"{_API3}/scorers/register", **scorer))
    return dataset_id


def _trace(alice: Person, experiment_id: str) -> None:
    """Ask a question of an agent that fails to look something up, and assess what it answered."""
    begun = now_millis() * 10**6
    spans = [
        _span(1, "", begun, 1200, "agent", {"mlflow.spanType": "AGENT", **_ASKED}),
        _span(2, "1", begun + 10**8, 300, "look up", {"mlflow.spanType": "RETRIEVER"}, code=2),
        _span(3, "1", begun + 5 * 10**8, 600, "chat", {"mlflow.spanType": "CHAT_MODEL", **_USED}),
    ]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    headers = {"x-mlflow-experiment-id": experiment_id}
    assert alice.send("POST", "/v1/traces", json=body, headers=headers).status_code == 200
    path = f"{_API3}/traces/{TRACE}/assessments"
    source = {"source_type": "HUMAN", "source_id": "ann"}
    first = {"assessment_name": "good", "source": source, "feedback": {"value": False}}
    made = _ok(alice.post(path, assessment=first))["assessment"]["assessment_id"]
    again = first | {"feedback": {"value": True}, "overrides": made, "rationale": "it is right"}
    _ok(alice.post(path, assessment=again))


def _review(alice: Person, experiment_id: str) -> str:
    """Ask bob about the trace, and tell of an issue that it shows."""
    place = {"experiment_id": experiment_id}
    labels = {"positive_label": "dry", "negative_label": "sweet"}
    question = {"name": "taste", "type": "FEEDBACK", "input": {"pass_fail": labels}}
    asked = _ok(alice.post(f"{_API3}/label-schemas/create", **place, **question))["label_schema"]
    new = {"name": "tasting", "queue_type": "CUSTOM", "users": ["bob"]}
    questions = {"schema_ids": [asked["schema_id"]]}
    made = _ok(alice.post(f"{_API3}/review-queues/create", **place, **new, **questions))
    queue_id: str = made["review_queue"]["queue_id"]
    _ok(alice.post(f"{_API3}/review-queues/items/add", queue_id=queue_id, item_ids=[TRACE]))
    said = {"name": "empty shelf", "description": "<nothing found>", "severity": "high"}
    issue = _ok(alice.post(f"{_API3}/issues", **place, **said))["issue"]["issue_id"]
    shown = {"assessment_name": issue, "issue": {"issue_name": "empty shelf"}}
    source = {"source_type": "HUMAN", "source_id": "ann"}
    _ok(alice.post(f"{_API3}/traces/{TRACE}/assessments", assessment=shown | {"source": source}))
    return queue_id


def _span(
    number: int,
    parent: str,
    begun: int,
    millis: int,
    name: str,
    told: dict[str, str],
    code: int = 1,
) -> dict[str, Any]:
    status = {"code": code, "message": "the shelf is empty"} if code > 1 else {"code": code}
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in told.items()]
    return {
        "traceId": TRACE.removeprefix("tr-"),
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:0>16}" if parent else "",
        "name": name,
        "startTimeUnixNano": str(begun),
        "endTimeUnixNano": str(begun + millis * 10**6),
        "status": status,
        "attributes": pairs,
    }


def _register(alice: Person, run_id: str) -> None:
    _ok(alice.post(f"{_API}/registered-models/create", name=MODEL, description="Finds fraud"))
    source = f"runs:/{run_id}/notes"
    for _ in range(2):
        _ok(alice.post(f"{_API}/model-versions/create", name=MODEL, source=source, run_id=run_id))
    alias = {"name": MODEL, "alias": "champion", "version": "1"}
    _ok(alice.post(f"{_API}/registered-models/alias", **alias))


def _ok(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json() or {})
