"""Two transactions at once: one does something while another, not committed, is in its way."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from app.db import Database, Session
from app.identity import Caller, Principal
from tests.factories import caller_for

Result = TypeVar("Result")
_WAITING = "SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted"


@contextmanager
def meanwhile(
    database: Database, first: Session, principal: Principal, act: Callable[[Caller], Result]
) -> Iterator[Future[Result]]:
    """Let somebody act in a transaction of their own, and commit ``first`` once that waits for it.

    On SQLite it waits from its beginning; on PostgreSQL where the rows are that both want.
    """

    def work() -> Result:
        with database.session() as session:
            result = act(caller_for(session, principal))
            session.commit()
            return result

    with ThreadPoolExecutor(1) as pool, database.session() as watching:
        acting = pool.submit(work)
        while not (first.is_sqlite or acting.done()):
            if watching.driver_execute(_WAITING).scalar_one():
                break
        first.commit()
        yield acting
