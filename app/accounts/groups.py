"""Who is in which group; groups may be in groups."""

from __future__ import annotations

from sqlalchemy import select

from app import access, audit
from app.access import Operation
from app.db import Page
from app.errors import InvalidParameterError
from app.identity import Caller, Principal, PrincipalKind
from app.identity.caller import PrincipalId
from app.identity.membership import add_membership, page_of_members, remove_membership
from app.identity.principals import find_principal, keep_somebody
from app.identity.tables import closure, principals


def add_member(caller: Caller, group: str, member: str) -> None:
    """Put a user, group or service principal into a group; again is fine.

    Raises NotFoundError if either does not exist, PermissionDeniedError to whoever does not
    administer for good, since a membership has no end, ConflictError if ``group`` is none or would
    contain itself.
    """
    metastore = access.obtain(caller, Operation.PRINCIPAL_UPDATE, access.METASTORE)
    access.check_tenure(caller, Operation.PRINCIPAL_UPDATE, metastore, None)
    into = find_principal(caller.session, group, field="group")
    found = find_principal(caller.session, member, field="member")
    add_membership(caller.session, into, found, now=caller.now, added_by=caller.principal.id)
    audit.record(caller, Operation.PRINCIPAL_UPDATE, principal=into.name, added=found.name)


def remove_member(caller: Caller, group: str, member: str) -> None:
    """Take a principal out of a group that it is directly in.

    Raises NotFoundError if it is not, ConflictError if nobody would be left who administers the
    metastore.
    """
    metastore = access.obtain(caller, Operation.PRINCIPAL_UPDATE, access.METASTORE)
    out_of = find_principal(caller.session, group, field="group")
    found = find_principal(caller.session, member, field="member")
    remove_membership(caller.session, out_of, found)
    keep_somebody(caller.session, metastore.owner_id)
    audit.record(caller, Operation.PRINCIPAL_UPDATE, principal=out_of.name, removed=found.name)


def list_members(
    caller: Caller, group: str, *, effective: bool = False, page_token: str = "", limit: int = 100
) -> Page[Principal]:
    """Return a page of the members of a group by name: the direct ones, or with ``effective`` all.

    Raises NotFoundError if there is no such principal, InvalidParameterError if it is no group, or
    for a page token that is not of this list.
    """
    access.obtain(caller, Operation.PRINCIPAL_READ, access.METASTORE)
    found = find_principal(caller.session, group, field="group")
    if found.kind is not PrincipalKind.GROUP:
        msg = f"Invalid value for group: {found.name!r} is a {found.kind.value.replace('_', ' ')}"
        raise InvalidParameterError(msg, field="group")
    return page_of_members(
        caller.session, found, effective=effective, page_token=page_token, limit=limit
    )


def list_own_groups(caller: Caller) -> list[Principal]:
    """Return the groups that the caller is in, directly or through others, by name."""
    access.permit_self(caller, Operation.PROFILE_READ)
    groups = (
        select(principals.c.id, principals.c.name)
        .join(closure, closure.c.group_id == principals.c.id)
        .where(closure.c.member_id == caller.principal.id)
        .order_by(principals.c.name)
    )
    return [
        Principal(PrincipalId(row.id), PrincipalKind.GROUP, row.name)
        for row in caller.session.execute(groups)
    ]
