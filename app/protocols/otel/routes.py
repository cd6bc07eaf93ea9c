"""``/v1/traces`` (https://opentelemetry.io/docs/specs/otlp/#otlphttp).

The experiment is named by MLflow's header, since OTLP has no word for it.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.edge import caller
from app.edge.marks import streams_body
from app.errors import InvalidParameterError
from app.protocols.otel.bodies import is_costly, read_body
from app.protocols.otel.spans import parse_spans
from app.tracking.traces import traces

EXPERIMENT_HEADER = "x-mlflow-experiment-id"
RUN_HEADER = "x-mlflow-run-id"
PROTOBUF = "application/x-protobuf"
JSON = "application/json"

blueprint = Blueprint("otel", __name__)


@blueprint.post("/v1/traces", provide_automatic_options=False)
@streams_body
def export_traces() -> Response:
    """Take the spans of a batch: all of them or none."""
    mimetype = request.mimetype
    if mimetype not in {PROTOBUF, JSON}:
        msg = f"Invalid Content-Type: expected {PROTOBUF} or {JSON}"
        raise InvalidParameterError(msg, field="Content-Type")
    experiment_id = request.headers.get(EXPERIMENT_HEADER, "")
    if not experiment_id:
        msg = f"The header {EXPERIMENT_HEADER} must name the experiment that the spans belong to"
        raise InvalidParameterError(msg, field=EXPERIMENT_HEADER)
    if is_costly():
        traces.check_may_log(caller(), experiment_id)
    spans = parse_spans(read_body(), is_json=mimetype == JSON)
    run_id = request.headers.get(RUN_HEADER) or None
    traces.log_spans(caller(), experiment_id, spans, run_id=run_id)
    # An ExportTraceServiceResponse without partial_success has no fields.
    return Response(b"{}" if mimetype == JSON else b"", mimetype=mimetype)
