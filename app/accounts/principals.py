"""Users, groups and service principals: how they come, change and go, and who may be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update

from app import access, audit
from app.access import Operation
from app.db import Page, decode_token, encode_token
from app.db.predicates import contains
from app.errors import ConflictError, InvalidParameterError
from app.identity import Caller, Principal, PrincipalKind
from app.identity.browser_sessions import delete_browser_sessions_of
from app.identity.caller import PrincipalId
from app.identity.membership import lock_groups
from app.identity.names import canonical_name
from app.identity.principals import (
    change_name,
    end_principal,
    find_principal,
    insert_principal,
    keep_somebody,
    new_principal,
)
from app.identity.tables import principals
from app.securables import Securable

MAX_PAGE = 1000
_MAX_DISPLAY_NAME = 255
_RESERVED = "workspace:"


@dataclass(frozen=True, slots=True)
class Person:
    """A living principal as administrators see it; times in milliseconds since 1970 UTC."""

    principal: Principal
    display_name: str
    external_id: str | None
    created_at: int
    disabled_at: int | None


def create_user(
    caller: Caller, name: str, *, display_name: str = "", external_id: str | None = None
) -> Principal:
    """Create a user, in no workspace and with no grant; `set_password` gives it a password.

    Raises PermissionDeniedError without MANAGE on the metastore, AlreadyExistsError if a living
    principal has the name.
    """
    return _create(caller, PrincipalKind.USER, name, display_name, external_id)


def create_group(
    caller: Caller, name: str, *, display_name: str = "", external_id: str | None = None
) -> Principal:
    """Create a group without members, which can be granted to before anyone signs in.

    Raises as `create_user`.
    """
    return _create(caller, PrincipalKind.GROUP, name, display_name, external_id)


def create_service_principal(
    caller: Caller, name: str, *, display_name: str = "", external_id: str | None = None
) -> Principal:
    """Create a service principal, which calls by tokens alone. Raises as `create_user`."""
    return _create(caller, PrincipalKind.SERVICE_PRINCIPAL, name, display_name, external_id)


def rename_principal(caller: Caller, name: str, new_name: str) -> Principal:
    """Give a principal another name; its id, grants, groups and tokens stay.

    Raises NotFoundError if there is none, AlreadyExistsError if the new name is taken,
    ConflictError for the group of a workspace, which has the workspace's name.
    """
    _administer(caller, Operation.PRINCIPAL_UPDATE)
    principal = find_principal(caller.session, name)
    _refuse_workspace_group(principal.name, principal)
    renamed = change_name(caller.session, principal, _new_name(new_name, principal.kind))
    audit.record(
        caller, Operation.PRINCIPAL_UPDATE, principal=principal.name, new_name=renamed.name
    )
    return renamed


def describe_principal(caller: Caller, name: str, display_name: str) -> None:
    """Set the name that is shown beside a principal's own."""
    _administer(caller, Operation.PRINCIPAL_UPDATE)
    principal = find_principal(caller.session, name)
    _change(caller, principal, display_name=_check_display_name(display_name))
    audit.record(
        caller, Operation.PRINCIPAL_UPDATE, principal=principal.name, display_name=display_name
    )


def disable_principal(caller: Caller, name: str) -> None:
    """Refuse all that a user or service principal sends, from its next request on.

    Raises ConflictError for a group, and for the last one who administers the metastore.
    """
    metastore = _administer(caller, Operation.PRINCIPAL_UPDATE)
    principal = find_principal(caller.session, name)
    if principal.kind is PrincipalKind.GROUP:
        msg = f"{principal.name!r} is a group: take its members out, or delete it"
        raise ConflictError(msg)
    lock_groups(caller.session)
    _change(caller, principal, disabled_at=caller.now)
    delete_browser_sessions_of(caller.session, principal.id)
    keep_somebody(caller.session, metastore.owner_id)
    audit.record(caller, Operation.PRINCIPAL_UPDATE, principal=principal.name, disabled=True)


def enable_principal(caller: Caller, name: str) -> None:
    """Let a disabled principal in again, with its password and tokens."""
    _administer(caller, Operation.PRINCIPAL_UPDATE)
    principal = find_principal(caller.session, name)
    _change(caller, principal, disabled_at=None)
    audit.record(caller, Operation.PRINCIPAL_UPDATE, principal=principal.name, disabled=False)


def delete_principal(caller: Caller, name: str) -> None:
    """Delete a principal with its memberships, sessions, tokens and password.

    Its grants are dead with its id: who gets the name later is someone else. What it owns stays
    and is managed from above. Raises ConflictError for the group of a living workspace, and for
    the last one who administers the metastore.
    """
    metastore = _administer(caller, Operation.PRINCIPAL_DELETE)
    principal = find_principal(caller.session, name)
    _refuse_workspace_group(principal.name, principal)
    end_principal(caller.session, principal, caller.now)
    keep_somebody(caller.session, metastore.owner_id)
    audit.record(
        caller,
        Operation.PRINCIPAL_DELETE,
        principal=principal.name,
        principal_id=principal.id,
        kind=principal.kind.value,
    )


def get_principal(caller: Caller, name: str) -> Person:
    """Return a principal. Raises NotFoundError if there is none."""
    access.obtain(caller, Operation.PRINCIPAL_READ, access.METASTORE)
    found = find_principal(caller.session, name)
    row = caller.session.execute(select(principals).where(principals.c.id == found.id)).one()
    return _person(row)


def list_principals(
    caller: Caller,
    *,
    query: str = "",
    kind: PrincipalKind | None = None,
    page_token: str = "",
    limit: int = 100,
) -> Page[Person]:
    """Return the living principals by name; ``query`` is a part of the name or display name.

    Raises InvalidParameterError for a page token that is not of this list.
    """
    access.obtain(caller, Operation.PRINCIPAL_READ, access.METASTORE)
    size = min(max(limit, 1), MAX_PAGE)
    wanted = select(principals).where(principals.c.deleted_at.is_(None))
    if kind is not None:
        wanted = wanted.where(principals.c.kind == kind.value)
    if query:
        named = contains(principals.c.name, query)
        wanted = wanted.where(or_(named, contains(principals.c.display_name, query)))
    if after := decode_token(page_token, 1):
        wanted = wanted.where(principals.c.name > str(after[0]))
    rows = caller.session.execute(wanted.order_by(principals.c.name).limit(size + 1)).all()
    people = [_person(row) for row in rows[:size]]
    return Page(people, encode_token(people[-1].principal.name) if len(rows) > size else "")


def _create(
    caller: Caller, kind: PrincipalKind, name: str, display_name: str, external_id: str | None
) -> Principal:
    _administer(caller, Operation.PRINCIPAL_CREATE)
    principal = insert_principal(
        caller.session,
        new_principal(kind, _new_name(name, kind)),
        now=caller.now,
        created_by=caller.principal.id,
        display_name=_check_display_name(display_name),
        external_id=external_id,
    )
    audit.record(
        caller,
        Operation.PRINCIPAL_CREATE,
        principal=principal.name,
        principal_id=principal.id,
        kind=kind.value,
    )
    return principal


def _administer(caller: Caller, operation: Operation) -> Securable:
    return access.obtain(caller, operation, access.METASTORE)


def _new_name(name: str, kind: PrincipalKind) -> str:
    canonical = canonical_name(name)
    if canonical.startswith(_RESERVED):
        msg = f"Invalid value for name: {_RESERVED} begins the names of workspaces' {kind}s"
        raise InvalidParameterError(msg, field="name")
    return canonical


def _refuse_workspace_group(name: str, principal: Principal) -> None:
    if principal.kind is PrincipalKind.GROUP and name.startswith(_RESERVED):
        msg = f"{name!r} holds the members of a workspace: rename or delete the workspace"
        raise ConflictError(msg)


def _check_display_name(display_name: str) -> str:
    is_fit = len(display_name) <= _MAX_DISPLAY_NAME and all(
        character.isprintable() for character in display_name
    )
    if not is_fit:
        msg = (
            f"Invalid value for display_name: at most {_MAX_DISPLAY_NAME} characters, none of them "
            f"control characters"
        )
        raise InvalidParameterError(msg, field="display_name")
    return display_name


def _change(caller: Caller, principal: Principal, **values: object) -> None:
    caller.session.execute(
        update(principals).where(principals.c.id == principal.id).values(**values)
    )


def _person(row: Any) -> Person:
    return Person(
        Principal(PrincipalId(row.id), PrincipalKind(row.kind), row.name),
        row.display_name,
        row.external_id,
        row.created_at,
        row.disabled_at,
    )
