"""Slow down the guessing of passwords without locking the account's owner out.

Counted are the failures of an account, of an address, and of an account at an address. Once an
account is under attack, each further address gets one try: its owner elsewhere still gets in.

A try is counted as pending before its password is looked at, so that many at one moment are no more
than one after the other, in however many processes. Those that are pending alone refuse nobody:
they let others wait for what becomes of them.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, select, text

from app.config import SecuritySettings
from app.db import Effect, Session
from app.errors import TooManyRequestsError
from app.identity.tables import attempts

WINDOW = 15 * 60 * 1000

# One statement takes its rows in the order of its values, so that no two wait for each other.
_COUNT = """
INSERT INTO sign_in_attempts (subject, window_start, failures, pending)
VALUES (:account, :now, :failed, :begun), (:address, :now, :failed, :begun),
 (:both, :now, :failed, :begun)
ON CONFLICT (subject) DO UPDATE SET
 failures = CASE WHEN sign_in_attempts.window_start <= :expired THEN :failed
                 ELSE sign_in_attempts.failures + :failed END,
 pending = CASE WHEN sign_in_attempts.window_start <= :expired THEN :begun
                ELSE sign_in_attempts.pending {change} END,
 window_start = CASE WHEN sign_in_attempts.window_start <= :expired THEN :now
                     ELSE sign_in_attempts.window_start END
"""
_BEGIN = text(_COUNT.format(change="+ 1") + "RETURNING subject, window_start, failures, pending")
_FAIL = text(_COUNT.format(change="- CASE WHEN sign_in_attempts.pending > 0 THEN 1 ELSE 0 END"))
_EXCUSE = text("""
UPDATE sign_in_attempts SET
 failures = CASE WHEN :forgets THEN 0 ELSE failures END,
 pending = CASE WHEN pending > 0 THEN pending - 1 ELSE 0 END
WHERE subject = :subject
""")


@dataclass(frozen=True, slots=True)
class Try:
    """A password that somebody tries; ``now`` is in milliseconds since 1970 UTC."""

    account: str
    address: str
    now: int

    @property
    def subjects(self) -> dict[str, str]:
        """The three rows that it counts for, in the order of their names.

        Names are hashed: what people type there by mistake is, now and then, a password.
        """
        name = hashlib.sha256(self.account.encode()).hexdigest()
        network = network_of(self.address)
        return {
            "account": f"account:{name}",
            "address": f"address:{network}",
            "both": f"both:{name}@{network}",
        }


class Throttle:
    """How many failures in 15 minutes an account and an address may have."""

    def __init__(self, settings: SecuritySettings) -> None:
        self._account_limit = settings.account_attempts
        self._address_limit = settings.address_attempts

    def reserve(self, session: Session, tried: Try) -> bool:
        """Count a try as pending; ``excuse`` or ``blame`` tells what became of it.

        In a transaction of its own. False if others that are pending have to end before: if all of
        those fail, it must not be made. Raises TooManyRequestsError if another password must not
        be tried yet. The answer is the same whether the account exists or not.
        """
        subjects = tried.subjects
        known = select(attempts).where(
            attempts.c.subject.in_(subjects.values()),
            attempts.c.window_start > tried.now - WINDOW,
        )
        # Who is refused anyway writes nothing.
        if not self._allows(tried, session.execute(known), own=0):
            return False
        session.begin(Effect.TELEMETRY)
        begun = session.execute(_BEGIN, _counted(tried, failed=0, begun=1))
        try:
            is_allowed = self._allows(tried, begun, own=1)
        except TooManyRequestsError:
            session.rollback()
            raise
        if is_allowed:
            session.commit()
        else:
            session.rollback()
        return is_allowed

    def blame(self, session: Session, tried: Try) -> None:
        """Count a try as failed, in a transaction of its own, and forget what no longer counts."""
        # Those that another transaction holds are forgotten by a later try.
        ended = (
            select(attempts.c.subject)
            .where(attempts.c.window_start <= tried.now - WINDOW)
            .with_for_update(skip_locked=True)
        )
        session.begin(Effect.TELEMETRY)
        session.execute(_FAIL, _counted(tried, failed=1, begun=0))
        session.execute(delete(attempts).where(attempts.c.subject.in_(ended)))
        session.commit()

    def excuse(self, session: Session, tried: Try) -> None:
        """Forget the failures of an account, which a right password excuses, but not the pending.

        In a transaction of its own.
        """
        subjects = tried.subjects
        session.begin(Effect.TELEMETRY)
        for what, subject in subjects.items():
            session.execute(_EXCUSE, {"subject": subject, "forgets": what != "address"})
        session.execute(
            delete(attempts).where(
                attempts.c.subject.in_(subjects.values()),
                attempts.c.failures == 0,
                attempts.c.pending == 0,
            )
        )
        session.commit()

    def _allows(self, tried: Try, rows: Iterable[Row[Any]], *, own: int) -> bool:
        """Tell whether a try, ``own`` of which is pending already, may be made now.

        Raises TooManyRequestsError if the failures alone forbid it.
        """
        found = {row.subject: row for row in rows}
        failed = {subject: row.failures for subject, row in found.items()}
        if self._are_too_many(tried, failed):
            ends = max(row.window_start for row in found.values()) + WINDOW
            wait = max(1, -(-(ends - tried.now) // 1000))
            msg = f"Too many failed sign-ins: wait for {wait} seconds, or use a token"
            raise TooManyRequestsError(msg, retry_after=wait)
        feared = {subject: row.failures + row.pending - own for subject, row in found.items()}
        return not self._are_too_many(tried, feared)

    def _are_too_many(self, tried: Try, failures: Mapping[str, int]) -> bool:
        subjects = tried.subjects
        here = failures.get(subjects["both"], 0)
        attacked = failures.get(subjects["account"], 0) >= self._account_limit
        return (
            failures.get(subjects["address"], 0) >= self._address_limit
            or here >= self._account_limit
            or (attacked and here > 0)
        )


def network_of(address: str) -> str:
    """Return what one household has: an IPv4 address, or the first half of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return hashlib.sha256(address.encode()).hexdigest()
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed), 64), strict=False).network_address)
    return str(parsed)


def _counted(tried: Try, *, failed: int, begun: int) -> dict[str, Any]:
    counts = {"failed": failed, "begun": begun}
    return {**tried.subjects, **counts, "now": tried.now, "expired": tried.now - WINDOW}
