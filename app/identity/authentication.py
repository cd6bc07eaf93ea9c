"""Prove who calls: by token, by password, or by browser session, in one statement each.

Nothing is remembered that could outlive a change: a disabled or deleted principal, a revoked or
expired token and a changed password are true for the next request, in every process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol

import argon2

from app.config import SecuritySettings
from app.crypto.tokens import hash_secret
from app.db import Session
from app.db.statements import Sql
from app.errors import InvalidParameterError, TooManyRequestsError
from app.identity.caller import Caller, Principal, PrincipalId, PrincipalKind
from app.identity.names import canonical_name
from app.identity.passwords import MAX_PASSWORD, check_password
from app.identity.throttle import Throttle, Try

_REMEMBERED = 10_000
_MEMORY_KIB = 32 * 1024
_PASSES = 2
_HASHES_AT_ONCE = 2
_HASH_WAIT_SECONDS = 5
_PAUSE_SECONDS = 0.02
_PAUSES = 100
_TOUCH_INTERVAL = 60_000

_PRINCIPAL = """p.id, p.kind, p.name,
 (SELECT {concat}(c.group_id, ',') FROM group_closure AS c WHERE c.member_id = p.id) AS groups"""

_FROM_TOKENS = """
SELECT {principal}, t.id AS token_id, t.scope, t.last_used_at
FROM tokens AS t JOIN principals AS p ON p.id = t.principal_id
WHERE t.secret_hash = :secret_hash AND t.revoked_at IS NULL
 AND (t.expires_at IS NULL OR t.expires_at > :now)
 AND p.disabled_at IS NULL AND p.deleted_at IS NULL
"""

_FROM_NAME = """
SELECT {principal}, w.hash, w.version, t.id AS token_id, t.scope, t.last_used_at
FROM principals AS p
LEFT JOIN passwords AS w ON w.principal_id = p.id
LEFT JOIN tokens AS t ON t.secret_hash = :secret_hash AND t.principal_id = p.id
 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > :now)
WHERE p.name = :name AND p.disabled_at IS NULL AND p.deleted_at IS NULL
"""


def _on_both(statement: str) -> dict[bool, Sql]:
    """Return the statement by whether the engine is SQLite."""
    return {
        is_sqlite: Sql(statement.format(principal=_PRINCIPAL.format(concat=concat)))
        for is_sqlite, concat in ((True, "group_concat"), (False, "string_agg"))
    }


_TOKEN_STATEMENT = _on_both(_FROM_TOKENS)
_NAME_STATEMENT = _on_both(_FROM_NAME)
_TOUCH = Sql("""
UPDATE tokens SET last_used_at = :now
WHERE id = :id AND (last_used_at IS NULL OR last_used_at <= :before)
""")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A living principal with all of its groups, and the credential that proved it.

    ``token_id`` is None for a password, ``password_version`` is None for a token; ``token_used_at``
    is when the token was last noted as used, in milliseconds since 1970 UTC.
    """

    principal: Principal
    groups: frozenset[PrincipalId]
    scope: tuple[str, ...] = ("*",)
    token_id: str | None = None
    token_used_at: int | None = None
    password_version: int | None = None


class Hasher(Protocol):
    """What is needed of ``argon2.PasswordHasher``."""

    def hash(self, password: str) -> str:
        """Return a PHC string with a fresh salt."""

    def verify(self, hash: str, password: str) -> bool:  # noqa: A002 (argon2's own name)
        """Return True, or raise argon2's VerificationError."""


def authenticate_token(session: Session, secret: str, now: int) -> Authenticated | None:
    """Return whose living, unexpired, unrevoked token ``secret`` is, or None."""
    statement = _TOKEN_STATEMENT[session.is_sqlite]
    row = statement.run(session, secret_hash=_hash(secret), now=now).first()
    return _by_token(row) if row else None


def note_use(caller: Caller) -> None:
    """Note that the caller's token was used, at most once a minute.

    For a transaction that writes anyway, such as the one that takes the request's events.
    """
    used, before = caller.request.token_used_at, caller.now - _TOUCH_INTERVAL
    if caller.request.token_id and (used is None or used <= before):
        _TOUCH.run(caller.session, id=caller.request.token_id, now=caller.now, before=before)


class PasswordVerifier:
    """The one place where passwords are hashed and compared; one for each process.

    A password that argon2id has verified is remembered as an HMAC under a key of this process,
    over the principal and the very hash it was verified against: later requests cost no argon2,
    and one with another password, or after a change anywhere, does not match.
    """

    def __init__(self, settings: SecuritySettings, *, hasher: Hasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher(
            time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1
        )
        self._least = settings.password_length
        self._throttle = Throttle(settings)
        self._pepper = os.urandom(32)
        self._nobodys_hash = _nobodys_hash()
        self._turns = threading.BoundedSemaphore(_HASHES_AT_ONCE)
        self._verified: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def verify(
        self, session: Session, name: str, password: str, *, address: str, now: int
    ) -> Authenticated | None:
        """Return the principal with this name and this password, or one of its tokens.

        Unknown, disabled and deleted principals take the same path and time as a wrong password.
        What becomes of it is counted in transactions of its own, so call it while none is open.
        Raises TooManyRequestsError if the account or the address has failed too often, or too many
        passwords are being hashed.
        """
        try:
            account = canonical_name(name)
        except InvalidParameterError:
            account = ""
        statement = _NAME_STATEMENT[session.is_sqlite]
        row = statement.run(session, name=account, secret_hash=_hash(password), now=now).first()
        if row and row.token_id:
            return _by_token(row)
        is_right = self._is_right(session, row, password, Try(account, address, now))
        return _by_password(row) if is_right else None

    def hash(self, password: str, name: str, *, field: str = "password") -> str:
        """Return the hash of a new password for the account ``name``.

        Raises InvalidParameterError if the password is too weak.
        """
        check_password(password, name, least=self._least, field=field)
        with _Turn(self._turns):
            return self._hasher.hash(password)

    def _is_right(self, session: Session, row: Any, password: str, tried: Try) -> bool:
        """Tell whether a password is the one of a row of ``_FROM_NAME``, or of none.

        The try is counted before the password is looked at, or waits until it may be.
        """
        known_hash = row.hash if row else None
        fingerprint = self._fingerprint(row.id if row else "", known_hash or "", password)
        if self._is_remembered(fingerprint):
            return True
        for _ in range(_PAUSES):
            with _Turn(self._turns):
                # Another thread may have verified it while this one waited.
                if self._is_remembered(fingerprint):
                    return True
                if self._throttle.reserve(session, tried):
                    is_right = self._matches(known_hash, password)
                    self._settle(session, tried, fingerprint, is_right=is_right)
                    return is_right
            time.sleep(_PAUSE_SECONDS)
        raise _too_many_at_once(retry_after=1)

    def _matches(self, known_hash: str | None, password: str) -> bool:
        if len(password) > MAX_PASSWORD or not _is_text(password):
            password = ""
        try:
            is_right = self._hasher.verify(known_hash or self._nobodys_hash, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
        return is_right and known_hash is not None

    def _settle(self, session: Session, tried: Try, fingerprint: bytes, *, is_right: bool) -> None:
        if is_right:
            self._throttle.excuse(session, tried)
            self._remember(fingerprint)
        else:
            self._throttle.blame(session, tried)

    def _fingerprint(self, principal_id: str, known_hash: str, password: str) -> bytes:
        message = f"{principal_id}\0{known_hash}\0{password}"
        return hmac.digest(self._pepper, message.encode(errors="surrogatepass"), hashlib.sha256)

    def _is_remembered(self, fingerprint: bytes) -> bool:
        with self._lock:
            if fingerprint not in self._verified:
                return False
            self._verified.move_to_end(fingerprint)
            return True

    def _remember(self, fingerprint: bytes) -> None:
        with self._lock:
            self._verified[fingerprint] = None
            if len(self._verified) > _REMEMBERED:
                self._verified.popitem(last=False)


def _nobodys_hash() -> str:
    """Return a hash of no password, as costly to compare with as any, without computing one."""
    salt, digest = (base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
    cost = f"m={_MEMORY_KIB},t={_PASSES},p=1"
    return f"$argon2id$v=19${cost}${salt}${digest}"


class _Turn:
    """A turn at hashing: each takes tens of megabytes, so few are taken at once."""

    def __init__(self, turns: threading.BoundedSemaphore) -> None:
        self._turns = turns

    def __enter__(self) -> None:
        if not self._turns.acquire(timeout=_HASH_WAIT_SECONDS):
            raise _too_many_at_once(retry_after=_HASH_WAIT_SECONDS)

    def __exit__(self, *_error: object) -> None:
        self._turns.release()


def _too_many_at_once(*, retry_after: int) -> TooManyRequestsError:
    return TooManyRequestsError("Too many sign-ins at this moment", retry_after=retry_after)


def groups_from(joined: str | None) -> frozenset[PrincipalId]:
    """Return the group ids of a statement's ``groups`` column."""
    return frozenset(PrincipalId(group) for group in joined.split(",")) if joined else frozenset()


def principal_from(row: Any) -> Principal:
    """Return the principal of a row with its id, kind and name."""
    return Principal(PrincipalId(row.id), PrincipalKind(row.kind), row.name)


def _by_token(row: Any) -> Authenticated:
    return Authenticated(
        principal_from(row),
        groups_from(row.groups),
        scope=tuple(row.scope.split()),
        token_id=row.token_id,
        token_used_at=row.last_used_at,
    )


def _by_password(row: Any) -> Authenticated:
    return Authenticated(principal_from(row), groups_from(row.groups), password_version=row.version)


def _hash(secret: str) -> bytes:
    return hash_secret(secret) if _is_text(secret) else b""


def _is_text(text_or_not: str) -> bool:
    return text_or_not.isascii() or not any(
        "\ud800" <= character <= "\udfff" for character in text_or_not
    )
