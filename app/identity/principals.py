"""Rows of principals: names for messages, groups for decisions, and how they come and go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError as DatabaseIntegrityError

from app.db import Session
from app.db.metadata import new_id
from app.errors import AlreadyExistsError, ConflictError, NotFoundError
from app.identity.caller import Principal, PrincipalId, PrincipalKind
from app.identity.membership import dissolve
from app.identity.names import canonical_name
from app.identity.tables import browser_sessions, closure, passwords, principals, tokens

_ID = re.compile(r"[0-9a-f]{32}")
_ID_WITHIN = re.compile(rf"\b{_ID.pattern}\b")


def names_of(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of principals by id, in the order asked, leaving out unknown ids."""
    wanted = list(dict.fromkeys(ids))
    rows = session.execute(
        select(principals.c.id, principals.c.name).where(principals.c.id.in_(wanted))
    )
    names = {row.id: row.name for row in rows}
    return {key: names[key] for key in wanted if key in names}


def groups_of(session: Session, principal_id: str) -> frozenset[PrincipalId]:
    """Return every group that a principal is in, directly or through other groups."""
    rows = session.execute(select(closure.c.group_id).where(closure.c.member_id == principal_id))
    return frozenset(rows.scalars())


def with_names(session: Session, texts: Sequence[str]) -> list[str]:
    """Return texts, such as the rules that decided, with the names of the principals in them.

    They name principals by id, because a name may be another's tomorrow; people read names.
    """
    names = names_of(session, {one for text in texts for one in _ID_WITHIN.findall(text)})
    return [_ID_WITHIN.sub(lambda it: names.get(it[0], it[0]), text) for text in texts]


def find_principal(session: Session, name_or_id: str, *, field: str = "principal") -> Principal:
    """Return the living principal with this id, or this name in whatever spelling.

    Raises NotFoundError if there is none.
    """
    found = select(principals.c.id, principals.c.kind, principals.c.name).where(
        principals.c.deleted_at.is_(None)
    )
    if _ID.fullmatch(name_or_id):
        row = session.execute(found.where(principals.c.id == name_or_id)).first()
        if row:
            return Principal(PrincipalId(row.id), PrincipalKind(row.kind), row.name)
    name = canonical_name(name_or_id, field=field)
    row = session.execute(found.where(principals.c.name == name)).first()
    if row is None:
        msg = f"Principal {name_or_id!r} does not exist"
        raise NotFoundError(msg, field=field)
    return Principal(PrincipalId(row.id), PrincipalKind(row.kind), row.name)


def living_people(owner_id: str) -> Select[tuple[str]]:
    """Select the ids of those who can sign in and are, or are in, the owner; the oldest first."""
    members = select(closure.c.member_id).where(closure.c.group_id == owner_id)
    return (
        select(principals.c.id)
        .where(
            or_(principals.c.id == owner_id, principals.c.id.in_(members)),
            principals.c.kind != PrincipalKind.GROUP.value,
            principals.c.disabled_at.is_(None),
            principals.c.deleted_at.is_(None),
        )
        .order_by(principals.c.id)
    )


def keep_somebody(session: Session, owner_id: str) -> None:
    """Refuse a change that leaves nobody who is, or is in, the metastore's owner and can sign in.

    For the end of a change, under the lock of the groups. Raises ConflictError.
    """
    if session.execute(living_people(owner_id).limit(1)).first() is None:
        msg = "Nobody would be left who administers the metastore"
        raise ConflictError(msg)


def new_principal(kind: PrincipalKind, name: str) -> Principal:
    """Return a principal with an id that was never anybody's; ``name`` is canonical already."""
    return Principal(PrincipalId(new_id()), kind, name)


def insert_principal(
    session: Session,
    principal: Principal,
    *,
    now: int,
    created_by: str | None,
    display_name: str = "",
    external_id: str | None = None,
) -> Principal:
    """Insert a new principal.

    Raises AlreadyExistsError if a living principal of whatever kind has the name.
    """
    row = {
        "id": principal.id,
        "kind": principal.kind.value,
        "name": principal.name,
        "display_name": display_name,
        "external_id": external_id,
        "created_at": now,
        "created_by": created_by,
    }
    try:
        session.execute(insert(principals), row)
    except DatabaseIntegrityError as error:
        raise _taken(principal.name) from error
    return principal


def change_name(session: Session, principal: Principal, name: str) -> Principal:
    """Give a principal another name, canonical already; its id and all that hangs on it stay.

    Raises AlreadyExistsError if a living principal has the name.
    """
    renamed = update(principals).where(principals.c.id == principal.id).values(name=name)
    try:
        session.execute(renamed)
    except DatabaseIntegrityError as error:
        raise _taken(name) from error
    return replace(principal, name=name)


def end_principal(session: Session, principal: Principal, now: int) -> None:
    """End a principal: its memberships, sessions, tokens and password.

    The row stays, so that the log and old grants have a name for the id, which nobody gets again.
    """
    dissolve(session, principal)
    session.execute(delete(browser_sessions).where(browser_sessions.c.principal_id == principal.id))
    session.execute(delete(passwords).where(passwords.c.principal_id == principal.id))
    session.execute(
        update(tokens)
        .where(tokens.c.principal_id == principal.id, tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    session.execute(
        update(principals).where(principals.c.id == principal.id).values(deleted_at=now)
    )


def _taken(name: str) -> AlreadyExistsError:
    msg = f"There is a user, group or service principal {name!r} already"
    return AlreadyExistsError(msg, field="name")
