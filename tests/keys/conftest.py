"""One world per test: a metastore of root's with its key, and a catalog of alice's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import Database
from tests.artifacts.world import World, make_world


@pytest.fixture
def world(tmp_path: Path, database: Database) -> Iterator[World]:
    made = make_world(tmp_path, database)
    yield made
    made.session.close()
