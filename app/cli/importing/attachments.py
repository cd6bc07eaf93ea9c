"""Bring what is attached to the spans of a trace: pictures, sound, whatever a model was given.

A span holds a reference in its place (``mlflow/tracing/attachments.py``: ``Attachment.ref``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

import orjson

from app import imports
from app.artifacts import Upload
from app.cli.importing.work import Work
from app.imports import Origin
from app.tracking.files import ATTACHMENTS
from app.tracking.traces.values import Span

_REFERENCE = re.compile(r"mlflow-attachment://([0-9A-Za-z_-]{1,100})\?([^\"\\\s]{1,2000})")
_FILE = "/ajax-api/2.0/mlflow/get-trace-artifact"
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a span refers to; ``size`` is in bytes, or None where it is not told."""

    id: str
    size: int | None


def find_attachments(trace_id: str, spans: Sequence[Span]) -> list[Attachment]:
    """Return what the spans refer to, each once; what other traces have comes with those."""
    found: dict[str, Attachment] = {}
    for span in spans:
        for name, query in _REFERENCE.findall(orjson.dumps(span.attributes).decode()):
            told = {key: values[0] for key, values in parse_qs(query).items()}
            if told.get("trace_id") == trace_id:
                size = told.get("size", "")[:_DIGITS]
                found[name] = Attachment(name, int(size) if size.isdecimal() else None)
    return list(found.values())


def bring_attachments(work: Work, trace_id: str, attached: Sequence[Attachment]) -> bool:
    """Bring those that are not here yet; return whether all are, and tell of each that is not."""
    problems = len(work.problems)
    owner = (Origin.TRACE, trace_id)
    with work.unit() as caller:
        names = [one.id for one in attached]
        here = imports.find_files(caller, work.into, owner, ATTACHMENTS, names)
    for one in attached:
        if one.id not in here:
            with work.bringing(f"trace {trace_id}, attachment {one.id}"):
                _bring(work, trace_id, one)
    return len(work.problems) == problems


def _bring(work: Work, trace_id: str, one: Attachment) -> None:
    query = {"request_id": trace_id, "path": one.id}
    with work.source.open(_FILE, one.size, **query) as body, work.unit() as caller:
        upload = Upload("", f"{ATTACHMENTS}/{one.id}", body, body.length, body.content_type)
        imports.bring_file(caller, work.vault, work.into, (Origin.TRACE, trace_id), upload)
