"""What the language of trace searches finds, and what it refuses."""

import pytest

from app.db import Database
from app.errors import InvalidParameterError
from app.protocols.mlflow.filters.expressions import parse_order_by
from app.protocols.mlflow.filters.traces import TRACES, parse_trace_filter
from app.tracking.runs.runs import create_run
from app.tracking.traces.assessments import create_assessment
from app.tracking.traces.links import link_traces_to_run
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
from tests.tracking.worlds import World, make_world

FEEDBACK, EXPECTATION = AssessmentKind.FEEDBACK, AssessmentKind.EXPECTATION
RED, WHITE, ROSE = (f"tr-{digit * 32}" for digit in "abc")
LETTERS = {RED: "r", WHITE: "w", ROSE: "o"}
RUN = "run"


def add(world: World, trace_id: str, time: int, told: ToldTrace, **attributes: object) -> None:
    span = Span(
        trace_id, "1" * 16, "", f"ask {time}", time * 10**6, (time + 5) * 10**6, SpanStatus.OK,
        attributes,
    )  # fmt: skip
    log_spans(world.caller(), world.number, [span])
    start_trace(world.caller(), world.number, told)


@pytest.fixture
def world(database: Database):
    """Three traces, the rosé one the last: their names are the letters r, w and o."""
    world = make_world(database)
    add(
        world,
        RED,
        10,
        ToldTrace(RED, tags={"color": "red"}, metadata={"mlflow.sourceRun": RUN}),
        model="gpt-4",
        deep={"a": [1]},
        flag=True,
        number=2,
        odd_100="x",
        **{"mlflow.spanType": "LLM", "mlflow.spanInputs": "100% Merlot", 'a "key".b': "x"},
    )
    add(
        world,
        WHITE,
        20,
        ToldTrace(WHITE, state=TraceState.ERROR, duration=9, client_request_id="c1"),
        model="claude",
    )
    add(world, ROSE, 30, ToldTrace(ROSE, tags={"color": "Rosé"}, duration=1))
    for trace_id, name, kind, value in (
        (RED, "score", FEEDBACK, 0.5),
        (WHITE, "score", FEEDBACK, 2),
        (ROSE, "score", FEEDBACK, "high"),
        (RED, "good", FEEDBACK, True),
        (WHITE, "good", FEEDBACK, False),
        (RED, "fact", EXPECTATION, "dry"),
        (ROSE, "i-1", AssessmentKind.ISSUE, "too sweet"),
    ):
        new = NewAssessment(name, kind, value, "HUMAN")
        create_assessment(world.caller(), trace_id, new)
    yield world
    world.session.close()


def found(world: World, text: str, *order: str, who: str = "alice") -> str:
    search = Search(
        filters=parse_trace_filter(text),
        order_by=parse_order_by(order, TRACES),
        max_results=100,
    )
    page = search_traces(world.caller(who), [world.number], search)
    return "".join(LETTERS[trace.trace_id] for trace in page.items)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "owr"),
        ("tags.color = 'red'", "r"),
        ("tag.color != 'red'", "o"),
        ("tags.color IS NULL", "w"),
        ("tags.color ILIKE 'ROSÉ'", "o"),
        ("tags.color RLIKE '^r.d$' AND status = 'OK'", "r"),
        ("status = 'ERROR'", "w"),
        ("trace.status IN ('OK', 'IN_PROGRESS')", "or"),
        ("timestamp > 10 AND attributes.timestamp_ms <= 20", "w"),
        ("execution_time >= 5", "wr"),
        ("end_time_ms = 15", "r"),
        ("name = 'ask 20'", "w"),
        ("name RLIKE '[13]0'", "or"),
        (f"request_id = '{RED}'", "r"),
        ("client_request_id LIKE 'c%'", "w"),
        ("run_id = 'run'", "r"),
        ("trace.run_id IS NULL", "ow"),
        ("metadata.`mlflow.sourceRun` = 'run'", "r"),
        ("request_metadata.nothing IS NOT NULL", ""),
        ("span.name LIKE 'ask 1_'", "r"),
        ("span.type = 'LLM'", "r"),
        ("span.status = 'OK'", "owr"),
        ("span.attributes.model IN ('gpt-4', 'claude')", "wr"),
        ("span.attributes.model RLIKE '^gpt'", "r"),
        ("span.attributes.flag = 'true'", "r"),
        ("span.attributes.number = '2'", "r"),
        ("span.attributes.deep LIKE '%[1]%'", "r"),
        ("span.attributes.`mlflow.spanType` = 'LLM'", "r"),
        ("span.attributes.`a \"key\".b` = 'x'", "r"),
        ("span.attributes.\"model\" = 'claude'", "w"),
        ("span.content ILIKE '%MERLOT%'", "r"),
        ("text LIKE '%Merlot%'", "r"),
        ("feedback.score > 0.7", "w"),
        ("feedback.score <= '0.5'", "r"),
        ("feedback.score = 2", "w"),
        ("feedback.score != 2", "or"),
        ("feedback.score = 'high'", "o"),
        ("feedback.good = 'true'", "r"),
        ("feedback.good IS NULL", "o"),
        ("expectation.fact LIKE 'd%'", "r"),
        ("feedback.fact IS NOT NULL", ""),
        ("issue.id = 'i-1'", "o"),
    ],
)
def test_a_filter_finds_what_it_says(world: World, text: str, expected: str) -> None:
    assert found(world, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "status > 'OK'",
        "span.content = 'a'",
        "span.nothing = 'a'",
        "span.attributes. = 'a'",
        "span.attributes.`` = 'a'",
        "span.attributes.a.`b` = 'a'",
        "tags.a.`b` = 'a'",
        "timestamp = 'now'",
        "feedback.score > 'high'",
        "feedback.score IN ('a')",
        "issue.name = 'a'",
        "prompt = 'no version'",
        "tags.color RLIKE '('",
        "tags.color RLIKE '(?i)a'",
        "status = 'OK' OR status = 'ERROR'",
        "nothing = 'a'",
    ],
)
def test_what_the_language_has_not_is_refused(world: World, text: str) -> None:
    with pytest.raises(InvalidParameterError):
        found(world, text)


@pytest.mark.parametrize(
    "order, expected",
    [
        (["timestamp ASC"], "rwo"),
        (["execution_time DESC"], "wro"),
        (["status"], "wor"),
        (["name DESC"], "owr"),
        (["run_id", "timestamp"], "rwo"),
        (["request_id"], "rwo"),
    ],
)
def test_traces_come_in_the_order_asked_for(world: World, order: list[str], expected: str) -> None:
    assert found(world, "", *order) == expected


def test_a_linked_trace_is_found_by_its_run(world: World) -> None:
    run_id = create_run(world.caller(), world.number).info.run_id
    link_traces_to_run(world.caller(), run_id, [ROSE, WHITE])
    link_traces_to_run(world.caller(), run_id, [ROSE])
    assert found(world, f"run_id = '{run_id}'") == "ow"


def test_only_those_who_read_the_experiment_find_anything(world: World) -> None:
    assert found(world, "", who="bob") == "owr"
    assert found(world, "", who="charlie") == ""


def test_pages_of_any_order_put_together_are_the_whole(world: World) -> None:
    for order in ([], ["name"], ["execution_time DESC"], ["run_id"]):
        token, seen = "", ""
        while True:
            terms = parse_order_by(order, TRACES)
            search = Search(order_by=terms, max_results=1, page_token=token)
            page = search_traces(world.caller(), [world.number], search)
            seen += "".join(LETTERS[trace.trace_id] for trace in page.items)
            token = page.next_token
            if not token:
                break
        assert seen == found(world, "", *order)
