"""The server itself as a caller, for what falls due without anybody asking."""

from __future__ import annotations

from sqlalchemy import select

from app.db import Session
from app.db.metadata import new_id, now_millis
from app.identity import Caller, Principal, PrincipalKind, Request
from app.identity.caller import PrincipalId
from app.securables import METASTORE_ID
from app.securables.tables import securables


def steward(session: Session) -> Caller:
    """Return a caller in place of the metastore's owner, named ``system`` in the log."""
    owner = session.execute(
        select(securables.c.owner_id).where(securables.c.id == METASTORE_ID)
    ).scalar_one()
    return Caller(
        principal=Principal(PrincipalId(owner), PrincipalKind.SERVICE_PRINCIPAL, "system"),
        workspace=None,
        session=session,
        request=Request(id=new_id(), agent="housekeeping"),
        now=now_millis(),
    )
