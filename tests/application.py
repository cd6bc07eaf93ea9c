"""The whole application over a database of its own, with people who hold tokens.

A template is started once a session; each test gets copies of its folder and database, so that the
first start, with its password hash and its keys, is paid for once.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url
from werkzeug.test import TestResponse

from app import access
from app.access import Operation
from app.accounts import disable_principal
from app.config import load_settings
from app.crypto.tokens import new_secret
from app.db import Session
from app.db.metadata import now_millis
from app.edge import Services
from app.edge.services import EXTENSION, build_services
from app.edge.start import prepare
from app.edge.work import unit_of_work
from app.factory import create_app
from app.identity import Caller, Principal
from app.identity.principals import find_principal
from app.identity.tokens import NewToken, insert_token
from app.namespace import add_workspace_member
from tests.factories import caller_for, grant, make_catalog, make_group, make_schema, make_user
from tests.lending import Lender, connected
from tests.postgres import ThrowawayPostgres

ROOT, ALICE, BOB, CHARLIE, EVE = "root", "alice", "bob", "charlie", "eve"
PASSWORD = "a long enough passphrase"
CATALOG, SCHEMA = "ml", "prod"


@dataclass(frozen=True, slots=True)
class Template:
    """A home folder after its first start, its database, and the tokens of the cast by name."""

    home: Path
    database_url: str
    tokens: dict[str, str]


def start_template(home: Path, database_url: str) -> Template:
    """Make the cast in a migrated, empty database.

    ``root`` is the first administrator. ``alice`` works in the workspace ``default`` and owns the
    schema ``ml.prod`` of an open catalog; ``bob`` reads it through the group ``readers``;
    ``charlie`` holds nothing and works nowhere; ``eve`` may do what alice may, but is disabled.
    """
    services = _services(home, database_url)
    token = new_secret()
    prepare(services, password=PASSWORD, token=token)
    with services.database.session() as session:
        session.begin()
        cast = [make_user(session, name) for name in (ALICE, BOB, CHARLIE, EVE)]
        caller = _administrator(session)
        with unit_of_work(services, caller):
            _make_namespace(caller, cast[0], make_group(session, "readers", cast[1]))
            add_workspace_member(caller, "default", ALICE)
            add_workspace_member(caller, "default", EVE)
            tokens = {person.name: _give_token(caller, person) for person in cast}
            disable_principal(caller, EVE)
    services.database.dispose()
    return Template(home, database_url, {ROOT: token, **tokens})


_idle: list[Flask] = []


def migrated_copy(engine_name: str, request: pytest.FixtureRequest, home: Path) -> str:
    """Return the URL of a migrated database without rows, for a template to be started in.

    The name of the engine is an argument, so that fixtures ask for it where pytest sees that.
    """
    if engine_name == "sqlite":
        file = shutil.copyfile(request.getfixturevalue("migrated_file"), home / "muniment.db")
        return f"sqlite:///{file}"
    postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
    return postgres.create_database(
        f"home_{uuid.uuid4().hex}", template=request.getfixturevalue("migrated_template")
    )


@contextmanager
def opened(template: Template, home: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Open a copy of a template's folder and database, on the engine that the run is about.

    What an application is made of does not change: those that are closed are opened again.
    """
    with copied(template, home, request) as url:
        services = build_services(load_settings(home, {"MUNIMENT_DATABASE_URL": url}))
        app = _idle.pop() if _idle else create_app(services)
        app.extensions[EXTENSION] = services
        with connected(services.database, request):
            yield app
        _idle.append(app)


@contextmanager
def copied(template: Template, home: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Copy a template's folder and database, and return the URL of the latter."""
    shutil.copytree(template.home, home, dirs_exist_ok=True)
    if request.getfixturevalue("engine_name") == "sqlite":
        yield f"sqlite:///{home / 'muniment.db'}"
        return
    lender: Lender = request.getfixturevalue("lender")
    with lender.lend(make_url(template.database_url).database or "") as url:
        yield url


class Person:
    """Somebody with a token, who calls the application as a client does."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request; ``headers`` are added to the credential."""
        headers = self._headers | options.pop("headers", {})
        return self._client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, /, **query: Any) -> TestResponse:
        return self.send("GET", path, query_string=query)

    def post(self, path: str, /, **message: Any) -> TestResponse:
        return self.send("POST", path, json=message)

    def amend(self, path: str, /, **message: Any) -> TestResponse:
        return self.send("PATCH", path, json=message)

    def delete(self, path: str, /, **message: Any) -> TestResponse:
        return self.send("DELETE", path, json=message)


def _services(home: Path, database_url: str) -> Services:
    home.mkdir(parents=True, exist_ok=True)
    return build_services(load_settings(home, {"MUNIMENT_DATABASE_URL": database_url}))


def _administrator(session: Session) -> Caller:
    admin = find_principal(session, "admin", field="user")
    return caller_for(session, admin, now=now_millis())


def _make_namespace(caller: Caller, owner: Principal, readers: Principal) -> None:
    session = caller.session
    metastore = access.obtain(caller, Operation.METASTORE_READ, access.METASTORE)
    catalog = make_catalog(session, metastore, CATALOG, caller.principal)
    grant(session, catalog, owner, "USE CATALOG")
    grant(session, catalog, readers, "role:reader")
    make_schema(session, catalog, SCHEMA, owner)


def _give_token(caller: Caller, person: Principal) -> str:
    secret = new_secret()
    new = NewToken(person, secret)
    insert_token(caller.session, new, now=caller.now, created_by=caller.principal.id)
    return secret
