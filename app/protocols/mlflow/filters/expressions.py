"""MLflow's search language: a filter into comparisons, order_by into terms.

``filter := [comparison {AND comparison}] {;}``; keywords in any case. Stricter than MLflow's
server where that guesses: AND stands between comparisons and nowhere else, a key is not empty,
and a key with anything but letters, digits, ``_`` and dots in it is quoted.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.db.predicates import Comparison, Entity, OrderBy
from app.protocols.mlflow.filters.grammars import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    Grammar,
)
from app.protocols.mlflow.filters.parser import Parser
from app.protocols.mlflow.filters.tokens import check_text, quoted, refuse

__all__ = [
    "EXPERIMENTS",
    "LOGGED_MODELS",
    "MODEL_VERSIONS",
    "REGISTERED_MODELS",
    "RUNS",
    "Grammar",
    "parse_filter",
    "parse_order_by",
    "parse_order_field",
]

MAX_COMPARISONS = 100
MAX_ORDER_TERMS = 20


def parse_filter(text: str | None, grammar: Grammar) -> tuple[Comparison, ...]:
    """Return the comparisons of a filter; none for an absent or blank one.

    Raises InvalidParameterError, whose field is ``filter``, for whatever the grammar does not have.
    """
    parser = Parser(text or "", "filter", grammar)
    comparisons: list[Comparison] = []
    while not parser.at_end():
        if comparisons:
            parser.expect_and()
        comparisons.append(parser.comparison())
        if len(comparisons) > MAX_COMPARISONS:
            parser.refuse(f"It has more than {MAX_COMPARISONS} comparisons")
    return tuple(comparisons)


def parse_order_by(terms: Sequence[str] | None, grammar: Grammar) -> tuple[OrderBy, ...]:
    """Return the terms of an order, each written ``key [ASC|DESC]``.

    Raises InvalidParameterError, whose field is ``order_by``, for a term that does not parse, a key
    that does not order this search, or one that comes twice.
    """
    parsed: list[OrderBy] = []
    for term in terms or ():
        order = Parser(term, "order_by", grammar).order_term()
        if any((order.entity, order.key) == (other.entity, other.key) for other in parsed):
            refuse("order_by", f"`order_by` contains duplicate fields: {quoted(term)}")
        parsed.append(order)
        if len(parsed) > MAX_ORDER_TERMS:
            refuse("order_by", f"It has more than {MAX_ORDER_TERMS} terms")
    return tuple(parsed)


def parse_order_field(name: str, grammar: Grammar, *, ascending: bool = True) -> OrderBy:
    """Return the term for a ``field_name`` as the search of logged models has it: unquoted.

    Raises InvalidParameterError, whose field is ``order_by``.
    """
    check_text(name, "order_by")
    prefix, dot, key = name.strip().partition(".")
    if not dot and prefix in grammar.sortable:
        return OrderBy(Entity.ATTRIBUTE, grammar.sortable[prefix], ascending)
    entity = grammar.prefixes.get(prefix)
    if entity is None or entity not in grammar.sortable_entities or not key:
        refuse("order_by", f"Invalid order by field name: {quoted(name)}")
    return OrderBy(entity, key, ascending)
