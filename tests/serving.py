"""``muniment serve`` as a process, and a plain HTTP client for it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ADMIN_TOKEN = "the-first-administrator-of-a-test-server"
ADMIN_PASSWORD = "correct horse of a test server"
MUNIMENT = str(Path(sys.executable).with_name("muniment"))
_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request got."""

    status: int
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Served:
    """A served home folder; healthy when the constructor returns, ended with the block."""

    def __init__(
        self,
        home: Path,
        *,
        workers: int = 1,
        database_url: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        environment = os.environ | {
            "MUNIMENT_ADMIN_TOKEN": ADMIN_TOKEN,
            "MUNIMENT_ADMIN_PASSWORD": ADMIN_PASSWORD,
            **({"MUNIMENT_DATABASE_URL": database_url} if database_url else {}),
            **(settings or {}),
        }
        command = [MUNIMENT, "serve", "--home", str(home), "--port", str(self.port)]
        with (home / "server.log").open("ab") as log:
            begun = time.monotonic()
            self.process = subprocess.Popen(
                [*command, "--workers", str(workers)],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait(begun)
        self.seconds_to_healthy = time.monotonic() - begun

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = ADMIN_TOKEN,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        sending = {"Authorization": f"Bearer {token}", "Content-Type": kind, **(headers or {})}
        try:
            connection.request(method, path, sent, sending)
            with connection.getresponse() as answer:
                return Answer(answer.status, answer.read())
        finally:
            connection.close()

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Make a request that has to succeed, and return its JSON."""
        answer = self.call(method, path, body, **options)
        assert answer.status == 200, (method, path, answer.status, answer.content[:500])
        return json.loads(answer.content) if answer.content else {}

    def kill(self) -> None:
        """End every process of the server as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """End the server as its supervisor does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(15)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _wait(self, begun: float) -> None:
        while time.monotonic() - begun < _START_SECONDS:
            assert self.process.poll() is None, (self.home / "server.log").read_text()[-3000:]
            try:
                if self.call("GET", "/health").content == b"OK":
                    return
            except OSError:
                time.sleep(0.02)
        self.kill()
        raise AssertionError((self.home / "server.log").read_text()[-3000:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
