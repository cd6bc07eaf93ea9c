"""Issues: what goes wrong in the traces of an experiment, under a name that assessments refer to.

To tell of one is to assess, and takes what feedback takes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, case, func, select

from app import access, audit
from app.access import Operation
from app.db import Page
from app.db.predicates import Comparison, compare
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.securables import Kind
from app.securables.tables import securables
from app.tracking.checks import check_page_size, check_text
from app.tracking.evaluation.resolve import PartKind
from app.tracking.keyset import Term, fetch_rows, question_mark, read_token, token_after
from app.tracking.resolve import obtain_experiment, parse_experiment_id
from app.tracking.tables import assessments, experiments, issues, traces
from app.tracking.traces.values import AssessmentKind
from app.tracking.values import Search

MAX_RESULTS = 1000
_MAX_NAME = 250
_MAX_TEXT = 100_000
_MAX_RUN_ID = 256
_MAX_ITEMS = 100

_ISSUE = PartKind.of(
    "Issue",
    "issue_id",
    """
SELECT i.*, e.securable_id
FROM issues i JOIN experiments e ON e.number = i.experiment_number WHERE i.issue_id = :id""",
    "i",
)
_ADD = Sql("""
INSERT INTO issues (issue_id, experiment_number, name, description, status, severity, root_causes,
 categories, source_run_id, created_by, author, created_at, updated_at)
VALUES (:issue_id, :number, :name, :description, :status, :severity, :root_causes, :categories,
 :source_run_id, :principal, :author, :now, :now)
RETURNING *""")
_CHANGE = Sql("""
UPDATE issues SET name = coalesce(:name, name), description = coalesce(:description, description),
 status = coalesce(:status, status), severity = coalesce(:severity, severity), updated_at = :now
WHERE pk = :pk RETURNING *""")


class IssueStatus(StrEnum):
    """What is being done about an issue; the value is MLflow's."""

    PENDING = "pending"
    REJECTED = "rejected"
    RESOLVED = "resolved"


class IssueSeverity(StrEnum):
    """How bad an issue is, the least first; the value is MLflow's."""

    NOT_AN_ISSUE = "not_an_issue"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class IssueChange:
    """What is to be of an issue; None stays as it is."""

    name: str | None = None
    description: str | None = None
    status: IssueStatus | None = None
    severity: IssueSeverity | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that goes wrong; ``trace_count`` is of the traces that refer to it, if counted."""

    issue_id: str
    experiment_id: str
    name: str
    description: str
    status: IssueStatus
    severity: IssueSeverity | None
    root_causes: tuple[str, ...]
    categories: tuple[str, ...]
    source_run_id: str | None
    created_by: str
    created_at: int
    updated_at: int
    trace_count: int | None = None


def create_issue(
    caller: Caller,
    experiment_id: str,
    said: IssueChange,
    *,
    root_causes: Sequence[str] = (),
    categories: Sequence[str] = (),
    source_run_id: str | None = None,
) -> Issue:
    """Tell of an issue, pending unless it is said otherwise.

    Raises InvalidParameterError without a name, for a bad text or an experiment in the trash;
    NotFoundError, PermissionDeniedError.
    """
    _check(said)
    if not said.name:
        raise InvalidParameterError("An issue has a name", field="name")
    for field, texts in (("root_causes", root_causes), ("categories", categories)):
        if len(texts) > _MAX_ITEMS:
            raise InvalidParameterError(f"At most {_MAX_ITEMS} {field}", field=field)
        for one in texts:
            check_text(one, field, _MAX_TEXT)
    check_text(source_run_id or "", "source_run_id", _MAX_RUN_ID)
    found = obtain_experiment(caller, Operation.ASSESSMENT_CREATE, experiment_id, active=True)
    row = _ADD.run(
        caller.session,
        issue_id=f"iss-{secrets.token_hex(16)}",
        number=found.number,
        name=said.name,
        description=said.description or "",
        status=(said.status or IssueStatus.PENDING).value,
        severity=said.severity and said.severity.value,
        root_causes=orjson.dumps(list(root_causes)).decode(),
        categories=orjson.dumps(list(categories)).decode(),
        source_run_id=source_run_id,
        principal=caller.principal.id,
        author=caller.principal.name,
        now=caller.now,
    ).one()
    audit.record(caller, Operation.ASSESSMENT_CREATE, issue_id=row.issue_id)
    return _issue(row)


def get_issue(caller: Caller, issue_id: str) -> Issue:
    """Return an issue.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError.
    """
    return _issue(_ISSUE.obtain(caller, Operation.TRACE_READ, issue_id).row)


def update_issue(caller: Caller, issue_id: str, change: IssueChange) -> Issue:
    """Change an issue.

    Raises InvalidParameterError for a bad text or an experiment in the trash, NotFoundError,
    PermissionDeniedError.
    """
    _check(change)
    found = _ISSUE.obtain(caller, Operation.ASSESSMENT_UPDATE, issue_id, active=True)
    row = _CHANGE.run(
        caller.session,
        pk=found.row.pk,
        name=change.name or None,
        description=change.description,
        status=change.status and change.status.value,
        severity=change.severity and change.severity.value,
        now=caller.now,
    ).one()
    audit.record(caller, Operation.ASSESSMENT_UPDATE, issue_id=issue_id)
    return _issue(row)


def search_issues(
    caller: Caller, search: Search, *, experiment_id: str | None = None, count_traces: bool = False
) -> Page[Issue]:
    """Return a page of the issues that the caller may read, the gravest and then the newest first.

    Raises InvalidParameterError for a bad id, page size, token or value.
    """
    size = check_page_size(search.max_results, MAX_RESULTS)
    number = None if experiment_id is None else parse_experiment_id(experiment_id)
    terms = [
        Term(_rank(), int, ascending=False),
        Term(issues.c.created_at, int, ascending=False),
        Term(issues.c.pk, int, ascending=False),
    ]
    question = question_mark(number, search.filters)
    _, after = read_token(search.page_token, [terms], question)
    statement = (
        select(issues, (_trace_count() if count_traces else func.nullif(1, 1)).label("traces"))
        .join(experiments, experiments.c.number == issues.c.experiment_number)
        .join(securables, securables.c.id == experiments.c.securable_id)
        .where(access.visible(caller, Operation.TRACE_READ, Kind.EXPERIMENT))
        .where(*(_condition(one) for one in search.filters))
    )
    if number is not None:
        statement = statement.where(issues.c.experiment_number == number)
    rows = fetch_rows(caller.session, statement, terms, size + 1, after)
    token = ""
    if len(rows) > size:
        del rows[size:]
        token = token_after(rows[-1], [terms], 0, question)
    return Page([_issue(row, row.traces) for row in rows], token)


def _check(said: IssueChange) -> None:
    check_text(said.name or "", "name", _MAX_NAME)
    check_text(said.description or "", "description", _MAX_TEXT)


def _condition(comparison: Comparison) -> ColumnElement[bool]:
    return compare(issues.c[comparison.key], comparison.operator, comparison.value)


def _rank() -> ColumnElement[int]:
    ranks = {severity.value: rank for rank, severity in enumerate(IssueSeverity)}
    return case(ranks, value=issues.c.severity, else_=-1)


def _trace_count() -> ColumnElement[Any]:
    referring = (
        select(func.count(traces.c.pk.distinct()))
        .join(assessments, assessments.c.trace_pk == traces.c.pk)
        .where(
            assessments.c.kind == AssessmentKind.ISSUE.value,
            assessments.c.name == issues.c.issue_id,
            traces.c.experiment_number == issues.c.experiment_number,
        )
    )
    return referring.correlate(issues).scalar_subquery()


def _issue(row: Row[*tuple[Any, ...]], trace_count: int | None = None) -> Issue:
    return Issue(
        issue_id=row.issue_id,
        experiment_id=str(row.experiment_number),
        name=row.name,
        description=row.description,
        status=IssueStatus(row.status),
        severity=IssueSeverity(row.severity) if row.severity else None,
        root_causes=tuple(orjson.loads(row.root_causes)),
        categories=tuple(orjson.loads(row.categories)),
        source_run_id=row.source_run_id,
        created_by=row.author,
        created_at=row.created_at,
        updated_at=row.updated_at,
        trace_count=trace_count,
    )
