from pathlib import Path

import pytest

from app.db import Database
from tests.registry.worlds import make_world


@pytest.fixture
def world(tmp_path: Path, database: Database):
    made = make_world(tmp_path, database)
    yield made
    made.session.close()
