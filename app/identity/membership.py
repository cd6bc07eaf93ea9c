"""Who is in which group: rows, and the closure of them that decisions read."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, text

from app.db import Page, Session, decode_token, encode_token
from app.errors import ConflictError, NotFoundError
from app.identity.caller import Principal, PrincipalKind
from app.identity.tables import closure, memberships, principals

MAX_PAGE = 1000
_LOCK = 0x6D756E67  # "mung"

_BELOW = """SELECT member_id AS id FROM group_closure WHERE group_id = :member
 UNION SELECT CAST(:member AS VARCHAR(32))"""
_ABOVE = """SELECT group_id AS id FROM group_closure WHERE member_id = :group
 UNION SELECT CAST(:group AS VARCHAR(32))"""

_CONNECT = text(f"""
INSERT INTO group_closure (member_id, group_id)
SELECT below.id, above.id FROM ({_BELOW}) AS below CROSS JOIN ({_ABOVE}) AS above WHERE true
ON CONFLICT DO NOTHING
""")  # noqa: S608 (constants only, as below)

_DISCONNECT = text(f"""
DELETE FROM group_closure WHERE member_id IN ({_BELOW}) AND group_id IN ({_ABOVE})
""")  # noqa: S608

_RECONNECT = text(f"""
WITH RECURSIVE up(member_id, group_id) AS (
 SELECT member_id, group_id FROM memberships WHERE member_id IN ({_BELOW})
 UNION
 SELECT up.member_id, above.group_id FROM up
 JOIN memberships AS above ON above.member_id = up.group_id)
INSERT INTO group_closure (member_id, group_id)
SELECT member_id, group_id FROM up WHERE group_id IN ({_ABOVE})
ON CONFLICT DO NOTHING
""")  # noqa: S608

_WOULD_CYCLE = text("SELECT 1 FROM group_closure WHERE member_id = :group AND group_id = :member")


def lock_groups(session: Session) -> None:
    """Wait until nobody else changes memberships; held until the open transaction ends.

    Two changes that are fine by themselves can make a cycle, or remove the last administrator,
    together. On SQLite the transaction is that lock already.
    """
    if not session.is_sqlite:
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def page_of_members(
    session: Session,
    group: Principal,
    *,
    effective: bool = False,
    page_token: str = "",
    limit: int = 100,
) -> Page[Principal]:
    """Return a page of the members of a group by name: the direct ones, or with ``effective`` all.

    Raises InvalidParameterError for a page token that is not of this list.
    """
    after, size = decode_token(page_token, 1) or [""], min(max(limit, 1), MAX_PAGE)
    table = closure if effective else memberships
    members = (
        select(principals.c.id, principals.c.kind, principals.c.name)
        .join(table, table.c.member_id == principals.c.id)
        .where(table.c.group_id == group.id, principals.c.name > str(after[0]))
        .order_by(principals.c.name)
        .limit(size + 1)
    )
    rows = session.execute(members).all()
    found = [Principal(row.id, PrincipalKind(row.kind), row.name) for row in rows[:size]]
    return Page(found, encode_token(found[-1].name) if len(rows) > size else "")


def add_membership(
    session: Session, group: Principal, member: Principal, *, now: int, added_by: str | None
) -> bool:
    """Put a principal into a group; return False if it was in it directly already.

    Raises ConflictError if ``group`` is no group, or would come to contain itself.
    """
    lock_groups(session)
    if group.kind is not PrincipalKind.GROUP:
        msg = f"{group.name!r} is not a group"
        raise ConflictError(msg, field="group")
    ends = {"group": group.id, "member": member.id}
    if group.id == member.id or session.execute(_WOULD_CYCLE, ends).first():
        msg = f"Group {group.name!r} would contain itself, through {member.name!r}"
        raise ConflictError(msg, field="member")
    if _is_direct(session, group, member):
        return False
    session.execute(
        insert(memberships),
        {"group_id": group.id, "member_id": member.id, "added_at": now, "added_by": added_by},
    )
    session.execute(_CONNECT, ends)
    return True


def remove_membership(session: Session, group: Principal, member: Principal) -> None:
    """Take a principal out of a group; what it reaches by other groups stays.

    Raises NotFoundError if it is not in it directly.
    """
    lock_groups(session)
    if not _is_direct(session, group, member):
        msg = f"{member.name!r} is not directly in group {group.name!r}"
        raise NotFoundError(msg, field="member")
    _disconnect(session, group.id, member.id)


def dissolve(session: Session, principal: Principal) -> None:
    """Take a principal out of all its groups and, if it is one, everybody out of it."""
    lock_groups(session)
    above = select(memberships.c.group_id).where(memberships.c.member_id == principal.id)
    for group_id in session.execute(above).scalars().all():
        _disconnect(session, group_id, principal.id)
    # Out of all groups, the pairs under it are exactly those that name it.
    ends = {"group": principal.id}
    session.execute(text("DELETE FROM group_closure WHERE group_id = :group"), ends)
    session.execute(text("DELETE FROM memberships WHERE group_id = :group"), ends)


def _disconnect(session: Session, group_id: str, member_id: str) -> None:
    ends = {"group": group_id, "member": member_id}
    session.execute(
        delete(memberships).where(
            memberships.c.group_id == group_id, memberships.c.member_id == member_id
        )
    )
    # What is above and below stays as it is while the pairs between the two are made anew.
    session.execute(_DISCONNECT, ends)
    session.execute(_RECONNECT, ends)


def _is_direct(session: Session, group: Principal, member: Principal) -> bool:
    row = select(memberships.c.added_at).where(
        memberships.c.group_id == group.id, memberships.c.member_id == member.id
    )
    return session.execute(row).first() is not None
