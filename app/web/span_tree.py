"""The spans of a trace as the rows of a tree, each with the stretch of time that it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.tracking.traces.values import Span

MAX_ROWS = 500
_WIDTH = 100.0
_LEAST = 0.6
_NANOS = 1_000_000


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A span in the tree. ``begin`` and ``width`` of its bar are in hundredths of the whole time.

    ``duration`` is in milliseconds, None while the span is not ended.
    """

    span: Span
    depth: int
    begin: float
    width: float

    @property
    def duration(self) -> float | None:
        """How long it took."""
        span = self.span
        return (span.end_ns - span.start_ns) / _NANOS if span.end_ns else None


def arrange(spans: Sequence[Span]) -> list[SpanRow]:
    """Return the rows of all spans, each below its parent: the first to begin comes first.

    A span whose parent is not there is a root. So is the first of spans that are each other's
    parents, which only a faulty exporter sends.
    """
    known = {span.span_id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: (span.start_ns, span.span_id)):
        children.setdefault(span.parent_id if span.parent_id in known else "", []).append(span)
    found = _below("", children)
    reached = {span.span_id for span, _ in found}
    for span in spans:
        if span.span_id not in reached:
            found += _walk([(span, 0)], children, reached)
    begun = min((span.start_ns for span in spans), default=0)
    ended = max((max(span.end_ns, span.start_ns) for span in spans), default=0)
    whole = max(1, ended - begun)
    return [_row(span, depth, begun, whole) for span, depth in found]


def _below(parent: str, children: Mapping[str, Sequence[Span]]) -> list[tuple[Span, int]]:
    roots = [(span, 0) for span in reversed(children.get(parent, ()))]
    return _walk(roots, children, set())


def _walk(
    pending: list[tuple[Span, int]], children: Mapping[str, Sequence[Span]], reached: set[str]
) -> list[tuple[Span, int]]:
    found = []
    while pending:
        span, depth = pending.pop()
        if span.span_id in reached:
            continue
        reached.add(span.span_id)
        found.append((span, depth))
        pending += [(child, depth + 1) for child in reversed(children.get(span.span_id, ()))]
    return found


def _row(span: Span, depth: int, begun: int, whole: int) -> SpanRow:
    begin = (span.start_ns - begun) / whole * _WIDTH
    width = (max(span.end_ns, span.start_ns) - span.start_ns) / whole * _WIDTH
    width = max(_LEAST, width)
    return SpanRow(span, depth, round(min(begin, _WIDTH - _LEAST), 2), round(width, 2))
