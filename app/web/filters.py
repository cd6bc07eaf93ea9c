"""Times, sizes and numbers as pages show them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from flask import g

from app.securables import FullName
from app.web.blueprint import web

_SECOND = 1_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_STEPS = (
    (_MINUTE, _SECOND, "s"),
    (_HOUR, _MINUTE, "min"),
    (_DAY, _HOUR, "h"),
    (31 * _DAY, _DAY, "d"),
)
_KIBI = 1024
_SPOKEN = {"table": "data set"}
_NOTHING = "\N{EN DASH}"
_PLAIN_FROM, _PLAIN_TO = 1e-4, 1e7
# Clients may say of anything that it was at a time in no calendar: the years 1000 to 9999 are told.
_EARLIEST, _LATEST = -30_610_224_000_000, 253_402_300_799_000


@web.app_template_filter("iso")
def iso(millis: int) -> str:
    """Return a time in the machine's form: ISO 8601, UTC."""
    return _utc(millis).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@web.app_template_filter("when")
def when(millis: int) -> str:
    """Return a time to the second, in UTC."""
    return _utc(millis).strftime("%Y-%m-%d %H:%M:%S UTC")


@web.app_template_filter("day")
def day(millis: int) -> str:
    """Return the day of a time, in UTC."""
    return _utc(millis).strftime("%Y-%m-%d")


@web.app_template_filter("ago")
def ago(millis: int) -> str:
    """Return how long ago a time was, or how far off it is; the day if that is long."""
    distance = g.now - millis
    span = abs(distance)
    for limit, unit, name in _STEPS:
        if span < limit:
            if distance >= 0:
                return f"{span // unit} {name} ago"
            return f"in {-(-span // unit)} {name}"
    return day(millis)


@web.app_template_filter("duration")
def duration(millis: int | None) -> str:
    """Return a span of time in its two largest units."""
    if millis is None:
        return _NOTHING
    if millis < _MINUTE:
        return f"{millis / _SECOND:.1f} s"
    if millis < _HOUR:
        return f"{millis // _MINUTE} min {millis % _MINUTE // _SECOND} s"
    return f"{millis // _HOUR} h {millis % _HOUR // _MINUTE} min"


@web.app_template_filter("took")
def took(millis: float | None) -> str:
    """Return how long a step took, which may be far less than a second."""
    if millis is None or millis >= _MINUTE:
        return duration(None if millis is None else int(millis))
    if millis >= _SECOND:
        return f"{millis / _SECOND:.2f} s"
    return f"{round(millis, 2):g} ms"


@web.app_template_filter("size")
def size(count: int | None) -> str:
    """Return a number of bytes in the largest unit that fits."""
    if count is None:
        return _NOTHING
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < _KIBI:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= _KIBI
    return f"{amount:.1f} TiB"


@web.app_template_filter("measure")
def measure(value: float | None) -> str:
    """Return a metric's value to six figures; what is missing or no number says so."""
    if value is None:
        return _NOTHING
    if math.isnan(value) or math.isinf(value):
        return str(value)
    if value and not _PLAIN_FROM <= abs(value) < _PLAIN_TO:
        return f"{value:.4e}"
    return f"{value:.6g}"


@web.app_template_filter("words")
def words(text: str) -> str:
    """Return a name of ours, such as a kind or state, as words."""
    return _SPOKEN.get(text) or text.replace("_", " ")


@web.app_template_filter("part")
def part(text: str) -> FullName:
    """Return the full name of a catalog or key, from its one part."""
    return FullName.of(text)


def _utc(millis: int) -> datetime:
    return datetime.fromtimestamp(min(max(millis, _EARLIEST), _LATEST) / _SECOND, UTC)
