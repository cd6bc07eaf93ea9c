"""Wait in line for SQLite's one writer.

SQLite itself asks again after 1, 2, 5, 10 … 100 ms whether another is still writing. A transaction
of ours takes a third of one, so that who waits sleeps through many a chance: the processor has
nothing to do, and some requests wait for half a second.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

LINE = "line"
"""What the line of a connection is called in what its pool keeps of it."""

PATIENCE = 20.0
"""Seconds that one waits to write."""

_FIRST_PAUSE = 0.000_05
_LONGEST_PAUSE = 0.001
_GROWTH = 1.5


class Line:
    """The line for a database file's writer, as one process stands in it.

    Of its threads one at a time asks whether the line is free; the others sleep until it is theirs
    to ask. Between ``enter`` and ``leave`` no other writes. A process that dies is out of it.
    """

    def __init__(self, database: Path) -> None:
        path = database.with_name(f"{database.name}-line")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._turn = threading.Lock()

    def enter(self, seconds: float) -> bool:
        """Wait for the writer before this one, though not for longer than ``seconds``.

        False if that was not enough: SQLite knows whether anybody still writes.
        """
        end = time.monotonic() + seconds
        if not self._turn.acquire(timeout=seconds):
            return False
        pause = _FIRST_PAUSE
        while not self._is_free():
            if time.monotonic() >= end:
                self._turn.release()
                return False
            time.sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
        return True

    def leave(self) -> None:
        """Let the next one write."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._turn.release()

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)

    def _is_free(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
