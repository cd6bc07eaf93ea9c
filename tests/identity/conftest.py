from collections.abc import Iterator

import pytest

from app.db import Database, Session
from app.identity import PasswordVerifier
from tests.identity.hashing import CountingHasher, make_verifier


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
def verifier(hasher: CountingHasher) -> PasswordVerifier:
    return make_verifier(hasher)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session
