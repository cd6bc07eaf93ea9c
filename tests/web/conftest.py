"""The furnished server, and the cast with a browser each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.application import ALICE, BOB, CHARLIE, migrated_copy, opened, start_template
from tests.web.world import Reader, World, furnish


@pytest.fixture(scope="session")
def world(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> World:
    """A furnished home that every test copies."""
    home = tmp_path_factory.mktemp("furnished")
    return furnish(start_template(home, migrated_copy(engine_name, request, home)))


@pytest.fixture
def application(world: World, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application over a copy of the furnished home."""
    with opened(world.template, tmp_path, request) as app:
        yield app


@pytest.fixture
def anonymous(application: Flask) -> Reader:
    return Reader(application, None)


@pytest.fixture
def alice(application: Flask) -> Reader:
    return Reader(application, ALICE)


@pytest.fixture
def bob(application: Flask) -> Reader:
    return Reader(application, BOB)


@pytest.fixture
def charlie(application: Flask) -> Reader:
    return Reader(application, CHARLIE)


@pytest.fixture
def dora(application: Flask) -> Reader:
    """Somebody who may browse the catalog, and nothing else."""
    return Reader(application, "dora")


@pytest.fixture
def root(application: Flask) -> Reader:
    return Reader(application, "admin")
