"""What clients before MLflow 3 say of the models that they log: kept in a tag of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select

from app import audit
from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import MAX_TAG_VALUE, check_text
from app.tracking.resolve import obtain_run
from app.tracking.runs.runs import write_tags
from app.tracking.tables import runs

HISTORY_TAG = "mlflow.log-model.history"
_NEEDED = ("artifact_path", "flavors", "utc_time_created", "run_id")
_KEPT = (*_NEEDED, "model_uuid")

_BEFORE = Sql("SELECT value FROM run_tags WHERE run_pk = :pk AND tag_name = :name")


def record_model(caller: Caller, run_id: str, model: Mapping[str, Any]) -> None:
    """Note a model that a run logged; the oldest go when the tag cannot hold them all.

    Raises InvalidParameterError for a model that lacks what MLflow tells of each or is too large
    for the tag, or a run in the trash; NotFoundError, PermissionDeniedError.
    """
    missing = [name for name in _NEEDED if name not in model]
    if missing:
        msg = f"Model json is missing mandatory fields: {missing}"
        raise InvalidParameterError(msg, field="model_json")
    told = orjson.dumps({name: model[name] for name in _KEPT if name in model}).decode()
    check_text(f"[{told}]", "model_json", MAX_TAG_VALUE)
    run = obtain_run(caller, Operation.RUN_LOG, run_id, active=True)
    # Two models may be logged at once: whoever is second adds to what the first wrote.
    caller.session.execute(select(runs.c.pk).where(runs.c.pk == run.pk).with_for_update())
    history = [*_read(caller, run.pk), told]
    while len(_joined(history)) > MAX_TAG_VALUE:
        del history[0]
    write_tags(caller, run, {HISTORY_TAG: _joined(history)})
    audit.record(caller, Operation.RUN_LOG, run_id=run_id, models=1)


def _read(caller: Caller, pk: int) -> list[str]:
    """Return what the tag holds, each model as JSON; anybody may have written it, in any form."""
    before = _BEFORE.run(caller.session, pk=pk, name=HISTORY_TAG).scalar()
    try:
        history = orjson.loads(before or "[]")
        return [orjson.dumps(one).decode() for one in history if isinstance(one, dict)]
    except (orjson.JSONDecodeError, TypeError):  # A TypeError for what nests too deep to write.
        return []


def _joined(models: Sequence[str]) -> str:
    return f"[{','.join(models)}]"
