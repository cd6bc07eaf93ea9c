"""Rows for the tests, made by plain functions: principals, securables, grants and callers.

The cast: alice owns, bob is granted through a group, charlie is a stranger, root is metastore
admin. Time stands at ``NOW`` unless a test moves it.
"""

from sqlalchemy import delete, insert, select

from app.access.tables import catalog_bindings, grants
from app.db import Session
from app.db.metadata import new_id
from app.identity import Caller, Principal, PrincipalKind, Request, WorkspaceRef
from app.identity.caller import PrincipalId, WorkspaceId
from app.identity.principals import groups_of
from app.identity.tables import closure, memberships, principals
from app.securables import FullName, Kind, Securable, SecurableId
from app.securables.lookup import METASTORE_ID, from_row
from app.securables.pieces import add_pieces
from app.securables.tables import securables

NOW = 1_800_000_000_000
"""15 January 2027, in milliseconds since 1970 UTC."""


def make_user(session: Session, name: str) -> Principal:
    return make_principal(session, name, PrincipalKind.USER)


def make_group(session: Session, name: str, *members: Principal) -> Principal:
    group = make_principal(session, name, PrincipalKind.GROUP)
    for member in members:
        add_member(session, group, member)
    return group


def make_principal(session: Session, name: str, kind: PrincipalKind) -> Principal:
    made = Principal(PrincipalId(new_id()), kind, name)
    values = {"id": made.id, "kind": kind.value, "name": name, "created_at": NOW}
    session.execute(insert(principals), values)
    return made


def add_member(session: Session, group: Principal, member: Principal) -> None:
    """Put a member into a group, and bring the closure of groups up to date."""
    values = {"group_id": group.id, "member_id": member.id, "added_at": NOW}
    session.execute(insert(memberships), values)
    rebuild_closure(session)


def rebuild_closure(session: Session) -> None:
    """Derive the closure of groups from the direct memberships."""
    direct: dict[str, set[str]] = {}
    for row in session.execute(select(memberships.c.member_id, memberships.c.group_id)):
        direct.setdefault(row.member_id, set()).add(row.group_id)
    session.execute(delete(closure))
    for member, groups in direct.items():
        reached: set[str] = set()
        waiting = list(groups)
        while waiting:
            if (group := waiting.pop()) not in reached:
                reached.add(group)
                waiting.extend(direct.get(group, ()))
        rows = [{"member_id": member, "group_id": group} for group in reached - {member}]
        if rows:
            session.execute(insert(closure), rows)


def make_metastore(session: Session, owner: Principal) -> Securable:
    return _make(session, Kind.METASTORE, None, "metastore", owner)


def make_catalog(
    session: Session, metastore: Securable, name: str, owner: Principal, *, isolated: bool = False
) -> Securable:
    return _make(session, Kind.CATALOG, metastore, name, owner, isolated=isolated)


def make_schema(session: Session, catalog: Securable, name: str, owner: Principal) -> Securable:
    return _make(session, Kind.SCHEMA, catalog, name, owner)


def make_model(session: Session, schema: Securable, name: str, owner: Principal) -> Securable:
    return _make(session, Kind.REGISTERED_MODEL, schema, name, owner)


def make_experiment(session: Session, schema: Securable, name: str, owner: Principal) -> Securable:
    return _make(session, Kind.EXPERIMENT, schema, name, owner)


def make_table(session: Session, schema: Securable, name: str, owner: Principal) -> Securable:
    return _make(session, Kind.TABLE, schema, name, owner)


def make_key(session: Session, metastore: Securable, name: str, owner: Principal) -> Securable:
    return _make(session, Kind.KEY, metastore, name, owner)


def make_workspace(name: str, home: Securable) -> WorkspaceRef:
    """Return a workspace whose home is the schema ``home``; no row is made for it."""
    return WorkspaceRef(WorkspaceId(new_id()), name, home.catalog_id or "", home.id)


def bind(
    session: Session, catalog: Securable, workspace: WorkspaceRef, *, read_only: bool = False
) -> None:
    values = {
        "catalog_id": catalog.id,
        "workspace_id": workspace.id,
        "read_only": read_only,
        "bound_at": NOW,
        "bound_by": catalog.owner_id,
    }
    session.execute(insert(catalog_bindings), values)


def grant(
    session: Session,
    securable: Securable,
    principal: Principal,
    *items: str,
    effect: str = "allow",
    expires_at: int | None = None,
) -> None:
    """Write rows of ``grants`` without asking who may."""
    for item in items:
        values = {
            "securable_id": securable.id,
            "principal_id": principal.id,
            "item": item,
            "effect": effect,
            "kind": securable.kind.value,
            "schema_id": securable.schema_id,
            "catalog_id": securable.catalog_id,
            "granted_by": securable.owner_id,
            "granted_at": NOW,
            "expires_at": expires_at,
        }
        session.execute(insert(grants), values)


def caller_for(
    session: Session,
    principal: Principal,
    workspace: WorkspaceRef | None = None,
    *,
    now: int = NOW,
    scope: tuple[str, ...] = ("*",),
) -> Caller:
    """Return a caller with the groups that the closure tells of, in a request of its own."""
    return Caller(
        principal=principal,
        workspace=workspace,
        session=session,
        request=Request(id=new_id(), scope=scope),
        now=now,
        groups=groups_of(session, principal.id),
    )


def _make(
    session: Session,
    kind: Kind,
    parent: Securable | None,
    name: str,
    owner: Principal,
    *,
    isolated: bool = False,
) -> Securable:
    new = METASTORE_ID if parent is None else SecurableId(new_id())
    values = {
        "id": new,
        "kind": kind.value,
        "parent_id": parent.id if parent else None,
        "catalog_id": new if kind is Kind.CATALOG else parent.catalog_id if parent else None,
        "schema_id": new if kind is Kind.SCHEMA else parent.schema_id if parent else None,
        "name": name,
        "owner_id": owner.id,
        "isolated": isolated,
        "created_at": NOW,
        "created_by": owner.id,
        "updated_at": NOW,
        "updated_by": owner.id,
    }
    session.execute(insert(securables), values)
    if parent is not None:
        add_pieces(session, kind, new, name)
    row = session.execute(select(securables).where(securables.c.id == new)).one()
    above = parent.full_name.parts if parent else ()
    return from_row(row, *(*above, "", "")[:2])


__all__ = [
    "NOW",
    "FullName",
    "add_member",
    "bind",
    "caller_for",
    "grant",
    "make_catalog",
    "make_experiment",
    "make_group",
    "make_key",
    "make_metastore",
    "make_model",
    "make_principal",
    "make_schema",
    "make_table",
    "make_user",
    "make_workspace",
    "rebuild_closure",
]
