"""Find the workspace that a request works in, before there is a Caller."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.access import Operation, policy
from app.access.decisions import decide
from app.access.slices import Subject, fetch_by_id
from app.db import Session
from app.db.metadata import now_millis
from app.errors import NotFoundError
from app.identity import Authenticated, WorkspaceRef
from app.namespace.tables import workspaces
from app.namespace.workspaces import absent
from app.securables import METASTORE_ID, Kind

DEFAULT = "default"

_OWN = """
SELECT w.id, w.name, w.catalog_id, w.home_schema_id
FROM group_closure AS c JOIN workspaces AS w ON w.group_id = c.group_id
WHERE c.member_id = :principal AND w.deleted_at IS NULL ORDER BY w.name
"""

_LIVING = select(
    workspaces.c.id, workspaces.c.name, workspaces.c.catalog_id, workspaces.c.home_schema_id
).where(workspaces.c.deleted_at.is_(None))


def resolve_workspace(
    session: Session,
    authenticated: Authenticated,
    wanted: str | None = None,
    *,
    workspace_id: str | None = None,
) -> WorkspaceRef | None:
    """Return the workspace to work in: the one wanted by name or id, else ``default`` or the first.

    Without a wish, somebody in no workspace works in none. A workspace chosen by its id that is
    gone meanwhile is as good as none chosen.

    Raises NotFoundError if the one wanted by name is absent, or if the principal is neither a
    member nor manages the metastore.
    """
    own = _own(session, authenticated) if authenticated.groups else []
    if wanted:
        return _among(own, name=wanted) or _as_manager(session, authenticated, wanted)
    if workspace_id and (chosen := _among(own, workspace_id=workspace_id)):
        return chosen
    if workspace_id and (name := _name_of(session, workspace_id)):
        try:
            return _as_manager(session, authenticated, name)
        except NotFoundError:
            pass
    return _among(own, name=DEFAULT) or (own[0] if own else None)


def _own(session: Session, authenticated: Authenticated) -> list[WorkspaceRef]:
    rows = session.fetch(_OWN, {"principal": authenticated.principal.id})
    return [WorkspaceRef(*row) for row in rows]


def _ref(row: Any) -> WorkspaceRef:
    return WorkspaceRef(row.id, row.name, row.catalog_id, row.home_schema_id)


def _among(
    own: list[WorkspaceRef], *, name: str | None = None, workspace_id: str | None = None
) -> WorkspaceRef | None:
    return next((ref for ref in own if ref.name == name or ref.id == workspace_id), None)


def _name_of(session: Session, workspace_id: str) -> str | None:
    row = session.execute(_LIVING.where(workspaces.c.id == workspace_id)).first()
    return row.name if row else None


def _as_manager(session: Session, authenticated: Authenticated, name: str) -> WorkspaceRef:
    row = session.execute(_LIVING.where(workspaces.c.name == name)).first()
    if row is None or not manages_metastore(session, authenticated):
        raise absent(name)
    return _ref(row)


def manages_metastore(session: Session, authenticated: Authenticated) -> bool:
    """Tell whether somebody may work in any workspace, as who manages the metastore may."""
    subject = Subject(
        authenticated.principal.id,
        authenticated.groups | {authenticated.principal.id},
        None,
        now_millis(),
    )
    situation = fetch_by_id(session, subject, METASTORE_ID)
    rule = policy().rule(Operation.WORKSPACE_UPDATE, Kind.METASTORE)
    return situation is not None and decide(rule, situation).allowed
