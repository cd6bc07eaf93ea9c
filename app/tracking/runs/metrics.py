"""Metrics: log one, log a batch whole or not at all, and read a history page by page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from app import audit
from app.access import Operation
from app.db import Page, decode_token, encode_token
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import (
    MAX_INT64,
    check_batch_size,
    check_key,
    check_metrics,
    check_page_size,
    check_params,
    check_tags,
)
from app.tracking.resolve import obtain_run
from app.tracking.runs.metric_rows import write_metric, write_metrics
from app.tracking.runs.runs import write_params, write_tags
from app.tracking.values import Metric, Pair, Point

MAX_HISTORY_PAGE = 25_000
# MLflow's server answers whoever asks for no page with all there is, whatever memory it takes. Its
# client always asks for one; for others ours is larger, and has a token when there is more.
MAX_UNASKED_PAGE = 100_000
_POSITION = 4

_HISTORY = """
SELECT m.value, m.timestamp, m.step, m.is_nan FROM metrics m
WHERE m.run_pk = :pk AND m.key_id = (SELECT id FROM metric_keys WHERE name = :key)"""
_ORDER = " ORDER BY m.timestamp, m.step, m.value, m.is_nan"
_FIRST = f"{_HISTORY}{_ORDER} LIMIT :size"
_AFTER = (
    f"{_HISTORY} AND (m.timestamp, m.step, m.value, m.is_nan)"
    f" > (:timestamp, :step, :value, :is_nan){_ORDER} LIMIT :size"
)


def log_metric(caller: Caller, run_id: str, metric: Metric) -> None:
    """Log one point; an exact duplicate changes nothing.

    Raises InvalidParameterError for a bad name or number or a run in the trash, NotFoundError for
    a run or its logged model that is absent or hidden, PermissionDeniedError.
    """
    check_metrics([metric])
    run = obtain_run(caller, Operation.RUN_LOG, run_id, active=True)
    if metric.model_id:
        write_metrics(caller, run, [metric])
    else:
        write_metric(caller.session, run, metric)
    audit.record(caller, Operation.RUN_LOG, run_id=run_id, metrics=1)


def log_batch(
    caller: Caller,
    run_id: str,
    *,
    metrics: Sequence[Metric] = (),
    params: Sequence[Pair] = (),
    tags: Sequence[Pair] = (),
) -> None:
    """Log all of it or, if anything is wrong with any of it, nothing.

    Raises InvalidParameterError for more than 1000 metrics, 100 parameters, 100 tags or 1000 in
    all, a bad name or value, a parameter that has another value, or a run in the trash;
    NotFoundError, PermissionDeniedError. The caller's transaction must then be undone.
    """
    check_batch_size(len(metrics), len(params), len(tags))
    check_metrics(metrics)
    new_params, new_tags = check_params(params), check_tags(tags)
    run = obtain_run(caller, Operation.RUN_LOG, run_id, active=True)
    write_params(caller, run, new_params)
    write_metrics(caller, run, metrics)
    write_tags(caller, run, new_tags)
    audit.record(
        caller,
        Operation.RUN_LOG,
        run_id=run_id,
        metrics=len(metrics),
        params=len(params),
        tags=len(tags),
    )


def get_metric_history(
    caller: Caller,
    run_id: str,
    metric_key: str,
    *,
    max_results: int | None = None,
    page_token: str = "",
) -> Page[Metric]:
    """Return what ``get_metric_points`` does, each point as one of a metric."""
    page = get_metric_points(
        caller, run_id, metric_key, max_results=max_results, page_token=page_token
    )
    metrics = [
        Metric(metric_key, math.nan if is_nan else value, timestamp, step)
        for value, timestamp, step, is_nan in page.items
    ]
    return Page(metrics, page.next_token)


def get_metric_points(
    caller: Caller,
    run_id: str,
    metric_key: str,
    *,
    max_results: int | None = None,
    page_token: str = "",
) -> Page[Point]:
    """Return a page of the points of a metric by time, step and value.

    It holds 25,000 at the most, or 100,000 without ``max_results``.

    Raises InvalidParameterError for a bad name, size or token; NotFoundError,
    PermissionDeniedError.
    """
    check_key(metric_key, "metric_key")
    if max_results is None:
        size = MAX_UNASKED_PAGE
    else:
        size = min(check_page_size(max_results, MAX_INT64), MAX_HISTORY_PAGE)
    after = decode_token(page_token, _POSITION)
    run = obtain_run(caller, Operation.RUN_READ, run_id)
    wanted = {"pk": run.pk, "key": metric_key, "size": size + 1}
    points: list[Any]
    if after is None:
        points = caller.session.fetch(_FIRST, wanted)
    else:
        points = caller.session.fetch(_AFTER, wanted | _check_position(after))
    token = ""
    if len(points) > size:
        del points[size:]
        value, timestamp, step, is_nan = points[-1]
        token = encode_token(timestamp, step, value, bool(is_nan))
    return Page(points, token)


def _check_position(after: list[object]) -> dict[str, object]:
    timestamp, step, value, is_nan = after
    whole = all(type(number) is int for number in (timestamp, step))
    if not whole or not isinstance(value, float) or not isinstance(is_nan, bool):
        msg = "Invalid value for page_token: it is not a token of this list"
        raise InvalidParameterError(msg, field="page_token")
    return {"timestamp": timestamp, "step": step, "value": value, "is_nan": is_nan}
