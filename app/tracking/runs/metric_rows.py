"""Rows of metrics: every point, the latest of each metric, and the points of logged models."""

from __future__ import annotations

from collections.abc import Sequence

from app import access, audit
from app.access import Operation
from app.db import Session
from app.db.statements import Insert, Sql
from app.identity import Caller
from app.securables import Kind
from app.tracking.checks import stored_number
from app.tracking.resolve import RunRef, obtain_logged_model
from app.tracking.values import Metric

_SHOWN = 100

# MLflow compares a NaN as 0, which is what the history stores beside its flag.
_IF_LATER = """
ON CONFLICT (run_pk, key_id) DO UPDATE
SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step
WHERE (excluded.step, excluded.timestamp, coalesce(excluded.value, 0))
 > (latest_metrics.step, latest_metrics.timestamp, coalesce(latest_metrics.value, 0))"""

_KEYS = Sql("SELECT name, id FROM metric_keys WHERE name IN_LIST(:names)")
_ADD_KEY = Sql("INSERT INTO metric_keys (name) VALUES (:name) ON CONFLICT (name) DO NOTHING")
_POINT = Sql("""
INSERT INTO metrics (run_pk, key_id, timestamp, step, value, is_nan)
SELECT :pk, id, :timestamp, :step, :value, :is_nan FROM metric_keys WHERE name = :key
ON CONFLICT DO NOTHING""")
_LATEST = Sql(f"""
INSERT INTO latest_metrics (run_pk, key_id, experiment_number, value, timestamp, step)
SELECT :pk, id, :experiment, CAST(:latest AS double precision), :timestamp, :step
FROM metric_keys WHERE name = :key {_IF_LATER}""")  # noqa: S608 (constants)
_POINTS = Insert(
    "metrics",
    {
        "run_pk": "bigint",
        "key_id": "bigint",
        "timestamp": "bigint",
        "step": "bigint",
        "value": "double precision",
        "is_nan": "boolean",
    },
    "ON CONFLICT DO NOTHING",
)
_LATEST_POINTS = Insert(
    "latest_metrics",
    {
        "run_pk": "bigint",
        "key_id": "bigint",
        "experiment_number": "bigint",
        "value": "double precision",
        "timestamp": "bigint",
        "step": "bigint",
    },
    _IF_LATER,
)
_MODEL_POINTS = Insert(
    "logged_model_metrics",
    {
        "model_pk": "bigint",
        "key_id": "bigint",
        "run_pk": "bigint",
        "timestamp": "bigint",
        "step": "bigint",
        "value": "double precision",
        "dataset_name": "text",
        "dataset_digest": "text",
    },
    "ON CONFLICT DO NOTHING",
)
_MODELS = Sql("""
SELECT model_id, pk FROM logged_models
WHERE model_id IN_LIST(:ids) AND experiment_number = :experiment AND deleted_at IS NULL""")


def write_metric(session: Session, run: RunRef, metric: Metric) -> None:
    """Write one checked point, in two statements if the metric's name is known."""
    value, is_nan = stored_number(metric.value)
    point = {
        "pk": run.pk,
        "key": metric.key,
        "timestamp": metric.timestamp,
        "step": metric.step,
    }
    if _POINT.run(session, **point, value=value, is_nan=is_nan).rowcount == 0:
        _ADD_KEY.run(session, name=metric.key)
        _POINT.run(session, **point, value=value, is_nan=is_nan)
    _LATEST.run(
        session, **point, experiment=run.experiment.number, latest=None if is_nan else value
    )


def write_metrics(caller: Caller, run: RunRef, metrics: Sequence[Metric]) -> None:
    """Write checked points in as many statements as there are tables, not points.

    Raises NotFoundError for a logged model that is absent or hidden, PermissionDeniedError.
    """
    if not metrics:
        return
    session = caller.session
    key_ids = fetch_key_ids(session, {metric.key for metric in metrics})
    points: list[tuple[int, int, int, int, float, bool]] = []
    latest: dict[int, tuple[int, int, float, bool]] = {}
    for metric in metrics:
        key_id, timestamp, step = key_ids[metric.key], metric.timestamp, metric.step
        value, is_nan = stored_number(metric.value)
        points.append((run.pk, key_id, timestamp, step, value, is_nan))
        known = latest.get(key_id)
        if known is None or (step, timestamp, value) > known[:3]:
            latest[key_id] = (step, timestamp, value, is_nan)
    _POINTS.run(session, points)
    number = run.experiment.number
    # In one order for everybody, so that two batches for one run cannot wait for each other.
    _LATEST_POINTS.run(
        session,
        [
            (run.pk, key_id, number, None if is_nan else value, timestamp, step)
            for key_id, (step, timestamp, value, is_nan) in sorted(latest.items())
        ],
    )
    of_models = [metric for metric in metrics if metric.model_id]
    if of_models:
        _write_model_metrics(caller, run, of_models, key_ids)


def fetch_key_ids(session: Session, names: set[str]) -> dict[str, int]:
    """Return the numbers of metric names, giving new ones a number."""
    wanted = sorted(names)
    known: dict[str, int] = {row[0]: row[1] for row in _KEYS.run(session, names=wanted)}
    missing = [name for name in wanted if name not in known]
    if missing:
        _ADD_KEY.run_each(session, [{"name": name} for name in missing])
        known.update({row[0]: row[1] for row in _KEYS.run(session, names=missing)})
    return known


def _write_model_metrics(
    caller: Caller, run: RunRef, metrics: Sequence[Metric], key_ids: dict[str, int]
) -> None:
    ids = sorted({metric.model_id or "" for metric in metrics})
    rows = _MODELS.run(caller.session, ids=ids, experiment=run.experiment.number)
    pks: dict[str, int] = {row[0]: row[1] for row in rows}
    if pks:
        # Models of the run's own experiment: one decision on that is the decision on each of them.
        own = run.experiment.securable
        update = Operation.LOGGED_MODEL_UPDATE
        access.obtain(caller, update, own, kind=Kind.EXPERIMENT, deleted=True)
        audit.record(caller, update, run_id=run.run_id, logged_models=sorted(pks)[:_SHOWN])
    for model_id in ids:
        if model_id not in pks:
            model = obtain_logged_model(
                caller, Operation.LOGGED_MODEL_UPDATE, model_id, active=True
            )
            pks[model_id] = model.pk
    write_model_points(
        caller.session,
        [(pks[metric.model_id or ""], key_ids[metric.key], run.pk, metric) for metric in metrics],
    )


def write_model_points(session: Session, points: Sequence[tuple[int, int, int, Metric]]) -> None:
    """Write checked points of logged models, each beside the keys of model, metric and run."""
    rows = []
    for model_pk, key_id, run_pk, metric in points:
        value, is_nan = stored_number(metric.value)
        rows.append(
            (
                model_pk,
                key_id,
                run_pk,
                metric.timestamp,
                metric.step,
                None if is_nan else value,
                metric.dataset_name,
                metric.dataset_digest,
            )
        )
    _MODEL_POINTS.run(session, rows)
