"""What a filter and an order mean, in plain Python: written apart from the SQL."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import orjson

from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.tracking.checks import MAX_FLOAT

Known = Mapping[tuple[Entity, str], Sequence[Any]]
"""All that a thing has, by of what and under which name it is asked for."""


@dataclass(frozen=True)
class Thing:
    """Something that is searched for, as its test made it."""

    id: str
    known: Known


def holds(known: Known, comparison: Comparison) -> bool:
    """Return whether a thing is as a comparison asks: one of the values has to be."""
    values = known.get((comparison.entity, comparison.key), ())
    if comparison.operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
        return bool(values) == (comparison.operator is Operator.IS_NOT_NULL)
    return any(compare(have, comparison.operator, comparison.value) for have in values)


def in_order(things: Iterable[Thing], terms: Sequence[OrderBy]) -> list[Thing]:
    """Return things in an order; of equals the one that was before comes before.

    Whichever way a term goes, what is no number follows all numbers, and what is not there comes
    last of all.
    """
    found = list(things)
    for term in reversed(terms):
        pairs = [(thing.known.get((term.entity, term.key), ()), thing) for thing in found]
        there = [(values[0], thing) for values, thing in pairs if values]
        numbers = [pair for pair in there if not _is_nan(pair[0])]
        numbers.sort(key=itemgetter(0), reverse=not term.ascending)
        found = [thing for _, thing in numbers]
        found += [thing for value, thing in there if _is_nan(value)]
        found += [thing for values, thing in pairs if not values]
    return found


def compare(have: Any, operator: str, want: Any) -> bool:
    """Return whether a value stands in the relation to another, a text or a number."""
    if isinstance(want, int | float):
        return _compare_numbers(have, operator, want)
    if isinstance(want, tuple | list):
        return (have in want or as_text(have) in want) == (operator == "IN")
    text = as_text(have)
    match operator:
        case "=" | "!=":
            return bool(text == want) == (operator == "=")
        case "RLIKE":
            return re.search(want, text) is not None
    wild = "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in want)
    flags = re.DOTALL | (re.IGNORECASE if operator == "ILIKE" else re.NOFLAG)
    return re.fullmatch(wild, text, flags) is not None


def finite(value: float) -> float:
    """Return a metric as it is kept: infinities as the largest numbers, as MLflow does."""
    return value if math.isnan(value) else min(max(value, -MAX_FLOAT), MAX_FLOAT)


def as_text(value: Any) -> str:
    """Return a text as it is, and anything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _compare_numbers(have: Any, operator: str, want: float) -> bool:
    if isinstance(have, bool) or not isinstance(have, int | float):
        return operator == "!="
    verdicts: dict[str, bool] = {
        "=": have == want,
        "!=": have != want,
        "<": have < want,
        "<=": have <= want,
        ">": have > want,
        ">=": have >= want,
    }
    return verdicts[operator]
