"""The furnished server, and the cast with a browser each."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from tests.application import ALICE, BOB, CHARLIE, make_application, start_template
from tests.postgres import ThrowawayPostgres
from tests.web.world import Reader, World, furnish


@pytest.fixture(scope="session")
def world(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> World:
    """A furnished home that every test copies."""
    home = tmp_path_factory.mktemp("furnished")
    if engine_name == "sqlite":
        file = shutil.copyfile(request.getfixturevalue("migrated_file"), home / "muniment.db")
        return furnish(start_template(home, f"sqlite:///{file}"))
    postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
    migrated = request.getfixturevalue("migrated_template")
    url = postgres.create_database(f"furnished_{uuid.uuid4().hex}", template=migrated)
    return furnish(start_template(home, url))


@pytest.fixture
def application(
    world: World, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Flask]:
    """The application over a copy of the furnished home."""
    template = world.template
    if engine_name == "sqlite":
        app = make_application(template, tmp_path, f"sqlite:///{tmp_path / 'muniment.db'}")
        yield app
        app.extensions["muniment"].database.dispose()
        return
    postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
    name = f"furnished_{uuid.uuid4().hex}"
    started = make_url(template.database_url).database or ""
    app = make_application(template, tmp_path, postgres.create_database(name, template=started))
    yield app
    app.extensions["muniment"].database.dispose()
    postgres.drop_database(name)


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
