"""Traces: those of an experiment in a table, and one with its spans as a tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, current_app, request

from app.access import Operation
from app.db.predicates import Comparison
from app.edge import caller
from app.errors import InvalidParameterError
from app.tracking.experiments import get_experiment
from app.tracking.traces.facts import as_text, read_usage
from app.tracking.traces.search import search_traces
from app.tracking.traces.settling import NAME_TAG, SESSION, USAGE, USER
from app.tracking.traces.tags import LOCATION_TAGS
from app.tracking.traces.traces import get_trace
from app.tracking.traces.values import Span, TraceInfo
from app.tracking.values import Experiment, Search
from app.web.blueprint import TRACE_FILTER, address, next_address, web
from app.web.experiment_heads import ExperimentHead, head_of
from app.web.partials import render_or_block
from app.web.span_tree import MAX_ROWS, SpanRow, arrange

_PAGE_SIZE = 50
_MOST_SHOWN = 20_000
_INPUTS, _OUTPUTS, _TYPE = "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.spanType"
_OWN = (_INPUTS, _OUTPUTS, _TYPE)
_RUN, _MODEL, _COST = "mlflow.sourceRun", "mlflow.modelId", "mlflow.trace.cost"


@dataclass(frozen=True, slots=True)
class TracesTable:
    """A page of traces."""

    filter: str
    problem: str
    traces: tuple[TraceInfo, ...]
    next_url: str


@dataclass(frozen=True, slots=True)
class TracesPage:
    """An experiment with a page of its traces; ``table`` is None to whoever may not read them."""

    head: ExperimentHead
    table: TracesTable | None


@dataclass(frozen=True, slots=True)
class Words:
    """What a span holds, as it is read: JSON in lines; ``is_cut`` tells that there is more."""

    text: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class SpanPage:
    """The span of a trace that is looked at."""

    span: Span
    kind: str
    inputs: Words | None
    outputs: Words | None
    attributes: tuple[tuple[str, Words], ...]
    events: tuple[tuple[str, Words], ...]


@dataclass(frozen=True, slots=True)
class TracePage:
    """A trace with its tree; of more than 500 spans the first are shown, ``left_out`` the rest."""

    experiment: Experiment
    info: TraceInfo
    facts: Mapping[str, str]
    rows: tuple[SpanRow, ...]
    left_out: int
    chosen: SpanPage | None

    @property
    def name(self) -> str:
        """What the trace is called, or else its id."""
        return self.info.tags.get(NAME_TAG) or self.info.trace_id

    @property
    def tags(self) -> dict[str, str]:
        """The tags, without those that say where the trace is kept."""
        hidden = LOCATION_TAGS | {NAME_TAG}
        return {tag: value for tag, value in self.info.tags.items() if tag not in hidden}


@web.get("/experiments/<int:number>/traces")
def list_traces(number: int) -> Response:
    """Show the traces of an experiment, the newest first; ``filter`` stands in the address."""
    head = head_of(number, Operation.TRACE_READ)
    page = TracesPage(head, _table(number) if head.allowed else None)
    return render_or_block("traces.html", "traces", page=page)


@web.get("/traces/<trace_id>")
def show_trace(trace_id: str) -> Response:
    """Show a trace; ``span`` in the address chooses the span that is looked at, else the root."""
    trace = get_trace(caller(), trace_id, allow_partial=True)
    experiment = get_experiment(caller(), trace.info.experiment_id)
    rows = arrange(trace.spans)
    wanted = request.args.get("span", "")
    chosen = next((row.span for row in rows if row.span.span_id == wanted), None)
    if chosen is None and rows:
        chosen = rows[0].span
    page = TracePage(
        experiment=experiment,
        info=trace.info,
        facts=_facts(trace.info.metadata),
        rows=tuple(rows[:MAX_ROWS]),
        left_out=max(0, len(rows) - MAX_ROWS),
        chosen=_span_page(chosen) if chosen else None,
    )
    return render_or_block("trace.html", "spans", page=page)


@web.app_template_filter("tokens")
def tokens(info: TraceInfo) -> int | None:
    """Return how many tokens a trace used, if it says so."""
    return read_usage(info.metadata.get(USAGE)).get("total_tokens")


@web.app_template_filter("plain")
def plain(value: Any) -> str:
    """Return what an assessment says: a text as it is, any other value as JSON."""
    return as_text(value)


@web.app_template_filter("span_type")
def span_type(span: Span) -> str:
    """Return what kind of step a span is."""
    return as_text(span.attributes.get(_TYPE, "UNKNOWN"))[:40].replace("_", " ").lower()


@web.app_template_filter("span_url")
def span_url(span: Span) -> str:
    """Return the address of a trace with this span of it looked at."""
    return address("web.show_trace", trace_id=span.trace_id, span=span.span_id)


def _table(number: int) -> TracesTable:
    wanted, problem, found = request.args.get("filter", "").strip(), "", None
    try:
        parse: Callable[[str], tuple[Comparison, ...]] = current_app.extensions[TRACE_FILTER]
        search = Search(
            filters=parse(wanted),
            max_results=_PAGE_SIZE,
            page_token=request.args.get("page", ""),
        )
        found = search_traces(caller(), [str(number)], search)
    except InvalidParameterError as error:
        problem = error.message
    token = found.next_token if found else ""
    return TracesTable(
        filter=wanted,
        problem=problem,
        traces=tuple(found.items) if found else (),
        next_url=next_address("web.list_traces", token, number=number, filter=wanted),
    )


def _facts(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return what the page tells of a trace by words of its own; the rest stays metadata."""
    facts = {"Session": SESSION, "User": USER, "Run": _RUN, "Model": _MODEL}
    told = {label: metadata[name] for label, name in facts.items() if metadata.get(name)}
    usage = read_usage(metadata.get(USAGE))
    counts = {"input_tokens": "in", "output_tokens": "out", "total_tokens": "in all"}
    if usage:
        told["Tokens"] = ", ".join(
            f"{usage[name]} {label}" for name, label in counts.items() if name in usage
        )
    if metadata.get(_COST):
        told["Cost"] = metadata[_COST]
    return told


def _span_page(span: Span) -> SpanPage:
    attributes, events = span.attributes, span.details.get("events", ())
    rest = sorted((name, value) for name, value in attributes.items() if name not in _OWN)
    return SpanPage(
        span=span,
        kind=as_text(attributes.get(_TYPE, "UNKNOWN")),
        inputs=_words(attributes[_INPUTS]) if _INPUTS in attributes else None,
        outputs=_words(attributes[_OUTPUTS]) if _OUTPUTS in attributes else None,
        attributes=tuple((name, _words(value)) for name, value in rest),
        events=tuple(
            (event.get("name", ""), _words(_event_words(event.get("attributes", ()))))
            for event in events
        ),
    )


def _event_words(pairs: Any) -> dict[str, Any]:
    """Return the attributes of an event: of OpenTelemetry's AnyValue, what is in it."""
    return {pair.get("key", ""): next(iter(pair.get("value", {}).values()), "") for pair in pairs}


def _words(value: Any) -> Words:
    text = value
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = text
    if not isinstance(value, str):
        text = _indented(value) or str(text)
    return Words(text[:_MOST_SHOWN], len(text) > _MOST_SHOWN)


def _indented(value: Any) -> str:
    """Return JSON in lines, or nothing of what is nested deeper than is written here."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:
        return ""
