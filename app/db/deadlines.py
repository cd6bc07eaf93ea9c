"""How long one statement of a request may take, so that no question holds a connection for ever.

PostgreSQL keeps the time itself. SQLite does not: its connections note when they began something,
and a thread interrupts what takes too long. Neither costs a statement anything that can be measured
(a handler of SQLite's progress would: it waits for the interpreter's lock each time).
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from contextlib import suppress
from typing import Any

from typing_extensions import override

_LONGEST_PAUSE = 1.0


def limits_of_postgres(seconds: float) -> str:
    """Return what sets the limits of a session of PostgreSQL's.

    A wait for what others hold ends in half of the time, as an error of its own: that one passes,
    and whoever asks again may be lucky, while what takes too long by itself will do so again.
    """
    millis = int(seconds * 1000)
    return f"SET statement_timeout = {millis}; SET lock_timeout = {max(1, millis // 2)}"


class TimedConnection(sqlite3.Connection):
    """Knows when its latest statement began, or took its cursor, and which one was ended."""

    begun = 0.0
    ended = 0.0

    @override
    def execute(self, *args: Any) -> sqlite3.Cursor:
        self.begun = time.monotonic()
        return super().execute(*args)

    @override
    def cursor(self, *args: Any) -> Any:
        self.begun = time.monotonic()
        return super().cursor(*args)


class Watch:
    """Interrupts what SQLite's connections have been at for more than ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: weakref.WeakSet[TimedConnection] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, connection: TimedConnection) -> None:
        """Watch over a connection as long as it lives."""
        with self._lock:
            self._watched.add(connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(min(self._seconds / 4, _LONGEST_PAUSE)):
            with self._lock:
                watched = list(self._watched)
            for connection in watched:
                _interrupt(connection, time.monotonic() - self._seconds)


def _interrupt(connection: TimedConnection, latest: float) -> None:
    """End what a connection began before ``latest``; one that is idle takes no notice.

    Each is interrupted once for a statement, so that the next one of an idle connection does not
    begin under a hail of interrupts.
    """
    begun = connection.begun
    if begun < latest and begun != connection.ended:
        connection.ended = begun
        with suppress(sqlite3.ProgrammingError):  # closed meanwhile
            connection.interrupt()
