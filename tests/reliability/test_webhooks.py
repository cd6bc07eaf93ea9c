"""Webhooks are told of what was committed, whatever dies, and by one worker of many."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.receiver import SECRET, Receiver
from tests.serving import Served

_API = "/api/2.0/mlflow"
_TO_LOOPBACK = {
    "MUNIMENT_WEBHOOKS_SCHEMES": "http",
    "MUNIMENT_WEBHOOKS_NETWORKS": "127.0.0.1/32",
}
_NEVER_SEALED = {"MUNIMENT_AUDIT_SEAL_INTERVAL": "600000"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def create_webhook(server: Served, receiver: Receiver) -> None:
    event = {"entity": "REGISTERED_MODEL", "action": "CREATED"}
    message = {"name": "ear", "url": receiver.url, "events": [event], "secret": SECRET}
    server.ok("POST", f"{_API}/webhooks", message)


def register(server: Served, *names: str) -> None:
    for name in names:
        server.ok("POST", f"{_API}/registered-models/create", {"name": name})


def told_names(receiver: Receiver, count: int) -> list[Any]:
    return [received.json["data"]["name"] for received in receiver.wait_for(count)]


@pytest.mark.slow
def test_what_was_committed_before_a_kill_is_told_after_it(
    tmp_path: Path, served_database_url: str | None, receiver: Receiver
) -> None:
    home = tmp_path / "home"
    never_sealed = _TO_LOOPBACK | _NEVER_SEALED
    with Served(home, database_url=served_database_url, settings=never_sealed) as server:
        create_webhook(server, receiver)
        register(server, "one", "two")
        server.kill()
    assert receiver.received == []
    with Served(home, database_url=served_database_url, settings=_TO_LOOPBACK):
        assert told_names(receiver, 2) == ["one", "two"]


@pytest.mark.slow
def test_what_failed_before_a_kill_is_tried_again_after_it(
    tmp_path: Path, served_database_url: str | None, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    home = tmp_path / "home"
    with Served(home, database_url=served_database_url, settings=_TO_LOOPBACK) as server:
        create_webhook(server, receiver)
        register(server, "one")
        receiver.wait_for(1)
        server.kill()
    with Served(home, database_url=served_database_url, settings=_TO_LOOPBACK):
        assert told_names(receiver, 2) == ["one", "one"]
    assert len({received.id for received in receiver.received}) == 1


@pytest.mark.slow
def test_of_two_workers_one_delivers(
    tmp_path: Path, served_database_url: str | None, receiver: Receiver
) -> None:
    names = [f"model{number}" for number in range(20)]
    with Served(
        tmp_path / "home", workers=2, database_url=served_database_url, settings=_TO_LOOPBACK
    ) as server:
        create_webhook(server, receiver)
        register(server, *names)
        assert told_names(receiver, 20) == names
        register(server, "last")
        assert told_names(receiver, 21) == [*names, "last"]
