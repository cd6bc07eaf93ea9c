"""Take protection away and give it back: disable, enable, destroy after a waiting period."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from app import access, audit
from app.access import Operation
from app.errors import ConflictError, InvalidParameterError
from app.identity import Caller
from app.keys.customer_keys import CustomerKey, get_row
from app.keys.ring import KeyRing, crypto_errors
from app.keys.states import KeyState
from app.keys.tables import catalog_keys, keys
from app.securables import METASTORE_ID, FullName, Securable

SHORTEST_WAIT = 7
LONGEST_WAIT = 30
_DAY = 86_400_000


def disable_key(caller: Caller, name: FullName) -> CustomerKey:
    """Refuse every read and write of bytes under a key, from the next request on.

    Raises ConflictError if its destruction is pending or done, NotFoundError or
    PermissionDeniedError without MANAGE.
    """
    key = access.obtain(caller, Operation.KEY_UPDATE, name)
    _move(caller, key, {KeyState.ENABLED, KeyState.DISABLED}, KeyState.DISABLED)
    audit.record(caller, Operation.KEY_UPDATE, key, state=KeyState.DISABLED)
    return get_row(caller, key)


def enable_key(caller: Caller, name: FullName) -> CustomerKey:
    """Let a disabled key open and seal again. Raises as ``disable_key``."""
    key = access.obtain(caller, Operation.KEY_UPDATE, name)
    _move(caller, key, {KeyState.ENABLED, KeyState.DISABLED}, KeyState.ENABLED)
    audit.record(caller, Operation.KEY_UPDATE, key, state=KeyState.ENABLED)
    return get_row(caller, key)


def schedule_destroy(
    caller: Caller, name: FullName, confirmation: str, waiting_days: int
) -> CustomerKey:
    """Make a key unusable at once, and due for destruction after 7 to 30 days.

    Raises InvalidParameterError unless ``confirmation`` is the key's name once more,
    ConflictError for the metastore's own key or one that is destroyed, NotFoundError or
    PermissionDeniedError without MANAGE.
    """
    if not SHORTEST_WAIT <= waiting_days <= LONGEST_WAIT:
        raise InvalidParameterError(
            f"Invalid value for waiting_days: wait {SHORTEST_WAIT} to {LONGEST_WAIT} days",
            field="waiting_days",
        )
    key = access.obtain(caller, Operation.KEY_DESTROY, name)
    if confirmation != key.name:
        raise InvalidParameterError(
            "Invalid value for confirmation: type the name of the key again", field="confirmation"
        )
    destroy_at = caller.now + waiting_days * _DAY
    usable = {KeyState.ENABLED, KeyState.DISABLED}
    _move(caller, key, usable, KeyState.PENDING_DELETION, destroy_at=destroy_at)
    # Looked at last: who binds the key holds its row, so that this has waited for them.
    default = select(catalog_keys.c.key_id).where(
        catalog_keys.c.catalog_id == METASTORE_ID, catalog_keys.c.key_id == key.id
    )
    if caller.session.execute(default).first() is not None:
        raise ConflictError("The metastore needs this key: bind another to the metastore first")
    audit.record(
        caller, Operation.KEY_DESTROY, key, state=KeyState.PENDING_DELETION, destroy_at=destroy_at
    )
    return get_row(caller, key)


def cancel_destroy(caller: Caller, name: FullName) -> CustomerKey:
    """Keep a key whose destruction is pending; it is disabled then and can be enabled.

    Raises ConflictError if no destruction is pending, NotFoundError or PermissionDeniedError
    without MANAGE.
    """
    key = access.obtain(caller, Operation.KEY_DESTROY, name)
    _move(caller, key, {KeyState.PENDING_DELETION}, KeyState.DISABLED, destroy_at=None)
    audit.record(caller, Operation.KEY_DESTROY, key, state=KeyState.DISABLED)
    return get_row(caller, key)


def due_keys(caller: Caller) -> list[str]:
    """Return the ids of the keys whose waiting period is over, for ``destroy_key``."""
    rows = caller.session.execute(
        select(keys.c.id).where(
            keys.c.state == KeyState.PENDING_DELETION, keys.c.destroy_at <= caller.now
        )
    )
    return list(rows.scalars())


def destroy_key(caller: Caller, key_ring: KeyRing, key_id: str) -> CustomerKey:
    """Destroy a key that is due, and with it all that is under it: nobody can read that again.

    The provider destroys before this commits: a crash between the two leaves the key pending, and
    destroying it once more is no error.

    Raises ConflictError if the key is not due, UnavailableError if the provider does not answer.
    """
    key = access.obtain(caller, Operation.KEY_DESTROY, key_id)
    found = get_row(caller, key)
    if found.destroy_at is None or found.destroy_at > caller.now:
        raise ConflictError("The waiting period of this key is not over")
    _move(caller, key, {KeyState.PENDING_DELETION}, KeyState.DESTROYED)
    with crypto_errors():
        key_ring.provider.destroy_key(_kek_id(caller, key))
    audit.record(caller, Operation.KEY_DESTROY, key, state=KeyState.DESTROYED, files=found.files)
    return get_row(caller, key)


def _kek_id(caller: Caller, key: Securable) -> str:
    found: str = caller.session.execute(
        select(keys.c.kek_id).where(keys.c.id == key.id)
    ).scalar_one()
    return found


def _move(
    caller: Caller, key: Securable, sources: set[KeyState], target: KeyState, **values: Any
) -> None:
    moved = caller.session.execute(
        update(keys)
        .where(keys.c.id == key.id, keys.c.state.in_(sorted(sources)))
        .values(
            state=target,
            state_changed_at=caller.now,
            state_changed_by=caller.principal.id,
            **values,
        )
    )
    if moved.rowcount != 1:
        state = caller.session.execute(select(keys.c.state).where(keys.c.id == key.id)).scalar_one()
        what = state.replace("_", " ")
        raise ConflictError(f"Key {key.name!r} is {what}, so it cannot become {target.value}")
