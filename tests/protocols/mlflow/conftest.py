"""The cast of the protocol's tests, each with a client of the whole application."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.application import (
    ALICE,
    BOB,
    CHARLIE,
    ROOT,
    Person,
    Template,
    migrated_copy,
    opened,
    start_template,
)
from tests.delivering import Deliveries
from tests.receiver import Receiver


@pytest.fixture(scope="session")
def template(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    """A started home that every test copies."""
    home = tmp_path_factory.mktemp("started")
    return start_template(home, migrated_copy(engine_name, request, home))


@pytest.fixture
def application(
    template: Template, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Flask]:
    """The application over a copy of the started home."""
    with opened(template, tmp_path, request) as app:
        yield app


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
