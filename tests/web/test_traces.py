"""The traces of an experiment, and one of them with its spans."""

import re

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.traces.values import Span, SpanStatus
from app.web.span_tree import arrange
from tests.web.world import Reader, World


@pytest.fixture
def alice(application: Flask) -> Reader:
    return Reader(application, "alice")


def test_traces_are_listed_with_what_was_asked_and_answered(alice: Reader, world: World) -> None:
    text = alice.get(f"/experiments/{world.experiment_id}/traces").text
    for word in ("agent", "which wine goes with this?", "a dry one", "1.20 s", "16", "good: true"):
        assert word in text
    assert "good: false" not in text


def test_a_filter_stands_in_the_address(alice: Reader, world: World) -> None:
    path = f"/experiments/{world.experiment_id}/traces"
    assert world.trace_id in alice.get(f"{path}?filter=status+%3D+'OK'").text
    assert "No trace fits" in alice.get(f"{path}?filter=status+%3D+'ERROR'").text
    assert 'role="alert"' in alice.get(f"{path}?filter=beauty+%3D+1").text


def test_htmx_gets_the_table_alone(alice: Reader, world: World) -> None:
    text = alice.get(f"/experiments/{world.experiment_id}/traces", htmx=True).text
    assert world.trace_id in text
    assert "<html" not in text


def test_who_only_browses_is_told_what_it_takes(application: Flask, world: World) -> None:
    text = Reader(application, "dora").get(f"/experiments/{world.experiment_id}/traces").text
    assert "READ EXPERIMENT" in text
    assert "wine" not in text


def test_a_trace_shows_its_spans_as_a_tree_over_time(alice: Reader, world: World) -> None:
    text = alice.get(f"/traces/{world.trace_id}").text
    rows = re.findall(r"level (\d): </span>([^<]+)</a>", text)
    assert rows == [("1", "agent"), ("2", "look up"), ("2", "chat")]
    bars = re.findall(r'x="([\d.]+)" width="([\d.]+)"', text)
    assert bars == [("0.0", "100.0"), ("8.33", "25.0"), ("41.67", "50.0")]


def test_the_root_is_looked_at_until_another_is_chosen(alice: Reader, world: World) -> None:
    text = alice.get(f"/traces/{world.trace_id}").text
    assert "&#34;question&#34;: &#34;which wine goes with this?&#34;" in text
    chosen = alice.get(f"/traces/{world.trace_id}?span={2:016x}", htmx=True).text
    assert "the shelf is empty" in chosen
    assert "<html" not in chosen
    assert "which wine" not in chosen


def test_a_trace_tells_its_session_its_tokens_and_what_people_think(
    alice: Reader, world: World
) -> None:
    text = alice.get(f"/traces/{world.trace_id}").text
    for word in ("evening", "12 in, 4 out, 16 in all", "it is right", "overridden", "ann"):
        assert word in text
    assert "mlflow.artifactLocation" not in text


def span(number: int, parent: int, start: int, length: int) -> Span:
    return Span(
        "tr-1", f"{number:016x}", f"{parent:016x}", "s", start, start + length, SpanStatus.OK, {}
    )


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 9), st.integers(0, 9)), max_size=7).map(
        lambda drawn: [span(number, *fields) for number, fields in enumerate(drawn, 1)]
    )
)
def test_every_span_has_one_row_below_its_parent_and_a_bar_within_the_time(
    spans: list[Span],
) -> None:
    """Whatever an exporter sends: parents that are missing, or that are each other's."""
    rows = arrange(spans)
    assert sorted(row.span.span_id for row in rows) == [one.span_id for one in spans]
    depths = {row.span.span_id: row.depth for row in rows}
    for row in rows:
        assert 0 <= row.begin <= row.begin + row.width <= 100.7
        if row.depth:
            assert row.depth == depths[row.span.parent_id] + 1
