"""A log on a real database, with keys of its own."""

import pytest

from app.audit import AuditLog, Sealer
from app.crypto import AuditKeys
from app.db import Database
from tests.audit.events import make_caller
from tests.loose import LooseDatabase


@pytest.fixture
def keys():
    return AuditKeys(bytes(range(32)), bytes(range(32, 64)))


@pytest.fixture
def audit_log(keys):
    return AuditLog(keys)


@pytest.fixture
def session(database: Database):
    with database.session() as session:
        yield session


@pytest.fixture
def alice(session):
    return make_caller(session, "alice")


@pytest.fixture
def checkpoints_dir(tmp_path):
    return tmp_path / "checkpoints"


@pytest.fixture
def sealer(database, keys, checkpoints_dir):
    return Sealer(database, keys, checkpoints_dir)


@pytest.fixture
def postgres_database(postgres_url, keys, checkpoints_dir):
    """A PostgreSQL whatever engine the run is about, and its sealer."""
    database = LooseDatabase(postgres_url)
    yield database, Sealer(database, keys, checkpoints_dir, interval_ms=60_000)
    database.dispose()


@pytest.fixture
def sqlite_database(sqlite_url):
    """A SQLite file whatever engine the run is about."""
    database = LooseDatabase(sqlite_url)
    yield database
    database.dispose()
