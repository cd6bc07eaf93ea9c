"""Muniment against FastTrackML and mlflow: runs, metrics, searches, models and artifacts.

Ours has authentication, decisions, the log and encryption on. FastTrackML has none of them, and
mlflow the first alone, in basic-auth, with which the list of models is compared for a reader of
few. What ours has to reach is a multiple of the best of them.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench import questions
from tests.bench.contestants import READABLE, enter_muniment, enter_peer, let_read, make_reader
from tests.bench.contests import Contest, Contestant
from tests.bench.figures import Figure, Report
from tests.bench.load import API, BATCH, Step, batch_of_metrics, one_metric
from tests.bench.peer_servers import (
    install_peers,
    mlflow_database,
    start_fasttrackml,
    start_mlflow,
    start_mlflow_with_accounts,
)
from tests.bench.processes import Process
from tests.bench.registries import fill_mlflow
from tests.bench.server import FILES, Server

_RUNS = {"sqlite": 10_000, "postgres": 3_000}
_MODELS = 10_000
_MIB = 256
_LOG_METRIC = {"sqlite": {1: 1.0, 8: 1.2}, "postgres": {1: 1.0, 8: 1.5}}


def measure_peers(
    report: Report, engine: str, folder: Path, urls: Iterator[str], seconds: float
) -> None:
    """Compare with FastTrackML on either engine, with mlflow on SQLite."""
    install_peers()
    home, url = folder / "muniment", next(urls)
    Server(home, url).stop()
    reader = make_reader(home, url)
    with Server(home, url) as server:
        _describe(report, engine, "Muniment, 2 workers", server, (1.5, 150.0))
        ours = enter_muniment(server, url, _RUNS[engine], _MODELS)
        _compare_fasttrackml(report, engine, ours, folder / "fasttrackml", next(urls), seconds)
        if engine == "sqlite":
            _compare_mlflow(report, engine, ours, folder / "mlflow", seconds)
            _compare_accounts(
                report, engine, replace(ours, reader=reader), folder / "accounts", seconds
            )


def _compare_fasttrackml(
    report: Report, engine: str, ours: Contestant, folder: Path, url: str, seconds: float
) -> None:
    folder.mkdir()
    start_fasttrackml(folder, url).stop()
    with start_fasttrackml(folder, url) as process:
        _describe(report, engine, "FastTrackML", process)
        peer = enter_peer("FastTrackML", process, _RUNS[engine])
        contest = Contest(report, engine, ours, peer, seconds)
        contest.compare_rates("runs/create", _create, {1: 1.0, 8: 1.2})
        contest.compare_rates("log-batch", _log_batch, {1: 2.5, 8: 2.5}, BATCH)
        contest.compare_rates("log-metric", _log_metric, _LOG_METRIC[engine])
        contest.compare_rates("runs/get", _get, {1: 0.9, 8: 0.7})
        runs = f"first 100 of {_RUNS[engine]:,} runs"
        by_metric = questions.runs(order_by=["metrics.m1 DESC"])
        contest.compare_answers(f"{runs} by a metric", by_metric, 4.0)
        filtered = questions.runs(filter="metrics.m1 > 0.9 and params.p1 = 'x'")
        contest.compare_answers(f"{runs} with a filter", filtered, 2.0)
        contest.compare_answers("history of 100,000 points", questions.history(), 2.5)


def _compare_mlflow(
    report: Report, engine: str, ours: Contestant, folder: Path, seconds: float
) -> None:
    folder.mkdir()
    start_mlflow(folder).stop()
    fill_mlflow(mlflow_database(folder), _MODELS)
    with start_mlflow(folder) as process:
        _describe(report, engine, "mlflow", process)
        contest = Contest(report, engine, ours, enter_peer("mlflow", process, 64), seconds)
        contest.compare_rates("runs/create", _create, {8: 8.0})
        contest.compare_rates("runs/get", _get, {8: 10.0})
        models = f"first 100 of {_MODELS:,} models"
        contest.compare_answers(models, questions.models(), 4.0)
        begun = questions.models(filter="name LIKE 'model-001%'")
        contest.compare_answers(f"{models}, by a beginning", begun, 4.0)
        within = questions.models(filter="name LIKE '%odel-0012%'")
        contest.compare_answers(f"{models}, by a part", within, 4.0)
        contest.compare_transfers(f"upload {_MIB} MiB", _upload, _MIB, 2.0)
        contest.compare_transfers(f"download {_MIB} MiB", _download, _MIB, 2.0)


def _compare_accounts(
    report: Report, engine: str, ours: Contestant, folder: Path, seconds: float
) -> None:
    folder.mkdir()
    start_mlflow_with_accounts(folder).stop()
    fill_mlflow(mlflow_database(folder), _MODELS)
    with start_mlflow_with_accounts(folder) as process:
        peer = Contestant("mlflow basic-auth", process, reader=let_read(process, _MODELS))
        contest = Contest(report, engine, ours, peer, seconds)
        name = f"models of a reader of {READABLE} of {_MODELS:,}"
        contest.compare_answers(name, questions.models(), 100.0)


def _describe(
    report: Report,
    engine: str,
    name: str,
    process: Process,
    goals: tuple[float | None, float | None] = (None, None),
) -> None:
    started = process.seconds_to_healthy
    report.add(Figure(f"start to healthy: {name}", engine, started, "s", goals[0]))
    time.sleep(4)
    report.add(Figure(f"idle memory (PSS): {name}", engine, process.pss(), "MiB", goals[1]))


def _create(contestant: Contestant) -> Step:
    run = {"experiment_id": contestant.written_experiment, "start_time": 1, "run_name": "r"}
    return lambda _client, _number: ("POST", f"{API}/runs/create", run)


def _log_batch(contestant: Contestant) -> Step:
    return lambda client, number: batch_of_metrics(contestant.written[client], number)


def _log_metric(contestant: Contestant) -> Step:
    return lambda client, number: one_metric(contestant.written[client], number)


def _get(contestant: Contestant) -> Step:
    def step(client: int, number: int) -> tuple[str, str, None]:
        run = contestant.runs[(client * 997 + number * 61) % len(contestant.runs)]
        return "GET", f"{API}/runs/get?run_id={run}", None

    return step


def _upload(contestant: Contestant) -> float:
    return contestant.process.connection().upload(_file(contestant), _MIB)


def _download(contestant: Contestant) -> float:
    return contestant.process.connection().download(_file(contestant), _MIB)


def _file(contestant: Contestant) -> str:
    return f"{FILES}/{contestant.experiment}/{contestant.runs[0]}/artifacts/file"
