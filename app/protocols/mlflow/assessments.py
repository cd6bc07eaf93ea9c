"""Assessments of traces (``mlflow/protos/service.proto``: createAssessment … deleteAssessment)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.assessments import (
    CreateAssessment,
    UpdateAssessment,
    dump_assessment,
    to_change,
    to_new,
)
from app.tracking.traces import assessments

_V3 = ("3.0",)
_ONE = "traces/<trace_id>/assessments/<assessment_id>"


@api("POST", "traces/<trace_id>/assessments", versions=_V3)
def create_assessment(trace_id: str) -> ResponseReturnValue:
    """Give feedback on a trace, or say what was expected of it."""
    new = to_new(CreateAssessment.read()["assessment"])
    made = assessments.create_assessment(caller(), trace_id, new)
    return jsonify({"assessment": dump_assessment(made)})


@api("GET", _ONE, versions=_V3)
def get_assessment(trace_id: str, assessment_id: str) -> ResponseReturnValue:
    """Answer an assessment."""
    found = assessments.get_assessment(caller(), trace_id, assessment_id)
    return jsonify({"assessment": dump_assessment(found)})


@api("PATCH", _ONE, versions=_V3)
def update_assessment(trace_id: str, assessment_id: str) -> ResponseReturnValue:
    """Change what the mask names of an assessment."""
    change = to_change(UpdateAssessment.read())
    changed = assessments.update_assessment(caller(), trace_id, assessment_id, change)
    return jsonify({"assessment": dump_assessment(changed)})


@api("DELETE", _ONE, versions=_V3)
def delete_assessment(trace_id: str, assessment_id: str) -> ResponseReturnValue:
    """Delete an assessment."""
    assessments.delete_assessment(caller(), trace_id, assessment_id)
    return empty()
