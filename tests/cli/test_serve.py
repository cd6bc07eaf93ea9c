"""The server's start and end, in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.cli.serve import announce
from tests.cli.command import Command

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(home: Path, port: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = str(Path(sys.executable).with_name("muniment"))
    process = subprocess.Popen(
        [command, "serve", "--home", str(home), "--port", str(port), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: text for name, text in os.environ.items() if not name.startswith("MUNIMENT_")},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answer(url: str, process: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + 20
    while True:
        assert process.poll() is None, process.stderr and process.stderr.read()
        try:
            with urllib.request.urlopen(url, timeout=1) as response:
                text: str = response.read().decode()
                return text
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_fresh_home_is_served_until_sigterm(tmp_path: Path):
    home, port = tmp_path / "home", free_port()
    with serving(home, port) as process:
        assert answer(f"http://127.0.0.1:{port}/health", process) == "OK"
        process.send_signal(signal.SIGTERM)
        said, logged = process.communicate(timeout=10)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}" in said
    secrets = json.loads((home / "admin.json").read_text())
    assert secrets["password"] not in said + logged
    assert secrets["token"] not in said + logged
    assert all(json.loads(line)["level"] for line in logged.splitlines())


def test_a_port_that_is_taken_ends_it(home: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with serving(home, taken.getsockname()[1]) as process:
            _, logged = process.communicate(timeout=20)
    assert process.returncode != 0
    assert logged


def test_a_port_that_there_is_not_ends_with_2(command: Command):
    assert "--port" in command.fails("serve", "--port", "70000", code=2)


def test_a_home_that_is_a_file_ends_with_2(command: Command, tmp_path: Path):
    (tmp_path / "file").touch()
    assert "--home" in command.fails("serve", "--home", str(tmp_path / "file"), code=2)


def test_an_address_of_version_6_is_shown_as_one_writes_it(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    announce("::1", 5000, home)
    assert "http://[::1]:5000" in capsys.readouterr().out
