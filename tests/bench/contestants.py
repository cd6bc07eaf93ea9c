"""Servers made ready to be compared: the same runs, points and models in each."""

import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.db import Database
from app.identity.tables import principals
from tests.bench.connections import Connection
from tests.bench.contests import Contestant
from tests.bench.fillings import fill_runs, metrics_of, params_of, run_id
from tests.bench.load import API, BATCH
from tests.bench.processes import Process, basic
from tests.bench.questions import HISTORY_KEY
from tests.bench.registries import fill_muniment, model_name
from tests.bench.server import MUNIMENT, database_environment
from tests.bench.worlds import NOW

READABLE = 10
READER = "reader@example.org"
_POINTS = 100_000
_CLIENTS = 8


def make_reader(home: Path, url: str) -> str:
    """Make a user of Muniment in no workspace; return its Authorization."""
    command = [MUNIMENT, "token", "create", "--home", str(home), "--user", READER, "--create"]
    environment = os.environ | database_environment(url)
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return f"Bearer {done.stdout.strip()}"


def enter_muniment(process: Process, url: str, runs: int, models: int) -> Contestant:
    """Fill a served Muniment by its database."""
    connection = process.connection()
    experiment = _make_experiment(connection)
    database = Database(url)
    with database.session() as session:
        owner = session.execute(select(principals.c.id).where(principals.c.name == "admin"))
        session.begin()
        fill_runs(session, int(experiment), owner.scalar_one(), runs)
        session.commit()
    fill_muniment(database, models, READER, READABLE)
    with database.session() as session:
        if not session.is_sqlite:
            session.driver_execute("ANALYZE")
    database.dispose()
    ids = [run_id(number) for number in range(runs)]
    return Contestant("Muniment", process, experiment, ids, *_make_written(connection))


def enter_peer(name: str, process: Process, runs: int) -> Contestant:
    """Fill another server by its API; the models are in its database already, if it has any."""
    connection = process.connection()
    experiment = _make_experiment(connection)
    ids = [_log_run(connection, experiment, number) for number in range(runs)]
    return Contestant(name, process, experiment, ids, *_make_written(connection))


def let_read(process: Process, models: int) -> str:
    """Make a user of mlflow's basic-auth who may read a few models; return its Authorization."""
    connection = process.connection()
    reader = {"username": READER, "password": secrets.token_hex(16)}
    connection.call("POST", f"{API}/users/create", reader)
    for number in range(0, models, models // READABLE):
        permission = {"resource_type": "registered_model", "permission": "READ"}
        permission |= {"username": READER, "resource_id": model_name(number)}
        connection.call("POST", "/api/3.0/mlflow/users/permissions/grant", permission)
    return basic(READER, reader["password"])


def _make_experiment(connection: Connection) -> str:
    name = f"bench-{secrets.token_hex(4)}"
    made = connection.call("POST", f"{API}/experiments/create", {"name": name})
    return str(made["experiment_id"])


def _make_run(connection: Connection, experiment: str, start_time: int) -> str:
    run = {"experiment_id": experiment, "start_time": start_time, "run_name": "r"}
    made = connection.call("POST", f"{API}/runs/create", run)
    return str(made["run"]["info"]["run_id"])


def _log_run(connection: Connection, experiment: str, number: int) -> str:
    run = _make_run(connection, experiment, NOW + number)
    metrics = [
        {"key": key, "value": value, "timestamp": NOW, "step": 0}
        for key, value in metrics_of(number)
    ]
    params = [{"key": key, "value": value} for key, value in params_of(number)]
    _log(connection, {"run_id": run, "metrics": metrics, "params": params})
    return run


def _make_written(connection: Connection) -> tuple[str, list[str]]:
    """Make an experiment with a run to log to for each client, and a long history in the first."""
    experiment = _make_experiment(connection)
    runs = [_make_run(connection, experiment, 1) for _ in range(_CLIENTS)]
    for begin in range(0, _POINTS, BATCH):
        points = [
            {"key": HISTORY_KEY, "value": 1 / (i + 1), "timestamp": NOW + i, "step": i}
            for i in range(begin, begin + BATCH)
        ]
        _log(connection, {"run_id": runs[0], "metrics": points})
    return experiment, runs


def _log(connection: Connection, batch: dict[str, Any]) -> None:
    connection.call("POST", f"{API}/runs/log-batch", batch)
