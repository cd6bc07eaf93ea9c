"""Histories of metrics (``mlflow/protos/service.proto``: getMetricHistory …)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.routes import api
from app.protocols.mlflow.wire_tracking import (
    GetMetricHistory,
    dump_list,
    dump_metric,
)
from app.tracking import metrics


@api("GET", "metrics/get-history")
def get_metric_history() -> ResponseReturnValue:
    """Answer the points of a metric of one run: all, or with a page size the next page."""
    wanted = GetMetricHistory.read()
    page = metrics.get_metric_history(
        caller(),
        wanted["run_id"],
        wanted["metric_key"],
        max_results=wanted["max_results"],
        page_token=wanted["page_token"] or "",
    )
    return jsonify(dump_list("metrics", [dump_metric(one) for one in page.items], page.next_token))
