"""A log on a real database, with keys of its own."""

import pytest

from app.audit import AuditLog
from app.crypto import AuditKeys
from app.db import Database
from tests.audit.events import make_caller


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
