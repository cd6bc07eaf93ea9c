"""The demo, as ``make demo ARGS=--exit`` runs it, and once more on what it left."""

import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED

from app.cli.demo.client import refusal_of
from app.cli.demo.stage import StepFailedError, check, step
from tests.serving import Served

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

ELSEWHERE = {
    "MUNIMENT_DATABASE_URL": "sqlite:////nowhere/else.db",
    "http_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "example.com",
}
UNBIND = """
DELETE FROM catalog_keys WHERE key_id IN (SELECT id FROM securables WHERE name = 'prod-key')"""
MARKS_OF_THE_STORY = (
    "Tom, in the workspace clinic, searches for “quality” and finds prod.wine.quality",
    "and is refused:",
    "needs EXECUTE",
    "He asks for EXECUTE",
    "approves it",
    "loads the model by its alias",
    "The data set wine-lab.default.wine is registered, with 14 columns and 8 runs that used it",
    "data set wine-lab.default.wine → run linear-0.1 → logged model wine-model",
    "→ version prod.wine.quality/3",
    "an auditor reads no content",
    "signed checkpoints",
    "is disabled",
    "The key is enabled again",
    "All of it came true",
    "Look around at http://127.0.0.1:",
)


def run_demo(home: Path) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("muniment")), "demo", "--exit"]
    arguments = ["--home", str(home), "--port", str(port)]
    ended = subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env=dict(os.environ) | ELSEWHERE,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return " ".join(ended.stdout.split())


def break_off(home: Path) -> None:
    """Leave what a demo leaves that ends before its first version and before it binds its key."""
    jonas = json.loads((home / "demo.json").read_text())["jonas@example.com"]["token"]
    with Served(home) as server:
        for number in ("1", "2"):
            version = {"name": "digits", "version": number}
            server.ok("DELETE", "/api/2.0/mlflow/model-versions/delete", version, token=jonas)
    with sqlite3.connect(home / "muniment.db") as database:
        assert database.execute(UNBIND).rowcount == 1


def test_the_story_comes_true_and_again_on_what_it_left(tmp_path: Path):
    home = tmp_path / "demo"
    said = run_demo(home)
    assert [mark for mark in MARKS_OF_THE_STORY if mark not in said] == []
    assert "22 runs trained and logged" in said
    break_off(home)
    again = run_demo(home)
    assert [mark for mark in MARKS_OF_THE_STORY if mark not in again] == []
    assert "22 runs are there from an earlier demo" in again
    kept = home / "demo.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    for name, held in json.loads(kept.read_text()).items():
        assert name.endswith("@example.com")
        assert held["password"] in again
        assert held["token"] not in said + again


def raising(error: Exception) -> None:
    raise error


def test_a_refusal_is_told_in_the_servers_words():
    plain = MlflowException("PERMISSION_DENIED: needs EXECUTE", PERMISSION_DENIED)
    assert refusal_of(lambda: raising(plain), "PERMISSION_DENIED") == "needs EXECUTE"
    answer = '{"error_code":"PERMISSION_DENIED","message":"The \\"key\\" is disabled"}'
    wrapped = MlflowException(f"Could not download: 403. Response text: {answer} and more")
    assert refusal_of(lambda: raising(wrapped), "PERMISSION_DENIED") == 'The "key" is disabled'


def test_what_should_be_refused_and_is_not_fails_the_demo():
    with pytest.raises(StepFailedError, match="it was permitted"):
        refusal_of(lambda: None, "PERMISSION_DENIED")
    with pytest.raises(StepFailedError, match="the server answered INTERNAL_ERROR"):
        refusal_of(lambda: raising(MlflowException("broken")), "PERMISSION_DENIED")


def test_a_step_that_does_not_come_true_fails_the_demo_by_name():
    with pytest.raises(StepFailedError, match="nobody found it"), step("finding"):
        check(truth=False, otherwise="nobody found it")
    with pytest.raises(StepFailedError, match="finding: ZeroDivisionError"), step("finding"):
        _ = 1 / 0
