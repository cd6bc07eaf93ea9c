"""The operator: whoever may read the server's home folder acts as an administrator."""

from __future__ import annotations

from sqlalchemy import Select, or_, select

from app.db import Session
from app.errors import NotFoundError, UnauthenticatedError
from app.identity import Authenticated, Principal, PrincipalKind
from app.identity.principals import find_principal, groups_of
from app.identity.tables import closure, principals
from app.securables import METASTORE_ID
from app.securables.tables import securables


def operator(session: Session, name: str | None = None) -> Authenticated:
    """Return the principal ``name``, or else the oldest living administrator of the metastore.

    Nothing is proved: for commands on the server's own machine alone. Raises UnauthenticatedError
    if the principal is a group or does not live.
    """
    if name is None:
        row = session.execute(administrators().limit(1)).first()
        if row is None:
            msg = "The metastore has no administrator"
            raise UnauthenticatedError(msg)
        name = row.id
    try:
        principal = find_principal(session, str(name))
    except NotFoundError as error:
        raise UnauthenticatedError(error.message) from None
    if principal.kind is PrincipalKind.GROUP or not _is_enabled(session, principal):
        msg = f"{principal.name!r} is a group or disabled: nobody can act as it"
        raise UnauthenticatedError(msg)
    return Authenticated(principal, groups_of(session, principal.id))


def administrators() -> Select[tuple[str]]:
    """Select the ids of living, enabled members or owners of the metastore, oldest first."""
    owner = select(securables.c.owner_id).where(securables.c.id == METASTORE_ID).scalar_subquery()
    members = select(closure.c.member_id).where(closure.c.group_id == owner)
    return (
        select(principals.c.id)
        .where(
            or_(principals.c.id == owner, principals.c.id.in_(members)),
            principals.c.kind != PrincipalKind.GROUP.value,
            principals.c.disabled_at.is_(None),
            principals.c.deleted_at.is_(None),
        )
        .order_by(principals.c.id)
    )


def _is_enabled(session: Session, principal: Principal) -> bool:
    disabled = select(principals.c.disabled_at).where(principals.c.id == principal.id)
    return session.execute(disabled).scalar_one() is None
