"""The files of traces as MLflow's web pages ask for them: the spans as one, and attachments."""

from __future__ import annotations

import re

import orjson
from flask import Response

from app.edge import caller
from app.errors import InvalidParameterError
from app.protocols.mlflow.containers import HeldFiles
from app.protocols.mlflow.downloads import as_attachment, send_file
from app.protocols.mlflow.routes import api
from app.protocols.mlflow.wire.messages import Message, text
from app.protocols.mlflow.wire.spans import dump_spans_file
from app.tracking.files import ATTACHMENTS, SPANS_FILE, Holder
from app.tracking.traces import traces

_ATTACHMENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class GetTraceArtifact(Message):
    """The download of a trace's spans, or of the attachment ``path``."""

    request_id = text(required=True)
    path = text(default="")


@api("GET", "get-trace-artifact", versions=("2.0", "3.0"))
def get_trace_artifact() -> Response:
    """Answer with the spans of a trace as the file ``traces.json``, or with an attachment."""
    wanted = GetTraceArtifact.read()
    trace_id, path = wanted["request_id"], wanted["path"]
    if path and _ATTACHMENT.fullmatch(path) is None:
        msg = f"Invalid attachment path {path[:80]!r}: it must be a UUID"
        raise InvalidParameterError(msg, field="path")
    holder = Holder(trace_id=trace_id)
    if path:
        return send_file(HeldFiles(holder, f"{ATTACHMENTS}/{path}").open)
    found = traces.get_trace(caller(), trace_id, allow_partial=True)
    if found.info.spans_are_in_file:
        return send_file(HeldFiles(holder, SPANS_FILE).open)
    response = Response(orjson.dumps(dump_spans_file(found)), mimetype="application/octet-stream")
    return as_attachment(response, SPANS_FILE)
