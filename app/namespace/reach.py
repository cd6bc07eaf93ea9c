"""Who may: everybody to whom something is permitted in a workspace that they can work in.

Grants name groups, and a group is nobody: who could read a model is a question about people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Select, and_, or_, select, union

from app import access
from app.access import Operation, Rule, policy
from app.access.decisions import decide
from app.access.obtain import Target
from app.access.slices import Subject, fetch_by_id
from app.access.tables import catalog_bindings, grants
from app.db import Page, Session, decode_token, encode_token
from app.identity import Authenticated, Caller, Principal, PrincipalKind
from app.identity.caller import PrincipalId
from app.identity.principals import groups_of, with_names
from app.identity.tables import closure, principals
from app.namespace.tables import workspaces
from app.namespace.working_place import manages_metastore
from app.securables import METASTORE_ID, Kind, Securable
from app.securables.tables import securables

_MOST_WEIGHED = 500


@dataclass(frozen=True, slots=True)
class Able:
    """Somebody who may, and the grant or ownership by which, with names as they are now."""

    principal: Principal
    because: str


class _Bound(NamedTuple):
    """A workspace from which an isolated catalog is reached, and the group of its members."""

    id: str
    group_id: str


def list_able(
    caller: Caller,
    operation: Operation,
    target: Target,
    *,
    kind: Kind | None = None,
    page_token: str = "",
    limit: int = 50,
) -> Page[Able]:
    """Return who may do an operation on a securable, by name, from whatever workspace of theirs.

    It is about users and service principals that are not disabled. A page that has weighed many
    without success may be short, and still says where it goes on.

    Raises NotFoundError if the securable is absent or hidden, PermissionDeniedError to whoever may
    not read the grants on it, InvalidParameterError for a token of another list.
    """
    securable = access.obtain(caller, Operation.GRANT_READ, target, kind=kind)
    rule = policy().rule(operation, securable.kind)
    candidates = _candidates(caller, securable)
    if (after := decode_token(page_token, 1)) is not None:
        candidates = candidates.where(principals.c.name > str(after[0]))
    judge = _Judge(caller, rule, securable, _bound_to(caller.session, securable))
    rows = caller.session.execute(candidates.limit(_MOST_WEIGHED + 1)).all()
    found: list[Able] = []
    for row in rows[:_MOST_WEIGHED]:
        if len(found) == limit:
            return Page(_named(caller.session, found), encode_token(found[-1].principal.name))
        who = Principal(PrincipalId(row.id), PrincipalKind(row.kind), row.name)
        if (because := judge.weigh(who)) is not None:
            found.append(Able(who, because))
    more = encode_token(rows[_MOST_WEIGHED - 1].name) if len(rows) > _MOST_WEIGHED else ""
    return Page(_named(caller.session, found), more)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Weighs one principal after another for one operation on one securable."""

    caller: Caller
    rule: Rule
    securable: Securable
    bound: tuple[_Bound, ...]

    def weigh(self, who: Principal) -> str | None:
        """Return by what somebody may, or None."""
        groups = groups_of(self.caller.session, who.id)
        for workspace in self._workspaces(who, groups):
            subject = Subject(who.id, groups | {who.id}, workspace, self.caller.now)
            situation = fetch_by_id(self.caller.session, subject, self.securable.id)
            if situation is None:
                continue
            decision = decide(self.rule, situation)
            if decision.allowed:
                return decision.determined_by.partition(": ")[2]
        return None

    def _workspaces(self, who: Principal, groups: frozenset[PrincipalId]) -> Iterator[str | None]:
        """Yield where somebody can work: nowhere, and where the catalog is reached from."""
        yield None
        mine = [one.id for one in self.bound if one.group_id in groups]
        if len(mine) < len(self.bound) and manages_metastore(
            self.caller.session, Authenticated(who, groups)
        ):
            mine = [one.id for one in self.bound]
        yield from mine


def _named(session: Session, found: list[Able]) -> list[Able]:
    told = with_names(session, [able.because for able in found])
    return [Able(able.principal, because) for able, because in zip(found, told, strict=True)]


def _candidates(caller: Caller, securable: Securable) -> Select[tuple[str, str, str]]:
    """Select all people whom a grant or an ownership on the chain concerns, by name."""
    chain = [*securable.chain, METASTORE_ID]
    holders = union(
        select(securables.c.owner_id).where(securables.c.id.in_(chain)),
        select(grants.c.principal_id).where(
            grants.c.securable_id.in_(chain),
            or_(grants.c.expires_at.is_(None), grants.c.expires_at > caller.now),
        ),
    )
    holding = select(holders.subquery().c[0])
    members = select(closure.c.member_id).where(closure.c.group_id.in_(holding))
    return (
        select(principals.c.id, principals.c.kind, principals.c.name)
        .where(
            principals.c.kind != PrincipalKind.GROUP.value,
            principals.c.deleted_at.is_(None),
            principals.c.disabled_at.is_(None),
            or_(principals.c.id.in_(holding), principals.c.id.in_(members)),
        )
        .order_by(principals.c.name)
    )


def _bound_to(session: Session, securable: Securable) -> tuple[_Bound, ...]:
    """Return the workspaces bound to the catalog of a securable."""
    reached = and_(
        catalog_bindings.c.workspace_id == workspaces.c.id,
        catalog_bindings.c.catalog_id == securable.catalog_id,
    )
    rows = session.execute(
        select(workspaces.c.id, workspaces.c.group_id)
        .join(catalog_bindings, reached)
        .where(workspaces.c.deleted_at.is_(None))
        .order_by(workspaces.c.name)
    )
    return tuple(_Bound(row.id, row.group_id) for row in rows)
