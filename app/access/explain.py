"""Why somebody may or may not: the tree of reasons behind a decision, in words and with names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from app.access.decisions import Reason, decide, judge, read_operation, shut_for, uses_above
from app.access.engine import OWN, Judgement, SliceRow
from app.access.obtain import Target, not_found, obtain, permit_self, see
from app.access.operations import Operation
from app.access.policy import Privilege, policy
from app.access.slices import Situation, Subject, fetch_by_id
from app.db import Session
from app.errors import InvalidParameterError
from app.identity import Caller, Principal
from app.identity.principals import find_principal, groups_of, names_of
from app.identity.tables import memberships
from app.securables import FullName, Kind, Securable
from app.securables.lookup import METASTORE_ID


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a privilege: whether it is met, and by what or why not.

    ``path`` leads from the principal through its groups to the one that holds, by name.
    """

    condition: str
    is_met: bool
    because: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the privileges that would permit, with the conditions weighed."""

    reason: Reason
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision that was not taken, with everything it would rest on.

    One branch that holds is enough. ``grantors`` are the names of those who can change it.
    """

    principal: Principal
    operation: Operation
    securable: Securable
    is_allowed: bool
    is_hidden: bool
    determined_by: str
    branches: tuple[Branch, ...]
    grantors: tuple[str, ...]


def explain(
    caller: Caller,
    principal: str | None,
    operation: Operation,
    target: Target,
    *,
    kind: Kind | None = None,
) -> Explanation:
    """Tell whether and why ``principal`` (a name or an id; the caller itself if None) may.

    It is asked as of the caller's workspace and moment.

    Raises NotFoundError if the securable is absent or hidden from the caller or there is no such
    principal, PermissionDeniedError about another's to whoever may not read the grants there,
    InvalidParameterError for an operation that is not one on the securable.
    """
    who = caller.principal
    if principal in {None, who.id, who.name}:
        permit_self(caller, Operation.EXPLAIN_RUN)
        securable = see(caller, target, kind=kind)
    else:
        # Decided first: whoever may not ask does not learn whether there is such a principal.
        securable = obtain(caller, Operation.GRANT_READ, target, kind=kind)
        who = find_principal(caller.session, principal or "")
    rule = policy().rules.get((operation, securable.kind))
    if rule is None:
        msg = f"Invalid value for operation: {operation} is not done on a {securable.kind}"
        raise InvalidParameterError(msg, field="operation")
    subject = _subject(caller, who)
    situation = fetch_by_id(caller.session, subject, securable.id)
    if situation is None:
        raise not_found(kind, securable.full_name)
    decision = decide(rule, situation, thorough=True)
    seeing = policy().rule(read_operation(securable.kind), securable.kind)
    teller = _Teller(caller.session, who, situation)
    shut = shut_for(rule, situation)
    return Explanation(
        principal=who,
        operation=operation,
        securable=securable,
        is_allowed=decision.allowed,
        is_hidden=not decide(seeing, situation).allowed,
        determined_by=decision.determined_by,
        branches=tuple(
            Branch(reason, tuple(teller.steps(reason.privilege, shut)))
            for reason in decision.reasons
        ),
        grantors=tuple(names_of(caller.session, situation.owners).values()),
    )


def _subject(caller: Caller, who: Principal) -> Subject:
    principals = groups_of(caller.session, who.id) | {who.id}
    workspace = caller.workspace.id if caller.workspace else None
    return Subject(who.id, frozenset[str](principals), workspace, caller.now)


class _Teller:
    """Puts judgements into words."""

    def __init__(self, session: Session, who: Principal, situation: Situation) -> None:
        self._session = session
        self._who = who
        self._situation = situation

    def steps(self, name: Privilege, shut: str | None) -> Iterator[Step]:
        """Yield what a privilege rests on: being held, an open catalog, and USE on the way."""
        privilege = policy().privileges[name]
        securable = self._situation.securable
        judgement = judge(privilege, self._situation, securable.id)
        yield self._step(f"{name} on {_name(securable)}", judgement)
        if judgement.row and privilege.everywhere and judgement.row[2] == METASTORE_ID:
            return
        if securable.catalog_id is not None:
            because = shut or "the catalog is open to the workspace"
            yield Step("workspace", is_met=shut is None, because=because)
        if not privilege.use_needed:
            return
        for container, use in uses_above(securable):
            held = judge(policy().privileges[use], self._situation, container)
            if not held.held and privilege.everywhere:
                waiver = judge(privilege, self._situation, container)
                held = waiver if waiver.held else held
            yield self._step(f"{use} on {self._place(container)}", held)

    def _step(self, condition: str, judgement: Judgement) -> Step:
        row = judgement.row
        if row is None:
            return Step(condition, is_met=False, because="not granted, here or above")
        names = names_of(self._session, [row[0]])
        holder = names.get(row[0], row[0])
        verb = "granted" if judgement.held else "denied"
        because = (
            f"{holder} owns {self._place(row[2])}"
            if row[1] == OWN
            else f"{row[1]} is {verb} to {holder} on {self._place(row[2])}"
        )
        return Step(condition, judgement.held, because, self._path(row))

    def _place(self, securable_id: str) -> str:
        securable = self._situation.securable
        parts = securable.full_name.parts
        if securable_id == METASTORE_ID:
            return "the metastore"
        if securable_id == securable.id:
            return _name(securable)
        above = parts[:1] if securable_id == securable.catalog_id else parts[:2]
        return str(FullName(above))

    def _path(self, row: SliceRow) -> tuple[str, ...]:
        """Return the names from the principal down to the group that holds, the shortest way."""
        ways: dict[str, tuple[str, ...]] = {self._who.id: (self._who.id,)}
        edge = [self._who.id]
        while row[0] not in ways and edge:
            direct = self._session.execute(
                select(memberships.c.member_id, memberships.c.group_id)
                .where(memberships.c.member_id.in_(edge))
                .order_by(memberships.c.group_id)
            ).all()
            edge = []
            for step in direct:
                if step.group_id not in ways:
                    ways[step.group_id] = (*ways[step.member_id], step.group_id)
                    edge.append(step.group_id)
        path = ways.get(row[0], ())
        names = names_of(self._session, path)
        return tuple(names.get(part, part) for part in path)


def _name(securable: Securable) -> str:
    return str(securable.full_name) or "the metastore"
