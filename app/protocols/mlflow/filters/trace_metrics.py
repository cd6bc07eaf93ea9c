"""Filters of figures over traces (``mlflow.utils.search_utils.SearchTraceMetricsUtils``).

Each is one comparison: ``trace.status``, ``trace.tag.NAME``, ``trace.metadata.NAME``,
``span.name``, ``span.status``, ``span.type``, ``assessment.name`` or ``assessment.type`` ``=`` a
value in quotes.
"""

from __future__ import annotations

from dataclasses import replace

from app.db.predicates import Comparison, Entity, Operator
from app.protocols.mlflow.filters.tokens import Kind, Token, quoted, refuse, tokenize
from app.tracking.traces.conditions import SOURCE_RUN
from app.tracking.traces.metrics import Equal, Subject

_FIELD = "filters"
_COLUMNS = {
    "span.name": Equal(Subject.SPAN, "name", ""),
    "span.status": Equal(Subject.SPAN, "status", ""),
    "span.type": Equal(Subject.SPAN, "type", ""),
    "assessment.name": Equal(Subject.ASSESSMENT, "name", ""),
    "assessment.type": Equal(Subject.ASSESSMENT, "kind", ""),
}
_NAMED = {"tag": Entity.TAG, "metadata": Entity.METADATA}
_COMPARED = 3


def parse_metric_filter(text: str) -> Comparison | Equal:
    """Return what a filter compares; raises InvalidParameterError for what is none."""
    tokens = tokenize(text, _FIELD)[:-1]
    if len(tokens) != _COMPARED or tokens[0].kind is not Kind.NAME or tokens[1].text != "=":
        refuse(_FIELD, f"Invalid filter: {quoted(text)}. Expected one clause: span.name = 'a'")
    value = tokens[2].string
    if value is None:
        refuse(_FIELD, f"Expected a quoted string value. Got value {quoted(tokens[2].text)}")
    return _compared(tokens[0], value)


def _compared(subject: Token, value: str) -> Comparison | Equal:
    match subject.parts:
        case ["trace", "status"]:
            return Comparison(Entity.ATTRIBUTE, "status", Operator.EQ, value)
        case ["trace", ("tag" | "metadata") as kind, _, *_]:
            # A name may have dots of its own, as most of MLflow's have.
            name = subject.text.split(".", 2)[2].strip('`"')
            if name == SOURCE_RUN:
                return Comparison(Entity.ATTRIBUTE, "run_id", Operator.EQ, value)
            return Comparison(_NAMED[kind], name, Operator.EQ, value)
    known = _COLUMNS.get(subject.text)
    if known is None:
        refuse(_FIELD, f"Invalid identifier {quoted(subject.text)}")
    return replace(known, value=value)
