"""What is left to PostgreSQL's planner for some statements only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import DBAPIError

from app.db.session import Session

_SORT_BY_PARTS = "SET enable_incremental_sort = "


@contextmanager
def sorting_by_parts(session: Session) -> Iterator[None]:
    """Let the statements of a block walk an index that gives the first term of their order alone.

    SQLite always sorts on within what is equal so far. PostgreSQL may do so nowhere else
    (``db.engine`` tells why), and would read and sort all there is for the first page of it.
    """
    if session.is_sqlite:
        yield
        return
    session.driver_execute(_SORT_BY_PARTS + "on")
    try:
        yield
    finally:
        # In a transaction that failed nothing can be set, but its end takes the setting back.
        with suppress(DBAPIError):
            session.driver_execute(_SORT_BY_PARTS + "off")
