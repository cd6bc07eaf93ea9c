"""Refused credentials in the log: each by itself at first, then counted.

Whoever has no credential at all could make the log grow without bound otherwise. Each process
counts for itself, in memory, so that a flood costs no write: an address gets ten events a minute
from each worker, and one more that tells how many there were beside.
"""

from __future__ import annotations

import threading
from collections import Counter

from app.access import Operation
from app.audit import AuditLog
from app.db import Database
from app.db.metadata import new_id
from app.identity import Caller, Entry, Outcome, Principal, PrincipalKind, Request
from app.identity.caller import PrincipalId
from app.identity.throttle import network_of

WINDOW = 60 * 1000
ALONE = 10
MOST_ADDRESSES = 100


class Refusals:
    """What a process has refused in this minute, by address and reason."""

    def __init__(self, database: Database, audit_log: AuditLog) -> None:
        self._database = database
        self._audit_log = audit_log
        self._lock = threading.Lock()
        self._window_start = 0
        self._refused: Counter[tuple[str, str]] = Counter()

    def record(self, request: Request, name: str, why: str, now: int) -> None:
        """Write one event of a refusal, under the name of whoever the credential claimed to be.

        Raises UnavailableError if the log cannot be written.
        """
        self._write(request, name, Entry(Operation.SESSION_CREATE, Outcome.DENIED, why), now)

    def record_or_count(self, request: Request, name: str, why: str, now: int) -> None:
        """Write one event of a refusal, or only count it if its address has had enough of them.

        Raises UnavailableError if the log cannot be written.
        """
        self.tell(now)
        if self._count(network_of(request.address), why) <= ALONE:
            self.record(request, name, why, now)

    def tell(self, now: int, *, is_last: bool = False) -> None:
        """Write what was only counted, once its minute is over: an event for each address.

        ``is_last`` ends the minute early, for a process that ends.
        Raises UnavailableError if the log cannot be written.
        """
        since, refused = self._take(now, is_last=is_last)
        for (address, why), count in refused.items():
            if count > ALONE:
                details = {"count": count - ALONE, "since": since}
                entry = Entry(Operation.SESSION_CREATE, Outcome.DENIED, why, details=details)
                self._write(Request(id=new_id(), address=address), "", entry, now)

    def _count(self, address: str, why: str) -> int:
        with self._lock:
            subject = (address, why)
            if subject not in self._refused and len(self._refused) >= MOST_ADDRESSES:
                # An attack from everywhere shares one place, which has no address.
                subject = ("", why)
            self._refused[subject] += 1
            return self._refused[subject]

    def _take(self, now: int, *, is_last: bool) -> tuple[int, Counter[tuple[str, str]]]:
        with self._lock:
            since, refused = self._window_start, self._refused
            if now < since + WINDOW and not is_last:
                return since, Counter()
            self._window_start, self._refused = now, Counter()
            return since, refused

    def _write(self, request: Request, name: str, entry: Entry, now: int) -> None:
        principal = Principal(PrincipalId(""), PrincipalKind.USER, name)
        with self._database.session() as session:
            nobody = Caller(principal, None, session, request, now)
            nobody.ledger.add(entry)
            self._audit_log.write_denials(self._database, nobody)
