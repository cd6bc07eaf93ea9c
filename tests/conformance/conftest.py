"""A real server process, and people who call it through the unmodified ``mlflow`` client."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import pytest

from tests.application import Template, start_template
from tests.cli.command import Command

READY_WITHIN = 20
SignIn = Callable[[str], None]

TO_LOOPBACK = {
    "MUNIMENT_WEBHOOKS_SCHEMES": "http,https",
    "MUNIMENT_WEBHOOKS_NETWORKS": "127.0.0.1/32",
}
CLIENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process ends long after the others."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    slow &= {item.path for item in items if item.get_closest_marker("conformance")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def template(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A home with its first start behind it, where alice, bob and charlie hold tokens."""
    home = tmp_path_factory.mktemp("conformance")
    file = shutil.copyfile(migrated_file, home / "muniment.db")
    made = start_template(home, f"sqlite:///{file}")
    shutil.copytree(home, untouched(made))
    return made


def untouched(template: Template) -> Path:
    """Return the copy of a home as it was before anybody was served from it."""
    return template.home.with_name(f"{template.home.name}-untouched")


@pytest.fixture(scope="session")
def server(template: Template) -> Iterator[str]:
    """The address of a served home."""
    port = _free_port()
    command = Path(sys.executable).with_name("muniment")
    log = (template.home / "server.log").open("wb")
    arguments = [str(command), "serve", "--home", str(template.home), "--port", str(port)]
    process = subprocess.Popen(arguments, stdout=log, stderr=log, env=os.environ | TO_LOOPBACK)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/health", process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
        log.close()


@pytest.fixture
def sign_in(server: str, template: Template) -> Iterator[SignIn]:
    """Make the client somebody's: ``sign_in("bob")``; at first it is alice's."""
    before = dict(os.environ)
    os.environ.update(CLIENT)
    mlflow.set_tracking_uri(server)
    mlflow.set_registry_uri(server)

    def become(name: str) -> None:
        os.environ["MLFLOW_TRACKING_TOKEN"] = template.tokens[name]

    become("alice")
    yield become
    while mlflow.active_run() is not None:
        mlflow.end_run()
    os.environ.clear()
    os.environ.update(before)


class Operator(Command):
    """The administrator at the served home."""

    def does(self, command: str) -> str:
        """Run ``muniment COMMAND``, which has to succeed, and return what it prints."""
        return self.says(*command.split())


@pytest.fixture(scope="session")
def operator(template: Template) -> Operator:
    return Operator({"MUNIMENT_HOME": str(template.home)})


@pytest.fixture
def dora(operator: Operator, template: Template) -> str:
    """Somebody who holds nothing but what a test gives."""
    name = f"dora-{uuid.uuid4().hex[:12]}"
    template.tokens[name] = operator.does(f"token create --user {name} --create")
    return name


@pytest.fixture
def catalog(operator: Operator, sign_in: SignIn) -> str:
    """A catalog of its own, with a schema ``s`` where alice contributes."""
    name = f"c-{uuid.uuid4().hex[:12]}"
    operator.does(f"catalog create {name}")
    operator.does(f"schema create {name}.s")
    operator.does(f"grant role:contributor on catalog {name} to alice")
    return name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"The server at {url} did not become ready")
