"""What runs logged, for any number of runs in one statement, and two more for data sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.db import Session
from app.db.statements import Sql
from app.tracking.values import (
    Dataset,
    DatasetInput,
    Metric,
    ModelOutput,
    Pair,
    Run,
    RunInfo,
)

_LOGGED = """
SELECT l.run_pk, 'metric' AS what, k.name, NULL AS text, l.value, l.timestamp, l.step
FROM latest_metrics l JOIN metric_keys k ON k.id = l.key_id WHERE l.run_pk {chosen}
UNION ALL SELECT run_pk, 'param', param_name, value, NULL, NULL, NULL
FROM params WHERE run_pk {chosen}
UNION ALL SELECT run_pk, 'tag', tag_name, value, NULL, NULL, NULL
FROM run_tags WHERE run_pk {chosen}
UNION ALL SELECT r.run_pk, r.direction, m.model_id, NULL, NULL, NULL, r.step
FROM run_models r JOIN logged_models m ON m.pk = r.model_pk WHERE r.run_pk {chosen}
UNION ALL SELECT run_pk, 'dataset', NULL, NULL, NULL, NULL, dataset_id
FROM run_inputs WHERE run_pk {chosen}"""
# A list of unknown length is planned anew by PostgreSQL each time, which takes longer than to look
# up what one run logged.
_LOGGED_BY_ONE = Sql(_LOGGED.format(chosen="= :pk"))
_LOGGED_BY_MANY = Sql(_LOGGED.format(chosen="IN_LIST(:pks)"))
_DATASETS = Sql("""
SELECT id, name, digest, source_type, source, schema, profile
FROM run_datasets WHERE id IN_LIST(:ids)""")
_INPUT_TAGS = Sql("""
SELECT run_pk, dataset_id, tag_name, value FROM run_input_tags WHERE run_pk IN_LIST(:pks)""")


@dataclass(slots=True)
class Logged:
    """What one run logged, as it is gathered."""

    metrics: list[Metric] = field(default_factory=list)
    params: list[Pair] = field(default_factory=list)
    tags: list[Pair] = field(default_factory=list)
    dataset_inputs: list[DatasetInput] = field(default_factory=list)
    model_inputs: list[str] = field(default_factory=list)
    model_outputs: list[ModelOutput] = field(default_factory=list)

    def add_model(self, what: str, model_id: str, step: int) -> None:
        """Take a model that went into the run, or came out of it."""
        if what == "input":
            self.model_inputs.append(model_id)
        else:
            self.model_outputs.append(ModelOutput(model_id, step))

    def run(self, info: RunInfo) -> Run:
        """Return the run with what it logged, by name, and what it made by step."""
        return Run(
            info,
            tuple(sorted(self.metrics)),
            tuple(sorted(self.params)),
            tuple(sorted(self.tags)),
            tuple(self.dataset_inputs),
            tuple(sorted(self.model_inputs)),
            tuple(sorted(self.model_outputs, key=lambda output: (output.step, output.model_id))),
        )


def fetch_logged(session: Session, pks: Sequence[int]) -> dict[int, Logged]:
    """Return what the runs logged, by their keys; of each metric the latest point."""
    logged = {pk: Logged() for pk in pks}
    if not logged:
        return logged
    used: list[tuple[int, int]] = []
    for pk, what, name, text, value, timestamp, step in _rows(session, list(logged)):
        if what == "metric":
            number = math.nan if value is None else value
            logged[pk].metrics.append(Metric(name, number, timestamp, step))
        elif what == "param":
            logged[pk].params.append((name, text))
        elif what == "tag":
            logged[pk].tags.append((name, text))
        elif what == "dataset":
            used.append((pk, step))
        else:
            logged[pk].add_model(what, name, step)
    if used:
        _add_datasets(session, logged, used)
    return logged


def _rows(session: Session, pks: list[int]) -> list[tuple[Any, ...]]:
    if len(pks) == 1:
        return _LOGGED_BY_ONE.fetch(session, pk=pks[0])
    return _LOGGED_BY_MANY.fetch(session, pks=pks)


def _add_datasets(session: Session, logged: dict[int, Logged], used: list[tuple[int, int]]) -> None:
    ids = list({dataset_id for _, dataset_id in used})
    datasets = {row[0]: Dataset(*row[1:]) for row in _DATASETS.run(session, ids=ids)}
    tags: dict[tuple[int, int], list[Pair]] = {}
    for pk, dataset_id, name, value in _INPUT_TAGS.run(session, pks=list(logged)):
        tags.setdefault((pk, dataset_id), []).append((name, value))
    for pk, dataset_id in used:
        its_tags = tuple(tags.get((pk, dataset_id), ()))
        logged[pk].dataset_inputs.append(DatasetInput(datasets[dataset_id], its_tags))
