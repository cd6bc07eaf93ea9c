"""What a search asks for, free of any protocol, and the SQL that answers it on both engines."""

from __future__ import annotations

import math
import operator as arithmetic
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    Float,
    and_,
    case,
    collate,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.schema import Column

from app.db.letters import case_variants, fold
from app.db.regexes import compile_regex
from app.errors import InvalidParameterError

Value = str | float | tuple[str | int, ...] | None
_INT64 = range(-(2**63), 2**63)


class Entity(StrEnum):
    """What a key is a key of."""

    ATTRIBUTE = "attribute"
    METRIC = "metric"
    PARAM = "parameter"
    TAG = "tag"
    DATASET = "dataset"
    METADATA = "metadata"
    SPAN = "span"
    FEEDBACK = "feedback"
    EXPECTATION = "expectation"
    ISSUE = "issue"


class Operator(StrEnum):
    """How a value is compared; the value of a member is its spelling in SQL."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    RLIKE = "RLIKE"
    IN = "IN"
    NOT_IN = "NOT IN"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition of a filter; a filter is a tuple of them, all of which must hold."""

    entity: Entity
    key: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class OrderBy:
    """One term of an order; what lacks the key comes last in either direction."""

    entity: Entity
    key: str
    ascending: bool = True


@dataclass(frozen=True, slots=True)
class ChildTable:
    """Columns of a table with rows of (owner, key, value): tags, params or metrics.

    A NULL in a numeric value column stands for NaN, which is what SQLite makes of one. Where the
    key is a number, ``names`` are the columns (number, name) of the table that says whose.
    """

    owner: Column[Any]
    key: Column[Any]
    value: Column[Any]
    names: tuple[Column[Any], Column[str]] | None = None

    def has_key(self, name: str) -> ColumnElement[bool]:
        """Return the condition that the row is of the key."""
        if self.names is None:
            return self.key == name
        number, names = self.names
        return self.key == select(number).where(names == name).scalar_subquery()


def compare(column: ColumnElement[Any], operator: Operator, value: Value) -> ColumnElement[bool]:
    """Return the condition that ``column`` stands in the relation to ``value``.

    A NULL satisfies IS NULL alone. In LIKE and ILIKE ``%`` and ``_`` are wild and nothing else is:
    there is no escape character. Raises KeyError if the operator does not suit the value.
    """
    if value is None:
        return {Operator.IS_NULL: column.is_, Operator.IS_NOT_NULL: column.is_not}[operator](None)
    if isinstance(value, tuple):
        return {Operator.IN: column.in_, Operator.NOT_IN: column.not_in}[operator](value)
    if isinstance(value, str) and operator in _PATTERN:
        return _PATTERN[operator](column, value)
    condition = _ARITHMETIC[operator](column, _bind(value))
    if operator in {Operator.GT, Operator.GE} and isinstance(column.type, Float):
        # PostgreSQL sorts NaN above infinity; a NaN is greater than nothing.
        return and_(condition, column <= literal(math.inf, Double()))
    return condition


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that ``text`` is somewhere in ``column``, without regard to case.

    No character is wild.
    """
    # PostgreSQL's lower() folds ASCII alone under the collation C, and many times as fast as
    # translate(), which is left what else the text stands for.
    subject: ColumnElement[str] = func.lower(collate(column, "C"))
    foreign = _foreign_variants(text)
    if foreign:
        subject = func.translate(subject, "".join(foreign), "".join(foreign.values()))
    needle = fold(text)
    if text.isascii():
        pattern = re.sub(r"[%_\\]", r"\\\g<0>", text)
        return _ContainsAscii(column, literal(f"%{pattern}%"), subject, literal(needle))
    glob = "".join(_literal_glob(character) for character in text)
    return _Contains(column, literal(f"*{glob}*"), subject, literal(needle))


def literal_texts(pattern: str) -> list[str]:
    """Return what stands before, between and behind the wild characters of a pattern."""
    return re.split("[%_]", pattern)


def child_condition(
    owner_id: ColumnElement[Any],
    child: ChildTable,
    comparison: Comparison,
    *narrowing: ColumnElement[bool],
    leaves_many: bool = False,
) -> ColumnElement[bool]:
    """Return the condition that the owner has a child row as the comparison asks.

    IS NULL means that no row has the key, IS NOT NULL that one has; any other operator, ``!=`` and
    NOT IN included, needs a row. ``narrowing`` are more conditions on the row, such as its dataset.
    With ``leaves_many`` the owners are asked one by one, on the way along their order.
    """
    conditions = [child.has_key(comparison.key), *narrowing]
    if comparison.operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
        has_key = has_row(owner_id, child.owner, *conditions)
        return ~has_key if comparison.operator is Operator.IS_NULL else has_key
    condition = compare(child.value, comparison.operator, comparison.value)
    if comparison.operator is Operator.NE and isinstance(child.value.type, Float):
        condition = or_(condition, child.value.is_(None))
    return has_row(owner_id, child.owner, *conditions, condition, leaves_many=leaves_many)


def has_row(
    owner_id: ColumnElement[Any],
    child_owner: Column[Any],
    *conditions: ColumnElement[bool],
    leaves_many: bool = False,
) -> ColumnElement[bool]:
    """Return the condition that the table of ``child_owner`` has such a row for the owner.

    Other tables that the conditions name are joined inside, unless the outer statement has them.
    ``leaves_many`` is as ``child_condition`` has it.
    """
    rows = select(child_owner).where(child_owner == owner_id, *conditions)
    if leaves_many:
        # PostgreSQL would make a join of it, which a plan for any values begins with these rows.
        rows = rows.offset(0)
    return rows.correlate_except(child_owner.table).exists()


def child_order(
    owner_id: ColumnElement[Any], child: ChildTable, order: OrderBy
) -> tuple[ColumnElement[int], ColumnElement[Any]]:
    """Return two terms to order owners by a child's value: the rank, then the value.

    Needs (owner, key) to be unique. Ranks are ascending in either direction: 0 for values,
    1 for NaN, 2 for owners without the key.
    """

    def of_owner(expression: ColumnElement[Any]) -> ColumnElement[Any]:
        rows = select(expression).where(child.owner == owner_id, child.has_key(order.key))
        return rows.correlate_except(child.owner.table).scalar_subquery()

    is_nan: ColumnElement[bool] = child.value.is_(None)
    number: ColumnElement[Any] = child.value
    if isinstance(child.value.type, Float):
        is_nan = or_(is_nan, child.value > literal(math.inf, Double()))
        number = case((is_nan, None), else_=child.value)
    rank = func.coalesce(of_owner(case((is_nan, 1), else_=0)), 2)
    value = of_owner(number)
    return rank, value.asc() if order.ascending else value.desc()


def _bind(value: str | float) -> ColumnElement[Any]:
    """Type the value by itself: typed by an integer column, 1.5 would reach PostgreSQL as 2."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, int) and value in _INT64:
        return literal(value, BigInteger())
    return literal(float(value), Double())


class _Like(FunctionElement[bool]):
    """LIKE by code points. SQLite's own folds ASCII case, its GLOB does not.

    Clauses: column and GLOB pattern for SQLite, subject and LIKE pattern for PostgreSQL.
    """

    type = Boolean()
    inherit_cache = True
    name = "like"


class _Ilike(_Like):
    """LIKE without regard to case; GLOB gets a class of characters for each letter."""

    inherit_cache = True
    name = "ilike"


class _Contains(_Like):
    """A substring without regard to case; subject and needle are folded already."""

    inherit_cache = True
    name = "contains"


class _ContainsAscii(_Contains):
    """The same for what SQLite's LIKE folds, which is several times as fast as GLOB's classes."""

    inherit_cache = True
    name = "contains_ascii"


class _Rlike(FunctionElement[bool]):
    """A regular expression of ``app.db.regexes``. Clauses: pattern and column."""

    type = Boolean()
    inherit_cache = True
    name = "rlike"


@compiles(_Rlike, "sqlite")
def _compile_rlike_call(element: _Rlike, compiler: SQLCompiler, **options: object) -> str:
    pattern, column = (compiler.process(clause, **options) for clause in element.clauses)
    return f"rlike({pattern}, {column})"


@compiles(_Rlike, "postgresql")
def _compile_rlike(element: _Rlike, compiler: SQLCompiler, **options: object) -> str:
    pattern, column = element.clauses
    return f"({compiler.process(column, **options)} ~ {compiler.process(pattern, **options)})"


@compiles(_ContainsAscii, "sqlite")
def _compile_ascii(element: _Like, compiler: SQLCompiler, **options: object) -> str:
    column, pattern, *_ = element.clauses
    left, right = compiler.process(column, **options), compiler.process(pattern, **options)
    return f"({left} LIKE {right} ESCAPE '\\')"


@compiles(_Like, "sqlite")
@compiles(_Ilike, "sqlite")
@compiles(_Contains, "sqlite")
def _compile_glob(element: _Like, compiler: SQLCompiler, **options: object) -> str:
    column, glob, *_ = element.clauses
    return f"({compiler.process(column, **options)} GLOB {compiler.process(glob, **options)})"


@compiles(_Like, "postgresql")
@compiles(_Ilike, "postgresql")
def _compile_like(element: _Like, compiler: SQLCompiler, **options: object) -> str:
    *_, subject, pattern = element.clauses
    left, right = compiler.process(subject, **options), compiler.process(pattern, **options)
    return f"({left} {element.name.upper()} {right} ESCAPE '')"


@compiles(_Contains, "postgresql")
@compiles(_ContainsAscii, "postgresql")
def _compile_contains(element: _Like, compiler: SQLCompiler, **options: object) -> str:
    *_, subject, needle = element.clauses
    place = f"{compiler.process(subject, **options)}, {compiler.process(needle, **options)}"
    return f"(strpos({place}) > 0)"


def _like(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    if "%" not in pattern and "_" not in pattern:
        return column == literal(pattern)
    glob = "".join(_glob_character(character) for character in pattern)
    return _Like(column, literal(glob), column, literal(pattern))


def _ilike(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    glob = "".join(_glob_character(*case_variants(character)) for character in pattern)
    foreign = _foreign_variants(pattern)
    if not foreign:
        return _Ilike(column, literal(glob), column, literal(pattern))
    subject = func.translate(column, "".join(foreign), "".join(foreign.values()))
    folded = "".join(foreign.get(character, character) for character in pattern)
    return _Ilike(column, literal(glob), subject, literal(folded))


def _foreign_variants(text: str) -> dict[str, str]:
    """Return what to fold before PostgreSQL does: under the collation C it folds ASCII alone."""
    return {
        variant: fold(character)
        for character in text
        for variant in case_variants(character)
        if not variant.isascii()
    }


def _literal_glob(character: str) -> str:
    variants = case_variants(character)
    is_special = len(variants) > 1 or character in "*?["
    return f"[{''.join(variants)}]" if is_special else character


def _glob_character(*variants: str) -> str:
    if len(variants) > 1:
        return f"[{''.join(variants)}]"
    wild = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return wild.get(variants[0], variants[0])


def _rlike(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    try:
        compile_regex(pattern)
    except ValueError as error:
        msg = f"Invalid regular expression: {error}"
        raise InvalidParameterError(msg, field="filter") from None
    return _Rlike(literal(pattern), column)


_ARITHMETIC: dict[Operator, Callable[[Any, Any], ColumnElement[bool]]] = {
    Operator.EQ: arithmetic.eq,
    Operator.NE: arithmetic.ne,
    Operator.LT: arithmetic.lt,
    Operator.LE: arithmetic.le,
    Operator.GT: arithmetic.gt,
    Operator.GE: arithmetic.ge,
}

_PATTERN: dict[Operator, Callable[[ColumnElement[Any], str], ColumnElement[bool]]] = {
    Operator.LIKE: _like,
    Operator.ILIKE: _ilike,
    Operator.RLIKE: _rlike,
}
