"""Whose eyes a webhook has: its maker's, as that principal stands at the moment of a delivery."""

from __future__ import annotations

from sqlalchemy import select

from app import access
from app.access import Operation
from app.audit.queries import Event
from app.db import Session
from app.db.metadata import new_id
from app.errors import NotFoundError
from app.identity import Authenticated, Caller, Principal, PrincipalKind, Request
from app.identity.caller import PrincipalId
from app.identity.principals import groups_of
from app.identity.tables import principals
from app.lifecycle.webhooks.values import Webhook
from app.namespace import resolve_workspace
from app.securables import Kind


class WithheldError(Exception):
    """A delivery is not made; the message says why, and names nothing that is hidden."""


def sees(maker: Caller, event: Event) -> bool:
    """Tell whether a webhook's maker sees what an event of the log is about; records nothing."""
    operation, kind = Operation.REGISTERED_MODEL_READ, Kind.REGISTERED_MODEL
    return access.may(maker, operation, event.securable_id or "", kind=kind)


def maker_of(session: Session, webhook: Webhook, now: int) -> Caller:
    """Return the caller that reads what a webhook tells.

    Raises WithheldError if its maker is disabled or gone, is not in the workspace any more, or may
    not make a webhook there any more.
    """
    row = session.execute(
        select(principals.c.id, principals.c.kind, principals.c.name).where(
            principals.c.id == webhook.maker_id,
            principals.c.disabled_at.is_(None),
            principals.c.deleted_at.is_(None),
        )
    ).first()
    if row is None:
        raise WithheldError("Its maker is disabled or gone")
    principal = Principal(PrincipalId(row.id), PrincipalKind(row.kind), row.name)
    found = Authenticated(principal, groups_of(session, row.id))
    try:
        workspace = resolve_workspace(session, found, workspace_id=webhook.workspace_id)
    except NotFoundError:
        workspace = None
    if workspace is None or workspace.id != webhook.workspace_id:
        raise WithheldError("Its maker works in the workspace no more")
    maker = Caller(
        principal=principal,
        workspace=workspace,
        session=session,
        request=Request(id=new_id(), agent=f"webhook {webhook.name}"),
        now=now,
        groups=found.groups,
    )
    if not access.may(maker, Operation.WEBHOOK_CREATE, workspace.catalog_id, kind=Kind.CATALOG):
        raise WithheldError("Its maker may not make webhooks here any more")
    return maker


def silence_of(session: Session, webhook: Webhook, now: int) -> str:
    """Return why a webhook that is switched on is told of nothing; empty if it is told."""
    try:
        maker_of(session, webhook, now)
    except WithheldError as error:
        return str(error)
    return ""
