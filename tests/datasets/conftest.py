import pytest

from app.db import Database
from tests.datasets.worlds import make_world


@pytest.fixture
def world(database: Database):
    world = make_world(database)
    yield world
    world.session.close()
