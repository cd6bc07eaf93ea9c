"""Receivers that do not answer, more of them than are served at one time, and one that does."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask

from app.edge.courier import Courier
from tests.application import Person
from tests.delivering import HOOKS, Deliveries, create_webhook
from tests.protocols.mlflow.calls import answer, register_model
from tests.receiver import Receiver

CREATED = "registered_model.created"
MANY = 12
LONGER_THAN_THE_TEST = 8
SOONER_THAN_THAT = 4


@pytest.fixture
def deliveries(application: Flask) -> Deliveries:
    return Deliveries(application, timeout=LONGER_THAN_THE_TEST)


@contextmanager
def silence(receivers: int) -> Iterator[list[str]]:
    """Yield URLs of so many receivers that take a connection and say nothing."""
    with ExitStack() as stack:
        made = [socket.create_server(("127.0.0.1", 0)) for _ in range(receivers)]
        servers = [stack.enter_context(server) for server in made]
        yield [f"http://127.0.0.1:{server.getsockname()[1]}/" for server in servers]


@contextmanager
def at_work(deliveries: Deliveries, courier: Courier) -> Iterator[None]:
    courier.start()
    deliveries.seal()
    courier.wake()
    yield
    courier.stop()


def test_a_receiver_that_is_silent_delays_no_other_however_many_webhooks_it_has(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    courier = deliveries.courier()
    with at_work(deliveries, courier), silence(1) as [url]:
        for number in range(MANY):
            create_webhook(root, url, CREATED, name=f"silent{number}")
        create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        deliveries.seal()
        courier.wake()
        assert len(receiver.wait_for(1, SOONER_THAN_THAT)) == 1


def test_receivers_that_are_silent_delay_none_that_has_answered(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    courier = deliveries.courier()
    with at_work(deliveries, courier), silence(MANY) as urls:
        silent = [
            create_webhook(root, url, CREATED, name=f"silent{number}", status="DISABLED")
            for number, url in enumerate(urls)
        ]
        create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        deliveries.seal()
        courier.wake()
        assert len(receiver.wait_for(1, SOONER_THAN_THAT)) == 1
        for webhook in silent:
            answer(root.amend(f"{HOOKS}/{webhook['webhook_id']}", status="ACTIVE"))
        register_model(alice, "ml.prod.another")
        deliveries.seal()
        courier.wake()
        assert len(receiver.wait_for(2, SOONER_THAN_THAT)) == 2
