"""``muniment import mlflow`` from a real MLflow server: all of it, once, whenever it is killed."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.application import Template
from tests.conformance.conftest import CLIENT, untouched
from tests.conformance.stock import POINTS, populate, seen, stock_server
from tests.serving import MUNIMENT, Served

pytestmark = [pytest.mark.conformance, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def environment() -> Iterator[None]:
    """The client's variables, and afterwards what was there before."""
    before = dict(os.environ)
    os.environ.update(CLIENT)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def stock(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of MLflow's own, in use for a while."""
    with stock_server(tmp_path_factory.mktemp("stock")) as address:
        populate(address)
        yield address


@pytest.fixture
def home(template: Template, tmp_path: Path) -> Path:
    """A home of one's own, where alice works in the workspace default."""
    return shutil.copytree(untouched(template), tmp_path / "home")


def begin(home: Path, stock: str, *more: str, **variables: str) -> subprocess.Popen[str]:
    command = [MUNIMENT, "import", "mlflow", "--from", stock, "--user", "alice", "--json"]
    return subprocess.Popen(
        [*command, "--home", str(home), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | variables,
    )


def bring(home: Path, stock: str, *more: str) -> dict[str, Any]:
    process = begin(home, stock, *more)
    told, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints
    report: dict[str, Any] = json.loads(told)
    return report


def counts(report: dict[str, Any]) -> dict[str, int]:
    assert report["problems"] == []
    assert all(pair["there"] == pair["here"] for pair in report["counts"].values()), report
    return {name: pair["here"] for name, pair in report["counts"].items()}


def test_all_of_it_is_here_afterwards_and_a_second_time_nothing_new(
    home: Path, stock: str, template: Template
) -> None:
    first = counts(bring(home, stock))
    assert first["runs"] == 3
    assert first["points"] == POINTS + 5
    assert (first["versions"], first["aliases"], first["traces"]) == (5, 2, 1)
    assert first["attachments"] == 1
    assert counts(bring(home, stock)) == first
    there = seen(stock)
    with Served(home) as ours:
        os.environ["MLFLOW_TRACKING_TOKEN"] = template.tokens["alice"]
        here = seen(ours.address)
        del os.environ["MLFLOW_TRACKING_TOKEN"]
    assert here == there


def test_whenever_it_is_killed_it_goes_on(home: Path, stock: str) -> None:
    for lines in (1, 4, 7, 10):
        process = begin(home, stock)
        while journal(home) < lines and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert counts(bring(home, stock))["points"] == POINTS + 5


def test_another_schema_gets_runs_of_its_own(home: Path, stock: str) -> None:
    first = counts(bring(home, stock))
    again = counts(bring(home, stock, "--catalog", "ml", "--schema", "prod"))
    # The experiment Default was there already, in the first place alone.
    assert again == first


def test_one_experiment_comes_alone(home: Path, stock: str) -> None:
    found = counts(bring(home, stock, "--experiment", "given up"))
    assert (found["experiments"], found["runs"], found["registered_models"]) == (1, 0, 0)


def test_a_dry_run_counts_and_brings_nothing(home: Path, stock: str) -> None:
    process = begin(home, stock, "--dry-run")
    told, _ = process.communicate(timeout=60)
    assert {row["what"]: row["there"] for row in json.loads(told)} == {
        "experiments": 3,
        "runs": 3,
        "logged_models": 1,
        "traces": 1,
        "registered_models": 3,
        "versions": 5,
        "aliases": 2,
    }
    assert journal(home) == 0


def test_a_stranger_brings_nothing(home: Path, stock: str) -> None:
    process = begin(home, stock, "--user", "charlie", "--catalog", "ml", "--schema", "prod")
    told, complaints = process.communicate(timeout=60)
    assert (process.returncode, told) == (1, "")
    assert "ml.prod" in complaints
    assert journal(home) == 0


def journal(home: Path) -> int:
    with sqlite3.connect(home / "muniment.db", timeout=5) as database:
        count: int = database.execute("SELECT count(*) FROM imported").fetchone()[0]
        return count
