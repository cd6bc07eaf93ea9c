"""The rows of traces: written so that the order in which news of a trace comes does not matter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select

from app.db import Session
from app.db.result import Row
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import MAX_KEY, MAX_TAG_VALUE
from app.tracking.tables import traces
from app.tracking.traces.facts import COSTS, TOKENS, SpanFacts, facts_of, read_usage
from app.tracking.traces.prompts import LINKED_PROMPTS, prompts_in, put_prompts
from app.tracking.traces.settling import USAGE, find_root, settle
from app.tracking.traces.values import Span, SpanStatus, ToldTrace, TraceState

MAX_SPANS = 20_000
MAX_BYTES = 64 << 20
"""Of one trace: its spans, and what they hold."""

_MAX_NAME = 1000

_PUT = Sql("""
INSERT INTO traces (experiment_number, trace_id, request_time, state, created_by)
VALUES (:number, :trace_id, :now, :state, :principal)
ON CONFLICT (experiment_number, trace_id) DO UPDATE SET trace_id = excluded.trace_id
RETURNING pk, told""")
_TELL = Sql("UPDATE traces SET told = :told, client_request_id = :client WHERE pk = :pk")
_TELL_END = Sql("UPDATE traces SET told = :told WHERE pk = :pk")
_SPAN_COLUMNS = (
    *("parent_id", "name", "type", "status", "start_ns", "end_ns", "attributes", "details"),
    *("usage", *COSTS, "model_name", "model_provider", "session", "user_name"),
    *("size", "digest"),
)
_PUT_SPAN = Sql(f"""
INSERT INTO trace_spans (trace_pk, span_id, {", ".join(_SPAN_COLUMNS)})
VALUES (:pk, :span_id, {", ".join(f":{name}" for name in _SPAN_COLUMNS)})
ON CONFLICT (trace_pk, span_id) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in _SPAN_COLUMNS)}
WHERE excluded.end_ns > trace_spans.end_ns
 OR (excluded.end_ns = trace_spans.end_ns AND excluded.digest > trace_spans.digest)""")  # noqa: S608 (constants)
_FACTS = Sql("""
SELECT span_id, parent_id, name, status, start_ns, end_ns, size, usage, input_cost, output_cost,
 total_cost, session, user_name
FROM trace_spans WHERE trace_pk = :pk ORDER BY span_id""")
_ATTRIBUTES = Sql("SELECT attributes FROM trace_spans WHERE trace_pk = :pk AND span_id = :span_id")
_SETTLE = Sql(f"""
UPDATE traces SET request_time = :request_time, duration = :duration, end_time = :end_time,
 state = :state, request_preview = :request_preview, response_preview = :response_preview,
 span_count = :span_count, {", ".join(f"{name} = :{name}" for name in TOKENS)}
WHERE pk = :pk""")  # noqa: S608 (constants)
_TABLES = ("trace_tags", "trace_metadata")
_SET = {
    table: Sql(f"""
INSERT INTO {table} (trace_pk, tag_name, value, is_told) VALUES (:pk, :name, :value, :told)
ON CONFLICT (trace_pk, tag_name) DO UPDATE SET value = excluded.value, is_told = excluded.is_told
WHERE excluded.is_told OR NOT {table}.is_told""")  # noqa: S608 (constants)
    for table in _TABLES
}
_CLEAR = {
    table: Sql(f"DELETE FROM {table} WHERE trace_pk = :pk AND NOT is_told")  # noqa: S608
    for table in _TABLES
}
TRACE_TABLES = (
    *_TABLES,
    "trace_spans",
    "trace_runs",
    "trace_prompts",
    "assessments",
    "review_queue_items",
)
"""Whose rows belong to a trace and go with it."""

_DELETE = [
    *(Sql(f"DELETE FROM {table} WHERE trace_pk IN_LIST(:pks)") for table in TRACE_TABLES),  # noqa: S608
    Sql("DELETE FROM traces WHERE pk IN_LIST(:pks)"),
]


def put_trace(caller: Caller, number: int, trace_id: str) -> Row:
    """Return (pk, told) of a trace of an experiment, made if need be and locked until the end."""
    return _PUT.run(
        caller.session,
        number=number,
        trace_id=trace_id,
        now=caller.now,
        state=TraceState.IN_PROGRESS.value,
        principal=caller.principal.id,
    ).one()


def tell(session: Session, pk: int, told: ToldTrace) -> dict[str, Any]:
    """Keep what a client says of a trace as a whole, and return it as it is kept."""
    kept = {
        "request_time": told.request_time,
        "duration": told.duration,
        "state": told.state.value,
        "request_preview": told.request_preview,
        "response_preview": told.response_preview,
        "usage": told.metadata.get(USAGE),
    }
    _TELL.run(session, pk=pk, told=orjson.dumps(kept).decode(), client=told.client_request_id)
    set_pairs(session, "trace_tags", pk, told.tags, is_told=True)
    set_pairs(session, "trace_metadata", pk, told.metadata, is_told=True)
    return kept


def tell_end(session: Session, pk: int, kept: Mapping[str, Any]) -> None:
    """Keep, in place of what ``tell`` kept, the same with how and when the trace ended."""
    _TELL_END.run(session, pk=pk, told=orjson.dumps(kept).decode())


def put_spans(session: Session, pk: int, spans: Iterable[Span]) -> None:
    """Add spans; of one that is there already the version that ended last stays."""
    _PUT_SPAN.run_each(session, [_span_row(pk, span) for span in spans])


def settle_trace(caller: Caller, pk: int, told: Mapping[str, Any]) -> int:
    """Bring a trace's row, tags and metadata in line with what is known of it now.

    Returns how many spans it has. Raises InvalidParameterError for more spans than a trace may
    have, or too large ones.
    """
    session = caller.session
    spans = [_facts(row) for row in _FACTS.run(session, pk=pk)]
    if len(spans) > MAX_SPANS:
        msg = f"A trace has at most {MAX_SPANS} spans"
        raise InvalidParameterError(msg, field="spans")
    if sum(span.size for span in spans) > MAX_BYTES:
        msg = f"The spans of a trace have at most {MAX_BYTES} bytes"
        raise InvalidParameterError(msg, field="spans")
    root = find_root(spans)
    attributes: dict[str, Any] = {}
    if root is not None:
        attributes = orjson.loads(
            _ATTRIBUTES.run(session, pk=pk, span_id=root.span_id).scalar_one()
        )
    settled = settle(told, spans, attributes, caller.now)
    usage = read_usage(told.get("usage") or settled.metadata.get(USAGE))
    ended = None if settled.duration is None else settled.request_time + settled.duration
    _SETTLE.run(
        session,
        pk=pk,
        request_time=settled.request_time,
        duration=settled.duration,
        end_time=ended,
        state=settled.state.value,
        request_preview=settled.request_preview,
        response_preview=settled.response_preview,
        span_count=len(spans),
        **dict.fromkeys(TOKENS) | {name: usage[name] for name in TOKENS if name in usage},
    )
    for table, pairs in zip(_TABLES, (settled.tags, settled.metadata), strict=True):
        _CLEAR[table].run(session, pk=pk)
        set_pairs(session, table, pk, pairs, is_told=False)
    return len(spans)


def set_pairs(
    session: Session, table: str, pk: int, pairs: Mapping[str, str], *, is_told: bool
) -> None:
    """Set tags or metadata; what a client told is not undone by what a span says."""
    rows = [
        {"pk": pk, "name": name[:MAX_KEY], "value": value[:MAX_TAG_VALUE], "told": is_told}
        for name, value in sorted(pairs.items())
    ]
    _SET[table].run_each(session, rows)
    if table == "trace_tags" and LINKED_PROMPTS in pairs:
        put_prompts(session, pk, prompts_in(pairs[LINKED_PROMPTS]))


def delete_rows(session: Session, pks: Sequence[int]) -> None:
    """Delete traces with all that belongs to them; whoever is adding to one is waited for."""
    chosen = select(traces.c.pk).where(traces.c.pk.in_(pks)).order_by(traces.c.pk)
    session.execute(chosen.with_for_update())
    for statement in _DELETE:
        statement.run(session, pks=list(pks))


def _span_row(pk: int, span: Span) -> dict[str, Any]:
    attributes = orjson.dumps(span.attributes, option=orjson.OPT_SORT_KEYS)
    details = orjson.dumps(span.details, option=orjson.OPT_SORT_KEYS)
    row = {
        "pk": pk,
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "name": span.name[:_MAX_NAME],
        "status": span.status.value,
        "start_ns": span.start_ns,
        "end_ns": span.end_ns,
        "attributes": attributes.decode(),
        "details": details.decode(),
        **facts_of(span.attributes),
        "size": len(attributes) + len(details) + len(span.name.encode()),
    }
    version = orjson.dumps([row["parent_id"], row["name"], row["status"], row["start_ns"]])
    digest = hashlib.sha256(b"\x00".join((version, attributes, details)))
    return row | {"digest": digest.hexdigest()}


def _facts(row: Row) -> SpanFacts:
    return SpanFacts(
        span_id=row.span_id,
        parent_id=row.parent_id,
        name=row.name,
        status=SpanStatus(row.status),
        start_ns=row.start_ns,
        end_ns=row.end_ns,
        size=row.size,
        usage=orjson.loads(row.usage) if row.usage else {},
        cost={name: cost for name in COSTS if (cost := getattr(row, name)) is not None},
        session=row.session,
        user=row.user_name,
    )
