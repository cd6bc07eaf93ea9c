"""A served Muniment under load: start-up, memory, runs, metrics and artifacts over HTTP."""

import multiprocessing
import secrets
import statistics
import sys
import time
from pathlib import Path
from typing import Self

from tests.bench.figures import Figure, Report
from tests.bench.load import API, BATCH, Step, batch_of_metrics, drive
from tests.bench.processes import Process, basic, free_port

_TOKEN = "bench-" + secrets.token_hex(16)

# A second, with 1 client and with 8: the share to reach of what FastTrackML 0.6 did on two shared
# cores, without authentication, decisions or a log. Another machine has other figures.
_GOALS = {
    ("runs/create", "sqlite"): (1_052.0, 1_154.0),
    ("runs/create", "postgres"): (308.0, 392.0),
    ("log-batch", "sqlite"): (80_000.0, 80_000.0),
    ("log-batch", "postgres"): (80_000.0, 80_000.0),
    ("runs/get", "sqlite"): (2_174.0, 3_569.0),
    ("runs/get", "postgres"): (1_662.0, 1_847.0),
}
FILES = "/api/2.0/mlflow-artifacts/artifacts"
MUNIMENT = str(Path(sys.executable).with_name("muniment"))


class Server(Process):
    """``muniment serve`` with an administrator."""

    def __init__(self, home: Path, database_url: str | None, *, workers: int = 2) -> None:
        port = free_port()
        command = [MUNIMENT, "serve", "--home", str(home), "--port", str(port)]
        environment = {"MUNIMENT_ADMIN_TOKEN": _TOKEN, **database_environment(database_url)}
        command += ["--workers", str(workers)]
        log = home.with_suffix(".log")
        authorization = basic("admin", _TOKEN)
        super().__init__(command, port, environment, log=log, authorization=authorization)


def database_environment(url: str | None) -> dict[str, str]:
    """Return the settings that name the database, none for the embedded one."""
    return {"MUNIMENT_DATABASE_URL": url} if url else {}


def measure_start(report: Report, home: Path, engine: str, url: str | None) -> None:
    """Start twice (the first start makes the home) and measure the second, and idle memory."""
    Server(home, url).stop()
    server = Server(home, url)
    report.add(Figure("start to healthy", engine, server.seconds_to_healthy, "s", 1.5))
    time.sleep(4)
    report.add(Figure("idle memory, 2 workers (PSS)", engine, server.pss(), "MiB", 150.0))
    server.stop()


def measure_tracking(report: Report, server: Server, engine: str, seconds: float) -> None:
    """Measure runs/create, log-batch of 1,000 metrics, and runs/get with 1 and 8 clients."""
    control = server.connection()
    name = f"bench-{secrets.token_hex(4)}"
    experiment = control.call("POST", f"{API}/experiments/create", {"name": name})["experiment_id"]
    new_run = {"experiment_id": experiment, "start_time": 1, "run_name": "r"}
    run = control.call("POST", f"{API}/runs/create", new_run)["run"]["info"]["run_id"]
    works: dict[str, tuple[int, Step]] = {
        "runs/create": (1, lambda _client, _i: ("POST", f"{API}/runs/create", new_run)),
        "log-batch": (BATCH, lambda _client, i: batch_of_metrics(run, i)),
        "runs/get": (1, lambda _client, _i: ("GET", f"{API}/runs/get?run_id={run}", None)),
    }
    for work, (unit, step) in works.items():
        for clients, goal in zip((1, 8), _GOALS[work, engine], strict=True):
            before = server.cpu()
            done = drive(server.connection, clients, step, seconds)
            spent = (server.cpu() - before) / max(1, done) * 1e3
            rate = done / seconds * unit
            shown = f"{work}, {clients} clients [{spent:.2f} ms CPU a request]"
            report.add(Figure(shown, engine, rate, "/s", goal, is_ceiling=False))


def measure_artifacts(report: Report, server: Server, engine: str) -> None:
    """Measure the transfer of 256 MiB and 2 GiB, and how much memory grows meanwhile."""
    control = server.connection()
    new_run = {"experiment_id": "0", "start_time": 1}
    run = control.call("POST", f"{API}/runs/create", new_run)["run"]["info"]["run_id"]
    control.upload(f"{FILES}/0/{run}/artifacts/warm", 8)
    control.download(f"{FILES}/0/{run}/artifacts/warm", 8)
    for mebibytes, rounds in ((256, 3), (2048, 1)):
        path = f"{FILES}/0/{run}/artifacts/file{mebibytes}"
        idle = server.pss()
        with _Peak(server) as peak:
            up = statistics.median(control.upload(path, mebibytes) for _ in range(rounds))
            down = statistics.median(control.download(path, mebibytes) for _ in range(rounds))
        size = f"{mebibytes} MiB"
        report.add(
            Figure(f"upload {size}", engine, mebibytes / up, "MiB/s", 446.0, is_ceiling=False)
        )
        report.add(
            Figure(f"download {size}", engine, mebibytes / down, "MiB/s", 880.0, is_ceiling=False)
        )
        report.add(Figure(f"memory growth at {size}", engine, peak.most - idle, "MiB", 64.0))


class _Peak:
    """Samples the memory of a server until the block ends."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.most = 0.0

    def __enter__(self) -> Self:
        self._end = multiprocessing.Event()
        self._found: multiprocessing.Queue[float] = multiprocessing.Queue()
        self._process = multiprocessing.Process(target=self._sample)
        self._process.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self.most = self._found.get()
        self._process.join()

    def _sample(self) -> None:
        most = 0.0
        while not self._end.wait(0.1):
            most = max(most, self._server.pss())
        self._found.put(most)
