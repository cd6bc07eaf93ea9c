"""The courier: delivers what webhooks are to be told, one worker of a database at a time.

It sleeps until something of the log was sealed in this process, something is due again, or a few
seconds have passed: then another process may have sealed. While no webhook is switched on it holds
neither the lease nor a connection.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from app.audit.lease import Lease
from app.db.metadata import now_millis
from app.edge.delivery import deliver_next
from app.edge.services import Services
from app.edge.shares import SLOW_SECONDS, Addressee, Shares
from app.lifecycle.webhooks import Tell
from app.lifecycle.webhooks.outbox import (
    collect,
    due_webhooks,
    is_any_active,
    next_due,
    prune,
)

_POLL_SECONDS = 5.0
_SHORTEST_SECONDS = 0.5
_TURN_SECONDS = 30
_STOP_SECONDS = 3
_log = logging.getLogger(__name__)


class Courier:
    """Runs in the background; ``tell`` reads what may be told of an event, ``clock`` is in ms.

    Each webhook is served by a thread that ends when nothing is due for it. A receiver that is slow
    gives the thread back at once, and has a share of them alone: it delays nobody else.
    """

    def __init__(
        self, services: Services, tell: Tell, clock: Callable[[], int] = now_millis
    ) -> None:
        self._services = services
        self._tell = tell
        self._clock = clock
        self._lease = Lease(services.database, "webhook")
        self._wake = threading.Event()
        self._stopping = False
        self._lock = threading.Lock()
        self._shares = Shares()
        self._threads: dict[Addressee, threading.Thread] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Deliver in a thread from now on, whenever the lease is free or ours."""
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End and give the lease back, waiting a little for what is on its way.

        What does not come back in time is sent again by whoever delivers next.
        """
        self._stopping = True
        self._wake.set()
        until = time.monotonic() + _STOP_SECONDS
        for thread in (self._thread, *list(self._threads.values())):
            if thread is not None:
                thread.join(max(0, until - time.monotonic()))

    def wake(self) -> None:
        """Say that there may be something to deliver."""
        self._wake.set()

    def deliver_due(self) -> None:
        """Deliver all that is due now, and wait for it; for whoever runs no thread."""
        while self._round():
            for thread in list(self._threads.values()):
                thread.join()

    @property
    def is_at_work(self) -> bool:
        """True while it holds the lease."""
        return self._lease.session is not None

    def close(self) -> None:
        """Give the lease back."""
        self._lease.release()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping:
            self._wake.wait(pause)
            self._wake.clear()
            try:
                self._round()
                pause = self._pause()
            except Exception:  # noqa: BLE001 (the next round tries again)
                _log.exception("Webhooks cannot be delivered at the moment")
                self._lease.release()
                pause = _POLL_SECONDS
        self._lease.release()

    def _round(self) -> int:
        """Begin to serve every webhook for which something is due; return how many are served."""
        with self._services.database.session() as session:
            if not is_any_active(session):
                self._lease.release()
                return 0
        session_of_lease = self._lease.acquire()
        if session_of_lease is None:
            return 0
        collect(session_of_lease, self._clock())
        found = due_webhooks(session_of_lease, self._clock())
        self._serve([Addressee.of(webhook_id, url) for webhook_id, url in found])
        return len(self._threads)

    def _pause(self) -> float:
        """Return how long to sleep; who serves a webhook wakes us when it is done."""
        session = self._lease.session
        served = [addressee.webhook_id for addressee in list(self._threads)]
        due = next_due(session, served) if session else None
        if due is None:
            return _POLL_SECONDS
        return min(max((due - self._clock()) / 1000, _SHORTEST_SECONDS), _POLL_SECONDS)

    def _serve(self, due: Sequence[Addressee]) -> None:
        with self._lock:
            begun = {
                addressee: threading.Thread(target=self._visit, args=(addressee,), daemon=True)
                for addressee in self._shares.admit(due)
            }
            self._threads |= begun
        for thread in begun.values():
            thread.start()

    def _visit(self, addressee: Addressee) -> None:
        """Deliver what is due for one webhook, then let others have the thread."""
        was_quick = False
        try:
            was_quick = self._deliver(addressee.webhook_id)
            with self._services.database.session() as session:
                prune(session, addressee.webhook_id, self._services.settings.webhooks.kept)
                session.commit()
        except Exception:  # noqa: BLE001 (what is due stays due, for the next time it is looked)
            _log.exception("Webhook %s cannot be served at the moment", addressee.webhook_id)
            return
        finally:
            with self._lock:
                self._shares.release(addressee, was_quick=was_quick)
                del self._threads[addressee]
        # Not before: who wakes to find it served still would leave it until the next look.
        self._wake.set()

    def _deliver(self, webhook_id: str) -> bool:
        """Deliver what is due until the turn ends; False if a delivery was slow, which ends it."""
        begun = now = time.monotonic()
        while now - begun < _TURN_SECONDS and not self._stopping:
            before = now
            if not deliver_next(self._services, self._tell, webhook_id, self._clock()):
                break
            now = time.monotonic()
            if now - before >= SLOW_SECONDS:
                return False
        return True
