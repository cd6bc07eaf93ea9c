"""What was acknowledged is there after SIGKILL at any moment, and nothing half-written is."""

import hashlib
import http.client
import random
import threading
import time
from pathlib import Path

import pytest
from typing_extensions import override

from tests.serving import Served

ROUNDS = 10
BATCH = 50
_API = "/api/2.0/mlflow"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"


class Journal:
    """What clients tried, and what of it the server acknowledged."""

    def __init__(self) -> None:
        self.batches: dict[str, int] = {}
        self.tried_batches: dict[str, int] = {}
        self.files: dict[str, str] = {}
        self.tried_files: dict[str, str] = {}
        self.versions: set[int] = set()
        self.models: set[str] = set()
        self.refusals: list[str] = []


class Client(threading.Thread):
    """Works until the server is gone, and notes each answer."""

    def __init__(self, server: Served, journal: Journal, name: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.server, self.journal, self.label = server, journal, name
        self.rng = random.Random(seed)

    @override
    def run(self) -> None:
        try:
            run = self._new_run()
            while True:
                self._log_batch(run)
                self._upload(run)
                self._register(run)
        except (OSError, http.client.HTTPException):
            return  # the server was killed: what was not answered is not promised
        except AssertionError as refusal:
            self.journal.refusals.append(str(refusal))

    def _new_run(self) -> str:
        run = self.server.ok("POST", f"{_API}/runs/create", {"experiment_id": "0"})
        run_id: str = run["run"]["info"]["run_id"]
        self.journal.batches[run_id] = self.journal.tried_batches[run_id] = 0
        return run_id

    def _log_batch(self, run: str) -> None:
        number = self.journal.tried_batches[run]
        self.journal.tried_batches[run] += 1
        metrics = [
            {"key": "loss", "value": i, "timestamp": 1, "step": number * BATCH + i}
            for i in range(BATCH)
        ]
        self.server.ok("POST", f"{_API}/runs/log-batch", {"run_id": run, "metrics": metrics})
        self.journal.batches[run] += 1

    def _upload(self, run: str) -> None:
        content = self.rng.randbytes(self.rng.choice([10, 70_000, 300_000]))
        path = f"0/{run}/artifacts/model/f{self.rng.randrange(10**9)}"
        self.journal.tried_files[path] = hashlib.sha256(content).hexdigest()
        self.server.ok("PUT", f"{_FILES}/{path}", content)
        self.journal.files[path] = self.journal.tried_files[path]

    def _register(self, run: str) -> None:
        model = f"m{self.rng.randrange(10**9)}"
        self.server.ok("POST", f"{_API}/registered-models/create", {"name": model})
        self.journal.models.add(model)
        made = {"name": "shared", "source": f"runs:/{run}/model", "run_id": run}
        answer = self.server.ok("POST", f"{_API}/model-versions/create", made)
        self.journal.versions.add(int(answer["model_version"]["version"]))


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_nothing_half_written_is_seen(
    tmp_path: Path, served_database_url: str | None
) -> None:
    journal, rng, starts = Journal(), random.Random(20), list[float]()
    home = tmp_path / "home"
    server = Served(home, workers=2, database_url=served_database_url)
    server.ok("POST", f"{_API}/registered-models/create", {"name": "shared"})
    for round_number in range(ROUNDS):
        clients = [Client(server, journal, f"c{i}", round_number * 10 + i) for i in range(3)]
        for client in clients:
            client.start()
        time.sleep(0.3 + rng.random())
        server.kill()
        for client in clients:
            client.join(20)
        server = Served(home, workers=2, database_url=served_database_url)
        starts.append(server.seconds_to_healthy)
    try:
        assert journal.refusals == []
        assert max(starts) < 5
        _check(server, journal)
    finally:
        server.stop()
    assert sum(journal.batches.values()) > ROUNDS, "the clients hardly got to work"


def _check(server: Served, journal: Journal) -> None:
    for run, acknowledged in journal.batches.items():
        steps = _steps(server, run)
        assert len(steps) % BATCH == 0, "half a batch is visible"
        assert acknowledged * BATCH <= len(steps) <= journal.tried_batches[run] * BATCH
        _check_files(server, journal, run)
    for model in journal.models:
        server.ok("GET", f"{_API}/registered-models/get?name={model}")
    versions = server.ok("GET", f"{_API}/model-versions/search?filter=name%3D'shared'")
    numbers = [int(one["version"]) for one in versions.get("model_versions", [])]
    assert len(numbers) == len(set(numbers))
    assert journal.versions <= set(numbers)


def _steps(server: Served, run: str) -> list[int]:
    answer = server.ok("GET", f"{_API}/metrics/get-history?run_id={run}&metric_key=loss")
    return [point["step"] for point in answer.get("metrics", [])]


def _check_files(server: Served, journal: Journal, run: str) -> None:
    prefix = f"0/{run}/artifacts/model"
    listed = server.ok("GET", f"{_FILES}?path={prefix}").get("files", [])
    visible = {f"{prefix}/{file['path']}" for file in listed}
    assert {path for path in journal.files if path.startswith(prefix)} <= visible
    for path in visible:
        content = server.call("GET", f"{_FILES}/{path}").content
        assert hashlib.sha256(content).hexdigest() == journal.tried_files[path]
