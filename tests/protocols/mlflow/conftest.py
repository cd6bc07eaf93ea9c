"""The cast of the protocol's tests, each with a client of the whole application."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from tests.application import (
    ALICE,
    BOB,
    CHARLIE,
    ROOT,
    Person,
    Template,
    make_application,
    start_template,
)
from tests.delivering import Deliveries
from tests.postgres import ThrowawayPostgres
from tests.receiver import Receiver


@pytest.fixture(scope="session")
def template(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    """A started home that every test copies."""
    home = tmp_path_factory.mktemp("started")
    if engine_name == "sqlite":
        file = shutil.copyfile(request.getfixturevalue("migrated_file"), home / "muniment.db")
        return start_template(home, f"sqlite:///{file}")
    postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
    migrated = request.getfixturevalue("migrated_template")
    return start_template(home, postgres.create_database(_new_name(), template=migrated))


@pytest.fixture
def application(
    template: Template, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Flask]:
    """The application over a copy of the started home."""
    with copied_application(template, request, tmp_path) as app:
        yield app


@contextmanager
def copied_application(
    template: Template, request: pytest.FixtureRequest, home: Path
) -> Iterator[Flask]:
    """Copy the template's home, and its database on the engine that this run is about."""
    name = _new_name()
    if request.getfixturevalue("engine_name") == "sqlite":
        drop, url = None, f"sqlite:///{home / 'muniment.db'}"
    else:
        postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
        started = make_url(template.database_url).database or ""
        drop, url = postgres.drop_database, postgres.create_database(name, template=started)
    app = make_application(template, home, url)
    yield app
    app.extensions["muniment"].database.dispose()
    if drop is not None:
        drop(name)


@pytest.fixture
def root(application: Flask, template: Template) -> Person:
    return Person(application.test_client(), template.tokens[ROOT])


@pytest.fixture
def alice(application: Flask, template: Template) -> Person:
    return Person(application.test_client(), template.tokens[ALICE])


@pytest.fixture
def bob(application: Flask, template: Template) -> Person:
    return Person(application.test_client(), template.tokens[BOB])


@pytest.fixture
def charlie(application: Flask, template: Template) -> Person:
    return Person(application.test_client(), template.tokens[CHARLIE])


@pytest.fixture
def anonymous(application: Flask) -> Person:
    return Person(application.test_client(), "")


@pytest.fixture
def deliveries(application: Flask) -> Deliveries:
    """What the application delivers to webhooks, when a test says so."""
    return Deliveries(application)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def _new_name() -> str:
    return f"started_{uuid.uuid4().hex}"
