"""The process that watches over the workers, and imports what they run before it forks them."""

from __future__ import annotations

import gc

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app.config.logs import LOGGING
from app.factory import assembled, load

_KILL_AFTER = 8


def serve(address: str, port: int, workers: int, threads: int) -> None:
    """Serve the home folder that ``MUNIMENT_HOME`` names until SIGTERM or SIGINT."""
    # Made once for all workers. What no collection looks at, none writes to: it stays shared.
    assembled()
    gc.collect()
    gc.freeze()
    gc.enable()
    Granian(
        target=f"{load.__module__}:{load.__name__}",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        blocking_threads_idle_timeout=300,
        backpressure=256,
        respawn_failed_workers=True,
        workers_kill_timeout=_KILL_AFTER,
        log_dictconfig=LOGGING,
        log_level=LogLevels.error,
        websockets=False,
    ).serve()
