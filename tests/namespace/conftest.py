from collections.abc import Iterator

import pytest

from app.db import Database, Session
from app.identity import Caller, PasswordVerifier, Principal
from app.namespace import first_start
from tests.factories import NOW, make_group, make_user
from tests.identity.hashing import make_verifier


@pytest.fixture
def verifier() -> PasswordVerifier:
    return make_verifier()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def root(session: Session, verifier: PasswordVerifier) -> Caller:
    """The administrator of a server just started, in no workspace."""
    started = first_start(session, verifier, now=NOW)
    assert started
    return started.caller


@pytest.fixture
def alice(session: Session, root: Caller) -> Principal:
    return make_user(session, "alice")


@pytest.fixture
def bob(session: Session, root: Caller) -> Principal:
    return make_user(session, "bob")


@pytest.fixture
def team(session: Session, bob: Principal) -> Principal:
    """The group through which bob is granted things."""
    return make_group(session, "team", bob)


@pytest.fixture
def charlie(session: Session, root: Caller) -> Principal:
    return make_user(session, "charlie")
