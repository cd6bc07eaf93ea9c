from typing import Any

import pytest
from sqlalchemy import update

from app.crypto.tokens import new_secret
from app.db import Session
from app.identity import Authenticated, Principal
from app.identity.browser_sessions import (
    choose,
    delete_browser_session,
    delete_ended_browser_sessions,
    find_browser_session,
    insert_browser_session,
    touch_browser_session,
)
from app.identity.passwords import set_password_hash
from app.identity.principals import end_principal
from app.identity.tables import browser_sessions, principals, tokens
from app.identity.tokens import NewToken, insert_token
from tests.factories import NOW, make_group, make_user
from tests.identity.hashing import SECURITY

HOUR = 3_600_000


@pytest.fixture
def alice(session: Session) -> Principal:
    made = make_user(session, "alice")
    set_password_hash(session, made.id, "hash", NOW)
    return made


def open_session(session: Session, principal: Principal, version: int | None = 1) -> str:
    proven = Authenticated(principal, frozenset(), password_version=version)
    return insert_browser_session(session, proven, address="::1", now=NOW)


def find(session: Session, secret: str, now: int = NOW) -> Any:
    return find_browser_session(session, secret, SECURITY, now)


def test_a_session_knows_its_principal_and_groups(session: Session, alice: Principal):
    team = make_group(session, "team", alice)
    found = find(session, open_session(session, alice))
    assert found.authenticated.principal == alice
    assert found.authenticated.groups == {team.id}


def test_every_sign_in_has_a_secret_and_a_csrf_value_of_its_own(session: Session, alice: Principal):
    first, second = open_session(session, alice), open_session(session, alice)
    assert first != second
    assert find(session, first).csrf != find(session, second).csrf


def test_the_secret_is_not_in_the_row(session: Session, alice: Principal):
    secret = open_session(session, alice)
    row = session.execute(browser_sessions.select()).one()
    assert secret not in str(tuple(row))
    assert secret.encode() not in row.secret_hash


def test_a_replay_after_sign_out_opens_nothing(session: Session, alice: Principal):
    secret = open_session(session, alice)
    delete_browser_session(session, find(session, secret).secret_hash)
    assert find(session, secret) is None


def test_a_new_password_ends_the_sessions_of_the_old_one(session: Session, alice: Principal):
    secret = open_session(session, alice)
    set_password_hash(session, alice.id, "another hash", NOW)
    assert find(session, secret) is None


@pytest.mark.parametrize("state", ["disabled_at", "deleted_at"])
def test_sessions_end_with_their_principal(session: Session, alice: Principal, state: str):
    secret = open_session(session, alice)
    session.execute(update(principals).values({state: NOW}))
    assert find(session, secret) is None


def test_a_deleted_principal_has_no_rows_left(session: Session, alice: Principal):
    open_session(session, alice)
    end_principal(session, alice, NOW)
    assert session.execute(browser_sessions.select()).first() is None


def test_who_has_no_password_signs_in_by_other_means(session: Session):
    bob = make_user(session, "bob")
    secret = open_session(session, bob, None)
    assert find(session, secret)
    set_password_hash(session, bob.id, "hash", NOW)
    assert find(session, secret) is None


def open_by_token(session: Session, principal: Principal, scope: str, expires_at: int) -> str:
    new = NewToken(principal, new_secret(), scope=(scope,), expires_at=expires_at)
    token_id = insert_token(session, new, now=NOW, created_by=None)
    proven = Authenticated(principal, frozenset(), scope=(scope,), token_id=token_id)
    return insert_browser_session(session, proven, address="::1", now=NOW)


def test_a_session_of_a_token_is_as_wide_as_the_token(session: Session, alice: Principal):
    found = find(session, open_by_token(session, alice, "run.*", NOW + HOUR))
    assert found.authenticated.scope == ("run.*",)
    assert found.authenticated.token_id


def test_a_session_of_a_token_ends_with_the_token(session: Session, alice: Principal):
    secret = open_by_token(session, alice, "*", NOW + HOUR)
    assert find(session, secret, NOW + HOUR - 1)
    assert find(session, secret, NOW + HOUR) is None
    session.execute(update(tokens).values(revoked_at=NOW))
    assert find(session, secret) is None


def test_a_session_ends_when_idle(session: Session, alice: Principal):
    secret = open_session(session, alice)
    assert find(session, secret, NOW + 8 * HOUR - 1)
    assert find(session, secret, NOW + 8 * HOUR) is None


def test_a_session_in_use_ends_when_old(session: Session, alice: Principal):
    secret = open_session(session, alice)
    for hour in range(7, 168, 7):
        found = find(session, secret, NOW + hour * HOUR)
        assert found, hour
        touch_browser_session(session, found, NOW + hour * HOUR)
    assert find(session, secret, NOW + 168 * HOUR) is None


def test_use_is_noted_once_a_minute(session: Session, alice: Principal):
    secret = open_session(session, alice)
    touch_browser_session(session, find(session, secret), NOW + 59_999)
    assert find(session, secret).seen_at == NOW
    touch_browser_session(session, find(session, secret), NOW + 60_000)
    assert find(session, secret, NOW + 60_000).seen_at == NOW + 60_000


def test_workspace_and_theme_are_kept_apart(session: Session, alice: Principal):
    secret = open_session(session, alice)
    choose(session, find(session, secret).secret_hash, theme="dark")
    choose(session, find(session, secret).secret_hash, workspace_id="1" * 32)
    found = find(session, secret)
    assert (found.theme, found.workspace_id) == ("dark", "1" * 32)


@pytest.mark.parametrize("secret", ["", "muns_", "é", "\0", "x" * 10_000])
def test_what_is_no_secret_opens_nothing(session: Session, alice: Principal, secret: str):
    open_session(session, alice)
    assert find(session, secret) is None


def test_sessions_that_are_over_are_cleared_away(session: Session, alice: Principal):
    open_session(session, alice)
    delete_ended_browser_sessions(session, SECURITY, NOW + 8 * HOUR)
    assert session.execute(browser_sessions.select()).first() is None
