"""Percentiles by linear interpolation, as SQL's ``percentile_cont``, on both engines."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import ColumnElement, Double, cast, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Percentile(FunctionElement[float]):
    """Clauses: the column and the fraction."""

    type = Double()
    inherit_cache = True
    name = "percentile"


@compiles(_Percentile, "sqlite")
def _compile_sqlite(element: _Percentile, compiler: SQLCompiler, **options: object) -> str:
    column, fraction = (compiler.process(clause, **options) for clause in element.clauses)
    return f"percentile_cont({column}, {fraction})"


@compiles(_Percentile, "postgresql")
def _compile_postgresql(element: _Percentile, compiler: SQLCompiler, **options: object) -> str:
    column, fraction = (compiler.process(clause, **options) for clause in element.clauses)
    return f"percentile_cont({fraction}) WITHIN GROUP (ORDER BY {column})"


def percentile(column: ColumnElement[float], percent: float) -> ColumnElement[float]:
    """Return the aggregate below which ``percent`` of the values of a column are."""
    return _Percentile(cast(column, Double()), literal(percent / 100, Double()))


class PercentileCont:
    """The aggregate for SQLite, which has none: NULL counts for nothing."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._fraction = 0.0

    def step(self, *row: Any) -> None:
        """Take a row: the value, and the fraction that is asked for."""
        value, self._fraction = row
        if value is not None:
            self._values.append(value)

    def finalize(self) -> float | None:
        """Return the percentile of the rows taken."""
        if not self._values:
            return None
        values = sorted(self._values)
        place = self._fraction * (len(values) - 1)
        below, above = values[math.floor(place)], values[math.ceil(place)]
        return below + (above - below) * (place - math.floor(place))
