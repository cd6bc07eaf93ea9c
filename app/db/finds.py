"""Rows that an index finds, where those are few: by their keys, and not along an order.

A page is filled along the order asked for, which goes through everything to find five rows. Where
an index tells that a condition leaves few, those are looked up by key and sorted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import orjson
from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Dialect, String, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

from app.db.reach import Reach
from app.db.session import Session
from app.db.statements import Sql

MOST = Reach().looked_up
"""What is called few, unless a session has another reach."""

_PARAMETER = re.compile(r"(?<=:)([a-z_]+)")
_WORTH = 10
"""So many keys are read at the price of looking one up."""


class Finder:
    """Finds keys by an index, unless there are many."""

    def __init__(self, sql: str) -> None:
        """Take the SELECT of the keys, as ``Sql`` does."""
        self._sql = sql

    def find(self, session: Session, **asked: Any) -> list[Any] | None:
        """Return the keys, or None for many, which are counted only and not fetched."""
        return find_common(session, [self.asking(**asked)])

    def asking(self, **asked: Any) -> Lead:
        """Return what leads to the keys, once they are wanted."""
        return Lead(self._sql, asked)


@dataclass(frozen=True, slots=True)
class Lead:
    """A question to an index, beside which others may be put."""

    sql: str
    asked: dict[str, Any]

    def count(self, session: Session, most: int) -> int:
        """Return how many keys it finds, counted up to one more than ``most``."""
        count: int = _counting(self.sql, most).run(session, **self.asked).scalar_one()
        return count


def find_common(session: Session, leads: Sequence[Lead]) -> list[Any] | None:
    """Return the keys that all leads find, and maybe more; None if that is not known to be few.

    What finds the fewest is cut with what finds the next, if to read that costs less than to look
    up what it leaves out. Of two of a length, the second had better tell its keys in their order.
    """
    few = session.reach.looked_up
    counts = [lead.count(session, few) for lead in leads]
    if not all(counts):
        return []
    known = [count for count in counts if count <= few]
    # Rounded down, so that it makes few statements; each has its limit, which PostgreSQL plans for.
    most = min([session.reach.read, *(1 << (count * _WORTH).bit_length() - 1 for count in known)])
    if len(leads) > 1 and most > few:
        counts = [
            count if count <= few else lead.count(session, most)
            for count, lead in zip(counts, leads, strict=True)
        ]
    told = sorted((count, place) for place, count in enumerate(counts) if count <= most)
    if not known and len(told) <= 1:
        return None
    places = sorted(place for _, place in told[:2])
    common = _common(session, [leads[place] for place in places], few)
    return list(dict.fromkeys(common)) if len(common) <= few else None


def _common(session: Session, leads: Sequence[Lead], most: int) -> list[Any]:
    """Return what one or two leads find, up to one more than ``most``."""
    first, *others = leads
    if not others:
        return _limited(first.sql, most).run(session, **first.asked).scalars()
    asked = {f"other_{name}": value for name, value in others[0].asked.items()}
    cutting = _cutting(first.sql, others[0].sql, most)
    return cutting.run(session, **first.asked, **asked).scalars()


def among(column: ColumnElement[Any], values: Sequence[int] | Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that ``column`` has one of the values, as one parameter however many."""
    return _Among(column, bindparam(None, list(values), _List(isinstance(column.type, String))))


@cache
def _limited(sql: str, most: int) -> Sql:
    return Sql(f"{sql} LIMIT {most + 1}")


@cache
def _counting(sql: str, most: int) -> Sql:
    return Sql(f"SELECT count(*) FROM ({sql} LIMIT {most + 1}) found")  # noqa: S608 (constants)


@cache
def _cutting(sql: str, other: str, most: int) -> Sql:
    # Not DISTINCT, for which PostgreSQL leaves the quick way.
    renamed = _PARAMETER.sub(r"other_\1", other)
    return Sql(f"""WITH one(id) AS ({sql}), other(id) AS ({renamed})
SELECT one.id FROM one WHERE one.id IN (SELECT id FROM other) LIMIT {most + 1}""")  # noqa: S608 (constants)


class _List(TypeDecorator[list[Any]]):
    """Numbers or texts: an array for PostgreSQL, JSON for SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, is_text: bool) -> None:
        super().__init__()
        self.is_text = is_text

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return Text()
        return ARRAY(String() if self.is_text else BigInteger())

    @override
    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


class _Among(FunctionElement[bool]):
    """Clauses: column and list."""

    type = Boolean()
    inherit_cache = True
    name = "among"

    @override
    def self_group(self, against: OperatorType | None = None) -> Self:
        # For SQLite ``= 1`` would be put behind it, which hides it from the indexes.
        return self


@compiles(_Among, "sqlite")
def _compile_json(element: _Among, compiler: SQLCompiler, **options: object) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({values})))"  # noqa: S608 (no value is in it)


@compiles(_Among, "postgresql")
def _compile_array(element: _Among, compiler: SQLCompiler, **options: object) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY ({values}))"
