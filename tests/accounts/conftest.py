from collections.abc import Iterator

import pytest

from app.db import Database, Session
from app.identity import Caller, PasswordVerifier
from app.identity.membership import add_membership
from tests.factories import NOW, caller_for, make_group, make_metastore, make_user
from tests.identity.hashing import make_verifier


@pytest.fixture
def verifier() -> PasswordVerifier:
    return make_verifier()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def root(session: Session) -> Caller:
    """A member of the group that owns the metastore."""
    user, admins = make_user(session, "root"), make_group(session, "admins")
    add_membership(session, admins, user, now=NOW, added_by=None)
    make_metastore(session, admins)
    return caller_for(session, user)


@pytest.fixture
def alice(session: Session, root: Caller) -> Caller:
    return caller_for(session, make_user(session, "alice"))


@pytest.fixture
def charlie(session: Session, root: Caller) -> Caller:
    return caller_for(session, make_user(session, "charlie"))
