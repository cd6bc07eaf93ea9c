"""What a filter and an order of traces mean, in plain Python: written apart from the SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from tests.naive_filters import as_text, compare

Clause = tuple[str, str, str, Any]
"""Of what, under which name, by which operator, with which value."""

_ATTRIBUTES = {
    "request_id": "trace_id",
    "timestamp_ms": "time",
    "execution_time_ms": "duration",
    "end_time_ms": "end",
    "status": "state",
    "client_request_id": "client",
    "name": "name",
}
_PAIRS: dict[str, Callable[[Known], Iterable[tuple[str, Any]]]] = {
    "tag": lambda trace: trace.tags.items(),
    "metadata": lambda trace: trace.metadata.items(),
    "feedback": lambda trace: trace.feedback,
    "expectation": lambda trace: trace.expectation,
}


@dataclass(frozen=True)
class Asked:
    """One span as its test made it."""

    name: str
    type: str
    status: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Known:
    """A trace as its test made it; of its assessments those that still count."""

    trace_id: str
    name: str
    time: int
    duration: int | None
    state: str
    client: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    spans: tuple[Asked, ...] = ()
    linked: tuple[str, ...] = ()
    prompts: tuple[tuple[str, str], ...] = ()
    feedback: tuple[tuple[str, Any], ...] = ()
    expectation: tuple[tuple[str, Any], ...] = ()
    issues: tuple[str, ...] = ()

    @property
    def end(self) -> int | None:
        """When it ended, if it has."""
        return None if self.duration is None else self.time + self.duration


def holds(trace: Known, clause: Clause) -> bool:
    """Return whether a trace is as a clause asks."""
    entity, name, operator, want = clause
    if name == "prompt":
        is_linked = tuple(want.rsplit("/", 1)) in trace.prompts
        return is_linked == (operator == "=")
    values = _values(trace, entity, name)
    if operator in {"IS NULL", "IS NOT NULL"}:
        return bool(values) == (operator == "IS NOT NULL")
    return any(compare(have, operator, want) for have in values)


def in_order(traces: Sequence[Known], terms: Iterable[tuple[str, bool]]) -> list[Known]:
    """Return traces, given as they were made, by some attributes, each ascending or not.

    What lacks an attribute comes last either way; of equals the last that was made comes first.
    By ``run_id`` means by the run that a trace says it is of, of which there is one at most.
    """
    found = list(reversed(traces))
    for name, ascending in reversed(list(terms)):
        place = ("metadata", "mlflow.sourceRun") if name == "run_id" else ("attribute", name)
        pairs = [(_values(trace, *place), trace) for trace in found]
        known = [(values[0], trace) for values, trace in pairs if values]
        known.sort(key=itemgetter(0), reverse=not ascending)
        found = [trace for _, trace in known] + [trace for values, trace in pairs if not values]
    return found


def _values(trace: Known, entity: str, name: str) -> list[Any]:
    """Return all that a trace has under a name."""
    match entity:
        case "tag" | "metadata" | "feedback" | "expectation":
            return [value for known, value in _PAIRS[entity](trace) if known == name]
        case "issue":
            return list(trace.issues)
        case "span":
            return [value for span in trace.spans for value in _of_span(span, name)]
        case _ if name == "run_id":
            return [*_values(trace, "metadata", "mlflow.sourceRun"), *trace.linked]
    value = getattr(trace, _ATTRIBUTES[name])
    return [] if value is None else [value]


def _of_span(span: Asked, name: str) -> list[str]:
    if name == "content":
        return [f"{span.name} {as_text(span.attributes)}"]
    if not name.startswith("attributes."):
        return [getattr(span, name)]
    attribute = name.removeprefix("attributes.")
    known = attribute in span.attributes
    return [as_text(span.attributes[attribute])] if known else []
