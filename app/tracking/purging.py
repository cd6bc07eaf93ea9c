"""Delete for good what has been in the trash: runs, logged models and experiments, with files.

The log and lineage keep what they say of them: what was done stays provable, and what came of it
traceable. An experiment that went with its schema or catalog waits for these to be restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from app import access, audit, securables
from app.access import METASTORE, Operation
from app.artifacts import Vault, delete_containers
from app.db import Session
from app.db.statements import Sql
from app.identity import Caller
from app.securables import Kind
from app.tracking.files import Holder, trace_container
from app.tracking.traces.rows import delete_rows

RUN_TABLES = (
    "metrics",
    "latest_metrics",
    "params",
    "run_tags",
    "run_input_tags",
    "run_inputs",
    "run_models",
    "logged_model_metrics",
)
MODEL_TABLES = (
    "logged_model_params",
    "logged_model_tags",
    "logged_model_metrics",
    "run_models",
)
TABLES_BELOW = {
    "evaluation_datasets": (
        "dataset_pk",
        ("evaluation_dataset_tags", "evaluation_dataset_experiments", "evaluation_records"),
    ),
    "scorers": ("scorer_pk", ("scorer_versions",)),
    "review_queues": (
        "queue_pk",
        ("review_queue_users", "review_queue_schemas", "review_queue_items"),
    ),
}
"""Tables of things in an experiment, with the column and the tables of what is in these."""

EXPERIMENT_TABLES = (
    "run_datasets",
    "experiment_tags",
    "evaluation_dataset_experiments",
    "label_schemas",
    "issues",
    *TABLES_BELOW,
)

_AT_ONCE = 200
_SHOWN = 100
_DEAD = """SELECT e.number FROM experiments e JOIN securables s ON s.id = e.securable_id
 WHERE s.deleted_at <= :before AND s.deletion_id IS NULL"""
_IS_DEAD_RUN = f"(deleted_at <= :before OR experiment_number IN ({_DEAD}))"
# Written to and not only read: whoever restores one meanwhile comes first, or is refused.
_RUNS = Sql(f"""
UPDATE runs SET deleted_at = coalesce(deleted_at, :before)
WHERE pk IN (SELECT pk FROM runs WHERE {_IS_DEAD_RUN} LIMIT :count) AND {_IS_DEAD_RUN}
RETURNING pk, run_id""")  # noqa: S608 (constants)
_MODELS = Sql(f"""
SELECT pk, model_id FROM logged_models WHERE deleted_at <= :before
 OR experiment_number IN ({_DEAD}) LIMIT :count""")  # noqa: S608 (constants)
_TRACES = Sql(f"""
SELECT pk, experiment_number, trace_id FROM traces WHERE experiment_number IN ({_DEAD})
LIMIT :count""")  # noqa: S608 (constants)
_EXPERIMENTS = Sql(f"{_DEAD} ORDER BY e.number LIMIT :count")
_UNLINK = Sql("DELETE FROM trace_runs WHERE run_id IN_LIST(:ids)")


def _deletions(tables: Iterable[str], column: str) -> tuple[Sql, ...]:
    return tuple(Sql(f"DELETE FROM {table} WHERE {column} IN_LIST(:pks)") for table in tables)  # noqa: S608 (constants)


_OF_RUNS = _deletions(RUN_TABLES, "run_pk") + _deletions(["runs"], "pk")
_OF_MODELS = _deletions(MODEL_TABLES, "model_pk") + _deletions(["logged_models"], "pk")
_OF_EXPERIMENTS = (
    *(
        Sql(f"""
DELETE FROM {below} WHERE {column} IN
 (SELECT pk FROM {table} WHERE experiment_number IN_LIST(:pks))""")  # noqa: S608 (constants)
        for table, (column, children) in TABLES_BELOW.items()
        for below in children
    ),
    *_deletions(EXPERIMENT_TABLES, "experiment_number"),
    *_deletions(["experiments"], "number"),
)


def purge_tracking(caller: Caller, vault: Vault, before: int) -> dict[str, int]:
    """Delete for good some of what was in the trash by ``before``, in milliseconds since 1970.

    Returns how many of what, or nothing if nothing is left: to be called until then. Raises
    NotFoundError or PermissionDeniedError without MANAGE on the metastore.
    """
    access.obtain(caller, Operation.TRASH_PURGE, METASTORE)
    # Before anything in them goes, so that none comes back without it.
    if buried := securables.bury(caller, Kind.EXPERIMENT, before, _AT_ONCE):
        audit.record(caller, Operation.TRASH_PURGE, buried=buried)
    for what, purge in _KINDS:
        purged = purge(caller, vault, before)
        if purged:
            audit.record(
                caller, Operation.TRASH_PURGE, kind=what, count=len(purged), ids=purged[:_SHOWN]
            )
            return {what: len(purged)}
    return {}


def _purge_runs(caller: Caller, vault: Vault, before: int) -> list[str]:
    rows = _RUNS.run(caller.session, before=before, count=_AT_ONCE).all()
    ids = [row.run_id for row in rows]
    delete_containers(caller, vault, [Holder(run_id=run_id).container for run_id in ids])
    _UNLINK.run(caller.session, ids=ids)
    _delete(caller.session, _OF_RUNS, [row.pk for row in rows])
    return ids


def _purge_models(caller: Caller, vault: Vault, before: int) -> list[str]:
    rows = _MODELS.run(caller.session, before=before, count=_AT_ONCE).all()
    ids = [row.model_id for row in rows]
    delete_containers(caller, vault, [Holder(model_id=model_id).container for model_id in ids])
    _delete(caller.session, _OF_MODELS, [row.pk for row in rows])
    return ids


def _purge_traces(caller: Caller, vault: Vault, before: int) -> list[str]:
    rows = _TRACES.run(caller.session, before=before, count=_AT_ONCE).all()
    delete_containers(
        caller, vault, [trace_container(row.experiment_number, row.trace_id) for row in rows]
    )
    delete_rows(caller.session, [row.pk for row in rows])
    return [row.trace_id for row in rows]


def _purge_experiments(caller: Caller, _vault: Vault, before: int) -> list[str]:
    numbers = list(_EXPERIMENTS.run(caller.session, before=before, count=_AT_ONCE).scalars())
    _delete(caller.session, _OF_EXPERIMENTS, numbers)
    return [str(number) for number in numbers]


_KINDS: tuple[tuple[str, Callable[[Caller, Vault, int], list[str]]], ...] = (
    ("runs", _purge_runs),
    ("logged_models", _purge_models),
    ("traces", _purge_traces),
    ("experiments", _purge_experiments),
)


def _delete(session: Session, statements: Sequence[Sql], pks: list[int]) -> None:
    for statement in statements if pks else ():
        statement.run(session, pks=pks)
