"""Times, sizes, figures and searches as they are written and read."""

import math

import pytest
from flask import Flask, g

from app.web.filters import ago, duration, iso, measure, size, when
from tests.factories import NOW

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    "distance, words",
    [
        (0, "0 s ago"),
        (59 * SECOND, "59 s ago"),
        (60 * SECOND, "1 min ago"),
        (3 * HOUR, "3 h ago"),
        (30 * DAY, "30 d ago"),
        (40 * DAY, "2026-12-06"),
        (-2 * DAY, "in 2 d"),
        (1 - 2 * DAY, "in 2 d"),
    ],
)
def test_a_moment_is_told_by_its_distance(distance: int, words: str):
    with Flask("clock").app_context():
        g.now = NOW
        assert ago(NOW - distance) == words


def test_a_moment_is_told_in_utc():
    assert when(NOW) == "2027-01-15 08:00:00 UTC"
    assert iso(NOW) == "2027-01-15T08:00:00.000Z"


@pytest.mark.parametrize("millis, told", [(2**63 - 1, "9999-12-31"), (-(2**63), "1000-01-01")])
def test_a_moment_that_no_calendar_has_is_told_as_the_nearest(millis: int, told: str):
    assert when(millis).startswith(told)
    assert iso(millis).startswith(told)


@pytest.mark.parametrize(
    "millis, words",
    [(None, "\N{EN DASH}"), (1500, "1.5 s"), (61 * SECOND, "1 min 1 s"), (2 * HOUR, "2 h 0 min")],
)
def test_a_span_is_told_in_its_two_largest_units(millis: int | None, words: str):
    assert duration(millis) == words


@pytest.mark.parametrize(
    "count, words", [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 << 40, "3.0 TiB")]
)
def test_a_size_has_the_largest_unit_that_fits(count: int, words: str):
    assert size(count) == words


@pytest.mark.parametrize(
    "value, words",
    [
        (0.0, "0"),
        (0.123456789, "0.123457"),
        (1e-9, "1.0000e-09"),
        (12345678.0, "1.2346e+07"),
        (math.nan, "nan"),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_figure_is_short_and_never_wrong_by_much(value: float | None, words: str):
    assert measure(value) == words
