"""Messages of issues (``mlflow/protos/issues.proto``)."""

from __future__ import annotations

from app.db.predicates import Entity
from app.protocols.mlflow.filters.expressions import Grammar
from app.protocols.mlflow.filters.grammars import SAME, Key
from app.protocols.mlflow.wire.messages import Boolean, Message, int64, text, texts
from app.protocols.mlflow.wire.trace_metrics import to_member
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.issues import Issue, IssueChange, IssueSeverity, IssueStatus

ISSUES = Grammar(
    prefixes={"attribute": Entity.ATTRIBUTE},
    keys={Entity.ATTRIBUTE: {name: Key(name, SAME) for name in ("status", "source_run_id")}},
    operators={},
    sortable={},
)


class CreateIssue(Message):
    """CreateIssue; who made it is the caller, whatever the client says."""

    experiment_id = text(required=True)
    name = text(required=True)
    description = text(required=True)
    status = text()
    severity = text()
    root_causes = texts()
    categories = texts()
    source_run_id = text()


class UpdateIssue(Message):
    """UpdateIssue; the id is in the path."""

    name = text()
    description = text()
    status = text()
    severity = text()


class SearchIssues(Message):
    """SearchIssues."""

    experiment_id = text()
    filter_string = text(default="")
    max_results = int64()
    page_token = text(default="")
    include_trace_count = Boolean(load_default=False, allow_none=True)


def to_change(loaded: Dumped) -> IssueChange:
    """Return what is said of an issue; raises InvalidParameterError for a state of none."""
    status, severity = loaded["status"], loaded["severity"]
    return IssueChange(
        name=loaded["name"],
        description=loaded["description"],
        status=to_member(IssueStatus, status, "status") if status else None,
        severity=to_member(IssueSeverity, severity, "severity") if severity else None,
    )


def dump_issue(issue: Issue) -> Dumped:
    """Return an Issue."""
    dumped: Dumped = {
        "issue_id": issue.issue_id,
        "experiment_id": issue.experiment_id,
        "name": issue.name,
        "description": issue.description,
        "status": issue.status.value,
        "created_timestamp": issue.created_at,
        "last_updated_timestamp": issue.updated_at,
        "created_by": issue.created_by,
    }
    known = {
        "severity": issue.severity and issue.severity.value,
        "root_causes": list(issue.root_causes),
        "categories": list(issue.categories),
        "source_run_id": issue.source_run_id,
    }
    dumped |= {name: value for name, value in known.items() if value}
    if issue.trace_count is not None:
        dumped["trace_count"] = issue.trace_count
    return dumped
