"""The process that watches over the workers, and imports what they run before it forks them.

``muniment serve`` becomes this program once the home folder is in order; the process id stays, and
the memory of what prepared it is given back.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

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


def main(arguments: Sequence[str]) -> None:
    """Serve by arguments in the order of ``serve``."""
    address, *numbers = arguments
    port, workers, threads = map(int, numbers)
    serve(address, port, workers, threads)


if __name__ == "__main__":
    main(sys.argv[1:])
