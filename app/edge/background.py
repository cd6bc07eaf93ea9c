"""What a worker does beside requests: seal the log, tell webhooks, and keep house once a minute.

Every worker may do all of it. The sealer and the courier work under a lease each; each chore reads
what is left to do from the rows, so that two workers at the same chore do no harm.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize

from app.artifacts import collect_orphans
from app.audit import Sealer
from app.db.metadata import now_millis
from app.edge.courier import Courier
from app.edge.services import Services
from app.edge.work import unit_of_work
from app.identity.browser_sessions import delete_ended_browser_sessions
from app.keys import destroy_key, due_keys, rewrap_outdated
from app.lifecycle.webhooks import Tell
from app.namespace.steward import steward

_ROUND_SECONDS = 60
_log = logging.getLogger(__name__)


class Background:
    """The threads of one worker."""

    def __init__(self, services: Services, tell: Tell) -> None:
        settings = services.settings
        self._services = services
        self._stopping = threading.Event()
        self._sealer = Sealer(
            services.database,
            services.audit_keys,
            settings.checkpoints_dir,
            settings.audit.seal_interval,
        )
        self._courier = Courier(services, tell)
        self._sealer.on_sealed = self._courier.wake
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin, and end with the process."""
        self._sealer.start()
        self._courier.start()
        self._thread.start()
        # A worker is a process of multiprocessing's, which leaves past atexit.
        Finalize(self, self.stop, exitpriority=0)

    def stop(self) -> None:
        """Tell and seal what is left, and end."""
        self._stopping.set()
        _attempt(_tell_last_refusals, self._services)
        self._courier.stop()
        self._sealer.stop()

    def _run(self) -> None:
        while not self._stopping.wait(_ROUND_SECONDS):
            for chore in (
                _tell_refusals,
                _collect_orphans,
                _rewrap,
                _destroy_due,
                _forget_sessions,
            ):
                _attempt(chore, self._services)


def _attempt(chore: Callable[[Services], None], services: Services) -> None:
    try:
        chore(services)
    except Exception:  # noqa: BLE001 (the next round tries again; requests go on meanwhile)
        _log.exception("Housekeeping failed: %s", chore.__name__)


def _collect_orphans(services: Services) -> None:
    collect_orphans(services.database, services.vault, services.settings.artifacts.orphan_age)


def _rewrap(services: Services) -> None:
    rewrap_outdated(services.database, services.vault.key_ring)


def _destroy_due(services: Services) -> None:
    with services.database.session() as session:
        due = due_keys(steward(session))
    for key_id in due:
        with unit_of_work(services, steward(services.database.session())) as caller:
            destroy_key(caller, services.vault.key_ring, key_id)


def _tell_refusals(services: Services) -> None:
    services.refusals.tell(now_millis())


def _tell_last_refusals(services: Services) -> None:
    services.refusals.tell(now_millis(), is_last=True)


def _forget_sessions(services: Services) -> None:
    with services.database.session() as session:
        session.begin()
        delete_ended_browser_sessions(session, services.settings.security, now_millis())
        session.commit()
