"""Ask for a privilege, and answer: an approval is a grant in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update

from app import audit
from app.access.grants import Terms, check_words, grant
from app.access.named import securable_of, select_named
from app.access.obtain import Target, obtain, permit_self
from app.access.operations import Operation
from app.access.policy import policy
from app.access.tables import access_requests
from app.access.visible import permitted_on_any
from app.db import Page, decode_token, encode_token
from app.db.metadata import new_id
from app.errors import ConflictError, InvalidParameterError, NotFoundError
from app.identity import Caller
from app.identity.principals import find_principal
from app.identity.tables import principals
from app.securables import FullName, Kind, Securable
from app.securables.tables import securables

_FOR = principals.alias("asked_for")
_BY = principals.alias("asked_by")
_DECIDER = principals.alias("decided_by_principal")


class Status(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request for an item on a securable. Times and ``duration`` are in milliseconds.

    ``granted_item`` and ``granted_until`` tell of an approval, which may be narrower and shorter.
    """

    id: str
    principal: str
    requested_by: str
    securable_id: str
    kind: Kind
    full_name: FullName
    item: str
    reason: str
    duration: int | None
    status: Status
    created_at: int
    decided_at: int | None
    decided_by: str
    decision_comment: str
    granted_item: str | None
    granted_until: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: an item, for whom (oneself or a group of one's own), why and how long."""

    item: str
    reason: str = ""
    duration: int | None = None
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """What is given instead of all that was asked for; ``expires_at`` is in milliseconds."""

    item: str | None = None
    expires_at: int | None = None
    comment: str = ""


_AS_ASKED = Approval()


def ask(caller: Caller, target: Target, wish: Wish, *, kind: Kind | None = None) -> str:
    """Ask for a privilege or ``role:NAME`` on a securable that the caller sees; return the id.

    Asking again while the same request is open returns the one there is.

    Raises NotFoundError if the securable is absent or hidden, InvalidParameterError if the item
    does not fit it, the duration is not positive, the reason is too long, or it is for somebody
    else.
    """
    reason = check_words(wish.reason, "reason")
    securable = obtain(caller, Operation.ACCESS_REQUEST, target, kind=kind)
    item = policy().check_item(wish.item, securable.kind)
    if wish.duration is not None and wish.duration <= 0:
        msg = "Invalid value for duration: it must be positive"
        raise InvalidParameterError(msg, field="duration")
    beneficiary = caller.principal
    if wish.principal is not None:
        beneficiary = find_principal(caller.session, wish.principal)
        if beneficiary.id not in caller.principals:
            msg = "Invalid value for principal: ask for yourself, or a group that you are in"
            raise InvalidParameterError(msg, field="principal")
    asked = {
        "principal_id": beneficiary.id,
        "requested_by": caller.principal.id,
        "securable_id": securable.id,
        "item": item,
        "status": Status.OPEN.value,
    }
    same = (access_requests.c[name] == value for name, value in asked.items())
    found = caller.session.execute(select(access_requests.c.id).where(*same))
    request_id: str | None = found.scalar()
    if request_id is None:
        request_id = new_id()
        more = {"reason": reason, "duration": wish.duration, "created_at": caller.now}
        caller.session.execute(insert(access_requests), {"id": request_id, **asked, **more})
    audit.record(
        caller,
        Operation.ACCESS_REQUEST,
        securable,
        request=request_id,
        item=item,
        reason=reason,
    )
    return request_id


def list_own_requests(caller: Caller, *, token: str = "", limit: int = 100) -> Page[AccessRequest]:
    """Return what the caller has asked for on what it still sees, the newest first."""
    permit_self(caller, Operation.ACCESS_READ)
    seen = permitted_on_any(caller, policy().reading)
    own = access_requests.c.requested_by == caller.principal.id
    return _page(caller, [own, seen], token, limit)


def list_decidable(
    caller: Caller,
    *,
    on: str | None = None,
    status: Status = Status.OPEN,
    token: str = "",
    limit: int = 100,
) -> Page[AccessRequest]:
    """Return the requests that the caller may decide, the newest first; ``on`` names a securable.

    Raises InvalidParameterError for a token that is not of this list.
    """
    permit_self(caller, Operation.ACCESS_READ)
    decidable = permitted_on_any(caller, policy().rules_of(Operation.ACCESS_DECIDE))
    wanted = [decidable, access_requests.c.status == status.value]
    if on is not None:
        wanted.append(access_requests.c.securable_id == on)
    return _page(caller, wanted, token, limit)


def approve(caller: Caller, request_id: str, approval: Approval = _AS_ASKED) -> None:
    """Grant what was asked for, or less of it, and close the request.

    Raises NotFoundError if there is no such request on what the caller sees, PermissionDeniedError
    to whoever may not grant it, ConflictError if it is decided already, InvalidParameterError for
    another item than was asked for that is not a part of it, or a longer time.
    """
    comment = check_words(approval.comment, "comment")
    row, securable = _decidable(caller, request_id)
    item = policy().check_item(approval.item or row.item, securable.kind)
    if not policy().privileges_of(item) <= policy().privileges_of(row.item):
        msg = f"Invalid value for item: {item} is more than {row.item}, which was asked for"
        raise InvalidParameterError(msg, field="item")
    latest = None if row.duration is None else caller.now + row.duration
    until = latest if approval.expires_at is None else approval.expires_at
    if latest is not None and until is not None and until > latest:
        msg = "Invalid value for expires_at: it is later than was asked for"
        raise InvalidParameterError(msg, field="expires_at")
    grant(caller, securable, row.principal_id, item, terms=Terms(until, row.reason))
    _close(caller, row, Status.APPROVED, comment, granted_item=item, granted_until=until)
    audit.record(
        caller, Operation.ACCESS_DECIDE, securable, request=row.id, approved=True, item=item
    )


def refuse(caller: Caller, request_id: str, comment: str = "") -> None:
    """Close a request without granting anything. Raises as ``approve`` does."""
    comment = check_words(comment, "comment")
    row, securable = _decidable(caller, request_id)
    _close(caller, row, Status.REFUSED, comment)
    audit.record(caller, Operation.ACCESS_DECIDE, securable, request=row.id, approved=False)


def withdraw(caller: Caller, request_id: str) -> None:
    """Close a request of one's own.

    Raises NotFoundError for another's, ConflictError if it is decided already.
    """
    permit_self(caller, Operation.ACCESS_WITHDRAW)
    row = _find(caller, request_id)
    if row is None or row.requested_by != caller.principal.id:
        raise _not_found(request_id)
    _close(caller, row, Status.WITHDRAWN, "")
    audit.record(caller, Operation.ACCESS_WITHDRAW, request=row.id)


def _decidable(caller: Caller, request_id: str) -> tuple[Row[Any], Securable]:
    """Return a request that the caller may decide, and what it is on."""
    caller.session.begin()
    row = _find(caller, request_id)
    target = row.securable_id if row else request_id
    try:
        securable = obtain(caller, Operation.ACCESS_DECIDE, target)
    except NotFoundError:
        raise _not_found(request_id) from None
    if row is None:
        raise _not_found(request_id)
    return row, securable


def _find(caller: Caller, request_id: str) -> Row[Any] | None:
    return caller.session.execute(
        select(access_requests).where(access_requests.c.id == request_id)
    ).first()


def _not_found(request_id: str) -> NotFoundError:
    msg = f"Access request {request_id!r} does not exist"
    return NotFoundError(msg)


def _close(
    caller: Caller, row: Row[Any], status: Status, comment: str, **granted: str | int | None
) -> None:
    """Close an open request; of two who decide it at once, one comes too late."""
    closed = caller.session.execute(
        update(access_requests)
        .where(access_requests.c.id == row.id, access_requests.c.status == Status.OPEN.value)
        .values(
            status=status.value,
            decided_at=caller.now,
            decided_by=caller.principal.id,
            decision_comment=comment,
            **granted,
        )
    )
    if closed.rowcount == 0:
        msg = f"Access request {row.id!r} is {row.status} already"
        raise ConflictError(msg)


def _page(
    caller: Caller, conditions: list[ColumnElement[bool]], token: str, limit: int
) -> Page[AccessRequest]:
    statement = (
        select_named(
            *(column.label(f"request_{column.name}") for column in access_requests.c),
            _FOR.c.name.label("for_name"),
            _BY.c.name.label("by_name"),
            _DECIDER.c.name.label("decider_name"),
        )
        .join(access_requests, access_requests.c.securable_id == securables.c.id)
        .join(_FOR, _FOR.c.id == access_requests.c.principal_id)
        .join(_BY, _BY.c.id == access_requests.c.requested_by)
        .outerjoin(_DECIDER, _DECIDER.c.id == access_requests.c.decided_by)
        .where(*conditions)
    )
    if (before := decode_token(token, 1)) is not None:
        statement = statement.where(access_requests.c.id < str(before[0]))
    newest = statement.order_by(access_requests.c.id.desc()).limit(limit + 1)
    items = [_request(row) for row in caller.session.execute(newest)]
    return Page(items[:limit], encode_token(items[limit - 1].id) if len(items) > limit else "")


def _request(row: Row[Any]) -> AccessRequest:
    securable = securable_of(row)
    return AccessRequest(
        id=row.request_id,
        principal=row.for_name,
        requested_by=row.by_name,
        securable_id=securable.id,
        kind=securable.kind,
        full_name=securable.full_name,
        item=row.request_item,
        reason=row.request_reason,
        duration=row.request_duration,
        status=Status(row.request_status),
        created_at=row.request_created_at,
        decided_at=row.request_decided_at,
        decided_by=row.decider_name or "",
        decision_comment=row.request_decision_comment,
        granted_item=row.request_granted_item,
        granted_until=row.request_granted_until,
    )
