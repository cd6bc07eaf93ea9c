"""The operator: whoever may read the server's home folder acts as an administrator."""

from __future__ import annotations

from sqlalchemy import select

from app.db import Session
from app.errors import NotFoundError, UnauthenticatedError
from app.identity import Authenticated, Principal, PrincipalKind
from app.identity.principals import find_principal, groups_of, living_people
from app.identity.tables import principals
from app.securables import METASTORE_ID
from app.securables.tables import securables


def operator(session: Session, name: str | None = None) -> Authenticated:
    """Return the principal ``name``, or else the oldest living administrator of the metastore.

    Nothing is proved: for commands on the server's own machine alone. Raises UnauthenticatedError
    if the principal is a group or does not live.
    """
    try:
        wanted = _oldest_administrator(session) if name is None else name
        principal = find_principal(session, wanted)
    except NotFoundError as error:
        raise UnauthenticatedError(error.message) from None
    if principal.kind is PrincipalKind.GROUP or not _is_enabled(session, principal):
        msg = f"{principal.name!r} is a group or disabled: nobody can act as it"
        raise UnauthenticatedError(msg)
    return Authenticated(principal, groups_of(session, principal.id))


def _oldest_administrator(session: Session) -> str:
    owner = select(securables.c.owner_id).where(securables.c.id == METASTORE_ID)
    owner_id = session.execute(owner).scalar_one()
    found: str | None = session.execute(living_people(owner_id).limit(1)).scalar()
    if found is None:
        msg = "The metastore has no administrator"
        raise UnauthenticatedError(msg)
    return found


def _is_enabled(session: Session, principal: Principal) -> bool:
    disabled = select(principals.c.disabled_at).where(principals.c.id == principal.id)
    return session.execute(disabled).scalar_one() is None
