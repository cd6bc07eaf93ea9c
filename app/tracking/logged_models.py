"""Logged models: create, finalize, read and delete, with their parameters, tags and metrics."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app import audit
from app.access import Operation
from app.db import Session
from app.db.statements import Insert, Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.lineage import EdgeKind, record_edge
from app.tracking.checks import (
    MAX_LOGGED_MODEL_TAG_VALUE,
    MAX_PARAMS,
    check_key,
    check_params,
    check_tags,
    check_text,
)
from app.tracking.resolve import (
    LoggedModelRef,
    RunRef,
    logged_model_artifact_uri,
    obtain_experiment,
    obtain_logged_model,
    obtain_run,
)
from app.tracking.runs.inputs import model_node, run_node
from app.tracking.runs.names import random_name
from app.tracking.values import Lifecycle, LoggedModel, LoggedModelStatus, Metric, Pair

_MAX_NAME = 500
_FORBIDDEN = ("/", ":", ".", "%", '"', "'")

_CREATE = Sql("""
INSERT INTO logged_models (model_id, experiment_number, name, source_run_id, status, model_type,
 created_by, created_at, updated_at)
VALUES (:model_id, :number, :name, :source_run_id, :status, :model_type, :created_by, :now, :now)
RETURNING pk""")
_FINALIZE = Sql("""
UPDATE logged_models SET status = :status, status_message = :message, updated_at = :now
WHERE pk = :pk""")
_DELETE = Sql("UPDATE logged_models SET deleted_at = :now, updated_at = :now WHERE pk = :pk")
_TOUCH = Sql("UPDATE logged_models SET updated_at = :now WHERE pk = :pk")
_PARAMS = Insert(
    "logged_model_params",
    {"model_pk": "bigint", "param_name": "text", "value": "text"},
    "ON CONFLICT DO NOTHING",
)
_OTHER_VALUES = Sql("""
SELECT param_name, value FROM logged_model_params
WHERE model_pk = :pk AND param_name IN_LIST(:names)""")
_TAGS = Insert(
    "logged_model_tags",
    {"model_pk": "bigint", "tag_name": "text", "value": "text"},
    "ON CONFLICT (model_pk, tag_name) DO UPDATE SET value = excluded.value",
)
_DELETE_TAG = Sql("DELETE FROM logged_model_tags WHERE model_pk = :pk AND tag_name = :name")
_LOGGED = Sql("""
SELECT m.model_pk, 'metric' AS what, k.name, NULL AS text, m.value AS number, m.timestamp, m.step,
 m.dataset_name, m.dataset_digest, r.run_id
FROM logged_model_metrics m JOIN metric_keys k ON k.id = m.key_id JOIN runs r ON r.pk = m.run_pk
WHERE m.model_pk IN_LIST(:pks)
UNION ALL SELECT model_pk, 'param', param_name, value, NULL, NULL, NULL, NULL, NULL, NULL
FROM logged_model_params WHERE model_pk IN_LIST(:pks)
UNION ALL SELECT model_pk, 'tag', tag_name, value, NULL, NULL, NULL, NULL, NULL, NULL
FROM logged_model_tags WHERE model_pk IN_LIST(:pks)""")


@dataclass(slots=True)
class _Logged:
    params: list[Pair] = field(default_factory=list)
    tags: list[Pair] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NewLoggedModel:
    """What a logged model is made of; without a name it is given one."""

    name: str | None = None
    source_run_id: str | None = None
    model_type: str = ""
    params: Sequence[Pair] = ()
    tags: Sequence[Pair] = ()


def create_logged_model(caller: Caller, experiment_id: str, new: NewLoggedModel) -> LoggedModel:
    """Create a logged model, pending until it is finalized.

    Raises InvalidParameterError for a bad name, parameter or tag or for an experiment or run in the
    trash, NotFoundError for one that is absent or hidden, PermissionDeniedError.
    """
    name = _check_name(new.name)
    model_type = check_text(new.model_type, "model_type", _MAX_NAME)
    params = check_params(new.params)
    tags = check_tags(new.tags, limit=MAX_LOGGED_MODEL_TAG_VALUE, truncate=False)
    experiment = obtain_experiment(
        caller, Operation.LOGGED_MODEL_CREATE, experiment_id, active=True
    )
    run = _obtain_source(caller, new.source_run_id) if new.source_run_id else None
    model_id = f"m-{secrets.token_hex(16)}"
    model = LoggedModel(
        model_id=model_id,
        experiment_id=str(experiment.number),
        name=name,
        source_run_id=new.source_run_id or None,
        status=LoggedModelStatus.PENDING,
        status_message="",
        model_type=model_type,
        artifact_uri=logged_model_artifact_uri(experiment.number, model_id),
        created_at=caller.now,
        updated_at=caller.now,
        lifecycle_stage=Lifecycle.ACTIVE,
        params=tuple(params.items()),
        tags=tuple(tags.items()),
    )
    pk: int = _CREATE.run(
        caller.session,
        model_id=model_id,
        number=experiment.number,
        name=name,
        source_run_id=model.source_run_id,
        status=model.status.value,
        model_type=model_type,
        created_by=caller.principal.id,
        now=caller.now,
    ).scalar_one()
    write_facts(caller.session, pk, params, tags)
    if run is not None:
        node = model_node(LoggedModelRef(pk, experiment, model))
        record_edge(caller, run_node(run), node, EdgeKind.OUTPUT)
    audit.record(caller, Operation.LOGGED_MODEL_CREATE, experiment.securable, logged_model=model_id)
    return model


def get_logged_model(caller: Caller, model_id: str, *, deleted: bool = False) -> LoggedModel:
    """Return a logged model; with ``deleted`` also one in the trash.

    Raises NotFoundError if it is absent, hidden or in the trash; PermissionDeniedError.
    """
    model = obtain_logged_model(caller, Operation.LOGGED_MODEL_READ, model_id, deleted=deleted)
    return complete(caller.session, {model.pk: model.model})[0]


def finalize_logged_model(
    caller: Caller, model_id: str, status: LoggedModelStatus, message: str = ""
) -> LoggedModel:
    """Say whether the files of a logged model are there.

    Raises InvalidParameterError if its experiment is in the trash, as all that changes one does;
    NotFoundError, PermissionDeniedError.
    """
    model = _obtain_to_change(caller, model_id)
    message = check_text(message, "status_message", MAX_LOGGED_MODEL_TAG_VALUE)
    _FINALIZE.run(caller.session, pk=model.pk, status=status.value, message=message, now=caller.now)
    audit.record(caller, Operation.LOGGED_MODEL_UPDATE, logged_model=model_id, status=status.value)
    changed = replace(model.model, status=status, status_message=message, updated_at=caller.now)
    return complete(caller.session, {model.pk: changed})[0]


def delete_logged_model(caller: Caller, model_id: str) -> None:
    """Move a logged model to the trash.

    Raises NotFoundError if it is absent, hidden or there already; PermissionDeniedError.
    """
    model = obtain_logged_model(caller, Operation.LOGGED_MODEL_DELETE, model_id)
    _DELETE.run(caller.session, pk=model.pk, now=caller.now)
    audit.record(caller, Operation.LOGGED_MODEL_DELETE, logged_model=model_id)


def log_logged_model_params(caller: Caller, model_id: str, params: Sequence[Pair]) -> None:
    """Add parameters, once each: the same value again is fine.

    Raises InvalidParameterError for more than 100, a bad name, or another value of one that is
    there; NotFoundError, PermissionDeniedError.
    """
    if len(params) > MAX_PARAMS:
        msg = f"At most {MAX_PARAMS} params can be logged at once. Got {len(params)}."
        raise InvalidParameterError(msg, field="params")
    checked = check_params(params)
    model = _obtain_to_change(caller, model_id)
    write_facts(caller.session, model.pk, checked, {})
    _TOUCH.run(caller.session, pk=model.pk, now=caller.now)
    audit.record(caller, Operation.LOGGED_MODEL_UPDATE, logged_model=model_id, params=len(checked))


def set_logged_model_tags(caller: Caller, model_id: str, tags: Sequence[Pair]) -> LoggedModel:
    """Set tags; of a name that comes twice the last value counts.

    Raises InvalidParameterError for a bad name or value, NotFoundError, PermissionDeniedError.
    """
    checked = check_tags(tags, limit=MAX_LOGGED_MODEL_TAG_VALUE, truncate=False)
    model = _obtain_to_change(caller, model_id)
    write_facts(caller.session, model.pk, {}, checked)
    _TOUCH.run(caller.session, pk=model.pk, now=caller.now)
    audit.record(caller, Operation.LOGGED_MODEL_UPDATE, logged_model=model_id, tags=len(checked))
    changed = replace(model.model, updated_at=caller.now)
    return complete(caller.session, {model.pk: changed})[0]


def delete_logged_model_tag(caller: Caller, model_id: str, name: str) -> None:
    """Delete a tag.

    Raises NotFoundError if the model has no such tag, or is absent or hidden;
    PermissionDeniedError.
    """
    check_key(name, "tag_key")
    model = _obtain_to_change(caller, model_id)
    if _DELETE_TAG.run(caller.session, pk=model.pk, name=name).rowcount == 0:
        msg = f"No tag with key {name!r} found for model with ID {model_id!r}."
        raise NotFoundError(msg, field="tag_key")
    _TOUCH.run(caller.session, pk=model.pk, now=caller.now)
    audit.record(caller, Operation.LOGGED_MODEL_UPDATE, logged_model=model_id, deleted_tag=name)


def complete(session: Session, models: Mapping[int, LoggedModel]) -> list[LoggedModel]:
    """Return logged models, given by their keys, with their parameters, tags and metrics."""
    logged = {pk: _Logged() for pk in models}
    rows = _LOGGED.run(session, pks=list(logged)) if logged else ()
    for pk, what, name, text, number, timestamp, step, dataset, digest, run_id in rows:
        gathered = logged[pk]
        if what == "param":
            gathered.params.append((name, text))
        elif what == "tag":
            gathered.tags.append((name, text))
        else:
            value = math.nan if number is None else number
            of_model = models[pk].model_id
            gathered.metrics.append(
                Metric(name, value, timestamp, step, of_model, dataset, digest, run_id)
            )
    return [
        replace(
            models[pk],
            params=tuple(sorted(gathered.params)),
            tags=tuple(sorted(gathered.tags)),
            metrics=tuple(sorted(gathered.metrics, key=_moment)),
        )
        for pk, gathered in logged.items()
    ]


def write_facts(session: Session, pk: int, params: dict[str, str], tags: dict[str, str]) -> None:
    """Write parameters and tags that were checked.

    Raises InvalidParameterError if the model has one of the parameters with another value.
    """
    rows = [(pk, name, value) for name, value in sorted(params.items())]
    if _PARAMS.run(session, rows) != len(rows):
        for name, value in _OTHER_VALUES.run(session, pk=pk, names=list(params)):
            if params[name] != value:
                msg = (
                    f"Changing param values is not allowed. Param with key='{name}' was already "
                    f"logged with value='{value}'."
                )
                raise InvalidParameterError(msg, field="params")
    _TAGS.run(session, [(pk, name, value) for name, value in sorted(tags.items())])


def _obtain_source(caller: Caller, run_id: str) -> RunRef:
    return obtain_run(caller, Operation.RUN_LOG, run_id, active=True)


def _obtain_to_change(caller: Caller, model_id: str) -> LoggedModelRef:
    return obtain_logged_model(caller, Operation.LOGGED_MODEL_UPDATE, model_id, active=True)


def _moment(metric: Metric) -> tuple[str, int, int]:
    return metric.key, metric.timestamp, metric.step


def _check_name(name: str | None) -> str:
    if name is None:
        return random_name()
    if not name or any(character in name for character in _FORBIDDEN):
        hint = (
            "Model name must be a non-empty string and cannot contain the following characters: "
            f"{_FORBIDDEN}"
        )
        msg = f"Invalid model name ({name[:80]!r}) provided. {hint}"
        raise InvalidParameterError(msg, field="name")
    return check_text(name, "name", _MAX_NAME)
