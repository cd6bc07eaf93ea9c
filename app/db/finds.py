"""Rows that an index finds, where those are few: by their keys, and not along an order.

A page is filled along the order asked for, which goes through everything to find five rows. Where
an index tells that a condition leaves few, those are looked up by key and sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import orjson
from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Dialect, String, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

from app.db.session import Session
from app.db.statements import Sql

MOST = 1_500
"""What is called few: so many cost no more to look up than a page among a hundred thousand does to
be filled along its order, if as many of those are wanted.
"""


class Finder:
    """Finds keys by an index, unless there are more than ``MOST``."""

    def __init__(self, sql: str) -> None:
        """Take the SELECT of the keys, as ``Sql`` does."""
        self._count = Sql(f"SELECT count(*) FROM ({sql} LIMIT {MOST + 1}) found")  # noqa: S608 (constants)
        self._keys = Sql(f"{sql} LIMIT {MOST + 1}")

    def find(self, session: Session, **asked: Any) -> list[Any] | None:
        """Return the keys, or None for many, which are counted only and not fetched."""
        if self._count.run(session, **asked).scalar_one() > MOST:
            return None
        return self._keys.run(session, **asked).scalars()


def among(column: ColumnElement[Any], values: Sequence[int] | Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that ``column`` has one of the values, as one parameter however many."""
    return _Among(column, bindparam(None, list(values), _List(isinstance(column.type, String))))


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
