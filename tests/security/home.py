"""A home with one of everything, opened; what lies in it; and what its log says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, select
from werkzeug.test import TestResponse

from app.audit.tables import audit_events
from app.db import Database, Session
from app.db.metadata import metadata, new_id
from app.edge import Services
from tests import application
from tests.application import Person, Template
from tests.loose import LooseSession

# The log grows with every request; tokens note their use and sign-ins their failures.
BESIDE_THE_POINT = {"audit_events", "audit_leaves", "audit_checkpoints", "sign_in_attempts"}
NOTED = {"last_used_at", "seen_at"}


@dataclass(frozen=True, slots=True)
class House:
    """The application over a home of its own; ``names`` fill the places in paths and bodies."""

    app: Flask
    template: Template
    names: Mapping[str, str]
    folder: Path

    def person(self, name: str) -> Person:
        """Return somebody of the cast as a client; ``anonymous`` has no token."""
        return Person(self.app.test_client(use_cookies=False), self.template.tokens.get(name, ""))

    @property
    def services(self) -> Services:
        found: Services = self.app.extensions["muniment"]
        return found

    @property
    def database(self) -> Database:
        return self.services.database

    def arranging(self) -> Session:
        """Return a session for what a test changes behind the application's back."""
        return LooseSession(self.database.engine)

    def digest(self) -> str:
        """Return a hash of every row there is, but for those of the log."""
        with self.database.session() as session:
            return digest_of(session)

    def events(self, request_id: str) -> list[Row[Any]]:
        """Return what the log says of a request."""
        return self.all_events(audit_events.c.request_id == request_id)

    def all_events(self, *conditions: Any) -> list[Row[Any]]:
        """Return the events that meet the conditions, in order."""
        statement = select(audit_events).where(*conditions).order_by(audit_events.c.seq)
        with self.database.session() as session:
            return list(session.execute(statement))


def digest_of(session: Session) -> str:
    """Return a hash of the rows of all business tables."""
    digest = hashlib.sha256()
    for table in metadata.sorted_tables:
        if table.name in BESIDE_THE_POINT:
            continue
        columns = [column for column in table.columns if column.name not in NOTED]
        rows = sorted(repr(tuple(row)) for row in session.execute(select(*columns)))
        digest.update(f"{table.name}{rows}".encode())
    return digest.hexdigest()


@contextmanager
def opened(
    request: pytest.FixtureRequest, everything: tuple[Template, Mapping[str, str]], folder: Path
) -> Iterator[House]:
    """Open a copy of a home, on the engine that the run is about."""
    template, names = everything
    with application.opened(template, folder, request) as app:
        yield House(app, template, names, folder)


def identified() -> tuple[str, dict[str, str]]:
    """Return a fresh request id and the header that offers it."""
    request_id = new_id()
    return request_id, {"X-Request-ID": request_id}


def said(answer: TestResponse) -> dict[str, Any]:
    """Return the JSON object of an answer."""
    message = json.loads(answer.text)
    assert isinstance(message, dict), answer.text
    return message
