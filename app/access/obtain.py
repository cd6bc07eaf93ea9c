"""The first lock: the only way to hold a securable is to have been allowed to."""

from __future__ import annotations

from fnmatch import fnmatchcase

from app.access.decisions import Decision, decide, read_operation
from app.access.operations import Operation
from app.access.policy import Rule, policy
from app.access.slices import Situation, Subject, fetch_by_id, fetch_by_name
from app.db import Effect
from app.errors import NotFoundError, PermissionDeniedError
from app.identity import Caller, Entry, Outcome
from app.identity.principals import names_of
from app.securables import FullName, Kind, Securable
from app.securables.lookup import METASTORE_ID

METASTORE = FullName()

Target = FullName | Securable | str
"""A full name, a securable in hand, or the id of one."""


def obtain(
    caller: Caller,
    operation: Operation,
    target: Target,
    *,
    kind: Kind | None = None,
    deleted: bool = False,
) -> Securable:
    """Resolve, authorize and record in one step; return the securable.

    Opens the transaction that the operation's effect calls for, so that the decision and what
    follows from it are one. ``kind`` is needed where an operation is done on several kinds;
    ``deleted`` also finds what is in the trash, by id.

    Raises NotFoundError if it is absent or hidden from the caller, PermissionDeniedError if it is
    visible but the operation is not permitted.
    """
    kind = _kind_of(operation, target, kind)
    rule = policy().rule(operation, kind)
    if rule.effect is not Effect.READ:
        caller.session.begin(rule.effect)
    situation = _fetch(caller, kind, target)
    if situation is None or situation.securable.kind is not kind:
        raise _absent(caller, operation, kind, target)
    if situation.securable.deleted_at is not None and not deleted:
        raise _absent(caller, operation, kind, target, situation.securable)
    if not in_scope(caller, rule):
        decision = Decision(allowed=False, determined_by="outside the token's scope", reasons=())
    else:
        decision = decide(rule, situation)
    if decision.allowed:
        caller.ledger.add(_entry(operation, Outcome.ALLOWED, decision, situation.securable))
        return situation.securable
    raise _refusal(caller, operation, target, situation, decision)


def permit_self(caller: Caller, operation: Operation) -> None:
    """Authorize and record an operation that concerns nobody but the caller.

    Raises PermissionDeniedError if the token in use is too narrow for it.
    """
    rule = policy().rule(operation, None)
    if rule.effect is not Effect.READ:
        caller.session.begin(rule.effect)
    _check_scope(caller, rule)
    caller.ledger.add(Entry(operation, Outcome.ALLOWED, "self", caller.principal.id))


def permit_list(caller: Caller, operation: Operation, kind: Kind) -> Rule:
    """Record an operation on all securables of a kind that permit it; return its rule.

    Raises PermissionDeniedError if the token in use is too narrow for it.
    """
    rule = policy().rule(operation, kind)
    _check_scope(caller, rule)
    caller.ledger.add(Entry(operation, Outcome.ALLOWED, "visible"))
    return rule


def in_scope(caller: Caller, rule: Rule) -> bool:
    """Tell whether the credential in use extends to the operation.

    A scope is a list of patterns over operation names; ``read`` stands for all that only reads.
    """
    return any(
        fnmatchcase(rule.operation, pattern) or (pattern == "read" and rule.effect is Effect.READ)
        for pattern in caller.request.scope
    )


def _check_scope(caller: Caller, rule: Rule) -> None:
    if not in_scope(caller, rule):
        caller.ledger.add(Entry(rule.operation, Outcome.DENIED, "outside the token's scope"))
        msg = f"The token in use does not extend to {rule.operation}"
        raise PermissionDeniedError(msg)


def _kind_of(operation: Operation, target: Target, kind: Kind | None) -> Kind:
    if kind is not None:
        return kind
    if isinstance(target, Securable):
        return target.kind
    kinds = policy().kinds[operation]
    if len(kinds) != 1 or kinds[0] is None:
        msg = f"{operation} is done on several kinds: say which"
        raise TypeError(msg)
    return kinds[0]


def _fetch(caller: Caller, kind: Kind, target: Target) -> Situation | None:
    subject = Subject.of(caller)
    match target:
        case FullName():
            return fetch_by_name(caller.session, subject, kind, target)
        case Securable():
            return fetch_by_id(caller.session, subject, target.id)
        case _:
            return fetch_by_id(caller.session, subject, target)


def _absent(
    caller: Caller,
    operation: Operation,
    kind: Kind,
    target: Target,
    found: Securable | None = None,
) -> NotFoundError:
    asked = _asked(target)
    why = "in the trash" if found else "absent"
    found_id = found.id if found else None
    caller.ledger.add(Entry(operation, Outcome.HIDDEN, why, found_id, str(asked)))
    return not_found(kind, asked)


def _asked(target: Target) -> FullName | str:
    """Return the target in the caller's own words, so that an id never reveals a name."""
    return target.full_name if isinstance(target, Securable) else target


def not_found(kind: Kind, asked: FullName | str) -> NotFoundError:
    """Return the one error for what is absent and what is hidden; it tells nothing else."""
    msg = f"{kind.replace('_', ' ').capitalize()} {str(asked)!r} does not exist"
    return NotFoundError(msg)


def _refusal(
    caller: Caller,
    operation: Operation,
    target: Target,
    situation: Situation,
    decision: Decision,
) -> NotFoundError | PermissionDeniedError:
    securable = situation.securable
    seeing = policy().rule(read_operation(securable.kind), securable.kind)
    if not decide(seeing, situation).allowed:
        caller.ledger.add(_entry(operation, Outcome.HIDDEN, decision, securable))
        return not_found(securable.kind, _asked(target))
    caller.ledger.add(_entry(operation, Outcome.DENIED, decision, securable))
    grantors = tuple(names_of(caller.session, situation.owners).values())
    lacking = decision.reasons[0] if decision.reasons else None
    what = f"{lacking.privilege} ({lacking.because})" if lacking else decision.determined_by
    msg = (
        f"Permission denied: {operation} on {securable.kind.replace('_', ' ')} "
        f"{str(securable.full_name)!r} needs {what}. Ask {', '.join(grantors)}."
    )
    return PermissionDeniedError(msg, privilege=decision.missing, grantors=grantors)


def _entry(
    operation: Operation, outcome: Outcome, decision: Decision, securable: Securable
) -> Entry:
    return Entry(operation, outcome, decision.determined_by, securable.id, str(securable.full_name))


def is_metastore(securable: Securable) -> bool:
    """Tell whether a securable is the root."""
    return securable.id == METASTORE_ID
