"""Databases for the tests: empty, migrated, and cheap enough to give each test its own."""

import gc
import os
import shutil
import uuid
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from app.db import Database
from app.db.migrations import migrate
from tests.chromium import ADVICE, find_chromium
from tests.folders import cheapest_folder
from tests.lending import Lender, connected
from tests.loose import LooseDatabase
from tests.postgres import ThrowawayPostgres

# A busy machine is no failure; a failing example is printed so that it can be kept.
settings.register_profile("muniment", deadline=None, print_blob=True)
settings.load_profile("muniment")
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(cheapest_folder()))
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # its client would report to its makers


# Not among MUNIMENT_…, where servers that tests start would take it for a setting of theirs.
ENGINE = os.environ.get("TEST_DATABASE", "sqlite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out on PostgreSQL what is the same there: what asks for no engine, and how pages look.

    What is on the pages is asked without a browser, of both engines.
    """
    if ENGINE == "sqlite":
        return
    chosen = {item for item in items if _depends_on_engine(getattr(item, "fixturenames", ()))}
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = [item for item in items if item in chosen]


def pytest_collection_finish() -> None:
    """Spare the collector all that is imported by now: it would look through it again and again."""
    gc.collect()
    gc.freeze()


def _depends_on_engine(fixtures: Collection[str]) -> bool:
    return "engine_name" in fixtures and "chromium_path" not in fixtures


@pytest.fixture(scope="session")
def engine_name() -> str:
    """The engine that this run is about: sqlite or postgres."""
    assert ENGINE in {"sqlite", "postgres"}, ENGINE
    return ENGINE


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database without rows, of the engine that this run is about."""
    url: str = request.getfixturevalue(f"{engine_name}_url")
    return url


@pytest.fixture
def database(database_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database without rows."""
    database = LooseDatabase(database_url)
    with connected(database, request):
        yield database


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    copy = shutil.copyfile(migrated_file, tmp_path / "muniment.db")
    return f"sqlite:///{copy}"


@pytest.fixture
def postgres_url(lender: Lender, migrated_template: str) -> Iterator[str]:
    with lender.lend(migrated_template) as url:
        yield url


@pytest.fixture(scope="session")
def postgres() -> Iterator[ThrowawayPostgres]:
    """The PostgreSQL of this run."""
    server = ThrowawayPostgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def lender(postgres: ThrowawayPostgres) -> Iterator[Lender]:
    """The copies of databases on that server, for one test after another."""
    lender = Lender(postgres)
    yield lender
    lender.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "muniment.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres: ThrowawayPostgres) -> str:
    name = f"migrated_{uuid.uuid4().hex}"
    _migrate(postgres.create_database(name))
    return name


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium for the browser tests, never skipped: without one they fail and say how."""
    return find_chromium() or pytest.fail(ADVICE)


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.dispose()
