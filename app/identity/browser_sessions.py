"""Browser sessions as rows: what ends a session here ends it everywhere, at the next request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Update, delete, insert, text, update

from app.config import SecuritySettings
from app.crypto.tokens import hash_secret, new_secret
from app.db import Session
from app.identity.authentication import Authenticated, groups_from, principal_from
from app.identity.tables import browser_sessions

_HOUR = 3_600_000
_TOUCH_INTERVAL = 60_000
_PREFIX = "muns_"

_FIND = """
SELECT p.id, p.kind, p.name, s.csrf, s.workspace_id, s.theme, s.created_at, s.seen_at,
 s.password_version, s.token_id, t.scope, t.last_used_at,
 (SELECT {concat}(c.group_id, ',') FROM group_closure AS c WHERE c.member_id = p.id) AS groups
FROM browser_sessions AS s JOIN principals AS p ON p.id = s.principal_id
LEFT JOIN tokens AS t ON t.id = s.token_id AND t.revoked_at IS NULL
 AND (t.expires_at IS NULL OR t.expires_at > :now)
WHERE s.secret_hash = :secret_hash AND s.seen_at > :idle_since AND s.created_at > :begun_since
 AND p.disabled_at IS NULL AND p.deleted_at IS NULL
 AND CASE WHEN s.token_id IS NULL THEN s.password_version = COALESCE(
  (SELECT w.version FROM passwords AS w WHERE w.principal_id = p.id), 0)
  ELSE t.id IS NOT NULL END
"""
_FIND_SQLITE = text(_FIND.format(concat="group_concat"))
_FIND_POSTGRES = text(_FIND.format(concat="string_agg"))


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A living session. ``csrf`` must come back with whatever a page sends.

    Times are in milliseconds since 1970 UTC; ``workspace_id`` is None until one is chosen.
    """

    authenticated: Authenticated
    secret_hash: bytes
    csrf: str
    workspace_id: str | None
    theme: str
    created_at: int
    seen_at: int


def find_browser_session(
    session: Session, secret: str, settings: SecuritySettings, now: int
) -> BrowserSession | None:
    """Return the session that a cookie's secret opens, or None.

    It ends when idle or old (``settings``), at sign-out, when the password changes, and when its
    principal is disabled or deleted. One that a token opened is as wide as that, and ends with it.
    """
    if not secret.isascii():
        return None
    secret_hash = hash_secret(secret)
    parameters = {
        "secret_hash": secret_hash,
        "now": now,
        "idle_since": now - settings.session_idle_hours * _HOUR,
        "begun_since": now - settings.session_max_hours * _HOUR,
    }
    statement = _FIND_SQLITE if session.is_sqlite else _FIND_POSTGRES
    row = session.execute(statement, parameters).first()
    if row is None:
        return None
    return BrowserSession(
        _authenticated(row),
        secret_hash,
        row.csrf,
        row.workspace_id,
        row.theme,
        row.created_at,
        row.seen_at,
    )


def insert_browser_session(
    session: Session, proven: Authenticated, *, address: str, now: int
) -> str:
    """Open a session and return its secret, for the cookie alone; each sign-in makes a new one."""
    secret = new_secret(_PREFIX)
    row = {
        "secret_hash": hash_secret(secret),
        "principal_id": proven.principal.id,
        "password_version": proven.password_version or 0,
        "token_id": proven.token_id,
        "csrf": new_secret(""),
        "created_at": now,
        "seen_at": now,
        "address": address[:64],
    }
    session.execute(insert(browser_sessions), row)
    return secret


def touch_browser_session(session: Session, found: BrowserSession, now: int) -> None:
    """Note that a session was used, at most once a minute; for a transaction that writes anyway."""
    if found.seen_at <= now - _TOUCH_INTERVAL:
        session.execute(_of(found.secret_hash).values(seen_at=now))


def choose(
    session: Session,
    secret_hash: bytes,
    *,
    workspace_id: str | None = None,
    theme: str | None = None,
) -> None:
    """Keep the workspace or the theme that was chosen in a session."""
    chosen = {"workspace_id": workspace_id, "theme": theme}
    values = {column: value for column, value in chosen.items() if value is not None}
    if values:
        session.execute(_of(secret_hash).values(**values))


def delete_browser_session(session: Session, secret_hash: bytes) -> None:
    """End a session."""
    session.execute(delete(browser_sessions).where(browser_sessions.c.secret_hash == secret_hash))


def delete_browser_sessions_of(session: Session, principal_id: str) -> None:
    """End all sessions of a principal."""
    session.execute(delete(browser_sessions).where(browser_sessions.c.principal_id == principal_id))


def delete_ended_browser_sessions(session: Session, settings: SecuritySettings, now: int) -> None:
    """Forget the sessions that are over by age; they open nothing already."""
    idle_since = now - settings.session_idle_hours * _HOUR
    session.execute(delete(browser_sessions).where(browser_sessions.c.seen_at <= idle_since))


def _authenticated(row: Any) -> Authenticated:
    principal, groups = principal_from(row), groups_from(row.groups)
    if row.token_id is None:
        return Authenticated(principal, groups, password_version=row.password_version)
    return Authenticated(
        principal,
        groups,
        scope=tuple(row.scope.split()),
        token_id=row.token_id,
        token_used_at=row.last_used_at,
    )


def _of(secret_hash: bytes) -> Update:
    return update(browser_sessions).where(browser_sessions.c.secret_hash == secret_hash)
