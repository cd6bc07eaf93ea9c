"""What would be permitted, for pages that offer only what may be done; nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from app.access.decisions import decide, judge, lacking_use
from app.access.obtain import in_scope
from app.access.operations import Operation
from app.access.policy import Privilege, policy
from app.access.slices import Subject, fetch_by_id
from app.identity import Caller
from app.securables import METASTORE_ID, FullName, Kind, Securable


@dataclass(frozen=True, slots=True)
class Lack:
    """A privilege that is missing, and where it would have to be granted."""

    privilege: Privilege
    kind: Kind
    full_name: FullName


def foresee(
    caller: Caller, securable: Securable | str | None, *operations: Operation
) -> frozenset[Operation]:
    """Return which operations ``obtain`` would allow on what is in hand, or on the metastore.

    ``securable`` may be the id of one that was obtained. It reveals no more than the caller knows
    by trying; whoever acts on it still has to obtain.
    """
    wanted = securable.id if isinstance(securable, Securable) else securable or METASTORE_ID
    situation = fetch_by_id(caller.session, Subject.of(caller), wanted)
    if situation is None:
        return frozenset()
    rules = [policy().rule(operation, situation.securable.kind) for operation in operations]
    return frozenset(
        rule.operation
        for rule in rules
        if in_scope(caller, rule) and decide(rule, situation).allowed
    )


def lacking(caller: Caller, securable_id: str, operation: Operation) -> Lack | None:
    """Return what the caller lacks for an operation on what was obtained or listed, or None.

    Where the privilege itself is held but USE on the way is not, that is what is lacking.
    """
    situation = fetch_by_id(caller.session, Subject.of(caller), securable_id)
    if situation is None:
        return None
    securable = situation.securable
    rule = policy().rule(operation, securable.kind)
    if decide(rule, situation).allowed:
        return None
    needed = policy().privileges[rule.privileges[0]]
    use = lacking_use(needed, situation) if judge(needed, situation, securable.id).held else None
    if use is Privilege.USE_CATALOG:
        return Lack(use, Kind.CATALOG, FullName(securable.full_name.parts[:1]))
    if use is Privilege.USE_SCHEMA:
        return Lack(use, Kind.SCHEMA, securable.full_name.parent)
    return Lack(needed.privilege, securable.kind, securable.full_name)
