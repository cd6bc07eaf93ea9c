"""Runs, points and models by the hundred thousand, with values that are told by their numbers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import insert, select

from app.db import Session
from app.registry.tables import model_versions, registered_models
from app.tracking.tables import latest_metrics, metric_keys, metrics, params, runs
from tests.bench.worlds import NOW, load

KEYS = 10
"""How many metrics and how many parameters a run has."""

FIRST_PK = 1_000_000
"""The key of the first run: above what the database hands out by itself meanwhile."""

_GOLDEN = 0x9E3779B97F4A7C15F39CC0605CEDC835


def run_id(number: int) -> str:
    """Return an id for the run of a number; ids are in no order."""
    return f"{(number + 1) * _GOLDEN % 2**128:032x}"


def metrics_of(number: int) -> list[tuple[str, float]]:
    """Return the metrics of a run, evenly between 0 and 1."""
    return [(f"m{key}", _scatter(number * KEYS + key) / 2**32) for key in range(KEYS)]


def params_of(number: int) -> list[tuple[str, str]]:
    """Return the parameters of a run, one of four letters each."""
    return [(f"p{key}", "xyzw"[_scatter(number * KEYS + key) >> 9 & 3]) for key in range(KEYS)]


def fill_runs(session: Session, experiment: int, owner: str, count: int) -> None:
    """Add so many runs to an experiment, each with its metrics and parameters."""
    ids = _key_ids(session, [f"m{key}" for key in range(KEYS)])
    load(session, runs, (_run_row(experiment, owner, n) for n in range(count)))
    load(session, latest_metrics, _latest_rows(experiment, ids, count))
    load(session, params, _param_rows(experiment, count))


def param_row(experiment: int, number: int, name: str, value: str) -> dict[str, Any]:
    """Return a row of a parameter of the run of a number."""
    return {
        "run_pk": FIRST_PK + number,
        "experiment_number": experiment,
        "start_time": NOW + number,
        "param_name": name,
        "value": value,
    }


def fill_points(session: Session, run_pk: int, key: str, count: int) -> None:
    """Add so many points of one metric to a run."""
    key_id = _key_ids(session, [key])[key]
    load(session, metrics, (_point_row(run_pk, key_id, step) for step in range(count)))


def fill_registry(session: Session, models: Sequence[str], owner: str) -> None:
    """Make registered models of securables, with one version each."""
    load(session, registered_models, ({"id": one, "last_version": 1} for one in models))
    load(session, model_versions, (_version_row(*one, owner) for one in enumerate(models)))


def _scatter(number: int) -> int:
    """Return a number below 2³² in which neighbours have nothing in common."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 >> 24 & 0xFFFFFFFF


def _key_ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    known = {row.name: row.id for row in session.execute(select(metric_keys))}
    missing = [{"name": name} for name in names if name not in known]
    if missing:
        session.execute(insert(metric_keys), missing)
    return {row.name: row.id for row in session.execute(select(metric_keys))}


def _run_row(experiment: int, owner: str, number: int) -> dict[str, Any]:
    return {
        "pk": FIRST_PK + number,
        "run_id": run_id(number),
        "experiment_number": experiment,
        "name": f"run {number}",
        "user_id": "bench",
        "created_by": owner,
        "status": "FINISHED",
        "start_time": NOW + number,
        "end_time": NOW + number + 1,
    }


def _latest_rows(experiment: int, ids: dict[str, int], count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        for name, value in metrics_of(number):
            yield {
                "run_pk": FIRST_PK + number,
                "key_id": ids[name],
                "experiment_number": experiment,
                "value": value,
                "timestamp": NOW,
                "step": 0,
            }


def _param_rows(experiment: int, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        for name, value in params_of(number):
            yield param_row(experiment, number, name, value)


def _point_row(run_pk: int, key_id: int, step: int) -> dict[str, Any]:
    return {
        "run_pk": run_pk,
        "key_id": key_id,
        "timestamp": NOW + step,
        "step": step,
        "value": 1 / (step + 1),
    }


def _version_row(number: int, model: str, owner: str) -> dict[str, Any]:
    return {
        "model_id": model,
        "version": 1,
        "source": f"s3://models/{model}",
        "created_at": NOW + number,
        "created_by": owner,
        "updated_at": NOW + number,
        "updated_by": owner,
    }
