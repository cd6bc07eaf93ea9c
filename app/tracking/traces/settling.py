"""What a trace is, from what its client said and from its spans: the same in whatever order.

What the client says of the trace as a whole counts; the spans fill in what it left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.tracking.traces.facts import SpanFacts, as_text
from app.tracking.traces.previews import preview
from app.tracking.traces.tags import LOCATION_TAGS
from app.tracking.traces.values import SpanStatus, TraceState

NAME_TAG = "mlflow.traceName"
USAGE = "mlflow.trace.tokenUsage"
COST = "mlflow.trace.cost"
SESSION = "mlflow.trace.session"
USER = "mlflow.trace.user"
SIZE_STATS = "mlflow.trace.sizeStats"
SIZE_BYTES = "mlflow.trace.sizeBytes"
_INPUTS = "mlflow.spanInputs"
_OUTPUTS = "mlflow.spanOutputs"
_TAG_PREFIX = "mlflow.traceTag."
_MAX_NAME = 250
_MAX_VALUE = 8000
_NANOS = 1_000_000
_OPEN = (TraceState.UNSPECIFIED, TraceState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Settled:
    """A trace as searches and readers see it, with the tags and metadata that spans give it."""

    request_time: int
    duration: int | None
    state: TraceState
    request_preview: str | None
    response_preview: str | None
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


def find_root(spans: Sequence[SpanFacts]) -> SpanFacts | None:
    """Return the span that has no parent, of several the first to begin."""
    roots = [span for span in spans if not span.parent_id]
    return min(roots, key=lambda span: (span.start_ns, span.span_id), default=None)


def settle(
    told: Mapping[str, Any],
    spans: Sequence[SpanFacts],
    root_attributes: Mapping[str, Any],
    now: int,
) -> Settled:
    """Return what a trace is; ``now`` is its time if nobody says any."""
    root = find_root(spans)
    state = TraceState(told.get("state", TraceState.UNSPECIFIED))
    request_time, duration = told.get("request_time"), told.get("duration")
    begun = min((span.start_ns for span in spans), default=None)
    if request_time is None:
        request_time = now if begun is None else begun // _NANOS
    if duration is None and begun is not None and root is not None and root.end_ns:
        duration = max(0, max(span.end_ns for span in spans) - begun) // _NANOS
    if spans and state in _OPEN:
        state = _state_of(root)
    return Settled(
        request_time=request_time,
        duration=duration,
        state=state,
        request_preview=_told_or(told, "request_preview", root_attributes.get(_INPUTS), "user"),
        response_preview=_told_or(
            told, "response_preview", root_attributes.get(_OUTPUTS), "assistant"
        ),
        tags=_tags(root, root_attributes),
        metadata=_metadata(spans),
    )


def _state_of(root: SpanFacts | None) -> TraceState:
    if root is None or not root.end_ns:
        return TraceState.IN_PROGRESS
    return TraceState.ERROR if root.status is SpanStatus.ERROR else TraceState.OK


def _told_or(told: Mapping[str, Any], name: str, value: Any, role: str) -> str | None:
    said: str | None = told.get(name)
    return preview(value, role) if said is None else said


def _tags(root: SpanFacts | None, attributes: Mapping[str, Any]) -> dict[str, str]:
    tags = {} if root is None else {NAME_TAG: root.name}
    for name, value in attributes.items():
        tag = name.removeprefix(_TAG_PREFIX)
        if tag != name and 0 < len(tag) <= _MAX_NAME and tag not in LOCATION_TAGS:
            tags[tag] = as_text(value)[:_MAX_VALUE]
    return tags


def _metadata(spans: Sequence[SpanFacts]) -> dict[str, str]:
    if not spans:
        return {}
    sizes = sorted(span.size for span in spans)
    stats: dict[str, int] = {
        "total_size_bytes": sum(sizes),
        "num_spans": len(sizes),
        "max": sizes[-1],
    }
    stats |= {f"p{part}": sizes[(len(sizes) - 1) * part // 100] for part in (25, 50, 75)}
    metadata = {SIZE_STATS: orjson.dumps(stats).decode(), SIZE_BYTES: str(sum(sizes))}
    for name, kind in ((USAGE, "usage"), (COST, "cost")):
        if total := _total(spans, kind):
            metadata[name] = orjson.dumps(total, option=orjson.OPT_SORT_KEYS).decode()
    for name, kind in ((SESSION, "session"), (USER, "user")):
        if said := _first_said(spans, kind):
            metadata[name] = said
    return metadata


def _first_said(spans: Sequence[SpanFacts], kind: str) -> str | None:
    """Return what the first span to begin says that says anything."""
    saying = [span for span in spans if getattr(span, kind)]
    first = min(saying, key=lambda span: (span.start_ns, span.span_id), default=None)
    return None if first is None else getattr(first, kind)


def _total(spans: Sequence[SpanFacts], kind: str) -> dict[str, float]:
    """Sum the tokens used, or the costs; what a span says includes what those below it say."""
    by_id = {span.span_id: span for span in spans}
    says = {span.span_id: getattr(span, kind) for span in spans}
    counted: dict[str, bool] = {}
    total: dict[str, float] = {}
    for span in spans:
        if says[span.span_id] and not _has_counted_ancestor(span, by_id, says, counted):
            for name, number in says[span.span_id].items():
                total[name] = total.get(name, 0) + number
    return total


def _has_counted_ancestor(
    span: SpanFacts,
    by_id: Mapping[str, SpanFacts],
    says: Mapping[str, Mapping[str, float]],
    known: dict[str, bool],
) -> bool:
    path: list[str] = []
    walked: set[str] = set()
    above = by_id.get(span.parent_id)
    answer = False
    while above is not None and above.span_id not in walked:
        if says[above.span_id] or known.get(above.span_id, False):
            answer = True
            break
        if above.span_id in known:
            break
        walked.add(above.span_id)
        path.append(above.span_id)
        above = by_id.get(above.parent_id)
    known.update(dict.fromkeys(path, answer))
    return answer
