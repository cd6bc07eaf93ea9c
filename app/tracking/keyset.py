"""Pages of a search that neither skip nor repeat when rows come in between.

A token holds the sort values of the last row, and a mark of the question that it belongs to.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_

from app.db import Session, decode_token, encode_token
from app.errors import InvalidParameterError

_TEXT_BUDGET = 600


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an order. Where the value may be NULL, a rank before it must say so."""

    expression: ColumnElement[Any]
    kind: type[int | float | str]
    ascending: bool = True
    longest: int = 0
    """Of a text, in characters, where it is known to be short; 0 where it may be long."""


def fit(terms: Sequence[Term]) -> list[Term]:
    """Return the terms with long texts compared by their beginnings, so that a token holds them."""
    long = [term for term in terms if _may_be_long(term)]
    if not long:
        return list(terms)
    left = _TEXT_BUDGET - sum(term.longest for term in terms)
    length = max(16, left // len(long))
    return [
        Term(func.substr(term.expression, 1, length), str, term.ascending)
        if _may_be_long(term)
        else term
        for term in terms
    ]


def question_mark(*question: object) -> int:
    """Return a number that tells one question from another, for its tokens."""
    return zlib.crc32(repr(question).encode("utf-8", "backslashreplace"))


def fetch_rows(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    terms: Sequence[Term],
    limit: int,
    after: Sequence[Any] | None,
) -> list[Row[*tuple[Any, ...]]]:
    """Return at most ``limit`` rows in order; their last columns are the values of the terms."""
    values = [term.expression.label(f"term_{index}") for index, term in enumerate(terms)]
    ordered = statement.add_columns(*values).order_by(
        *(term.expression.asc() if term.ascending else term.expression.desc() for term in terms)
    )
    if after is not None:
        ordered = ordered.where(*_beyond(terms, after))
    return list(session.execute(ordered.limit(limit)))


def fetch_rows_alike(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    terms: Sequence[Term],
    limit: int,
    after: Sequence[Any] | None,
) -> list[Row[*tuple[Any, ...]]]:
    """Return what ``fetch_rows`` does, where many rows may be alike in the first term, never NULL.

    Walking an index of the first term, an engine would sort all rows that are alike in it. Of the
    values in a page only the last one can have more rows than the page, and those are asked for by
    themselves, in the order of the other terms.
    """
    first, *others = terms
    last = _value_at_the_end(session, statement, terms, limit, after)
    if last is None:
        return fetch_rows(session, statement, terms, limit, after)
    is_before = first.expression < last if first.ascending else first.expression > last
    rows = fetch_rows(session, statement.where(is_before), terms, limit, after)
    alike = statement.where(first.expression == last).add_columns(first.expression.label("alike"))
    rest = after[1:] if after is not None and after[0] == last else None
    return rows + fetch_rows(session, alike, others, limit - len(rows), rest)


def token_after(
    row: Row[*tuple[Any, ...]], orders: Sequence[Sequence[Term]], index: int, question: int
) -> str:
    """Return the token that stands after a row of ``fetch_rows`` in the order ``index``."""
    values = row[len(row) - len(orders[index]) :]
    padding = [None] * (max(map(len, orders)) - len(values))
    return encode_token(question, index, *values, *padding)


def read_token(
    token: str, orders: Sequence[Sequence[Term]], question: int
) -> tuple[int, list[Any] | None]:
    """Return in which of the orders to go on, and after which values; (0, None) for no token.

    Raises InvalidParameterError for a token of another question, or none of ours.
    """
    decoded = decode_token(token, 2 + max(map(len, orders)))
    if decoded is None:
        return 0, None
    asked, index, *values = decoded
    if asked != question or type(index) is not int or not 0 <= index < len(orders):
        raise bad_token()
    values = values[: len(orders[index])]
    if not all(map(_fits, orders[index], values)):
        raise bad_token()
    return index, values


def bad_token() -> InvalidParameterError:
    """Return the error for a token that does not belong to the question."""
    msg = "Invalid value for page_token: it is not a token of this search"
    return InvalidParameterError(msg, field="page_token")


def _may_be_long(term: Term) -> bool:
    return term.kind is str and not term.longest


def _fits(term: Term, value: object) -> bool:
    if value is None:
        return True
    if type(value) is int:
        return term.kind is not str
    return type(value) is term.kind


def _beyond(terms: Sequence[Term], values: Sequence[Any]) -> list[ColumnElement[bool]]:
    alternatives = []
    for index, (term, value) in enumerate(zip(terms, values, strict=True)):
        same = [_equal(before, known) for before, known in zip(terms, values[:index], strict=False)]
        alternatives.append(and_(*same, _further(term, value)))
    condition = or_(*alternatives)
    first, known = terms[0], values[0]
    if known is None:
        return [condition]
    # Implied by the rest, but only this lets an engine begin its index scan at the right place.
    bound = first.expression >= known if first.ascending else first.expression <= known
    return [bound, condition]


def _value_at_the_end(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    terms: Sequence[Term],
    limit: int,
    after: Sequence[Any] | None,
) -> Any | None:
    """Return the first term's value in the last row of a full page; None if it is not full."""
    first = terms[0]
    values = statement.with_only_columns(first.expression, maintain_column_froms=True).order_by(
        first.expression.asc() if first.ascending else first.expression.desc()
    )
    if after is not None:
        values = values.where(*_beyond(terms, after))
    return session.execute(values.limit(1).offset(limit - 1)).scalar()


def _equal(term: Term, value: Any) -> ColumnElement[bool]:
    return term.expression.is_(None) if value is None else term.expression == value


def _further(term: Term, value: Any) -> ColumnElement[bool]:
    if value is None:
        return false()
    beyond: ColumnElement[bool] = (
        term.expression > value if term.ascending else term.expression < value
    )
    return beyond
