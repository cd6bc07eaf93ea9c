"""The first lock: the only way to hold a securable is to have been allowed to."""

from __future__ import annotations

from fnmatch import fnmatchcase

from sqlalchemy import select

from app.access.decisions import Decision, decide, read_operation
from app.access.operations import Operation
from app.access.policy import Rule, policy
from app.access.slices import Situation, Subject, fetch_by_id, fetch_by_name
from app.db import Effect
from app.errors import NotFoundError, PermissionDeniedError
from app.identity import Caller, Entry, Outcome
from app.identity.principals import names_of
from app.securables import FullName, Kind, Securable
from app.securables.tables import securables

METASTORE = FullName()
_OUT_OF_SCOPE = Decision(allowed=False, determined_by="outside the token's scope", reasons=())

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
    follows from it are one. ``kind`` is what the target has to be; a full name needs it where the
    operation is done on several kinds. ``deleted`` also finds what is in the trash, by id.

    Raises NotFoundError if it is absent or hidden from the caller, PermissionDeniedError if it is
    visible but the operation is not permitted.
    """
    effect = policy().effects[operation]
    if effect is not Effect.READ:
        caller.session.begin(effect)
    kind = kind or _kind_of(operation, target)
    situation, rule = _find(caller, operation, target, kind)
    if situation is None or rule is None:
        raise _absent(caller, operation, target, kind)
    if situation.securable.deleted_at is not None and not deleted:
        raise _absent(caller, operation, target, kind, situation.securable)
    decision = decide(rule, situation) if in_scope(caller, rule) else _OUT_OF_SCOPE
    if decision.allowed:
        caller.ledger.add(_entry(operation, Outcome.ALLOWED, decision, situation.securable))
        return situation.securable
    if not _sees(situation):
        caller.ledger.add(_entry(operation, Outcome.HIDDEN, decision, situation.securable))
        raise not_found(kind, _asked(target))
    caller.ledger.add(_entry(operation, Outcome.DENIED, decision, situation.securable))
    raise _refusal(caller, operation, situation, decision)


def see(caller: Caller, target: Target, *, kind: Kind | None = None) -> Securable:
    """Obtain a securable of whatever kind, by the operation that reads its kind.

    Raises NotFoundError if it is absent or hidden from the caller.
    """
    kind = target.kind if isinstance(target, Securable) else kind
    sought = kind or _stored_kind(caller, target)
    if all(rule.kind is not sought for rule in policy().reading):
        # A kind that is only reserved so far: there is nothing of it.
        raise _absent(caller, Operation.METASTORE_READ, target, kind)
    try:
        return obtain(caller, read_operation(sought), target)
    except NotFoundError:
        raise not_found(kind, _asked(target)) from None


def may(caller: Caller, operation: Operation, target: Target, *, kind: Kind | None = None) -> bool:
    """Tell whether ``obtain`` would succeed, and record nothing: for pages that offer what one may.

    What is in the trash is as good as absent.
    """
    situation, rule = _find(caller, operation, target, kind or _kind_of(operation, target))
    return (
        situation is not None
        and rule is not None
        and situation.securable.deleted_at is None
        and in_scope(caller, rule)
        and decide(rule, situation).allowed
    )


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
        caller.ledger.add(Entry(rule.operation, Outcome.DENIED, _OUT_OF_SCOPE.determined_by))
        raise _too_narrow(rule.operation)


def _kind_of(operation: Operation, target: Target) -> Kind | None:
    """Return the kind that a target has to be, or None for an id of any kind.

    Raises TypeError for a full name where the operation is done on several kinds.
    """
    if target == METASTORE:
        return Kind.METASTORE
    kinds = policy().kinds[operation]
    if len(kinds) == 1:
        return kinds[0]
    if isinstance(target, FullName):
        msg = f"{operation} is done on several kinds: say which"
        raise TypeError(msg)
    return None


def _stored_kind(caller: Caller, target: Target) -> Kind:
    """Return the kind that an id has, or that of the root for an id that nothing has."""
    if not isinstance(target, str):
        return Kind.METASTORE
    stored = select(securables.c.kind).where(securables.c.id == target)
    return Kind(caller.session.execute(stored).scalar() or Kind.METASTORE)


def _find(
    caller: Caller, operation: Operation, target: Target, kind: Kind | None
) -> tuple[Situation, Rule] | tuple[None, None]:
    subject = Subject.of(caller)
    if not isinstance(target, FullName):
        securable_id = target.id if isinstance(target, Securable) else target
        situation = fetch_by_id(caller.session, subject, securable_id)
    elif kind is not None:
        situation = fetch_by_name(caller.session, subject, kind, target)
    else:
        situation = None
    if situation is None or kind not in {None, situation.securable.kind}:
        return None, None
    rule = policy().rules.get((operation, situation.securable.kind))
    return (situation, rule) if rule else (None, None)


def _sees(situation: Situation) -> bool:
    kind = situation.securable.kind
    return decide(policy().rule(read_operation(kind), kind), situation).allowed


def _absent(
    caller: Caller,
    operation: Operation,
    target: Target,
    kind: Kind | None,
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


def not_found(kind: Kind | None, asked: FullName | str) -> NotFoundError:
    """Return the one error for what is absent and what is hidden; it tells nothing else.

    ``kind`` is the one that was asked for, never what was found.
    """
    noun = kind.replace("_", " ").capitalize() if kind else "Securable"
    msg = f"{noun} {str(asked)!r} does not exist"
    return NotFoundError(msg)


def _refusal(
    caller: Caller, operation: Operation, situation: Situation, decision: Decision
) -> PermissionDeniedError:
    if decision is _OUT_OF_SCOPE:
        return _too_narrow(operation)
    securable = situation.securable
    grantors = tuple(names_of(caller.session, situation.owners).values())
    lacking = decision.reasons[0]
    msg = (
        f"Permission denied: {operation} on {_described(securable)} "
        f"needs {lacking.privilege} ({lacking.because}). Ask {', '.join(grantors)}."
    )
    return PermissionDeniedError(msg, privilege=lacking.privilege, grantors=grantors)


def _described(securable: Securable) -> str:
    if securable.kind is Kind.METASTORE:
        return "the metastore"
    return f"{securable.kind.replace('_', ' ')} {str(securable.full_name)!r}"


def _entry(
    operation: Operation, outcome: Outcome, decision: Decision, securable: Securable
) -> Entry:
    return Entry(operation, outcome, decision.determined_by, securable.id, str(securable.full_name))


def _too_narrow(operation: Operation) -> PermissionDeniedError:
    msg = f"The token in use does not extend to {operation}"
    return PermissionDeniedError(msg)
