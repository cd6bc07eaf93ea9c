"""The command on a copy of a started home: alice owns ml.prod, bob reads it, charlie nothing."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.application import Template, start_template
from tests.cli.command import Command
from tests.postgres import ThrowawayPostgres


@pytest.fixture(scope="session")
def started(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    home = tmp_path_factory.mktemp("started-for-commands")
    if engine_name == "sqlite":
        file = shutil.copyfile(request.getfixturevalue("migrated_file"), home / "muniment.db")
        return start_template(home, f"sqlite:///{file}")
    postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
    migrated = request.getfixturevalue("migrated_template")
    return start_template(home, postgres.create_database(_new_name(), template=migrated))


@pytest.fixture
def home(started: Template, tmp_path: Path) -> Path:
    """A home folder of one's own."""
    return shutil.copytree(started.home, tmp_path / "home")


@pytest.fixture
def command(
    home: Path, started: Template, engine_name: str, request: pytest.FixtureRequest
) -> Iterator[Command]:
    """The command on that home; what it does is committed there."""
    settings = {name: "" for name in os.environ if name.startswith("MUNIMENT_ADMIN_")}
    settings["MUNIMENT_HOME"] = str(home)
    if engine_name == "sqlite":
        yield Command(settings)
        return
    postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
    name = _new_name()
    template = make_url(started.database_url).database
    settings["MUNIMENT_DATABASE_URL"] = postgres.create_database(name, template=str(template))
    yield Command(settings)
    postgres.drop_database(name)


def _new_name() -> str:
    return f"commands_{uuid.uuid4().hex}"
