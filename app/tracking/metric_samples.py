"""Samples of metric histories: as many points of each run as a chart can show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import MAX_INT64, check_key, invalid
from app.tracking.resolve import obtain_run
from app.tracking.values import Metric

MAX_RUNS = 100
MAX_POINTS = 2500

# Of n + 1 points in order and s + 1 wanted, those at k * n / s for k from 0 to s: the first, the
# last, and as evenly between them as whole numbers go. One alone is the last.
_SAMPLES = Sql("""
SELECT run_pk, value, timestamp, step, is_nan FROM (
 SELECT run_pk, value, timestamp, step, is_nan,
  row_number() OVER (PARTITION BY run_pk ORDER BY step, timestamp, value, is_nan) - 1 AS place,
  count(*) OVER (PARTITION BY run_pk) - 1 AS n
 FROM metrics
 WHERE run_pk IN_LIST(:pks) AND key_id = (SELECT id FROM metric_keys WHERE name = :key)
  AND step BETWEEN :start_step AND :end_step) AS points
WHERE place = n OR n <= :s OR (:s > 0 AND ((place * :s + n - 1) / nullif(n, 0)) * n / :s = place)
ORDER BY step, timestamp, value, is_nan""")


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
    rows = _SAMPLES.run(
        caller.session,
        pks=list(runs),
        key=metric_key,
        start_step=interval.start,
        end_step=interval.end,
        s=max_results - 1,
    )
    found: dict[int, list[tuple[str, Metric]]] = {pk: [] for pk in runs}
    for pk, value, timestamp, step, is_nan in rows:
        point = Metric(metric_key, math.nan if is_nan else value, timestamp, step)
        found[pk].append((runs[pk], point))
    return [point for points in found.values() for point in points]


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
