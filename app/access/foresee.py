"""What would be permitted, for pages that offer only what may be done; nothing is recorded."""

from __future__ import annotations

from app.access.decisions import decide
from app.access.obtain import in_scope
from app.access.operations import Operation
from app.access.policy import policy
from app.access.slices import Subject, fetch_by_id
from app.identity import Caller
from app.securables import METASTORE_ID, Securable


def foresee(
    caller: Caller, securable: Securable | str | None, *operations: Operation
) -> frozenset[Operation]:
    """Return which operations ``obtain`` would allow on what is in hand, or on the metastore.

    ``securable`` may be the id of one that was obtained.

    It reveals no more than the caller knows by trying. Whoever acts on it still has to obtain.
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
