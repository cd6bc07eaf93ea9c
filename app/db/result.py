"""What the driver answers: rows that know the names of their columns."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any

Row = Any
"""A tuple with an attribute for each column."""

_ROW_TYPE: Any = namedtuple  # noqa: PYI024 (the columns are a statement's, known when it has run)


class Result:
    """All that a statement answered; ``rowcount`` is how many rows it changed."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Row], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    @classmethod
    def of(cls, cursor: Any) -> Result:
        """Read a driver's cursor to its end."""
        described = cursor.description
        if described is None:
            return cls([], cursor.rowcount)
        make = _maker(tuple(column[0] for column in described))
        return cls([make(row) for row in cursor.fetchall()], cursor.rowcount)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def all(self) -> list[Row]:
        """Return every row."""
        return self._rows

    def first(self) -> Row | None:
        """Return the first row, or None."""
        return self._rows[0] if self._rows else None

    def one(self) -> Row:
        """Return the only row. Raises LookupError if there are none or several."""
        if len(self._rows) != 1:
            msg = f"One row was expected, and there are {len(self._rows)}"
            raise LookupError(msg)
        return self._rows[0]

    def scalars(self) -> list[Any]:
        """Return the first column of every row."""
        return [row[0] for row in self._rows]

    def scalar(self) -> Any:
        """Return the first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first column of the only row. Raises LookupError as ``one`` does."""
        return self.one()[0]


@cache
def _maker(names: tuple[str, ...]) -> Callable[[Iterable[Any]], Row]:
    # SQLite says ``table.column`` of a column that comes out of a subquery.
    bare = [name.rpartition(".")[2] for name in names]
    # As its ``_make``, but without a step in Python for each row.
    return partial(tuple.__new__, _ROW_TYPE("Row", bare, rename=True))
