import pytest
from typing_extensions import override

from app.accounts import change_password, create_group, create_service_principal, set_password
from app.db import Session
from app.errors import (
    ConflictError,
    InvalidParameterError,
    PermissionDeniedError,
    TooManyRequestsError,
)
from app.identity import Authenticated, Caller, Outcome, PasswordVerifier
from app.identity.browser_sessions import find_browser_session, insert_browser_session
from tests.factories import NOW, caller_for
from tests.identity.hashing import SECURITY, CountingHasher, make_verifier

OLD, NEW = "correct horse battery", "a better passphrase"


def signs_in(session: Session, verifier: PasswordVerifier, password: str) -> bool:
    return verifier.verify(session, "alice", password, address="", now=NOW) is not None


def test_an_administrator_gives_a_password(
    session: Session, verifier: PasswordVerifier, root: Caller, alice: Caller
):
    set_password(root, verifier, "alice", OLD)
    session.commit()
    assert signs_in(session, verifier, OLD)
    assert OLD not in str(root.ledger.entries)


def test_nobody_else_gives_one(verifier: PasswordVerifier, alice: Caller, charlie: Caller):
    with pytest.raises(PermissionDeniedError):
        set_password(charlie, verifier, "alice", OLD)


@pytest.mark.parametrize("create", [create_group, create_service_principal])
def test_only_users_have_passwords(verifier: PasswordVerifier, root: Caller, create):
    create(root, "robot")
    with pytest.raises(ConflictError, match="not a user"):
        set_password(root, verifier, "robot", OLD)


class WatchingHasher(CountingHasher):
    """An argon2id that notes whether a transaction was open while it worked."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.seen: list[bool] = []

    @override
    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.seen.append(self._session.in_transaction)
        return super().hash(password, salt=salt)


def test_nobody_waits_for_the_database_while_a_password_is_hashed(
    session: Session, root: Caller, alice: Caller
):
    session.commit()
    hasher = WatchingHasher(session)
    set_password(root, make_verifier(hasher), "alice", OLD)
    session.commit()
    change_password(alice, make_verifier(hasher), OLD, NEW)
    assert hasher.seen == [False, False]


def test_nothing_is_hashed_for_who_may_not(session: Session, alice: Caller, charlie: Caller):
    hasher = WatchingHasher(session)
    with pytest.raises(PermissionDeniedError):
        set_password(charlie, make_verifier(hasher), "alice", OLD)
    assert hasher.seen == []


def test_alice_changes_her_own_and_her_sessions_end(
    session: Session, verifier: PasswordVerifier, root: Caller, alice: Caller
):
    set_password(root, verifier, "alice", OLD)
    proven = Authenticated(alice.principal, frozenset(), password_version=1)
    cookie = insert_browser_session(session, proven, address="", now=NOW)
    session.commit()
    assert find_browser_session(session, cookie, SECURITY, NOW)
    change_password(alice, verifier, OLD, NEW)
    session.commit()
    assert signs_in(session, verifier, NEW)
    assert not signs_in(session, verifier, OLD)
    assert find_browser_session(session, cookie, SECURITY, NOW) is None


def test_the_old_one_is_asked_for_and_its_guesses_count(
    session: Session, verifier: PasswordVerifier, root: Caller, alice: Caller
):
    set_password(root, verifier, "alice", OLD)
    session.commit()
    for _ in range(3):
        with pytest.raises(InvalidParameterError) as caught:
            change_password(alice, verifier, "a wrong guess", NEW)
        assert caught.value.field == "old_password"
        session.rollback()
    with pytest.raises(TooManyRequestsError):
        change_password(alice, verifier, OLD, NEW)


@pytest.mark.parametrize("weak", ["short", "password1234", "alice1234567"])
def test_a_weak_new_one_changes_nothing(
    session: Session, verifier: PasswordVerifier, root: Caller, alice: Caller, weak: str
):
    set_password(root, verifier, "alice", OLD)
    session.commit()
    with pytest.raises(InvalidParameterError) as caught:
        change_password(alice, verifier, OLD, weak)
    assert caught.value.field == "new_password"
    assert signs_in(session, verifier, OLD)


def test_a_narrow_token_changes_no_password(
    session: Session, verifier: PasswordVerifier, root: Caller, alice: Caller
):
    set_password(root, verifier, "alice", OLD)
    session.commit()
    narrow = caller_for(session, alice.principal, scope=("run.*",))
    with pytest.raises(PermissionDeniedError):
        change_password(narrow, verifier, OLD, NEW)
    assert narrow.ledger.entries[-1].outcome is Outcome.DENIED
