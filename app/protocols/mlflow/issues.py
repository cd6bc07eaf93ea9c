"""Issues of traces (``mlflow/protos/issues.proto``)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.filters.expressions import parse_filter
from app.protocols.mlflow.routes import api
from app.protocols.mlflow.wire.issues import (
    ISSUES,
    CreateIssue,
    SearchIssues,
    UpdateIssue,
    dump_issue,
    to_change,
)
from app.protocols.mlflow.wire.tracking import dump_list
from app.tracking import issues
from app.tracking.values import Search

_PAGE = 100
_V3 = ("3.0",)
_ONE = "issues/<issue_id>"


@api("POST", "issues", versions=_V3)
def create_issue() -> ResponseReturnValue:
    """Tell of an issue."""
    wanted = CreateIssue.read()
    made = issues.create_issue(
        caller(),
        wanted["experiment_id"],
        to_change(wanted),
        root_causes=wanted["root_causes"],
        categories=wanted["categories"],
        source_run_id=wanted["source_run_id"],
    )
    return jsonify({"issue": dump_issue(made)})


@api("GET", _ONE, versions=_V3)
def get_issue(issue_id: str) -> ResponseReturnValue:
    """Answer an issue."""
    return jsonify({"issue": dump_issue(issues.get_issue(caller(), issue_id))})


@api("PATCH", _ONE, versions=_V3)
def update_issue(issue_id: str) -> ResponseReturnValue:
    """Change an issue."""
    changed = issues.update_issue(caller(), issue_id, to_change(UpdateIssue.read()))
    return jsonify({"issue": dump_issue(changed)})


@api("POST", "issues/search", versions=_V3)
def search_issues() -> ResponseReturnValue:
    """Answer a page of issues."""
    wanted = SearchIssues.read()
    size = wanted["max_results"]
    search = Search(
        filters=parse_filter(wanted["filter_string"], ISSUES),
        max_results=_PAGE if size is None else size,
        page_token=wanted["page_token"] or "",
    )
    page = issues.search_issues(
        caller(),
        search,
        experiment_id=wanted["experiment_id"],
        count_traces=bool(wanted["include_trace_count"]),
    )
    return jsonify(dump_list("issues", [dump_issue(one) for one in page.items], page.next_token))
