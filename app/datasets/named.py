"""The table that a run's data set is: found by its full name, or registered if the caller may."""

from __future__ import annotations

from app import access
from app.access import Operation
from app.datasets.data_tables import create_table
from app.datasets.values import Contents
from app.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.identity import Caller
from app.lineage import Node
from app.securables import FullName, check_name

# Another run was faster, a table of the name is hidden, what was told is unfit, rights changed.
_IN_THE_WAY = (
    AlreadyExistsError,
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)


def find_or_register(caller: Caller, name: FullName, contents: Contents) -> Node | None:
    """Return the table of a full name, made of ``contents`` if there is none and the caller may.

    Whoever sees a table may say that a run used it: that takes no SELECT, because nothing is read.
    None where the caller neither sees nor may register one, whether there is one or not. An attempt
    that fails undoes nothing else, and a transaction has to be open.
    """
    found = _find(caller, name)
    if found is None and _may_register(caller, name):
        return _register(caller, name, contents)
    return found


def _find(caller: Caller, name: FullName) -> Node | None:
    if not access.may(caller, Operation.TABLE_READ, name):
        return None
    try:
        table = access.obtain(caller, Operation.TABLE_READ, name)
    except (NotFoundError, PermissionDeniedError):  # it was dropped, or a grant revoked, meanwhile
        return None
    return Node.securable(table.id, str(table.full_name))


def _may_register(caller: Caller, name: FullName) -> bool:
    try:
        check_name(name.leaf)
    except InvalidParameterError:
        return False
    return access.may(caller, Operation.TABLE_CREATE, name.parent)


def _register(caller: Caller, name: FullName, contents: Contents) -> Node | None:
    decided = len(caller.ledger.entries)
    try:
        with caller.session.savepoint():
            table = create_table(caller, name, contents)
    except _IN_THE_WAY as error:
        caller.ledger.undo(error, since=decided)
        return _find(caller, name)
    return Node.securable(table.id, str(table.full_name))
