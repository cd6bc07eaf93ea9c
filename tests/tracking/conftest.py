import pytest

from app.db import Database
from app.tracking.runs import create_run
from tests.tracking.worlds import World, make_world


@pytest.fixture
def world(database: Database):
    world = make_world(database)
    yield world
    world.session.close()


@pytest.fixture
def run_id(world: World) -> str:
    """A run of alice's in her experiment."""
    made = create_run(world.caller(), world.number)
    world.session.commit()
    return made.info.run_id
