"""The demo's server: the same ``muniment serve`` that everybody runs, in a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

HOST = "127.0.0.1"
LOG = "server.log"
_READY_WITHIN = 30
_END_WITHIN = 15
_PORTS_TO_TRY = 20


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    url: str
    process: subprocess.Popen[bytes]

    def wait(self) -> int:
        """Return its exit code once it has ended."""
        return self.process.wait()


@contextmanager
def serving(home: Path, port: int) -> Iterator[Server]:
    """Serve a home folder while the block runs; the server's log is in the folder.

    Raises ClickException if the server does not come up.
    """
    command = [str(Path(sys.executable).with_name("muniment")), "serve"]
    command += ["--home", str(home), "--host", HOST, "--port", str(port)]
    log_path = home / LOG
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the demo's to pass on
        )
        try:
            server = Server(f"http://{HOST}:{port}", process)
            _wait_until_ready(server, log_path)
            yield server
        finally:
            _end(process)


def choose_port(wanted: int | None, default: int) -> int:
    """Return the port wanted, or else the first free one from the default on.

    Raises ClickException if the one wanted is taken, or none is free.
    """
    if wanted is not None:
        if _is_free(wanted):
            return wanted
        raise click.ClickException(f"Port {wanted} is taken. Name another with --port.")
    for port in range(default, default + _PORTS_TO_TRY):
        if _is_free(port):
            return port
    raise click.ClickException(f"Port {default} and those after it are taken. Use --port.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _wait_until_ready(server: Server, log_path: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=1):  # noqa: S310 - http
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    raise click.ClickException(f"The server did not come up; {log_path} tells why")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=_END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
