"""Who holds what: on a securable, from above it, or by a principal. Only what is in force."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, tuple_

from app.access.named import securable_of, select_named
from app.access.obtain import METASTORE, Target, may, obtain, permit_self, see
from app.access.operations import Operation
from app.access.policy import Privilege, policy
from app.access.scopes import items_of
from app.access.tables import grants
from app.access.visible import permitted_on_any
from app.db import Page, decode_token, encode_token
from app.identity import Caller, Principal, PrincipalKind
from app.identity.caller import PrincipalId
from app.identity.principals import find_principal, groups_of
from app.identity.tables import principals
from app.securables import FullName, Kind, Securable, SecurableId
from app.securables.lookup import METASTORE_ID
from app.securables.tables import securables

_GRANTOR = principals.alias("grantor")
_ORDER = (grants.c.securable_id, grants.c.principal_id, grants.c.item, grants.c.effect)
_DENY = "deny"


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant or a deny, with where it was made. Times are in milliseconds since 1970 UTC."""

    principal: Principal
    item: str
    effect: str
    securable_id: SecurableId
    kind: Kind
    full_name: FullName
    granted_by: str
    granted_at: int
    expires_at: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Holding:
    """A privilege that a principal holds on a securable, and the grants that it rests on."""

    principal: Principal
    privilege: Privilege
    sources: tuple[Grant, ...]


def grants_on(caller: Caller, target: Target, *, kind: Kind | None = None) -> list[Grant]:
    """Return the grants on a securable and those above that bear on it, the nearest first.

    Whoever may not read the grants of all is told of its own and its groups'.

    Raises NotFoundError if the securable is absent or hidden.
    """
    securable, restriction = _open(caller, target, kind)
    return _grants_on(caller, securable, restriction)


def effective_on(
    caller: Caller, target: Target, *, kind: Kind | None = None, principal: str | None = None
) -> list[Holding]:
    """Return the privileges held on a securable by grants on it or above, roles spelled out.

    With ``principal`` (a name or an id) what that one holds, its groups' grants included. A
    privilege that is denied is left out; what is owned is not told here.

    Raises NotFoundError if the securable is absent or hidden or there is no such principal,
    PermissionDeniedError about another's to whoever may not read the grants of all.
    """
    securable, restriction = _open(caller, target, kind)
    if restriction and principal not in {None, caller.principal.id, caller.principal.name}:
        obtain(caller, Operation.GRANT_READ, securable)
    found = _grants_on(caller, securable, restriction)
    if principal is None:
        return [
            held for holder in _holders(found) for held in _holdings(holder, found, {holder.id})
        ]
    holder = find_principal(caller.session, principal)
    return _holdings(holder, found, {holder.id, *groups_of(caller.session, holder.id)})


def grants_of(
    caller: Caller, principal: str | None = None, *, token: str = "", limit: int = 100
) -> Page[Grant]:
    """Return what a principal, given by name or id, and its groups are granted anywhere.

    Without ``principal`` the caller's own, on what it can see.

    Raises PermissionDeniedError for another's to all but who may list principals, NotFoundError if
    there is no such principal.
    """
    if principal is None:
        permit_self(caller, Operation.PROFILE_READ)
        holders, seen = caller.principals, [_seen(caller)]
    else:
        obtain(caller, Operation.PRINCIPAL_READ, METASTORE)
        holder = find_principal(caller.session, principal)
        holders, seen = groups_of(caller.session, holder.id) | {holder.id}, []
    statement = _select(caller).where(
        grants.c.principal_id.in_(holders), securables.c.deleted_at.is_(None), *seen
    )
    if (after := decode_token(token, len(_ORDER))) is not None:
        statement = statement.where(tuple_(*_ORDER) > tuple_(*map(str, after)))
    rows = caller.session.execute(statement.order_by(*_ORDER).limit(limit + 1)).all()
    items = [_grant(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    last = items[-1]
    return Page(items, encode_token(last.securable_id, last.principal.id, last.item, last.effect))


def _open(
    caller: Caller, target: Target, kind: Kind | None
) -> tuple[Securable, list[ColumnElement[bool]]]:
    """Return the securable, and what keeps the caller to its own grants if it must be kept."""
    if may(caller, Operation.GRANT_READ, target, kind=kind):
        return obtain(caller, Operation.GRANT_READ, target, kind=kind), []
    return see(caller, target, kind=kind), [grants.c.principal_id.in_(caller.principals)]


def _grants_on(
    caller: Caller, securable: Securable, restriction: Iterable[ColumnElement[bool]]
) -> list[Grant]:
    root = grants.c.securable_id == METASTORE_ID
    if securable.kind is not Kind.METASTORE:
        reaching = [p.privilege for p in policy().privileges.values() if p.everywhere]
        root = and_(root, grants.c.item.in_(items_of(*reaching)))
    statement = _select(caller).where(
        or_(grants.c.securable_id.in_(securable.chain), root), *restriction
    )
    nearest = [*securable.chain, METASTORE_ID]
    found = [_grant(row) for row in caller.session.execute(statement)]
    return sorted(
        found,
        key=lambda it: (nearest.index(it.securable_id), it.principal.name, it.item, it.effect),
    )


def _holders(found: Iterable[Grant]) -> list[Principal]:
    return sorted({it.principal for it in found}, key=lambda holder: holder.name)


def _holdings(holder: Principal, found: Iterable[Grant], ids: Collection[str]) -> list[Holding]:
    sources: dict[Privilege, list[Grant]] = {}
    denied: set[Privilege] = set()
    for it in found:
        if it.principal.id in ids:
            for privilege in policy().privileges_of(it.item):
                sources.setdefault(privilege, []).append(it)
                denied |= {privilege} if it.effect == _DENY else set()
    return [
        Holding(holder, privilege, tuple(sources[privilege]))
        for privilege in Privilege
        if privilege in sources and privilege not in denied
    ]


def _seen(caller: Caller) -> ColumnElement[bool]:
    """Return the condition that the caller sees what is granted on."""
    return permitted_on_any(caller, policy().reading)


def _select(caller: Caller) -> Select[Any]:
    """Select the grants in force, whoever's they are."""
    expires_at = grants.c.expires_at
    columns = [
        grants.c.principal_id,
        principals.c.kind.label("principal_kind"),
        principals.c.name.label("principal_name"),
        grants.c.item,
        grants.c.effect,
        _GRANTOR.c.name.label("grantor_name"),
        grants.c.granted_at,
        expires_at,
        grants.c.reason,
    ]
    return (
        select_named(*columns)
        .join(grants, grants.c.securable_id == securables.c.id)
        .join(principals, principals.c.id == grants.c.principal_id)
        .outerjoin(_GRANTOR, _GRANTOR.c.id == grants.c.granted_by)
        .where(
            principals.c.deleted_at.is_(None),
            or_(expires_at.is_(None), expires_at > caller.now),
        )
    )


def _grant(row: Row[Any]) -> Grant:
    securable = securable_of(row)
    kind = PrincipalKind(row.principal_kind)
    return Grant(
        principal=Principal(PrincipalId(row.principal_id), kind, row.principal_name),
        item=row.item,
        effect=row.effect,
        securable_id=securable.id,
        kind=securable.kind,
        full_name=securable.full_name,
        granted_by=row.grantor_name or "",
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        reason=row.reason,
    )
