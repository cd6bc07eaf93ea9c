"""Grant and revoke, and tell who holds what.

Only whoever manages a securable (owns it or something above it, or holds MANAGE) changes what is
held on it; that is what keeps anybody from granting what it does not hold or manage, to itself, to
a group of its own or to others. The log tells where the caller stands to gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from app import audit, securables
from app.access.obtain import METASTORE, Target, obtain
from app.access.operations import Operation
from app.access.policy import policy
from app.access.tables import grants
from app.access.tenure import check_tenure
from app.errors import InvalidParameterError
from app.identity import Caller, Principal
from app.identity.membership import lock_groups
from app.identity.principals import find_principal, keep_somebody
from app.securables import Kind, Securable

ALLOW = "allow"
DENY = "deny"
_MAX_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms something is granted; ``expires_at`` is in milliseconds since 1970 UTC."""

    expires_at: int | None = None
    reason: str = ""
    effect: str = ALLOW


_FOR_EVER = Terms()


def grant(
    caller: Caller,
    target: Target,
    principal: str,
    item: str,
    *,
    kind: Kind | None = None,
    terms: Terms = _FOR_EVER,
) -> None:
    """Grant a privilege or ``role:NAME`` on a securable to a principal, given by name or id.

    Granting again changes the terms. A deny cancels what is granted there or above to the principal
    or to groups it is in.

    Raises NotFoundError if the securable is absent or hidden or there is no such principal,
    PermissionDeniedError to whoever does not manage the securable, or not for as long,
    InvalidParameterError if the item is unknown or does not fit the kind, the expiry has passed, or
    the reason is too long.
    """
    securable = obtain(caller, Operation.GRANT_CHANGE, target, kind=kind)
    item = policy().check_item(item, securable.kind)
    _check_terms(caller, terms)
    check_tenure(caller, Operation.GRANT_CHANGE, securable, terms.expires_at)
    _check_reach(caller, item, terms.effect)
    grantee = find_principal(caller.session, principal)
    write_grant(caller, securable, grantee, item, terms)
    audit.record(
        caller, Operation.GRANT_CHANGE, securable, **_details("grant", caller, grantee, item, terms)
    )


def revoke(
    caller: Caller,
    target: Target,
    principal: str,
    item: str,
    *,
    kind: Kind | None = None,
    effect: str = ALLOW,
) -> bool:
    """Take back what was granted or denied right here; tell whether there was anything to take.

    What is held by a grant above stays. Raises as ``grant`` does; of a denial, to whoever does not
    manage the securable for good.
    """
    securable = obtain(caller, Operation.GRANT_CHANGE, target, kind=kind)
    terms = Terms(effect=effect)
    _check_terms(caller, terms)
    item = policy().check_item(item, securable.kind)
    if effect == DENY:
        # To take a denial back is to give what it kept from them.
        check_tenure(caller, Operation.GRANT_CHANGE, securable, None)
    _check_reach(caller, item, effect)
    grantee = find_principal(caller.session, principal)
    removed = caller.session.execute(
        delete(grants).where(
            grants.c.securable_id == securable.id,
            grants.c.principal_id == grantee.id,
            grants.c.item == item,
            grants.c.effect == effect,
        )
    )
    details = _details("revoke", caller, grantee, item, terms)
    audit.record(caller, Operation.GRANT_CHANGE, securable, **details, found=removed.rowcount > 0)
    return removed.rowcount > 0


def transfer_owner(
    caller: Caller, target: Target, principal: str, *, kind: Kind | None = None
) -> Securable:
    """Make another principal, given by name or id, the owner; the old one keeps what is granted.

    Raises NotFoundError if the securable is absent or hidden or there is no such principal,
    PermissionDeniedError to whoever does not manage the securable, ConflictError for the metastore
    if nobody who can sign in is, or is in, the new owner.
    """
    securable = obtain(caller, Operation.OWNER_CHANGE, target, kind=kind)
    check_tenure(caller, Operation.OWNER_CHANGE, securable, None)
    owner = find_principal(caller.session, principal)
    if securable.kind is Kind.METASTORE:
        lock_groups(caller.session)
        keep_somebody(caller.session, owner.id)
    transferred = securables.transfer(caller, securable, owner.id)
    audit.record(
        caller,
        Operation.OWNER_CHANGE,
        transferred,
        owner=owner.name,
        former=securable.owner_id,
        to_oneself=owner.id in caller.principals,
    )
    return transferred


def write_grant(
    caller: Caller, securable: Securable, grantee: Principal, item: str, terms: Terms
) -> None:
    """Write the row of a grant that somebody was allowed to make."""
    insert = sqlite.insert if caller.session.is_sqlite else postgresql.insert
    changed: dict[str, Any] = {
        "granted_by": caller.principal.id,
        "granted_at": caller.now,
        "expires_at": terms.expires_at,
        "reason": terms.reason,
    }
    row = insert(grants).values(
        securable_id=securable.id,
        principal_id=grantee.id,
        item=item,
        effect=terms.effect,
        kind=securable.kind.value,
        schema_id=securable.schema_id,
        catalog_id=securable.catalog_id,
        **changed,
    )
    caller.session.execute(
        row.on_conflict_do_update(index_elements=list(grants.primary_key), set_=changed)
    )


def check_words(text: str, field: str) -> str:
    """Return a reason or comment that both engines can store, and that a reader can read.

    Raises InvalidParameterError if it is longer than 2,000 characters or holds NUL.
    """
    if len(text) > _MAX_WORDS or "\0" in text:
        msg = f"Invalid value for {field}: at most {_MAX_WORDS} characters, no NUL"
        raise InvalidParameterError(msg, field=field)
    return text


def _check_terms(caller: Caller, terms: Terms) -> None:
    check_words(terms.reason, "reason")
    if terms.expires_at is not None and terms.expires_at <= caller.now:
        msg = "Invalid value for expires_at: it has passed"
        raise InvalidParameterError(msg, field="expires_at")
    if terms.effect not in {ALLOW, DENY}:
        msg = f"Invalid value for effect: {terms.effect!r} is neither {ALLOW} nor {DENY}"
        raise InvalidParameterError(msg, field="effect")


def _check_reach(caller: Caller, item: str, effect: str) -> None:
    """Let only those who manage the metastore deny what reaches down from it.

    Else the owner of a schema could lock the metastore's managers and auditors out of it.
    """
    held = policy().privileges_of(item)
    if effect == DENY and any(policy().privileges[privilege].everywhere for privilege in held):
        obtain(caller, Operation.GRANT_CHANGE, METASTORE)


def _details(
    change: str, caller: Caller, grantee: Principal, item: str, terms: Terms
) -> dict[str, Any]:
    return {
        "change": change,
        "principal": grantee.name,
        "item": item,
        "effect": terms.effect,
        "expires_at": terms.expires_at,
        "reason": terms.reason,
        "to_oneself": grantee.id in caller.principals,
    }
