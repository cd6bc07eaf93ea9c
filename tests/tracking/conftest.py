from pathlib import Path

import pytest

from app.artifacts import Vault
from app.db import Database
from app.tracking.runs.runs import create_run
from tests.artifacts.world import make_vault
from tests.tracking.worlds import World, make_world


@pytest.fixture
def world(database: Database):
    world = make_world(database)
    yield world
    world.session.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Where the files are; there are none yet."""
    return make_vault(tmp_path)


@pytest.fixture
def run_id(world: World) -> str:
    """A run of alice's in her experiment."""
    made = create_run(world.caller(), world.number)
    world.session.commit()
    return made.info.run_id
