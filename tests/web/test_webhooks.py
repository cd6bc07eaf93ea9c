"""Webhooks on their pages: made, tried, switched off and on, changed and deleted."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from app.lifecycle.webhooks.tables import webhooks
from tests.delivering import Deliveries
from tests.factories import make_user
from tests.receiver import Receiver
from tests.web.world import Reader

CREATED = "registered_model.created"


@pytest.fixture
def receiver(application: Flask) -> Iterator[Receiver]:
    Deliveries(application)
    with Receiver(503) as receiver:
        yield receiver


def make_webhook(root: Reader, url: str) -> str:
    """Make a webhook by the form, and return the address of its page."""
    form = {"name": "ear", "url": url, "events": CREATED, "secret": "a secret word"}
    answer = root.submit("/webhooks", **form, description="one\r\ntwo")
    assert answer.status_code == 303, answer.text
    path: str = answer.location.partition("?")[0]
    return path


def test_a_webhook_is_made_and_shown_without_its_secret(root: Reader, receiver: Receiver):
    path = make_webhook(root, receiver.url)
    shown = root.get(path).text
    assert receiver.url in shown
    assert "admin may see" in shown
    assert "a secret word" not in shown
    listed = root.get("/webhooks").text
    assert f"127.0.0.1:{receiver.port}" in listed
    assert "/hook" not in listed.replace("/webhook", "")


def test_the_log_tells_what_became_of_an_example(root: Reader, receiver: Receiver):
    path = make_webhook(root, receiver.url)
    assert "Nothing was sent yet" in root.get(path).text
    root.submit(f"{path}/test")
    shown = root.get(path).text
    assert "The receiver answered 503" in shown
    assert "example" in shown
    assert "failed" in root.get("/webhooks").text


def test_a_webhook_is_switched_off_and_on(root: Reader, receiver: Receiver):
    path = make_webhook(root, receiver.url)
    off = root.submit(f"{path}/off")
    assert "nothing is sent" in root.get(off.location).text
    on = root.submit(f"{path}/on")
    assert "told of what happens" in root.get(on.location).text


def test_an_empty_secret_leaves_the_one_that_is_there(root: Reader, receiver: Receiver):
    path = make_webhook(root, receiver.url)
    form = {
        "name": "other",
        "url": receiver.url,
        "events": CREATED,
        "description": "",
        "secret": "",
    }
    assert root.submit(path, **form).status_code == 303
    root.submit(f"{path}/test")
    assert receiver.received[0].is_signed("a secret word")


def test_a_deleted_webhook_has_no_page(root: Reader, receiver: Receiver):
    path = make_webhook(root, receiver.url)
    root.submit(f"{path}/delete")
    assert root.get(path).status_code == 404


def test_only_who_manages_a_workspace_is_shown_the_way(root: Reader, alice: Reader):
    assert 'href="/webhooks"' in root.get("/").text
    assert 'href="/webhooks"' not in alice.get("/").text


def test_a_webhook_whose_maker_lost_the_right_says_so(
    application: Flask, root: Reader, receiver: Receiver
):
    path = make_webhook(root, receiver.url)
    assert "told of nothing" not in root.get(path).text
    with Deliveries(application).arranged() as session:
        nobody = make_user(session, "nobody")
        session.execute(update(webhooks).values(maker_id=nobody.id))
    assert "Its maker works in the workspace no more" in root.get(path).text
