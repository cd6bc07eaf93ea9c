"""How long something is to last: a number of days that a form chooses from a few."""

from __future__ import annotations

from collections.abc import Collection

from flask import request

from app.errors import InvalidParameterError

_DAY = 86_400_000


def life_of_form(offered: Collection[int]) -> int | None:
    """Return the milliseconds of the days in a form; None if there are none: without an end.

    Raises InvalidParameterError for days that were not offered: what was to end must not last.
    """
    days = request.form.get("days", "")
    if not days:
        return None
    if days not in map(str, offered):
        msg = f"Invalid value for days: choose one of {', '.join(map(str, offered))}, or none"
        raise InvalidParameterError(msg, field="days")
    return int(days) * _DAY
