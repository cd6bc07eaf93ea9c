"""Print results: aligned columns for people, JSON for machines; durations as people write them."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

import click
import orjson
from typing_extensions import override

_UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LONGEST = 100 * 366 * 86_400
_DURATION = re.compile(r"(\d{1,6})([mhdw])")


class Duration(click.ParamType[int]):
    """A length of time such as 90m, 12h, 30d or 2w, of 100 years at most; the value is in ms."""

    name = "duration"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the milliseconds of a text; click reports what is none."""
        match = _DURATION.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is not a length of time: write 90m, 12h, 30d or 2w", param, ctx)
        seconds = int(match[1]) * _UNITS[match[2]]
        if seconds > _LONGEST:
            self.fail(f"{value!r} is longer than 100 years", param, ctx)
        return seconds * 1_000


def plain(text: str) -> str:
    """Return a text fit for a terminal: what is not printable as its escape, in one line.

    Names, comments and what another server says are other people's: a terminal would obey them.
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows with the same names: a table, or a JSON array."""
    if as_json:
        click.echo(orjson.dumps(list(rows), option=orjson.OPT_INDENT_2).decode())
        return
    if not rows:
        click.echo("none", err=True)
        return
    names = list(rows[0])
    table = [[name.upper().replace("_", " ") for name in names]]
    table += [[_cell(name, row[name]) for name in names] for row in rows]
    widths = [max(len(line[column]) for line in table) for column in range(len(names))]
    for line in table:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def done(message: str, *, as_json: bool, **result: Any) -> None:
    """Say what was done."""
    click.echo(orjson.dumps(result).decode() if as_json else plain(message))


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name.endswith(("_at", "time")) and isinstance(value, int):
        return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(value / 1_000))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return plain(", ".join(str(item) for item in value)) or "-"
    return plain(str(value))
