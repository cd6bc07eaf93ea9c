"""Requests made over and over by several clients at once."""

import json
import multiprocessing
import queue
import time
from collections.abc import Callable
from typing import Any

from tests.bench.connections import Connection

Step = Callable[[int, int], tuple[str, str, Any]]
"""From the numbers of a client and of a body: the method, path and JSON body of a request."""

API = "/api/2.0/mlflow"
BATCH = 1_000
_BODIES = 8
_FIRST_MOMENT = 1_700_000_000_000
_MOMENT = str(_FIRST_MOMENT).encode()


def batch_of_metrics(run: str, number: int) -> tuple[str, str, Any]:
    """Return a request for log-batch, of as many points as one may have."""
    points = [
        {"key": f"m{i % 10}", "value": i / 2, "timestamp": _FIRST_MOMENT, "step": i + number}
        for i in range(BATCH)
    ]
    return "POST", f"{API}/runs/log-batch", {"run_id": run, "metrics": points}


def one_metric(run: str, number: int) -> tuple[str, str, Any]:
    """Return a request for log-metric."""
    point = {"key": "loss", "value": 0.5, "timestamp": _FIRST_MOMENT, "step": number}
    return "POST", f"{API}/runs/log-metric", {"run_id": run, **point}


def drive(connect: Callable[[], Connection], clients: int, step: Step, seconds: float) -> int:
    """Run a step in so many processes for so long; return how often all of them did it."""
    context = multiprocessing.get_context("fork")
    counts: multiprocessing.Queue[int] = context.Queue()
    barrier = context.Barrier(clients + 1)

    def work(client: int) -> None:
        connection = connect()
        asked = [step(client, number) for number in range(_BODIES)]
        sent = [(how, path, body and json.dumps(body).encode()) for how, path, body in asked]
        connection.fetch(*sent[0])
        barrier.wait()
        done, begun = 0, time.perf_counter()
        while time.perf_counter() < begun + seconds:
            method, path, body = sent[done % _BODIES]
            # Points that are there already would cost nothing: every request brings new ones.
            fresh = str(int(begun * 1e6) + client * 10**13 + done).encode()
            connection.fetch(method, path, body and body.replace(_MOMENT, fresh))
            done += 1
        counts.put(done)

    processes = [context.Process(target=work, args=(client,)) for client in range(clients)]
    for process in processes:
        process.start()
    barrier.wait(60)
    try:
        total = sum(counts.get(timeout=seconds + 60) for _ in processes)
    except queue.Empty:
        raise AssertionError("a client failed") from None
    for process in processes:
        process.join()
    return total
