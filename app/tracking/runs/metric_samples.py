"""Samples of metric histories: as many points of each run as a chart can show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.access import Operation
from app.db import Session
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import MAX_INT64, check_key, invalid
from app.tracking.resolve import obtain_run
from app.tracking.values import Metric

MAX_RUNS = 100
MAX_POINTS = 2500
MAX_POINTS_IN_ALL = 50_000
"""Of many runs: each point of a long history takes a statement."""
_FEW = 20_000

_COLUMNS = "SELECT value, timestamp, step, is_nan"
_OF = """
FROM metrics WHERE run_pk = :pk AND key_id = (SELECT id FROM metric_keys WHERE name = :key)
 AND step BETWEEN :start_step AND :end_step"""
_COUNT = Sql(f"SELECT count(*) FROM (SELECT 1 {_OF} LIMIT :most) AS counted")  # noqa: S608 (constants)
# Of n + 1 points in order and s + 1 wanted, those at k * n / s for k from 0 to s: the first, the
# last, and as evenly between them as whole numbers go. One alone is the last.
_EVENLY = Sql(f"""
{_COLUMNS} FROM (
 {_COLUMNS}, row_number() OVER (ORDER BY step, timestamp, value, is_nan) - 1 AS place,
  count(*) OVER () - 1 AS n {_OF}) AS points
WHERE place = n OR n <= :s OR (:s > 0 AND ((place * :s + n - 1) / nullif(n, 0)) * n / :s = place)
ORDER BY step, timestamp, value, is_nan""")
_FROM = Sql(f"""
{_COLUMNS} {_OF} AND (timestamp, step) >= (:time, :from_step)
ORDER BY timestamp, step, value, is_nan LIMIT 1""")
_LAST = Sql(f"""
{_COLUMNS} {_OF} ORDER BY timestamp DESC, step DESC, value DESC, is_nan DESC LIMIT 1""")

_Row = tuple[float, int, int, bool]


@dataclass(frozen=True, slots=True)
class Interval:
    """The steps from ``start`` to ``end``, both of them in it."""

    start: int = -MAX_INT64 - 1
    end: int = MAX_INT64


def sample_metric_histories(
    caller: Caller,
    run_ids: Sequence[str],
    metric_key: str,
    *,
    interval: Interval | None = None,
    max_results: int = MAX_POINTS,
) -> list[tuple[str, Metric]]:
    """Return at most ``max_results`` points of each run, run by run as asked, by step and time.

    Of many runs fewer, so that they are no more than 50,000 in all.

    Raises InvalidParameterError for more than 100 runs, none, a bad name, size or interval,
    NotFoundError if one of the runs is absent or hidden, PermissionDeniedError.
    """
    interval = interval or Interval()
    check_key(metric_key, "metric_key")
    _check(run_ids, interval, max_results)
    runs = {
        run.pk: run.run_id
        for run in (obtain_run(caller, Operation.RUN_READ, one) for one in dict.fromkeys(run_ids))
    }
    size = min(max_results, MAX_POINTS_IN_ALL // len(runs))
    return [
        (run_id, Metric(metric_key, math.nan if is_nan else value, timestamp, step))
        for pk, run_id in runs.items()
        for value, timestamp, step, is_nan in _sample(
            caller.session,
            size,
            pk=pk,
            key=metric_key,
            start_step=interval.start,
            end_step=interval.end,
        )
    ]


def _sample(session: Session, size: int, **of: Any) -> list[_Row]:
    """Return a sample of one history, by step: even by number, or of a long one by time."""
    count: int = _COUNT.run(session, most=_FEW + 1, **of).scalar_one()
    if count <= _FEW:
        return [tuple(row) for row in _EVENLY.run(session, s=size - 1, **of)]
    found = {tuple(row) for row in _LAST.run(session, **of)}
    if size > 1:
        for time, step in _places(session, size, **of):
            found.update(tuple(row) for row in _FROM.run(session, time=time, from_step=step, **of))
    return sorted(found, key=lambda row: (row[2], row[1], row[0], row[3]))


def _places(session: Session, size: int, **of: Any) -> list[tuple[int, int]]:
    """Return where to look for points that lie evenly in time, or all at one time by step."""
    lowest = -MAX_INT64 - 1
    _, begin, first_step, _ = _FROM.run(session, time=0, from_step=lowest, **of).one()
    _, end, last_step, _ = _LAST.run(session, **of).one()
    parts = range(size - 1)
    if begin == end:
        return [(begin, first_step + (last_step - first_step) * k // (size - 1)) for k in parts]
    return [(begin + (end - begin) * k // (size - 1), lowest) for k in parts]


def _check(run_ids: Sequence[str], interval: Interval, max_results: int) -> None:
    if not 1 <= len(run_ids) <= MAX_RUNS:
        msg = (
            "GetMetricHistoryBulkInterval request must specify at least one run_id and at most "
            f"{MAX_RUNS} run_ids. Received {len(run_ids)} run_ids."
        )
        raise InvalidParameterError(msg, field="run_ids")
    if not 1 <= max_results <= MAX_POINTS:
        raise invalid("max_results", str(max_results), f"It must be between 1 and {MAX_POINTS}")
    if interval.start > interval.end:
        msg = (
            "end_step must be greater than start_step. "
            f"Found start_step={interval.start} and end_step={interval.end}."
        )
        raise InvalidParameterError(msg, field="end_step")
