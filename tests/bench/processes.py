"""A server as a process: ready when it is healthy, watched through /proc, ended with its group."""

import base64
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.bench.connections import Connection

_START_SECONDS = 180


class Process:
    """A server that listens on a port of this machine; healthy when the constructor returns."""

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        environment: Mapping[str, str],
        *,
        log: Path,
        authorization: str = "",
    ) -> None:
        self.port = port
        self._authorization = authorization
        begun = time.perf_counter()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=os.environ | environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        while not self._is_healthy():
            ended = self._process.poll() is not None
            if ended or time.perf_counter() - begun > _START_SECONDS:
                self.stop()
                raise AssertionError(f"{command[0]}: " + log.read_text(errors="replace")[-2000:])
            time.sleep(0.01)
        self.seconds_to_healthy = time.perf_counter() - begun

    def connection(self, authorization: str | None = None) -> Connection:
        """Return a new connection that sends this Authorization, or the one of the process."""
        return Connection(
            self.port, self._authorization if authorization is None else authorization
        )

    def pss(self) -> float:
        """Return the proportional memory of the process tree, in MiB."""
        return sum(_pss(pid) for pid in _tree(self._process.pid)) / 1024

    def cpu(self) -> float:
        """Return the processor time of the process tree, in seconds."""
        return sum(_cpu(pid) for pid in _tree(self._process.pid))

    def stop(self) -> None:
        """End it as a supervisor does."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(15)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _is_healthy(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/health")
            return connection.getresponse().read() == b"OK"
        except (OSError, http.client.HTTPException):
            return False


def basic(user: str, password: str) -> str:
    """Return the Authorization of a user (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
