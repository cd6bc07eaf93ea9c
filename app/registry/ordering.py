"""Orders of a search, and page tokens that stay right while rows come and go."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, false, or_

from app.db import decode_token, encode_token
from app.db.predicates import OrderBy
from app.errors import InvalidParameterError


@dataclass(frozen=True, slots=True)
class Term:
    """One column of an order; ``label`` is its name in the row, ``kind`` its type in a token."""

    column: ColumnElement[Any]
    label: str
    kind: type[str | int]
    ascending: bool = True

    @property
    def labelled(self) -> ColumnElement[Any]:
        """The column as a search selects it."""
        return self.column.label(self.label)


class Ordering:
    """A total order of a search's rows, which have the columns of its terms, labelled.

    The last terms must tell any two rows apart.
    """

    def __init__(self, terms: Sequence[Term], *asked: object) -> None:
        """Bind tokens to ``asked``, the arguments of the search that they continue."""
        self._terms = tuple(terms)
        self._digest = hashlib.sha256(repr(asked).encode()).hexdigest()[:16]

    def clauses(self) -> list[ColumnElement[Any]]:
        """Return what ORDER BY takes."""
        return [_directed(term, term.column) for term in self._terms]

    def sorting_clauses(self) -> list[ColumnElement[Any]]:
        """Return what ORDER BY takes to sort few rows: in a form that tempts into no index."""
        return [_directed(term, _computed(term)) for term in self._terms]

    def clauses_over(self, page: FromClause) -> list[ColumnElement[Any]]:
        """Return what ORDER BY takes over a subquery with the columns of the terms."""
        return [_directed(term, page.c[term.label]) for term in self._terms]

    def after(self, token: str) -> list[ColumnElement[bool]]:
        """Return the conditions to stand behind the token's row: none for the first page.

        Raises InvalidParameterError for a token of another list or of other arguments.
        """
        position = decode_token(token, len(self._terms) + 1)
        if position is None:
            return []
        digest, *values = position
        suits = digest == self._digest and all(
            type(value) is term.kind for term, value in zip(self._terms, values, strict=True)
        )
        if not suits:
            msg = "Invalid value for page_token: it is not a token of this search"
            raise InvalidParameterError(msg, field="page_token")
        return [self._behind(values)]

    def token(self, row: Row[Any]) -> str:
        """Return the token of the page behind ``row``."""
        return encode_token(self._digest, *(getattr(row, term.label) for term in self._terms))

    def _behind(self, values: Sequence[Any]) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = false()
        for term, value in zip(reversed(self._terms), reversed(values), strict=True):
            beyond = term.column > value if term.ascending else term.column < value
            condition = or_(beyond, and_(term.column == value, condition))
        first, value = self._terms[0], values[0]
        # The bound says nothing new, but an index can begin there.
        bound = first.column >= value if first.ascending else first.column <= value
        return and_(bound, condition)


def _directed(term: Term, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column.asc() if term.ascending else column.desc()


def _computed(term: Term) -> ColumnElement[Any]:
    same: ColumnElement[Any] = term.column + ("" if term.kind is str else 0)
    return same


def order_terms(
    order_by: Sequence[OrderBy], known: dict[str, Term], fallback: Sequence[Term]
) -> list[Term]:
    """Return the terms asked for, then those of ``fallback`` that they leave open.

    Raises InvalidParameterError for a key that does not order this search.
    """
    terms: list[Term] = []
    for order in order_by:
        term = known.get(order.key)
        if term is None:
            msg = f"Invalid order by key {order.key!r} specified. Valid keys are {sorted(known)}"
            raise InvalidParameterError(msg, field="order_by")
        terms.append(Term(term.column, term.label, term.kind, order.ascending))
    labels = {term.label for term in terms}
    return terms + [term for term in fallback if term.label not in labels]


def check_page_size(max_results: int, most: int) -> int:
    """Return how many rows a page may have; raises InvalidParameterError out of 1 … ``most``."""
    if not 1 <= max_results <= most:
        msg = (
            "Invalid value for max_results. It must be a positive integer of at most "
            f"{most}, but got {max_results}"
        )
        raise InvalidParameterError(msg, field="max_results")
    return max_results
