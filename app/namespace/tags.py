"""Tags: names with a value on any securable, to find it by and to tell what it is."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from app import access, audit, securables
from app.access import Operation
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.securables import FullName, Kind, Securable
from app.securables.tables import tags

_MAX_NAME = 250
_MAX_VALUE = 5000


def tags_of(caller: Caller, securable: Securable) -> dict[str, str]:
    """Return the tags of a securable in hand, by name."""
    rows = caller.session.execute(
        select(tags.c.tag_name, tags.c.value)
        .where(tags.c.securable_id == securable.id)
        .order_by(tags.c.tag_name)
    )
    return {row.tag_name: row.value for row in rows}


def set_tags(
    caller: Caller, kind: Kind, target: FullName | str, new: Mapping[str, str]
) -> Securable:
    """Set tags of a securable, named by its full name or id; others stay.

    Raises PermissionDeniedError without APPLY TAG, InvalidParameterError for a bad name or value.
    """
    securable = access.obtain(caller, Operation.TAG_SET, target, kind=kind)
    for name, value in new.items():
        _check(name, value)
    if new:
        securables.touch(caller, securable)
    theirs = (tags.c.securable_id == securable.id) & tags.c.tag_name.in_(list(new))
    caller.session.execute(delete(tags).where(theirs))
    rows = [
        {
            "securable_id": securable.id,
            "tag_name": name,
            "value": value,
            "set_at": caller.now,
            "set_by": caller.principal.id,
        }
        for name, value in new.items()
    ]
    if rows:
        caller.session.execute(insert(tags), rows)
    audit.record(caller, Operation.TAG_SET, set=dict(new))
    return securable


def delete_tag(caller: Caller, kind: Kind, target: FullName | str, name: str) -> Securable:
    """Delete a tag of a securable. Raises NotFoundError if it has none of the name."""
    securable = access.obtain(caller, Operation.TAG_SET, target, kind=kind)
    theirs = (tags.c.securable_id == securable.id) & (tags.c.tag_name == name)
    if caller.session.execute(delete(tags).where(theirs)).rowcount == 0:
        msg = f"{securable.full_name} has no tag {name[:80]!r}"
        raise NotFoundError(msg, field="tag")
    securables.touch(caller, securable)
    audit.record(caller, Operation.TAG_SET, deleted=name)
    return securable


def _check(name: str, value: str) -> None:
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        msg = f"Invalid value for tag: a name has 1 to {_MAX_NAME} printable characters"
    elif len(value) > _MAX_VALUE or "\0" in value:
        msg = f"Invalid value for tag: a value has up to {_MAX_VALUE} characters, no NUL"
    else:
        return
    raise InvalidParameterError(msg, field="tag")
