"""The command on a copy of a started home: alice owns ml.prod, bob reads it, charlie nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.application import Template, copied, migrated_copy, start_template
from tests.cli.command import Command


@pytest.fixture(scope="session")
def started(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    home = tmp_path_factory.mktemp("started-for-commands")
    return start_template(home, migrated_copy(engine_name, request, home))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder of one's own."""
    return tmp_path / "home"


@pytest.fixture
def command(
    home: Path, started: Template, engine_name: str, request: pytest.FixtureRequest
) -> Iterator[Command]:
    """The command on that home, which is a copy; what it does is committed there."""
    settings = {name: "" for name in os.environ if name.startswith("MUNIMENT_ADMIN_")}
    settings["MUNIMENT_HOME"] = str(home)
    with copied(started, home, request) as url:
        if engine_name != "sqlite":
            settings["MUNIMENT_DATABASE_URL"] = url
        yield Command(settings)
