"""Webhooks as MLflow's client makes, reads, changes, tries and deletes them."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.crypto.tokens import new_secret
from app.db.metadata import now_millis
from app.edge import Services
from app.edge.services import EXTENSION
from app.identity.principals import find_principal
from app.identity.tokens import NewToken, insert_token
from app.keys.tables import envelopes
from app.lifecycle.webhooks.tables import webhook_deliveries, webhooks
from tests.application import Person
from tests.delivering import HOOKS, Deliveries, create_webhook, to_wire
from tests.protocols.mlflow.calls import answer, refusal
from tests.receiver import SECRET, Receiver

URL = "https://receiver.example/hook"
CREATED = "model_version.created"


def test_a_webhook_is_read_as_it_was_made_without_its_secret(root: Person) -> None:
    made = create_webhook(root, URL, CREATED, "prompt_tag.set", description="d")
    assert made == {
        "webhook_id": made["webhook_id"],
        "name": "hook",
        "url": URL,
        "events": to_wire([CREATED, "prompt_tag.set"]),
        "description": "d",
        "status": "ACTIVE",
        "creation_timestamp": made["creation_timestamp"],
        "last_updated_timestamp": made["creation_timestamp"],
    }
    assert answer(root.get(f"{HOOKS}/{made['webhook_id']}")) == {"webhook": made}


def test_what_is_not_given_stays(root: Person) -> None:
    made = create_webhook(root, URL, CREATED, description="d")
    changed = answer(root.amend(f"{HOOKS}/{made['webhook_id']}", status="DISABLED"))["webhook"]
    assert changed | {"last_updated_timestamp": 0} == made | {
        "status": "DISABLED",
        "last_updated_timestamp": 0,
    }


def test_pages_put_together_are_the_whole(root: Person) -> None:
    names = [f"hook-{number}" for number in range(5)]
    for name in names:
        create_webhook(root, URL, CREATED, name=name)
    found, token = [], ""
    while True:
        page = answer(root.get(HOOKS, max_results=2, page_token=token))
        found += [webhook["name"] for webhook in page["webhooks"]]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert found == names


def test_a_deleted_webhook_is_gone_with_its_secret_and_its_log(
    root: Person, application: Flask
) -> None:
    made = create_webhook(root, URL, CREATED)
    answer(root.post(f"{HOOKS}/{made['webhook_id']}/test"))
    answer(root.delete(f"{HOOKS}/{made['webhook_id']}"))
    refusal(root.get(f"{HOOKS}/{made['webhook_id']}"), 404, "RESOURCE_DOES_NOT_EXIST")
    assert answer(root.get(HOOKS)) == {}
    with _services(application).database.session() as session:
        for table in (webhooks, webhook_deliveries, envelopes):
            assert session.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_the_secret_is_nowhere_in_the_database(
    root: Person, application: Flask, engine_name: str
) -> None:
    made = create_webhook(root, URL, CREATED)
    answer(root.amend(f"{HOOKS}/{made['webhook_id']}", secret=SECRET + " of today"))
    with _services(application).database.session() as session:
        rows = session.execute(select(webhooks)).all()
        kept = session.execute(select(func.count()).select_from(envelopes)).scalar_one()
    assert kept == 1
    assert SECRET.encode() not in rows[0].secret
    events = root.get("/audit").text
    assert "webhook.update" in events
    assert SECRET not in events


def test_who_does_not_manage_the_workspace_has_no_webhooks(
    root: Person, alice: Person, charlie: Person
) -> None:
    made = create_webhook(root, URL, CREATED)
    words = refusal(alice.get(f"{HOOKS}/{made['webhook_id']}"), 403, "PERMISSION_DENIED")
    assert "MANAGE" in words
    assert "no" in refusal(charlie.get(HOOKS), 400, "INVALID_PARAMETER_VALUE")


def test_another_workspace_has_not_this_ones(root: Person) -> None:
    made = create_webhook(root, URL, CREATED)
    answer_201 = root.post("/api/3.0/mlflow/workspaces", name="team")
    assert answer_201.status_code == 201
    elsewhere = {"headers": {"X-MLFLOW-WORKSPACE": "team"}}
    assert answer(root.send("GET", HOOKS, **elsewhere)) == {}
    path = f"{HOOKS}/{made['webhook_id']}"
    for method in ("GET", "DELETE"):
        refusal(root.send(method, path, **elsewhere), 404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Hook"},
        {"name": "-hook"},
        {"name": "h" * 64},
        {"name": ""},
        {"url": ""},
        {"url": "ftp://receiver.example"},
        {"url": "http://receiver.example"},
        {"url": "https://"},
        {"url": "https://user:word@receiver.example/"},
        {"url": "https://receiver.example/#there"},
        {"url": "https://receiver.example:22/"},
        {"url": "https://receiver.example:65536/"},
        {"url": "https://receiver.example/\r\nX-More: 1"},
        {"url": "https://receiver.example/ü"},
        {"url": "https://[::1/"},
        {"url": "https://receiver.example/" + "x" * 2_000},
        {"events": []},
        {"events": [{"entity": "BUDGET_POLICY", "action": "EXCEEDED"}]},
        {"events": [{"entity": "MODEL_VERSION", "action": "DELETED"}]},
        {"events": [{"entity": "MODEL_VERSION"}]},
        {"status": "SLEEPING"},
        {"secret": "x" * 1_001},
        {"secret": "a\nb"},
        {"description": "x" * 1_001},
    ],
    ids=str,
)
def test_a_webhook_is_not_made_of(wrong: dict[str, Any], root: Person) -> None:
    good = {"name": "hook", "url": URL, "events": to_wire([CREATED])}
    words = refusal(root.post(HOOKS, **good | wrong), 400, "INVALID_PARAMETER_VALUE")
    assert next(iter(wrong)) in words.lower()
    assert answer(root.get(HOOKS)) == {}


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "10.0.0.5",
        "172.16.3.4",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
    ],
)
def test_no_webhook_points_within(host: str, root: Person) -> None:
    message = {"name": "hook", "url": f"https://{host}/", "events": to_wire([CREATED])}
    words = refusal(root.post(HOOKS, **message), 400, "INVALID_PARAMETER_VALUE")
    assert "not sent to" in words
    made = create_webhook(root, URL, CREATED)
    changed = root.amend(f"{HOOKS}/{made['webhook_id']}", url=message["url"])
    assert "not sent to" in refusal(changed, 400, "INVALID_PARAMETER_VALUE")


def test_a_name_that_leads_within_is_not_followed(root: Person) -> None:
    made = create_webhook(root, "https://localhost:8443/", CREATED)
    result = answer(root.post(f"{HOOKS}/{made['webhook_id']}/test"))["result"]
    assert result == {
        "success": False,
        "error_message": "The URL leads to an address that webhooks are not sent to",
    }


def test_trying_a_webhook_sends_a_signed_example(root: Person, application: Flask) -> None:
    Deliveries(application)
    with Receiver() as receiver:
        made = create_webhook(root, receiver.url, "prompt_alias.created", CREATED)
        path = f"{HOOKS}/{made['webhook_id']}/test"
        first = answer(root.post(path))["result"]
        (event,) = to_wire([CREATED])
        answer(root.post(path, event=event))
    assert first == {"success": True, "response_status": 200, "response_body": "taken"}
    assert receiver.events == ["prompt_alias.created", CREATED]
    assert all(received.is_signed() for received in receiver.received)
    assert receiver.received[0].json["data"] == {
        "name": "example_prompt",
        "alias": "example_alias",
        "version": "1",
    }


def test_what_a_receiver_refuses_is_no_success(root: Person, application: Flask) -> None:
    Deliveries(application)
    with Receiver(418) as receiver:
        made = create_webhook(root, receiver.url, CREATED)
        result = answer(root.post(f"{HOOKS}/{made['webhook_id']}/test"))["result"]
    assert (result["success"], result["response_status"]) == (False, 418)


def test_without_a_secret_nothing_is_signed(root: Person, application: Flask) -> None:
    Deliveries(application)
    with Receiver() as receiver:
        made = create_webhook(root, receiver.url, CREATED)
        answer(root.amend(f"{HOOKS}/{made['webhook_id']}", secret=""))
        answer(root.post(f"{HOOKS}/{made['webhook_id']}/test"))
    assert "X-MLflow-Signature" not in receiver.received[0].headers


def test_a_token_too_narrow_to_read_models_makes_no_webhook(
    root: Person, application: Flask
) -> None:
    secret = new_secret()
    with Deliveries(application).arranged() as session:
        admin = find_principal(session, "admin")
        new = NewToken(admin, secret, scope=("webhook.*",))
        insert_token(session, new, now=now_millis(), created_by=admin.id)
    narrow = Person(application.test_client(), secret)
    assert answer(narrow.get(HOOKS)) == {}
    wanted = {"name": "hook", "url": URL, "events": to_wire([CREATED])}
    words = refusal(narrow.post(HOOKS, **wanted), 403, "PERMISSION_DENIED")
    assert "registered_model.read" in words


def _services(application: Flask) -> Services:
    found: Services = application.extensions[EXTENSION]
    return found
