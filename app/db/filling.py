"""End a page early where its items are large, so that no answer takes memory without bounds.

What a page is asked for is counted in items; of an item's size nothing is known before it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

RowT = TypeVar("RowT")
ItemT = TypeVar("ItemT")

MAX_PAGE_CHARACTERS = 16 << 20
"""Of a page's texts, about; a page of up to a hundred items is as long as it was asked for."""

_FIRST = 100
_MOST_AT_ONCE = 1000


def read_what_fits(
    rows: Sequence[RowT],
    read: Callable[[Sequence[RowT]], list[ItemT]],
    size_of: Callable[[ItemT], int],
    *,
    spent: int = 0,
) -> list[ItemT]:
    """Return the items of the first rows, of as many as one page should have: one for each row.

    They are read in parts, of which each is as long as those before it let it be. ``size_of`` and
    what is ``spent`` of the page already are in characters.
    """
    items = read(rows[:_FIRST])
    known, size = 0, spent
    while len(items) < len(rows):
        size += sum(map(size_of, items[known:]))
        known = len(items)
        left = MAX_PAGE_CHARACTERS - size
        count = min(_MOST_AT_ONCE, left * known // max(size - spent, 1))
        if count < 1:
            break
        items += read(rows[known : known + count])
    return items


def size_of_pairs(pairs: Iterable[tuple[str, str | None]]) -> int:
    """Return how many characters names and values have."""
    return sum(len(name) + len(value or "") for name, value in pairs)
