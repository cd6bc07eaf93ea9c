"""A served Muniment under load: start-up, memory, runs, metrics and artifacts over HTTP."""

import base64
import http.client
import json
import multiprocessing
import os
import queue
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.bench.figures import Figure, Report

_TOKEN = "bench-" + secrets.token_hex(16)
_MIB = 1 << 20
_PIECE = os.urandom(_MIB)
_FIRST_MOMENT = 1_700_000_000_000
_MOMENT = str(_FIRST_MOMENT).encode()

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
_API = "/api/2.0/mlflow"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"


class Server:
    """``muniment serve`` as a process, ready when the constructor returns."""

    def __init__(self, home: Path, database_url: str | None, *, workers: int = 2) -> None:
        self.port = _free_port()
        environment = os.environ | {
            "MUNIMENT_ADMIN_TOKEN": _TOKEN,
            **({"MUNIMENT_DATABASE_URL": database_url} if database_url else {}),
        }
        command = [str(Path(sys.executable).with_name("muniment")), "serve", "--home", str(home)]
        command += ["--port", str(self.port), "--workers", str(workers)]
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        while not self._is_healthy():
            assert self.process.poll() is None, "the server ended"
            time.sleep(0.01)
        self.seconds_to_healthy = time.perf_counter() - begun

    def connection(self) -> "Connection":
        return Connection(self.port)

    def pss(self) -> float:
        """Return the proportional memory of the process tree, in MiB."""
        return sum(_pss(pid) for pid in _tree(self.process.pid)) / 1024

    def cpu(self) -> float:
        """Return the processor time of the process tree, in seconds."""
        return sum(_cpu(pid) for pid in _tree(self.process.pid))

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(15)

    def _is_healthy(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/health")
            return connection.getresponse().read() == b"OK"
        except OSError:
            return False


class Connection:
    """One keep-alive connection; every answer has to be a 200."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        basic = base64.b64encode(b"admin:" + _TOKEN.encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self._http.request(method, path, sent, self._headers)
        answer = self._http.getresponse()
        content = answer.read()
        assert answer.status == 200, (path, answer.status, content[:300])
        return json.loads(content) if content else {}

    def upload(self, path: str, mebibytes: int) -> float:
        """Send a file and return the seconds that it took."""
        begun = time.perf_counter()
        self._http.putrequest("PUT", path)
        self._http.putheader("Authorization", self._headers["Authorization"])
        self._http.putheader("Content-Length", str(mebibytes * _MIB))
        self._http.endheaders()
        for _ in range(mebibytes):
            self._http.send(_PIECE)
        answer = self._http.getresponse()
        content = answer.read()
        assert answer.status == 200, (answer.status, content[:300])
        return time.perf_counter() - begun

    def download(self, path: str, mebibytes: int) -> float:
        """Fetch a file and return the seconds that it took."""
        begun = time.perf_counter()
        self._http.request("GET", path, headers=self._headers)
        answer = self._http.getresponse()
        assert answer.status == 200, answer.status
        buffer = memoryview(bytearray(_MIB))
        received = 0
        while count := answer.readinto(buffer):
            received += count
        assert received == mebibytes * _MIB
        return time.perf_counter() - begun


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
    experiment = control.call("POST", f"{_API}/experiments/create", {"name": name})["experiment_id"]
    new_run = {"experiment_id": experiment, "start_time": 1, "run_name": "r"}
    run = control.call("POST", f"{_API}/runs/create", new_run)["run"]["info"]["run_id"]
    works: dict[str, tuple[int, Callable[[int], tuple[str, str, Any]]]] = {
        "runs/create": (1, lambda _i: ("POST", f"{_API}/runs/create", new_run)),
        "log-batch": (1_000, lambda i: ("POST", f"{_API}/runs/log-batch", _batch(run, i))),
        "runs/get": (1, lambda _i: ("GET", f"{_API}/runs/get?run_id={run}", None)),
    }
    for work, (unit, step) in works.items():
        for clients, goal in zip((1, 8), _GOALS[work, engine], strict=True):
            before = server.cpu()
            done = _drive(server.port, clients, step, seconds)
            spent = (server.cpu() - before) / max(1, done) * 1e3
            rate = done / seconds * unit
            shown = f"{work}, {clients} clients [{spent:.2f} ms CPU a request]"
            report.add(Figure(shown, engine, rate, "/s", goal, is_ceiling=False))


def measure_artifacts(report: Report, server: Server, engine: str) -> None:
    """Measure the transfer of 256 MiB and 2 GiB, and how much memory grows meanwhile."""
    control = server.connection()
    new_run = {"experiment_id": "0", "start_time": 1}
    run = control.call("POST", f"{_API}/runs/create", new_run)["run"]["info"]["run_id"]
    control.upload(f"{_FILES}/0/{run}/artifacts/warm", 8)
    control.download(f"{_FILES}/0/{run}/artifacts/warm", 8)
    for mebibytes, rounds in ((256, 3), (2048, 1)):
        path = f"{_FILES}/0/{run}/artifacts/file{mebibytes}"
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


def _batch(run: str, round_number: int) -> dict[str, Any]:
    metrics = [
        {"key": f"m{i % 10}", "value": i / 2, "timestamp": _FIRST_MOMENT, "step": i + round_number}
        for i in range(1_000)
    ]
    return {"run_id": run, "metrics": metrics}


def _drive(
    port: int, clients: int, step: Callable[[int], tuple[str, str, Any]], seconds: float
) -> int:
    """Run a step in so many processes for so long; return how often all of them did it."""
    counts: multiprocessing.Queue[int] = multiprocessing.Queue()
    barrier = multiprocessing.Barrier(clients + 1)

    def work(client: int) -> None:
        connection = Connection(port)
        bodies = [step(client * 1_000_000 + i) for i in range(8)]
        sent = [
            (method, path, body if body is None else json.dumps(body).encode())
            for method, path, body in bodies
        ]
        connection.call(*sent[0])
        barrier.wait()
        done, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            method, path, body = sent[done % 8]
            # Points that are there already would cost nothing: every request brings new ones.
            fresh = str(_FIRST_MOMENT + client * 10_000_000 + done).encode()
            connection.call(method, path, body and body.replace(_MOMENT, fresh))
            done += 1
        counts.put(done)

    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=(client,)) for client in range(clients)]
    for process in processes:
        process.start()
    barrier.wait(60)
    total = 0
    try:
        for _ in processes:
            total += counts.get(timeout=seconds + 60)
    except queue.Empty:
        raise AssertionError("a client failed") from None
    for process in processes:
        process.join()
    return total


def _free_port() -> int:
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
