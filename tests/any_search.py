"""Any comparison and any order that the grammar of a search allows, over what its test made."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.protocols.mlflow.filters.grammars import LISTS, NULLS, NUMERIC, Grammar, Key
from tests.naive_filters import Known, Thing, holds, in_order

Fetch = Callable[[str], tuple[list[str], str]]
"""The ids on a page, given its token, with the token of the next."""

LIKE = frozenset({Operator.LIKE, Operator.ILIKE})
NUMBERS = (-math.inf, -2, -1.5, 0, 0.25, 0.5, 1, 2, 3, 9, math.inf)
REAL_DATABASE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def comparisons(
    draw: st.DrawFn,
    grammar: Grammar,
    things: Sequence[Thing],
    texts: Sequence[str],
    patterns: Sequence[str],
) -> Comparison:
    """A comparison with what some of the things have, or with one of the texts or patterns."""
    entity = draw(st.sampled_from([*grammar.operators, *grammar.keys]))
    if entity in grammar.keys:
        keys = {key.name: key for key in grammar.keys[entity].values()}
        key = keys[draw(st.sampled_from(sorted(keys)))]
    else:
        names = {name for thing in things for place, name in thing.known if place is entity}
        key = Key(draw(st.sampled_from([*sorted(names), "none"])), grammar.operators[entity])
    operator = draw(st.sampled_from(sorted(key.operators)))
    had = [value for thing in things for value in thing.known.get((entity, key.name), ())]
    return Comparison(
        entity, key.name, operator, draw(_values(key, operator, had, texts, patterns))
    )


def _values(
    key: Key, operator: Operator, had: Sequence[Any], texts: Sequence[str], patterns: Sequence[str]
) -> st.SearchStrategy[Any]:
    if operator in NULLS:
        return st.none()
    if operator in LIKE:
        return st.sampled_from(patterns)
    if key.whole:
        values = st.sampled_from([0, 1, 2, 3, *(value for value in had if isinstance(value, int))])
    elif key.operators == NUMERIC:
        known = [value for value in had if isinstance(value, int | float)]
        values = st.sampled_from([*NUMBERS, *(value for value in known if not math.isnan(value))])
    else:
        values = st.sampled_from([*texts, *(value for value in had if isinstance(value, str))])
    return st.lists(values, min_size=1, max_size=3).map(tuple) if operator in LISTS else values


def orders(grammar: Grammar, things: Sequence[Thing]) -> st.SearchStrategy[list[OrderBy]]:
    """Up to three terms of an order, by attributes or by what some of the things have."""
    places = {(Entity.ATTRIBUTE, name) for name in grammar.sortable.values()}
    for entity in grammar.sortable_entities:
        places |= {place for thing in things for place in thing.known if place[0] is entity}
        places.add((entity, "none"))
    term = st.tuples(st.sampled_from(sorted(places)), st.booleans())
    terms = st.lists(term, max_size=3, unique_by=lambda term: term[0])
    return terms.map(
        lambda terms: [OrderBy(*place, ascending=ascending) for place, ascending in terms]
    )


def searches(
    grammar: Grammar,
    things: Sequence[Thing],
    texts: Sequence[str],
    patterns: Sequence[str],
    most: int = 2,
) -> st.SearchStrategy[tuple[tuple[Comparison, ...], tuple[OrderBy, ...]]]:
    """Up to ``most`` comparisons, and an order."""
    one = comparisons(grammar, things, texts, patterns)
    return st.tuples(st.lists(one, max_size=most).map(tuple), orders(grammar, things).map(tuple))


def expected(
    things: Iterable[Thing],
    filters: Iterable[Comparison],
    order: Iterable[OrderBy],
    meets: Callable[[Known, Comparison], bool] = holds,
) -> list[str]:
    """Return the ids of what a naive evaluator finds, in order."""
    found = [thing for thing in things if all(meets(thing.known, one) for one in filters)]
    return [thing.id for thing in in_order(found, list(order))]


def whole(fetch: Fetch, size: int) -> list[str]:
    """Return what all pages hold, each of ``size`` but the last, put together."""
    seen, token = list[str](), ""
    while True:
        found, token = fetch(token)
        seen += found
        assert len(found) == size or not token
        if not token:
            return seen
