from dataclasses import replace

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from app.artifacts import Vault
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.tracking.experiments import delete_experiment
from app.tracking.runs.runs import create_run
from app.tracking.tables import trace_spans
from app.tracking.traces.links import link_traces_to_run
from app.tracking.traces.search import fetch_infos, fetch_traces
from app.tracking.traces.settling import COST, NAME_TAG, SESSION, SIZE_STATS, USAGE, USER
from app.tracking.traces.traces import (
    delete_trace_tag,
    delete_traces,
    get_trace,
    get_trace_info,
    log_spans,
    set_trace_tag,
    start_trace,
)
from app.tracking.traces.values import Span, SpanStatus, ToldTrace, TraceState
from tests.factories import grant
from tests.tracking.worlds import World

ID = f"tr-{'a' * 32}"
MILLI = 1_000_000
COSTS = {"input_cost": 0.3, "output_cost": 0.7, "total_cost": 1.0}
USES = {"input_tokens": 1, "total_tokens": 1}


def span(number=1, parent=0, *, start=1, end=2, status=SpanStatus.OK, trace_id=ID, **attributes):
    return Span(
        trace_id=trace_id,
        span_id=f"{number:016x}",
        parent_id=f"{parent:016x}" if parent else "",
        name=f"span {number}",
        start_ns=start * MILLI,
        end_ns=end * MILLI,
        status=status,
        attributes=attributes,
    )


@st.composite
def news(draw):
    """What is sent of one trace, in two orders: spans, some in two versions, and the whole."""
    count = draw(st.integers(1, 5))
    spans = []
    for number in range(1, count + 1):
        made = span(
            number,
            draw(st.integers(0, number - 1)),
            start=draw(st.integers(1, 5)),
            end=draw(st.integers(5, 9)),
            status=draw(st.sampled_from(SpanStatus)),
            **draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "mlflow.chat.tokenUsage": st.just(USES),
                        "mlflow.llm.cost": st.sampled_from([COSTS, {"total_cost": 0.1}]),
                        "session.id": st.sampled_from(["s", "t"]),
                        "user.id": st.just("ann"),
                        "mlflow.spanInputs": st.text("ab", max_size=2),
                        "mlflow.traceTag.color": st.sampled_from(["red", "blue"]),
                    },
                )
            ),
        )
        spans.append(made)
        if draw(st.booleans()):
            spans.append(replace(made, end_ns=draw(st.sampled_from([0, made.end_ns])), name="x"))
    told = ToldTrace(
        ID,
        request_time=draw(st.none() | st.just(3)),
        duration=draw(st.none() | st.just(4)),
        state=draw(st.sampled_from(TraceState)),
        request_preview=draw(st.none() | st.just("asked")),
        tags=draw(st.dictionaries(st.sampled_from(["color", NAME_TAG]), st.just("told"))),
        metadata=draw(st.dictionaries(st.sampled_from([USAGE, "x"]), st.just("told"))),
    )
    sent: list[Span | ToldTrace] = [*spans, *draw(st.sampled_from([[], [told]]))]
    return draw(st.permutations(sent)), draw(st.permutations(sent + sent[:2]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(news())
def test_a_trace_is_the_same_in_whatever_order_its_news_come(world: World, orders):
    seen = []
    for order in orders:
        with world.undone():
            for one in order:
                if isinstance(one, Span):
                    log_spans(world.caller(), world.number, [one])
                else:
                    start_trace(world.caller(), world.number, one)
            seen.append(get_trace(world.caller(), ID, allow_partial=True))
    assert seen[0] == seen[1]


def test_a_trace_made_of_spans_alone_is_described_by_them(world: World):
    attributes = {
        "mlflow.spanInputs": {"question": "why?"},
        "mlflow.spanOutputs": "x" * 2000,
        "mlflow.chat.tokenUsage": orjson.dumps({"total_tokens": 7}).decode(),
    }
    root = span(1, start=5, end=17, **attributes)
    child = span(2, 1, start=6, end=9, **{"mlflow.chat.tokenUsage": {"total_tokens": 5}})
    log_spans(world.caller(), world.number, [child, root])
    info = get_trace_info(world.caller(), ID)
    assert (info.request_time, info.duration, info.state) == (5, 12, TraceState.OK)
    assert info.request_preview == '{"question":"why?"}'
    assert len(info.response_preview or "") == 1000
    assert info.tags[NAME_TAG] == "span 1"
    assert orjson.loads(info.metadata[USAGE]) == {"total_tokens": 7}
    assert orjson.loads(info.metadata[SIZE_STATS])["num_spans"] == 2
    assert info.tags["mlflow.trace.spansLocation"] == "TRACKING_STORE"
    location = f"mlflow-artifacts:/{world.number}/traces/{ID}/artifacts"
    assert info.tags["mlflow.artifactLocation"] == location


def test_the_first_span_that_names_a_session_and_a_user_names_those_of_the_trace(world: World):
    log_spans(
        world.caller(),
        world.number,
        [
            span(1, start=1, **{"user.id": 7}),
            span(2, 1, start=3, **{"session.id": "later", "user.id": "ann"}),
            span(3, 1, start=2, **{"gen_ai.conversation.id": "first"}),
        ],
    )
    metadata = get_trace_info(world.caller(), ID).metadata
    assert (metadata[SESSION], metadata[USER]) == ("first", "ann")


def test_what_a_span_cost_includes_what_those_below_it_cost(world: World):
    cost, other = {"mlflow.llm.cost": COSTS}, {"mlflow.llm.cost": '{"total_cost": 0.5, "x": 1}'}
    spans = [span(1), span(2, 1, **cost), span(3, 2, **cost), span(4, 1, **other)]
    log_spans(world.caller(), world.number, spans)
    told = orjson.loads(get_trace_info(world.caller(), ID).metadata[COST])
    assert told == {"input_cost": 0.3, "output_cost": 0.7, "total_cost": 1.5}


@pytest.mark.parametrize(
    "inputs, expected",
    [
        ("plain", "plain"),
        ({"a": 1}, '{"a":1}'),
        ({"messages": [{"role": "user", "content": "why?"}, {"role": "tool"}]}, "why?"),
        ([{"role": "user", "parts": [{"type": "text", "content": "why?"}]}], "why?"),
        ('{"input": [{"role": "system", "content": ["be short"]}]}', "be short"),
        ({"request": {"input": [{"role": "user", "content": "why?"}]}}, "why?"),
        ({"choices": [{"message": {"role": "x", "content": "so"}}]}, "so"),
        ({"messages": [1], "input": 2}, '{"input":2,"messages":[1]}'),
        ({"choices": [None]}, '{"choices":[null]}'),
        ('[{"role": "user", "content": "a\\u0000b"}]', "a\ufffdb"),
        ([{"role": "user", "content": [{"type": ["text"]}, {"type": "text", "text": "a"}]}], "a"),
        ('{"request":' * 999 + '{"input":[{"role":"user","content":"so?"}]}' + "}" * 999, "so?"),
    ],
)
def test_the_preview_of_a_chat_is_its_last_message(world: World, inputs, expected):
    log_spans(world.caller(), world.number, [span(**{"mlflow.spanInputs": inputs})])
    assert get_trace_info(world.caller(), ID).request_preview == expected


@pytest.mark.parametrize(
    "spans, expected",
    [
        ([span(2, 1)], TraceState.IN_PROGRESS),
        ([span(1, end=0)], TraceState.IN_PROGRESS),
        ([span(1, status=SpanStatus.UNSET)], TraceState.OK),
        ([span(1, status=SpanStatus.ERROR), span(2, 1)], TraceState.ERROR),
        ([span(1), span(2, 1, status=SpanStatus.ERROR)], TraceState.OK),
    ],
)
def test_the_root_says_how_a_trace_ended(world: World, spans, expected):
    log_spans(world.caller(), world.number, spans)
    assert get_trace_info(world.caller(), ID).state is expected


def test_where_a_trace_is_kept_is_for_the_server_to_say(world: World):
    tags = {
        "mlflow.artifactLocation": "https://evil",
        "mlflow.trace.archiveLocation": "https://evil",
        "mlflow.trace.spansLocation": "ELSEWHERE",
    }
    start_trace(world.caller(), world.number, ToldTrace(ID, tags=tags))
    log_spans(
        world.caller(),
        world.number,
        [span(**{f"mlflow.traceTag.{name}": value for name, value in tags.items()})],
    )
    for name in tags:
        with pytest.raises(InvalidParameterError):
            set_trace_tag(world.caller(), ID, name, "https://evil")
    found = get_trace_info(world.caller(), ID).tags
    assert not {"https://evil", "ELSEWHERE"} & set(found.values())


def test_the_same_id_elsewhere_is_another_trace(world: World, vault: Vault):
    """Whoever learns an id can neither take the trace over nor find out that it is there."""
    theirs = world.add_experiment("theirs", owner="charlie")
    log_spans(world.caller(), world.number, [span(1, **{"mlflow.spanInputs": "secret"})])
    world.session.commit()
    with world.undone(), pytest.raises(NotFoundError):
        log_spans(world.caller("charlie"), world.number, [span(2, 1)])
    log_spans(world.caller("charlie"), theirs, [span(1, **{"mlflow.spanInputs": "mine"})])
    start_trace(world.caller("charlie"), theirs, ToldTrace(ID, tags={"color": "mine"}))
    world.session.commit()
    assert get_trace_info(world.caller(), ID).request_preview == "secret"
    assert get_trace_info(world.caller("bob"), ID).request_preview == "secret"
    assert get_trace_info(world.caller("charlie"), ID).request_preview == "mine"
    assert [one.request_preview for one in fetch_infos(world.caller("bob"), [ID])] == ["secret"]
    assert [one.info.tags.get("color") for one in fetch_traces(world.caller("charlie"), [ID])] == [
        "mine"
    ]
    with world.undone():
        assert delete_traces(world.caller("charlie"), vault, theirs, trace_ids=[ID]) == 1
        assert get_trace_info(world.caller(), ID).request_preview == "secret"


def test_a_hidden_trace_is_as_good_as_absent(world: World, vault: Vault):
    log_spans(world.caller(), world.number, [span()])
    world.session.commit()
    run_id = create_run(world.caller(), world.number).info.run_id
    world.session.commit()
    for use in (
        lambda who: get_trace(who, ID),
        lambda who: get_trace_info(who, ID),
        lambda who: set_trace_tag(who, ID, "a", "b"),
        lambda who: delete_trace_tag(who, ID, "a"),
        lambda who: link_traces_to_run(who, run_id, [ID]),
        lambda who: delete_traces(who, vault, world.number, trace_ids=[ID]),
    ):
        with world.undone(), pytest.raises(NotFoundError):
            use(world.caller("charlie"))
    assert fetch_traces(world.caller("charlie"), [ID]) == []


def test_what_a_trace_holds_is_not_for_those_who_only_know_that_it_is_there(world: World):
    log_spans(world.caller(), world.number, [span()])
    grant(world.session, world.experiment, world.charlie, "BROWSE")
    world.session.commit()
    with pytest.raises(PermissionDeniedError):
        get_trace(world.caller("charlie"), ID)
    assert fetch_infos(world.caller("charlie"), [ID]) == []


def test_a_reader_changes_nothing(world: World, vault: Vault):
    log_spans(world.caller(), world.number, [span()])
    world.session.commit()
    for use in (
        lambda who: log_spans(who, world.number, [span(2)]),
        lambda who: start_trace(who, world.number, ToldTrace(ID)),
        lambda who: set_trace_tag(who, ID, "a", "b"),
        lambda who: delete_traces(who, vault, world.number, trace_ids=[ID]),
    ):
        with world.undone(), pytest.raises(PermissionDeniedError):
            use(world.caller("bob"))


def test_a_trace_with_fewer_spans_than_its_client_counted_is_not_whole(world: World):
    stats = {SIZE_STATS: orjson.dumps({"num_spans": 2}).decode()}
    start_trace(world.caller(), world.number, ToldTrace(ID, metadata=stats))
    log_spans(world.caller(), world.number, [span()])
    with pytest.raises(NotFoundError, match="not fully exported"):
        get_trace(world.caller(), ID)
    assert len(get_trace(world.caller(), ID, allow_partial=True).spans) == 1
    log_spans(world.caller(), world.number, [span(2, 1)])
    assert len(get_trace(world.caller(), ID).spans) == 2


def test_nothing_is_added_in_the_trash(world: World):
    log_spans(world.caller(), world.number, [span()])
    delete_experiment(world.caller(), world.number)
    world.session.commit()
    with world.undone(), pytest.raises(InvalidParameterError, match="active"):
        log_spans(world.caller(), world.number, [span(2)])
    with world.undone(), pytest.raises(InvalidParameterError, match="active"):
        set_trace_tag(world.caller(), ID, "a", "b")


def test_a_run_of_another_experiment_takes_no_trace(world: World):
    other = world.add_experiment("other")
    run_id = create_run(world.caller(), other).info.run_id
    world.session.commit()
    with world.undone(), pytest.raises(InvalidParameterError):
        log_spans(world.caller(), world.number, [span()], run_id=run_id)
    log_spans(world.caller(), world.number, [span()])
    world.session.commit()
    with world.undone(), pytest.raises(NotFoundError):
        link_traces_to_run(world.caller(), run_id, [ID])


def test_the_oldest_traces_are_deleted_first(world: World, vault: Vault):
    ids = [f"tr-{number:032x}" for number in range(4)]
    for number, trace_id in enumerate(ids):
        told = ToldTrace(trace_id, request_time=number, tags={"a": "b"})
        start_trace(world.caller(), world.number, told)
    assert delete_traces(world.caller(), vault, world.number, latest=2, most=2) == 2
    assert [one.trace_id for one in fetch_infos(world.caller(), ids)] == ids[2:]


@pytest.mark.parametrize(
    "options", [{}, {"latest": 1, "trace_ids": [ID]}, {"latest": 1, "most": 0}]
)
def test_it_must_be_said_which_traces_to_delete(world: World, vault: Vault, options):
    with pytest.raises(InvalidParameterError):
        delete_traces(world.caller(), vault, world.number, **options)


def test_one_request_leaves_one_event(world: World):
    caller = world.caller()
    log_spans(caller, world.number, [span(1), span(2, 1)])
    assert [entry.operation for entry in caller.ledger.entries] == ["trace.log"]
    assert caller.ledger.entries[0].details == {"traces": [ID], "spans": 2}


def test_a_trace_is_not_larger_than_can_be_read(world: World):
    log_spans(world.caller(), world.number, [span(1)])
    world.session.execute(update(trace_spans).values(size=64 << 20))
    with pytest.raises(InvalidParameterError, match="bytes"):
        log_spans(world.caller(), world.number, [span(2, 1)])


def test_no_more_is_fetched_at_once_than_can_be_read(world: World):
    ids = [f"tr-{number:032x}" for number in (1, 2)]
    log_spans(world.caller(), world.number, [span(trace_id=one) for one in ids])
    world.session.execute(update(trace_spans).values(size=65 << 20))
    assert len(fetch_traces(world.caller(), ids[:1])) == 1
    with pytest.raises(InvalidParameterError, match="fewer"):
        fetch_traces(world.caller(), ids)
    assert len(fetch_infos(world.caller(), ids)) == 2
