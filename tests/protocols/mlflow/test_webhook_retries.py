"""Receivers that fail, couriers that compete, and a delivery log that stays bounded."""

import socket
import time

import pytest
from flask import Flask

from app.lifecycle.webhooks.outbox import prune
from tests.application import Person
from tests.delivering import Deliveries, create_webhook
from tests.protocols.mlflow.calls import register_model
from tests.receiver import Receiver

CREATED = "registered_model.created"
A_MINUTE = 60_000


def test_a_failing_receiver_is_tried_again_ever_later(
    root: Person, alice: Person, deliveries: Deliveries
) -> None:
    with Receiver(503, 500, 429) as receiver:
        create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        for ahead, attempts in ((0, 1), (900, 1), (1_100, 2), (2_900, 2), (3_500, 3), (9_000, 4)):
            deliveries.ahead = ahead
            deliveries.make()
            assert len(receiver.received) == attempts, ahead
    assert len({received.id for received in receiver.received}) == 1
    assert all(received.is_signed() for received in receiver.received)
    assert deliveries.log == [("delivered", 4, 200)]


def test_a_receiver_says_when_to_try_again(
    root: Person, alice: Person, deliveries: Deliveries
) -> None:
    with Receiver(503, headers={"Retry-After": "30"}) as receiver:
        create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        for ahead, attempts in ((0, 1), (29_000, 1), (31_000, 2)):
            deliveries.ahead = ahead
            deliveries.make()
            assert len(receiver.received) == attempts


def test_tries_come_to_an_end(application: Flask, root: Person, alice: Person) -> None:
    deliveries = Deliveries(application, attempts=2)
    with Receiver(503, 503, 503) as receiver:
        create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        for _ in range(3):
            deliveries.make()
            deliveries.ahead += A_MINUTE
    assert len(receiver.received) == 2
    assert deliveries.log == [("failed", 2, 503)]


@pytest.mark.parametrize("status", [400, 404, 410, 501])
def test_a_refusal_that_lasts_is_final(
    status: int, root: Person, alice: Person, deliveries: Deliveries
) -> None:
    with Receiver(status) as receiver:
        create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        deliveries.make()
        deliveries.ahead += A_MINUTE
        deliveries.make()
    assert deliveries.log == [("failed", 1, status)]


def test_the_log_keeps_the_newest(application: Flask, root: Person, alice: Person) -> None:
    deliveries = Deliveries(application, kept=3)
    with Receiver() as receiver:
        create_webhook(root, receiver.url, CREATED)
        for number in range(5):
            register_model(alice, f"ml.prod.model{number}")
        deliveries.make()
        deliveries.make()
    assert len(receiver.received) == 5
    assert len(deliveries.log) == 3


def test_of_what_waits_too_the_newest_stays(
    root: Person, alice: Person, deliveries: Deliveries
) -> None:
    with Receiver(*[503] * 4) as receiver:
        made = create_webhook(root, receiver.url, CREATED)
        for number in range(4):
            register_model(alice, f"ml.prod.model{number}")
        deliveries.make()
        with deliveries.arranged() as session:
            prune(session, made["webhook_id"], kept=10, waiting=3)
    assert [state for state, _, _ in deliveries.log] == ["failed", *["pending"] * 3]


def test_two_couriers_deliver_once(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, CREATED)
    first, second = deliveries.courier(), deliveries.courier()
    for number in range(3):
        register_model(alice, f"ml.prod.model{number}")
        deliveries.seal()
        first.deliver_due()
        second.deliver_due()
    assert len(receiver.received) == 3
    first.close()
    register_model(alice, "ml.prod.last")
    deliveries.seal()
    second.deliver_due()
    assert len(receiver.received) == 4
    second.close()


def test_without_webhooks_a_courier_holds_nothing(deliveries: Deliveries) -> None:
    courier, other = deliveries.courier(), deliveries.courier()
    courier.deliver_due()
    assert not courier.is_at_work
    assert not other.is_at_work


def test_a_running_courier_is_woken_by_the_seal(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, CREATED)
    courier = deliveries.courier()
    courier.start()
    register_model(alice)
    deliveries.seal()
    courier.wake()
    assert len(receiver.wait_for(1)) == 1
    courier.stop()


def test_a_slow_receiver_delays_nobody_else(
    application: Flask, root: Person, alice: Person, receiver: Receiver
) -> None:
    deliveries = Deliveries(application, timeout=1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        create_webhook(root, f"http://127.0.0.1:{port}/", CREATED, name="silent")
        create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        begun = time.monotonic()
        courier = deliveries.courier()
        courier.start()
        deliveries.seal()
        courier.wake()
        assert len(receiver.wait_for(1)) == 1
        assert time.monotonic() - begun < 1
        courier.stop()
