"""End a unit of work the one way there is: with its events in the log, or undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.db import Effect
from app.edge.services import Services
from app.identity import Caller
from app.identity.authentication import note_use


class UndecidedError(RuntimeError):
    """Something succeeded without any decision on record: a defect of ours, never the caller's."""


def complete(services: Services, caller: Caller) -> None:
    """Write the caller's events and commit; the second lock of the house.

    Raises UndecidedError if nothing was decided, UnavailableError if the log cannot be written.
    """
    if not caller.ledger.has_success:
        msg = f"Request {caller.request.id} succeeded without a decision"
        raise UndecidedError(msg)
    caller.session.begin(Effect.READ)
    note_use(caller)
    services.audit_log.write(caller.session, caller)
    caller.session.commit()


def abandon(services: Services, caller: Caller, error: BaseException | None = None) -> None:
    """Undo the caller's work and write what was refused, or failed with ``error``."""
    caller.session.rollback()
    services.audit_log.write_denials(services.database, caller, error)


@contextmanager
def unit_of_work(services: Services, caller: Caller) -> Iterator[Caller]:
    """Run a block as one unit of work, for doors that are not HTTP."""
    try:
        yield caller
        complete(services, caller)
    except BaseException as error:
        abandon(services, caller, error)
        raise
    finally:
        caller.session.close()
