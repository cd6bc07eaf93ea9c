"""Label schemas: the questions that reviewers of an experiment's traces are asked.

Each experiment has one from the beginning, which is written nowhere: it is the same everywhere,
and a list that only reads makes none.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError as DatabaseIntegrityError

from app import audit
from app.access import Operation
from app.db import Page
from app.db.statements import Sql
from app.errors import AlreadyExistsError, InvalidParameterError, NotFoundError
from app.identity import Caller
from app.tracking.checks import check_page_size, check_text
from app.tracking.evaluation.labels_values import (
    DEFAULT_INSTRUCTION,
    DEFAULT_NAME,
    MAX_NAME,
    InputKind,
    LabelInput,
    LabelSchema,
    LabelSchemaChange,
    NewLabelSchema,
    check_change,
    check_input,
    check_instruction,
    check_name,
)
from app.tracking.evaluation.pages import BEYOND_ALL, read_token, token_after
from app.tracking.evaluation.resolve import Part, PartKind
from app.tracking.resolve import ExperimentRef, obtain_experiment
from app.tracking.traces.values import AssessmentKind

MAX_RESULTS = 1000

_DEFAULT_ID = re.compile(r"ls-0{14}([0-9]{18})")
_WRITTEN = PartKind.of(
    "Label schema",
    "schema_id",
    """
SELECT l.*, e.securable_id
FROM label_schemas l JOIN experiments e ON e.number = l.experiment_number
WHERE l.schema_id = :id""",
    "l",
)
_DEFAULTS = PartKind(
    "Label schema",
    "schema_id",
    Sql("""
SELECT e.number AS experiment_number, e.securable_id FROM experiments e
WHERE e.number = CAST(substr(:id, 4) AS BIGINT)"""),
)
_ADD = Sql("""
INSERT INTO label_schemas (schema_id, experiment_number, name, kind, input_kind, input,
 instruction, enable_comment, created_by, author, created_at, updated_at)
VALUES (:schema_id, :number, :name, :kind, :input_kind, :input, :instruction, :enable_comment,
 :principal, :author, :now, :now)""")
_CHANGE = Sql("""
UPDATE label_schemas SET name = :name, input = :input, instruction = :instruction,
 enable_comment = :enable_comment, updated_at = :now WHERE pk = :pk""")
_BY_NAME = Sql("""
SELECT * FROM label_schemas WHERE experiment_number = :number AND name = :name""")
_PAGE = Sql("""
SELECT * FROM label_schemas WHERE experiment_number = :number AND pk < :before
ORDER BY pk DESC LIMIT :size""")
_UNASK = Sql("DELETE FROM review_queue_schemas WHERE schema_id = :schema_id")
_DELETE = Sql("DELETE FROM label_schemas WHERE pk = :pk")
_KNOWN = Sql("""
SELECT schema_id FROM label_schemas
WHERE experiment_number = :number AND schema_id IN_LIST(:ids)""")


def create_label_schema(caller: Caller, experiment_id: str, new: NewLabelSchema) -> LabelSchema:
    """Add a question to an experiment.

    Raises InvalidParameterError for a bad name, text or input or an experiment in the trash,
    AlreadyExistsError if the name is taken, NotFoundError, PermissionDeniedError.
    """
    check_name(new.name)
    check_input(new.input)
    check_instruction(new.instruction)
    found = obtain_experiment(caller, Operation.LABEL_SCHEMA_CREATE, experiment_id, active=True)
    made = LabelSchema(
        schema_id=f"ls-{secrets.token_hex(16)}",
        experiment_id=str(found.number),
        name=new.name,
        kind=new.kind,
        input=new.input,
        instruction=new.instruction,
        enable_comment=new.enable_comment,
        created_by=caller.principal.name,
        created_at=caller.now,
        updated_at=caller.now,
    )
    try:
        _ADD.run(
            caller.session,
            schema_id=made.schema_id,
            number=found.number,
            kind=made.kind.value,
            input_kind=made.input.kind.value,
            principal=caller.principal.id,
            author=caller.principal.name,
            **_changing(made, caller.now),
        )
    except DatabaseIntegrityError as error:
        raise _taken(made) from error
    _record(caller, Operation.LABEL_SCHEMA_CREATE, made)
    return made


def get_label_schema(caller: Caller, schema_id: str) -> LabelSchema:
    """Return a question.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError.
    """
    return _obtain(caller, Operation.LABEL_SCHEMA_READ, schema_id)[1]


def get_label_schema_by_name(caller: Caller, experiment_id: str, name: str) -> LabelSchema:
    """Return the question of a name.

    Raises NotFoundError if it or its experiment is absent or hidden, PermissionDeniedError.
    """
    check_text(name, "name", MAX_NAME)
    found = obtain_experiment(caller, Operation.LABEL_SCHEMA_READ, experiment_id)
    if name == DEFAULT_NAME:
        return _default(found)
    row = _BY_NAME.run(caller.session, number=found.number, name=name).first()
    if row is None:
        msg = f"Label schema with name '{name}' not found for experiment '{found.number}'."
        raise NotFoundError(msg, field="name")
    return _schema(row)


def list_label_schemas(
    caller: Caller, experiment_id: str, *, max_results: int = 100, page_token: str = ""
) -> Page[LabelSchema]:
    """Return a page of the questions of an experiment, the newest first and the default last.

    Raises InvalidParameterError for a bad page size or token, NotFoundError,
    PermissionDeniedError.
    """
    size = check_page_size(max_results, MAX_RESULTS)
    before = read_token(page_token, experiment_id, BEYOND_ALL)
    found = obtain_experiment(caller, Operation.LABEL_SCHEMA_READ, experiment_id)
    rows = list(_PAGE.run(caller.session, number=found.number, before=before, size=size + 1))
    schemas = [_schema(row) for row in rows]
    if len(rows) <= size:
        schemas.append(_default(found))
    token = token_after(experiment_id, rows[size - 1].pk) if len(schemas) > size else ""
    return Page(schemas[:size], token)


def update_label_schema(caller: Caller, schema_id: str, change: LabelSchemaChange) -> LabelSchema:
    """Change a question; what was answered before must still be an answer.

    Raises InvalidParameterError for a bad name, text or input, the default or an experiment in
    the trash; AlreadyExistsError if the name is taken; NotFoundError, PermissionDeniedError.
    """
    part, known = _obtain(caller, Operation.LABEL_SCHEMA_UPDATE, schema_id, active=True)
    _check_is_own(known, "edited")
    changed = replace(known, updated_at=caller.now)
    if change.name is not None:
        changed = replace(changed, name=check_name(change.name))
    if change.instruction is not None:
        changed = replace(changed, instruction=check_instruction(change.instruction))
    if change.enable_comment is not None:
        changed = replace(changed, enable_comment=change.enable_comment)
    if change.input is not None:
        changed = replace(changed, input=check_change(known.input, change.input))
    try:
        _CHANGE.run(caller.session, pk=part.row.pk, **_changing(changed, caller.now))
    except DatabaseIntegrityError as error:
        raise _taken(changed) from error
    _record(caller, Operation.LABEL_SCHEMA_UPDATE, changed)
    return changed


def delete_label_schema(caller: Caller, schema_id: str) -> None:
    """Delete a question; what was answered to it stays.

    Raises InvalidParameterError for the default or an experiment in the trash, NotFoundError,
    PermissionDeniedError.
    """
    part, known = _obtain(caller, Operation.LABEL_SCHEMA_DELETE, schema_id, active=True)
    _check_is_own(known, "deleted")
    _UNASK.run(caller.session, schema_id=schema_id)
    _DELETE.run(caller.session, pk=part.row.pk)
    _record(caller, Operation.LABEL_SCHEMA_DELETE, known)


def check_questions(caller: Caller, number: int, schema_ids: list[str]) -> None:
    """Raise InvalidParameterError unless the questions are all of the experiment."""
    rows = _KNOWN.run(caller.session, number=number, ids=schema_ids)
    known = {row.schema_id for row in rows} | {_default_id(number)}
    for schema_id in schema_ids:
        if schema_id not in known:
            msg = f"Label schema id '{schema_id[:80]}' not found for experiment '{number}'."
            raise InvalidParameterError(msg, field="schema_ids")


def _obtain(
    caller: Caller, operation: Operation, schema_id: str, *, active: bool = False
) -> tuple[Part, LabelSchema]:
    if _DEFAULT_ID.fullmatch(schema_id) is not None:
        part = _DEFAULTS.obtain(caller, operation, schema_id, active=active)
        return part, _default(part.experiment)
    part = _WRITTEN.obtain(caller, operation, schema_id, active=active)
    return part, _schema(part.row)


def _default_id(number: int) -> str:
    return f"ls-{number:032d}"


def _default(experiment: ExperimentRef) -> LabelSchema:
    made_at = experiment.securable.created_at
    return LabelSchema(
        schema_id=_default_id(experiment.number),
        experiment_id=str(experiment.number),
        name=DEFAULT_NAME,
        kind=AssessmentKind.FEEDBACK,
        input=LabelInput(InputKind.TEXT, {}),
        instruction=DEFAULT_INSTRUCTION,
        enable_comment=False,
        created_by=None,
        created_at=made_at,
        updated_at=made_at,
        is_default=True,
    )


def _schema(row: Row[*tuple[Any, ...]]) -> LabelSchema:
    return LabelSchema(
        schema_id=row.schema_id,
        experiment_id=str(row.experiment_number),
        name=row.name,
        kind=AssessmentKind(row.kind),
        input=LabelInput(InputKind(row.input_kind), orjson.loads(row.input)),
        instruction=row.instruction,
        enable_comment=bool(row.enable_comment),
        created_by=row.author,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _changing(schema: LabelSchema, now: int) -> dict[str, Any]:
    return {
        "name": schema.name,
        "input": orjson.dumps(schema.input.settings).decode(),
        "instruction": schema.instruction,
        "enable_comment": schema.enable_comment,
        "now": now,
    }


def _check_is_own(schema: LabelSchema, what: str) -> None:
    if schema.is_default:
        msg = f"The experiment's default question cannot be {what}."
        raise InvalidParameterError(msg, field="schema_id")


def _taken(schema: LabelSchema) -> AlreadyExistsError:
    msg = (
        f"Label schema with name '{schema.name}' already exists for experiment "
        f"'{schema.experiment_id}'."
    )
    return AlreadyExistsError(msg, field="name")


def _record(caller: Caller, operation: Operation, schema: LabelSchema) -> None:
    audit.record(caller, operation, schema_id=schema.schema_id, name=schema.name)
