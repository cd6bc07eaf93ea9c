"""Look up principals by id: names for messages, groups for decisions."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.db import Session
from app.identity.caller import PrincipalId
from app.identity.tables import closure, principals


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
