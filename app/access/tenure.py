"""No right outlasts the right that it was given by.

Else whoever manages something for a week could keep it for ever, through a grant to itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from app.access.obtain import may
from app.access.operations import Operation
from app.access.policy import Privilege
from app.access.tables import grants
from app.errors import PermissionDeniedError
from app.identity import Caller
from app.securables import METASTORE_ID, Securable

_LAST_MOMENT = 2**63 - 1


def check_tenure(
    caller: Caller, operation: Operation, securable: Securable, until: int | None
) -> None:
    """Refuse what would still hold when the caller itself may no longer do ``operation``.

    ``until`` is in milliseconds since 1970 UTC, None for ever. What is permitted now by grants that
    last no longer is not permitted at the moment before.

    Raises PermissionDeniedError.
    """
    last = _LAST_MOMENT if until is None else until - 1
    if may(replace(caller, now=last), operation, securable):
        return
    end = _end_of_tenure(caller, operation, securable)
    shown = datetime.fromtimestamp(end // 1000, UTC).isoformat().replace("+00:00", "Z")
    place = repr(str(securable.full_name)) if securable.full_name.parts else "the metastore"
    msg = f"Permission denied: you manage {place} until {shown}; what you give may not last longer"
    raise PermissionDeniedError(msg, privilege=Privilege.MANAGE)


def _end_of_tenure(caller: Caller, operation: Operation, securable: Securable) -> int:
    """Return when the caller's right to an operation ends, as it does with one of its grants."""
    ends = caller.session.execute(
        select(grants.c.expires_at)
        .where(
            grants.c.securable_id.in_([*securable.chain, METASTORE_ID]),
            grants.c.principal_id.in_(caller.principals),
            grants.c.expires_at > caller.now,
        )
        .distinct()
        .order_by(grants.c.expires_at)
    ).scalars()
    return next(int(end) for end in ends if not may(replace(caller, now=end), operation, securable))
