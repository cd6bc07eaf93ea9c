"""Change the spine: add, rename, describe, transfer, drop and undrop.

The use-case that calls has authorized it.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.exc import IntegrityError as DatabaseIntegrityError

from app.db.metadata import new_id
from app.errors import AlreadyExistsError, ConflictError
from app.identity import Caller
from app.securables.kinds import Kind, Securable
from app.securables.names import SecurableId
from app.securables.pieces import add_pieces, remove_pieces
from app.securables.tables import securables


def add(
    caller: Caller, kind: Kind, parent: Securable, name: str, *, comment: str = ""
) -> Securable:
    """Add a securable below ``parent``, owned by the caller.

    Raises AlreadyExistsError if a living one of its kind has the name there, ConflictError if the
    parent was dropped since it was obtained.
    """
    _hold(caller, *parent.chain)
    new = SecurableId(new_id())
    added = Securable(
        id=new,
        kind=kind,
        name=name,
        full_name=parent.full_name.child(name),
        parent_id=parent.id,
        catalog_id=new if kind is Kind.CATALOG else parent.catalog_id,
        schema_id=new if kind is Kind.SCHEMA else parent.schema_id,
        owner_id=caller.principal.id,
        comment=comment,
        isolated=False,
        created_at=caller.now,
        created_by=caller.principal.id,
        updated_at=caller.now,
        updated_by=caller.principal.id,
    )
    values = {
        column.name: getattr(added, column.name)
        for column in securables.columns
        if column.name not in {"deleted_by", "deletion_id"}
    }
    try:
        caller.session.execute(insert(securables), values)
    except DatabaseIntegrityError as error:
        raise _taken(kind, name) from error
    add_pieces(caller.session, kind, new, name)
    return added


def rename(caller: Caller, securable: Securable, name: str) -> Securable:
    """Give a securable another name in the same place; its id, grants and lineage stay.

    Raises AlreadyExistsError if the name is taken.
    """
    try:
        _change(caller, securable, name=name)
    except DatabaseIntegrityError as error:
        raise _taken(securable.kind, name) from error
    remove_pieces(caller.session, securable.kind, securable.id, securable.name)
    add_pieces(caller.session, securable.kind, securable.id, name)
    return replace(securable, name=name, full_name=securable.full_name.parent.child(name))


def describe(caller: Caller, securable: Securable, comment: str) -> Securable:
    """Set the comment."""
    _change(caller, securable, comment=comment)
    return replace(securable, comment=comment)


def touch(caller: Caller, securable: Securable) -> None:
    """Note that the caller changes something that belongs to the securable.

    Before the change, it keeps others from the same one until the transaction ends.
    """
    _change(caller, securable)


def backdate(caller: Caller, securable: Securable, *, created_at: int, updated_at: int) -> None:
    """Say when a securable that comes from elsewhere was made and changed there."""
    caller.session.execute(
        update(securables)
        .where(securables.c.id == securable.id)
        .values(created_at=created_at, updated_at=updated_at)
    )


def transfer(caller: Caller, securable: Securable, owner_id: str) -> Securable:
    """Make another principal the owner."""
    _change(caller, securable, owner_id=owner_id)
    return replace(securable, owner_id=owner_id)


def set_isolated(caller: Caller, catalog: Securable, *, isolated: bool) -> Securable:
    """Open a catalog to all workspaces, or keep it to those bound to it."""
    _change(caller, catalog, isolated=isolated)
    return replace(catalog, isolated=isolated)


def drop(caller: Caller, securable: Securable, *, force: bool = False) -> None:
    """Move a securable, and with ``force`` all that is below it, to the trash.

    Raises ConflictError if something living is below it and ``force`` is not given.
    """
    _lock(caller, securable)
    below = _below(securable)
    living = select(securables.c.id).where(below, securables.c.deleted_at.is_(None)).limit(1)
    if not force and caller.session.execute(living).first() is not None:
        msg = (
            f"{securable.kind} {securable.full_name} is not empty: use force to drop what is in it"
        )
        raise ConflictError(msg, field="force")
    caller.session.execute(
        update(securables)
        .where(or_(securables.c.id == securable.id, below), securables.c.deleted_at.is_(None))
        .values(deleted_at=caller.now, deleted_by=caller.principal.id, deletion_id=new_id())
    )


def undrop(caller: Caller, securable: Securable) -> Securable:
    """Bring a securable back from the trash, with what was dropped together with it.

    Raises ConflictError if it is not in the trash or what it was in is gone, AlreadyExistsError if
    its name was taken meanwhile.
    """
    known = select(securables.c.deletion_id).where(securables.c.id == securable.id)
    deletion_id = caller.session.execute(known).scalar_one()
    if deletion_id is None:
        raise _not_in_trash(securable)
    above = {securable.parent_id, securable.schema_id, securable.catalog_id}
    _hold(caller, *(one for one in above if one is not None and one != securable.id))
    restored = update(securables).where(
        or_(securables.c.id == securable.id, _below(securable)),
        securables.c.deletion_id == deletion_id,
    )
    try:
        found = caller.session.execute(
            restored.values(deleted_at=None, deleted_by=None, deletion_id=None)
        )
    except DatabaseIntegrityError as error:
        raise _taken(securable.kind, securable.name) from error
    if found.rowcount == 0:  # It was restored, or buried for good, while this waited.
        raise _not_in_trash(securable)
    return replace(securable, deleted_at=None)


def bury(caller: Caller, kind: Kind, before: int, limit: int) -> list[str]:
    """Take what is to be gone for good out of the trash; return the ids of at most ``limit``.

    That is what was dropped by ``before``, in milliseconds since 1970, from a container that is
    there. Whoever restores one of them meanwhile comes first, or is refused. The rows stay, as the
    log names them.
    """
    above = securables.alias()
    is_dead = (securables.c.deletion_id.is_not(None), securables.c.deleted_at <= before)
    chosen = (
        select(securables.c.id)
        .join(above, above.c.id == securables.c.parent_id)
        .where(securables.c.kind == kind.value, above.c.deleted_at.is_(None), *is_dead)
        .order_by(securables.c.id)
        .limit(limit)
    )
    buried = caller.session.execute(
        update(securables)
        .where(securables.c.id.in_(chosen), *is_dead)
        .values(deletion_id=None)
        .returning(securables.c.id, securables.c.name)
    )
    names = {row.id: row.name for row in buried}
    for securable_id, name in names.items():
        remove_pieces(caller.session, kind, securable_id, name)
    return sorted(names)


def _hold(caller: Caller, *above: SecurableId) -> None:
    """Keep others from dropping what something is put into; who is dropping it is waited for.

    On SQLite the transaction is that lock already. Raises ConflictError for what is in the trash.
    """
    rows = (
        select(securables.c.deleted_at)
        .where(securables.c.id.in_(above))
        .order_by(securables.c.id)
        .with_for_update(read=True)
    )
    if any(moment is not None for moment in caller.session.execute(rows).scalars().all()):
        msg = "What it would be in is in the trash: restore that first"
        raise ConflictError(msg)


def _lock(caller: Caller, securable: Securable) -> None:
    """Keep others from putting anything into what is being dropped."""
    row = select(securables.c.id).where(securables.c.id == securable.id)
    caller.session.execute(row.with_for_update())


def _below(securable: Securable) -> ColumnElement[bool]:
    if securable.kind is Kind.CATALOG:
        return (securables.c.catalog_id == securable.id) & (securables.c.id != securable.id)
    if securable.kind is Kind.SCHEMA:
        return (securables.c.schema_id == securable.id) & (securables.c.id != securable.id)
    return securables.c.parent_id == securable.id


def _change(caller: Caller, securable: Securable, **values: object) -> None:
    caller.session.execute(
        update(securables)
        .where(securables.c.id == securable.id)
        .values(updated_at=caller.now, updated_by=caller.principal.id, **values)
    )


def _not_in_trash(securable: Securable) -> ConflictError:
    msg = f"{securable.kind} {securable.full_name} is not in the trash"
    return ConflictError(msg)


def _taken(kind: Kind, name: str) -> AlreadyExistsError:
    msg = f"{kind} {name!r} already exists"
    return AlreadyExistsError(msg, field="name")
