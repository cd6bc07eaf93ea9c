"""Any filter, order and page size that the language of traces allows, beside plain Python."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, literal, select

from app.db import Database
from app.protocols.mlflow.filters.expressions import parse_order_by
from app.protocols.mlflow.filters.traces import TRACES, parse_trace_filter
from app.tracking.tables import trace_runs, traces
from app.tracking.traces.assessments import create_assessment
from app.tracking.traces.search import search_traces
from app.tracking.traces.traces import log_spans, start_trace
from app.tracking.traces.values import (
    AssessmentKind,
    NewAssessment,
    Span,
    SpanStatus,
    ToldTrace,
    TraceState,
)
from app.tracking.values import Search
from tests.protocols.mlflow.naive_traces import Asked, Clause, Known, holds, in_order
from tests.tracking.worlds import World, make_world

RUN = "f" * 32
WINES = (
    Known(
        f"tr-{'1' * 32}",
        "pour",
        10,
        5,
        "OK",
        "c1",
        {"color": "red", "a b": "x"},
        {"mlflow.sourceRun": RUN, "user": "Ann"},
        (
            Asked("pour", "CHAIN", "OK", {"model": "gpt-4", "mlflow.spanType": "CHAIN"}),
            Asked("sip", "LLM", "ERROR", {"n": 2, "flag": True, "mlflow.spanType": "LLM"}),
        ),
        prompts=(("sommelier", "1"),),
        feedback=(("score", 0.5), ("good", True)),
        expectation=(("fact", "dry"),),
    ),
    Known(
        f"tr-{'2' * 32}",
        "Pour",
        20,
        None,
        "IN_PROGRESS",
        None,
        {"color": "Rosé"},
        {"user": "bo_b"},
        (Asked("swirl", "UNKNOWN", "UNSET", {"model": "claude", "deep": {"a": [1]}}),),
        feedback=(("score", 2), ("good", False)),
        issues=("i-1",),
    ),
    Known(
        f"tr-{'3' * 32}",
        "pour",
        20,
        9,
        "ERROR",
        "C1",
        {},
        {},
        (Asked("pour", "UNKNOWN", "OK", {"model": "GPT-4", "flag": False}),),
        linked=(RUN,),
        feedback=(("score", "high"), ("score", 0.5)),
        expectation=(("fact", ["dry"]), ("count", 3)),
    ),
    Known(
        f"tr-{'4' * 32}", "decant", 5, 0, "OK", None, {"color": "red"}, {}, prompts=(("a", "2"),)
    ),
    Known(f"tr-{'5' * 32}", "", 30, 1, "STATE_UNSPECIFIED", "x%y", {"color": ""}, {"user": "Ann"}),
)
TEXTS = ("red", "Rosé", "r", "pour", "CHAIN", "OK", "gpt-4", "true", "2", "dry", "Ann", "", RUN)
PATTERNS = ("%", "r%", "%OU%", "_our", "%4", "%é", "red", "", "%Ann%", "b__b", "t%e")
EXPRESSIONS = ("^p", "r$", "[0-9]", "o.r|dry", ".*", "^$", "é")
NUMBERS = (-1, 0, 0.5, 1, 2, 5, 10, 14.5, 20, 29)
LIKE = st.tuples(st.sampled_from(["LIKE", "ILIKE"]), st.sampled_from(PATTERNS))
SAME = st.tuples(st.sampled_from(["=", "!="]), st.sampled_from(TEXTS))
REGEX = st.tuples(st.just("RLIKE"), st.sampled_from(EXPRESSIONS))
NULL = st.tuples(st.sampled_from(["IS NULL", "IS NOT NULL"]), st.none())
ORDERED = st.tuples(st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(NUMBERS))
EQUAL = st.tuples(st.sampled_from(["=", "!="]), st.sampled_from(NUMBERS))
NUMERIC = ORDERED | EQUAL
WORDS = SAME | LIKE | REGEX
FREE = WORDS | NULL


def listed(*values: str) -> st.SearchStrategy[tuple[str, tuple[str, ...]]]:
    some = st.lists(st.sampled_from([*TEXTS, *values]), min_size=1, max_size=3).map(tuple)
    return st.tuples(st.sampled_from(["IN", "NOT IN"]), some)


def clause(entity: str, names: str, asked: st.SearchStrategy[Any]) -> st.SearchStrategy[Clause]:
    name = st.sampled_from(names.split("|"))
    return st.builds(lambda name, asked: (entity, name, *asked), name, asked)


IDS = tuple(wine.trace_id for wine in WINES)
STATES = ("OK", "ERROR", "IN_PROGRESS")
CLAUSES = st.one_of(
    clause("tag", "color|a b|none", FREE),
    clause("metadata", "user|mlflow.sourceRun|none", FREE),
    clause("attribute", "request_id", WORDS | listed(*IDS)),
    clause("attribute", "status", WORDS | listed(*STATES)),
    clause("attribute", "client_request_id|name", WORDS | listed("c1", "Pour")),
    clause("attribute", "run_id", FREE | listed("c1", "Pour")),
    clause("attribute", "timestamp_ms|execution_time_ms|end_time_ms", NUMERIC),
    clause(
        "attribute",
        "prompt",
        st.tuples(st.sampled_from(["=", "!="]), st.sampled_from(["sommelier/1", "a/1", "a/2"])),
    ),
    clause("span", "name|type|status", WORDS | listed("LLM", "ERROR")),
    clause("span", "attributes.model|attributes.n|attributes.flag|attributes.deep", WORDS),
    clause("span", "attributes.model|attributes.none", listed("claude")),
    clause(
        "span",
        "content",
        st.tuples(
            st.sampled_from(["LIKE", "ILIKE"]),
            st.sampled_from(["%gpt%", "%POUR%", "%swirl%", "%model%", "%no such%"]),
        ),
    ),
    clause("feedback", "score|good|fact", FREE | NUMERIC),
    clause("expectation", "fact|count|none", FREE | NUMERIC),
    clause("issue", "id", st.tuples(st.just("="), st.sampled_from(["i-1", "i-2"]))),
)
SPELLINGS = {
    "tag": ("tag", "tags"),
    "metadata": ("metadata", "request_metadata"),
    "attribute": ("", "attribute", "attributes", "trace"),
}
SHORT = {name: name.removesuffix("_ms") for name in ("timestamp_ms", "end_time_ms")}
SORTABLE = ("timestamp_ms", "execution_time_ms", "end_time_ms", "status", "name", "run_id")


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, list[Clause]]:
    """A filter of up to three clauses, each spelled in one of its ways."""
    clauses = draw(st.lists(CLAUSES, min_size=1, max_size=3))
    texts = []
    for entity, name, operator, value in clauses:
        prefix = draw(st.sampled_from(SPELLINGS.get(entity, (entity,))))
        known_as = draw(st.sampled_from([name, SHORT.get(name, name)]))
        quoted = f"`{name}`" if entity in {"tag", "metadata"} else known_as
        subject = f"{prefix}.{quoted}" if prefix else quoted
        texts.append(f"{subject} {operator} {_spell(value)}".rstrip())
    return draw(st.sampled_from([" AND ", " and "])).join(texts), clauses


def _spell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f"({', '.join(map(_spell, value))})"
    return f"'{value}'" if isinstance(value, str) else str(value)


@pytest.fixture
def world(database: Database):
    """The traces above, where each assessment that counts overrides another."""
    world = make_world(database)
    for wine in WINES:
        add(world, wine)
    yield world
    world.session.close()


def add(world: World, wine: Known) -> None:
    spans = [
        Span(
            wine.trace_id,
            f"{number:016x}",
            "0" * 15 + "f",
            span.name,
            wine.time * 10**6,
            0,
            SpanStatus(span.status),
            span.attributes,
        )
        for number, span in enumerate(wine.spans, 1)
    ]
    if spans:
        log_spans(world.caller(), world.number, spans)
    pairs = ", ".join(f'{{"name": "{name}", "version": "{one}"}}' for name, one in wine.prompts)
    tags = wine.tags | {"mlflow.traceName": wine.name}
    tags |= {"mlflow.linkedPrompts": f"[{pairs}]"} if pairs else {}
    told = ToldTrace(
        wine.trace_id,
        request_time=wine.time,
        duration=wine.duration,
        state=TraceState(wine.state),
        client_request_id=wine.client,
        metadata=wine.metadata,
        tags=tags,
    )
    start_trace(world.caller(), world.number, told)
    for kind in (AssessmentKind.FEEDBACK, AssessmentKind.EXPECTATION):
        for name, value in getattr(wine, kind.value):
            new = NewAssessment(name, kind, value, "HUMAN")
            made = create_assessment(world.caller(), wine.trace_id, replace(new, value="dry"))
            again = replace(new, overrides=made.assessment_id)
            create_assessment(world.caller(), wine.trace_id, again)
    for name in wine.issues:
        issue = NewAssessment(name, AssessmentKind.ISSUE, "seen", "HUMAN")
        create_assessment(world.caller(), wine.trace_id, issue)
    for run_id in wine.linked:
        linked = select(traces.c.pk, literal(run_id)).where(traces.c.trace_id == wine.trace_id)
        world.session.execute(insert(trace_runs).from_select(["trace_pk", "run_id"], linked))


def search(world: World, text: str, order: list[str], size: int, token: str = "") -> Any:
    asked = Search(
        filters=parse_trace_filter(text),
        order_by=parse_order_by(order, TRACES),
        max_results=size,
        page_token=token,
    )
    return search_traces(world.caller(), [world.number], asked)


REAL_DATABASE = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@REAL_DATABASE
@given(spelled())
def test_any_filter_finds_what_a_naive_evaluator_finds(world: World, filtered) -> None:
    text, clauses = filtered
    expected = {wine.trace_id for wine in WINES if all(holds(wine, one) for one in clauses)}
    assert {one.trace_id for one in search(world, text, [], 100).items} == expected


@REAL_DATABASE
@given(
    st.lists(
        st.tuples(st.sampled_from(SORTABLE), st.booleans()),
        max_size=3,
        unique_by=lambda term: term[0],
    ),
    st.sampled_from(["", "tags.color IS NOT NULL", "feedback.score IS NOT NULL"]),
    st.integers(1, len(WINES) + 1),
)
def test_pages_of_any_size_are_the_whole_once_and_in_order(
    world: World, terms: list[tuple[str, bool]], text: str, size: int
) -> None:
    order = [f"{name} {'ASC' if ascending else 'DESC'}" for name, ascending in terms]
    token, seen = "", list[str]()
    while True:
        page = search(world, text, order, size, token)
        seen += [one.trace_id for one in page.items]
        assert len(page.items) == size or not page.next_token
        token = page.next_token
        if not token:
            break
    whole = [one.trace_id for one in search(world, text, order, 100).items]
    expected = in_order(WINES, terms or [("timestamp_ms", False)])
    assert seen == whole == [wine.trace_id for wine in expected if wine.trace_id in whole]
