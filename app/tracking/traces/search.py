"""Search traces in the experiments whose content the caller may read, and fetch some by id."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, select

from app import access, audit
from app.access import Operation
from app.db import Page
from app.db.predicates import ChildTable, Entity, OrderBy
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.securables import Kind
from app.securables.tables import securables
from app.tracking.checks import check_page_size
from app.tracking.keyset import Term, fetch_rows, fit, question_mark, read_token, token_after
from app.tracking.resolve import parse_experiment_ids
from app.tracking.runs.search import fetch_scope
from app.tracking.tables import experiments, traces
from app.tracking.traces.conditions import (
    ATTRIBUTES,
    METADATA,
    PK,
    SOURCE_RUN,
    TAGS,
    trace_condition,
)
from app.tracking.traces.reading import read_infos, read_spans
from app.tracking.traces.resolve import check_trace_id
from app.tracking.traces.settling import NAME_TAG
from app.tracking.traces.values import Trace, TraceInfo
from app.tracking.values import Search

MAX_RESULTS = 500
MAX_FETCHED = 500
MAX_FETCHED_BYTES = 128 << 20
"""Of the spans of all traces that are fetched at once; clients ask for ten."""

_SIZE = Sql("SELECT coalesce(sum(size), 0) FROM trace_spans WHERE trace_pk IN_LIST(:pks)")
_NEWEST = (OrderBy(Entity.ATTRIBUTE, "timestamp_ms", ascending=False),)
_NULLABLE = frozenset({"execution_time_ms", "end_time_ms", "client_request_id"})
_CHILDREN = {"name": (TAGS, NAME_TAG), "run_id": (METADATA, SOURCE_RUN)}


def search_traces(caller: Caller, experiment_ids: Sequence[str], search: Search) -> Page[TraceInfo]:
    """Return a page of traces without their spans, by default the newest first.

    Experiments that are absent, hidden or in the trash are left out. Raises InvalidParameterError
    for a bad id, page size, token or value.
    """
    size = check_page_size(search.max_results, MAX_RESULTS)
    wanted = parse_experiment_ids(experiment_ids)
    terms = _terms(search.order_by)
    question = question_mark(wanted, search.filters, search.order_by)
    _, after = read_token(search.page_token, [terms], question)
    conditions = [trace_condition(one) for one in search.filters]
    numbers = sorted(fetch_scope(caller, Operation.TRACE_READ, wanted).living)
    if not numbers:
        return Page([])
    statement = select(PK).where(traces.c.experiment_number.in_(numbers), *conditions)
    rows = fetch_rows(caller.session, statement, terms, size + 1, after)
    token = ""
    if len(rows) > size:
        del rows[size:]
        token = token_after(rows[-1], [terms], 0, question)
    return Page(read_infos(caller.session, [row.pk for row in rows]), token)


def fetch_infos(
    caller: Caller, trace_ids: Sequence[str], experiment_ids: Sequence[str] | None = None
) -> list[TraceInfo]:
    """Return those of the traces that exist and that the caller may read, in the order asked.

    ``experiment_ids`` narrow where to look. Raises InvalidParameterError for more than 500, or for
    what is no id.
    """
    return read_infos(caller.session, _readable(caller, trace_ids, experiment_ids))


def fetch_traces(
    caller: Caller, trace_ids: Sequence[str], experiment_ids: Sequence[str] | None = None
) -> list[Trace]:
    """Return the same with their spans; raises InvalidParameterError for too large ones too."""
    pks = _readable(caller, trace_ids, experiment_ids)
    if _SIZE.run(caller.session, pks=pks).scalar_one() > MAX_FETCHED_BYTES:
        msg = f"These traces have more than {MAX_FETCHED_BYTES} bytes: ask for fewer at once"
        raise InvalidParameterError(msg, field="trace_ids")
    infos = dict(zip(pks, read_infos(caller.session, pks), strict=True))
    spans = read_spans(caller.session, {pk: info.trace_id for pk, info in infos.items()})
    return [Trace(info, spans[pk]) for pk, info in infos.items()]


def _readable(
    caller: Caller, trace_ids: Sequence[str], experiment_ids: Sequence[str] | None
) -> list[int]:
    wanted = [check_trace_id(one) for one in dict.fromkeys(trace_ids)]
    if len(wanted) > MAX_FETCHED:
        msg = f"At most {MAX_FETCHED} traces can be fetched at once. Got {len(wanted)}."
        raise InvalidParameterError(msg, field="trace_ids")
    may_see = access.visible(caller, Operation.TRACE_READ, Kind.EXPERIMENT, deleted=True)
    statement = (
        select(traces.c.trace_id, PK)
        .join(experiments, experiments.c.number == traces.c.experiment_number)
        .join(securables, securables.c.id == experiments.c.securable_id)
        .where(traces.c.trace_id.in_(wanted), may_see)
        .order_by(PK.desc())
    )
    if experiment_ids is not None:
        numbers = parse_experiment_ids(experiment_ids)
        statement = statement.where(traces.c.experiment_number.in_(numbers))
    found = {row.trace_id: row.pk for row in caller.session.execute(statement)}
    audit.record(caller, Operation.TRACE_READ, trace_ids=sorted(found))
    return [found[trace_id] for trace_id in wanted if trace_id in found]


def _terms(order_by: Sequence[OrderBy]) -> list[Term]:
    terms: list[Term] = []
    for order in order_by or _NEWEST:
        if order.key in _CHILDREN:
            terms += _child_terms(*_CHILDREN[order.key], ascending=order.ascending)
            continue
        column, kind = ATTRIBUTES[order.key]
        if order.key in _NULLABLE:
            terms.append(Term(case((column.is_(None), 1), else_=0), int))
        terms.append(Term(column, kind, order.ascending))
    return fit([*terms, Term(PK, int, ascending=False)])


def _child_terms(child: ChildTable, name: str, *, ascending: bool) -> list[Term]:
    rows = select(child.value).where(child.owner == PK, child.key == name)
    value = rows.correlate(traces).scalar_subquery()
    rank = case((value.is_(None), 1), else_=0)
    return [Term(rank, int), Term(value, str, ascending)]
