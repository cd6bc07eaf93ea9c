"""Deliveries of an application, made when a test says so, to receivers on loopback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.audit import Sealer
from app.db import Session
from app.db.metadata import now_millis
from app.edge import Services
from app.edge.courier import Courier
from app.edge.services import EXTENSION
from app.lifecycle.webhooks.tables import webhook_deliveries
from app.protocols.mlflow.wire.webhooks import tell
from tests.application import Person
from tests.protocols.mlflow.calls import API, answer
from tests.receiver import SECRET

HOOKS = f"{API}/webhooks"


class Deliveries:
    """Seals the log and delivers what is due; its clock stands but for ``ahead`` milliseconds."""

    def __init__(self, application: Flask, **settings: Any) -> None:
        self._application = application
        self._begun = now_millis()
        self.ahead = 0
        services: Services = application.extensions[EXTENSION]
        webhooks = replace(
            services.settings.webhooks, schemes=("http", "https"), networks=("127.0.0.1/32",)
        )
        changed = replace(services.settings, webhooks=replace(webhooks, **settings))
        application.extensions[EXTENSION] = replace(services, settings=changed)

    @property
    def services(self) -> Services:
        found: Services = self._application.extensions[EXTENSION]
        return found

    @property
    def log(self) -> list[tuple[str, int, int | None]]:
        """State, attempts and the status of each delivery, the oldest first."""
        columns = webhook_deliveries.c
        wanted = select(columns.state, columns.attempts, columns.response_status)
        with self.services.database.session() as session:
            return [tuple(row) for row in session.execute(wanted.order_by(columns.id))]

    @contextmanager
    def arranged(self) -> Iterator[Session]:
        """Yield a session in which rows are changed without asking who may."""
        with self.services.database.session() as session:
            session.begin()
            yield session
            session.commit()

    def seal(self) -> None:
        parts = self.services
        directory = parts.settings.checkpoints_dir
        Sealer(parts.database, parts.audit_keys, directory).seal_now()

    def make(self) -> None:
        self.seal()
        courier = self.courier()
        courier.deliver_due()
        courier.close()

    def courier(self) -> Courier:
        return Courier(self.services, tell, lambda: self._begun + self.ahead)


def create_webhook(
    person: Person, url: str, *events: str, secret: str = SECRET, **message: Any
) -> dict[str, Any]:
    """Make a webhook that is told of ``events``, in the form ``entity.action``."""
    wanted = {"name": "hook", "url": url, "events": to_wire(events), "secret": secret} | message
    made = answer(person.post(HOOKS, **wanted))["webhook"]
    assert isinstance(made, dict)
    return made


def to_wire(events: Iterable[str]) -> list[dict[str, str]]:
    halves = (event.upper().partition(".") for event in events)
    return [{"entity": entity, "action": action} for entity, _, action in halves]
