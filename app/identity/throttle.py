"""Slow down the guessing of passwords without locking the account's owner out.

Counted are the failures of an account, of an address, and of an account at an address. Once an
account is under attack, each further address gets one try: its owner elsewhere still gets in.
"""

from __future__ import annotations

import hashlib
import ipaddress

from sqlalchemy import delete, select, text

from app.config import SecuritySettings
from app.db import Session
from app.errors import TooManyRequestsError
from app.identity.tables import attempts

WINDOW = 15 * 60 * 1000

_COUNT = text("""
INSERT INTO sign_in_attempts (subject, window_start, failures) VALUES (:subject, :now, 1)
ON CONFLICT (subject) DO UPDATE SET
 failures = CASE WHEN sign_in_attempts.window_start <= :expired THEN 1
                 ELSE sign_in_attempts.failures + 1 END,
 window_start = CASE WHEN sign_in_attempts.window_start <= :expired THEN :now
                     ELSE sign_in_attempts.window_start END
""")


class Throttle:
    """How many failures in 15 minutes an account and an address may have."""

    def __init__(self, settings: SecuritySettings) -> None:
        self._account_limit = settings.account_attempts
        self._address_limit = settings.address_attempts

    def check(self, session: Session, account: str, address: str, now: int) -> None:
        """Raise TooManyRequestsError if another password must not be tried yet.

        The answer is the same whether the account exists or not.
        """
        by_account, by_address, by_both = _subjects(account, address)
        rows = session.execute(
            select(attempts).where(
                attempts.c.subject.in_((by_account, by_address, by_both)),
                attempts.c.window_start > now - WINDOW,
            )
        ).all()
        failures = {row.subject: row.failures for row in rows}
        here = failures.get(by_both, 0)
        attacked = failures.get(by_account, 0) >= self._account_limit
        if (
            failures.get(by_address, 0) >= self._address_limit
            or here >= self._account_limit
            or (attacked and here > 0)
        ):
            ends = max(row.window_start for row in rows) + WINDOW
            msg = "Too many failed sign-ins: wait, or use a token"
            raise TooManyRequestsError(msg, retry_after=max(1, -(-(ends - now) // 1000)))

    def record_failure(self, session: Session, account: str, address: str, now: int) -> None:
        """Count a failure, in a transaction of its own, and forget those that no longer count."""
        session.begin()
        session.execute(delete(attempts).where(attempts.c.window_start <= now - WINDOW))
        for subject in sorted(_subjects(account, address)):
            session.execute(_COUNT, {"subject": subject, "now": now, "expired": now - WINDOW})
        session.commit()

    def reset(self, session: Session, account: str, address: str) -> None:
        """Forget the failures of an account, which a right password excuses; write only if any."""
        by_account, _, by_both = _subjects(account, address)
        theirs = attempts.c.subject.in_((by_account, by_both))
        if session.execute(select(attempts.c.subject).where(theirs)).first():
            session.begin()
            session.execute(delete(attempts).where(theirs))
            session.commit()


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


def _subjects(account: str, address: str) -> tuple[str, str, str]:
    """Return the three rows that a try counts for.

    Names are hashed: what people type there by mistake is, now and then, a password.
    """
    name = hashlib.sha256(account.encode()).hexdigest()
    network = network_of(address)
    return f"account:{name}", f"address:{network}", f"both:{name}@{network}"
