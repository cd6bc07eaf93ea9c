"""The conditions of a search of traces."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, literal, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.db.predicates import (
    ChildTable,
    Comparison,
    Entity,
    Operator,
    child_condition,
    compare,
    has_row,
)
from app.errors import InvalidParameterError
from app.tracking.tables import (
    assessments,
    trace_metadata,
    trace_prompts,
    trace_runs,
    trace_spans,
    trace_tags,
    traces,
)
from app.tracking.traces.values import AssessmentKind

SOURCE_RUN = "mlflow.sourceRun"
PK = traces.c.pk
TAGS = ChildTable(trace_tags.c.trace_pk, trace_tags.c.tag_name, trace_tags.c.value)
METADATA = ChildTable(trace_metadata.c.trace_pk, trace_metadata.c.tag_name, trace_metadata.c.value)
ATTRIBUTES: dict[str, tuple[ColumnElement[Any], type[int | str]]] = {
    "request_id": (traces.c.trace_id, str),
    "timestamp_ms": (traces.c.request_time, int),
    "execution_time_ms": (traces.c.duration, int),
    "end_time_ms": (traces.c.end_time, int),
    "status": (traces.c.state, str),
    "client_request_id": (traces.c.client_request_id, str),
    "experiment_id": (traces.c.experiment_number, int),
}
_SPAN_COLUMNS: dict[str, ColumnElement[Any]] = {
    "name": trace_spans.c.name,
    "type": trace_spans.c.type,
    "status": trace_spans.c.status,
    "content": trace_spans.c.name + "\n" + trace_spans.c.attributes + "\n" + trace_spans.c.details,
}
_ATTRIBUTE = "attributes."
_ASSESSMENTS = ChildTable(assessments.c.trace_pk, assessments.c.name, assessments.c.shown)
_NUMBERS = ChildTable(assessments.c.trace_pk, assessments.c.name, assessments.c.number)


class _Member(FunctionElement[str]):
    """The member of a JSON object as text: a text as it is, any other value as JSON."""

    type = Text()
    inherit_cache = True
    name = "json_member"


@compiles(_Member, "sqlite")
def _compile_sqlite(element: _Member, compiler: SQLCompiler, **options: object) -> str:
    column, key = (compiler.process(clause, **options) for clause in element.clauses)
    kinds = "WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS TEXT)"
    member = f"SELECT CASE type {kinds} END FROM json_each({column}) WHERE key = {key}"  # noqa: S608
    return f"({member})"


@compiles(_Member, "postgresql")
def _compile_postgresql(element: _Member, compiler: SQLCompiler, **options: object) -> str:
    column, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST({column} AS json) ->> {key})"


def trace_condition(comparison: Comparison) -> ColumnElement[bool]:
    """Return the condition on ``traces`` that a comparison asks for.

    Raises InvalidParameterError for an attribute that traces do not have.
    """
    match comparison.entity:
        case Entity.TAG:
            return child_condition(PK, TAGS, comparison)
        case Entity.METADATA:
            return child_condition(PK, METADATA, comparison)
        case Entity.SPAN:
            return _span_condition(comparison)
        case Entity.FEEDBACK | Entity.EXPECTATION:
            return _assessment_condition(comparison)
        case _:
            return _attribute_condition(comparison)


def _attribute_condition(comparison: Comparison) -> ColumnElement[bool]:
    if comparison.entity is Entity.ISSUE:
        is_issue = assessments.c.kind == AssessmentKind.ISSUE.value
        named = assessments.c.name == comparison.value
        return has_row(PK, assessments.c.trace_pk, is_issue, named)
    if comparison.key == "run_id":
        return _run_condition(comparison)
    if comparison.key == "prompt":
        return _prompt_condition(comparison)
    if comparison.key not in ATTRIBUTES:
        msg = f"Invalid attribute key '{comparison.key}' in a search of traces"
        raise InvalidParameterError(msg, field="filter")
    return compare(ATTRIBUTES[comparison.key][0], comparison.operator, comparison.value)


def _run_condition(comparison: Comparison) -> ColumnElement[bool]:
    """Of a run are the traces that say so and those that were linked to it."""
    if comparison.operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
        says_one = Comparison(Entity.METADATA, SOURCE_RUN, Operator.IS_NOT_NULL, None)
        has_one = or_(child_condition(PK, METADATA, says_one), has_row(PK, trace_runs.c.trace_pk))
        return has_one if comparison.operator is Operator.IS_NOT_NULL else not_(has_one)
    said = Comparison(Entity.METADATA, SOURCE_RUN, comparison.operator, comparison.value)
    linked = has_row(
        PK,
        trace_runs.c.trace_pk,
        compare(trace_runs.c.run_id, comparison.operator, comparison.value),
    )
    return or_(child_condition(PK, METADATA, said), linked)


def _prompt_condition(comparison: Comparison) -> ColumnElement[bool]:
    name, slash, version = str(comparison.value).rpartition("/")
    if not slash or not name or not version:
        msg = f"Invalid prompt {str(comparison.value)[:80]!r}: it is written 'name/version'"
        raise InvalidParameterError(msg, field="filter")
    has_prompt = has_row(
        PK,
        trace_prompts.c.trace_pk,
        trace_prompts.c.prompt_name == name,
        trace_prompts.c.version == version,
    )
    return ~has_prompt if comparison.operator is Operator.NE else has_prompt


def _span_condition(comparison: Comparison) -> ColumnElement[bool]:
    column = _SPAN_COLUMNS.get(comparison.key)
    if column is None:
        key = comparison.key.removeprefix(_ATTRIBUTE)
        column = _Member(trace_spans.c.attributes, literal(key))
    condition = compare(column, comparison.operator, comparison.value)
    return has_row(PK, trace_spans.c.trace_pk, condition)


def _assessment_condition(comparison: Comparison) -> ColumnElement[bool]:
    of_kind = and_(assessments.c.kind == comparison.entity.value, assessments.c.valid)
    is_number = isinstance(comparison.value, int | float)
    child = _NUMBERS if is_number else _ASSESSMENTS
    if is_number and comparison.operator is Operator.NE:
        return has_row(
            PK,
            assessments.c.trace_pk,
            assessments.c.name == comparison.key,
            of_kind,
            or_(assessments.c.number.is_(None), assessments.c.number != comparison.value),
        )
    return child_condition(PK, child, comparison, of_kind)
