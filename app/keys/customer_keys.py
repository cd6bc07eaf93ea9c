"""Make customer-managed keys, bind them to catalogs, and tell what they protect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, case, delete, func, insert, select

from app import access, audit, securables
from app.access import METASTORE, Operation
from app.crypto.errors import CryptoError
from app.db import Page, decode_token, encode_token
from app.errors import NotFoundError, PermissionDeniedError
from app.identity import Caller
from app.keys.ring import KeyRing, crypto_errors, require_enabled
from app.keys.states import KeyState
from app.keys.tables import catalog_keys, envelopes, key_versions, keys
from app.securables import METASTORE_ID, FullName, Kind, Securable, check_comment, check_name
from app.securables.tables import securables as spine

MAX_PAGE = 1000
_METASTORE_KEY = "metastore"


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a key; ``created_at`` in milliseconds since 1970 UTC."""

    version: int
    created_at: int


@dataclass(frozen=True, slots=True)
class CustomerKey:
    """A customer-managed key and what hangs on it.

    ``files`` and ``size`` (plaintext bytes) count each stored blob once per catalog; ``outdated``
    of the files still wait under an older version to be re-wrapped. ``catalog_ids`` are those that
    it was bound to; ``is_default`` means that it protects every catalog without a key of its own.
    Times are in milliseconds since 1970 UTC.
    """

    id: str
    name: str
    comment: str
    owner_id: str
    provider: str
    state: KeyState
    current_version: int
    created_at: int
    state_changed_at: int
    destroy_at: int | None
    files: int = 0
    size: int = 0
    outdated: int = 0
    is_default: bool = False
    catalog_ids: tuple[str, ...] = ()
    versions: tuple[KeyVersion, ...] = ()


def ensure_metastore_key(caller: Caller, key_ring: KeyRing) -> CustomerKey | None:
    """Make the key that protects whatever has no key of its own, if there is none yet.

    Raises as ``create_key``.
    """
    bound = select(catalog_keys.c.key_id).where(catalog_keys.c.catalog_id == METASTORE_ID)
    if caller.session.execute(bound).first() is not None:
        return None
    created = create_key(
        caller, key_ring, _METASTORE_KEY, comment="Protects every catalog without a key of its own"
    )
    _bind(caller, METASTORE_ID, created.id)
    return replace(created, is_default=True)


def create_key(caller: Caller, key_ring: KeyRing, name: str, *, comment: str = "") -> CustomerKey:
    """Make a key in the provider and a securable that stands for it, owned by the caller.

    Raises InvalidParameterError for a bad name or comment, AlreadyExistsError if it is taken,
    PermissionDeniedError without MANAGE on the metastore, UnavailableError if the provider does
    not answer.
    """
    check_name(name)
    check_comment(comment)
    metastore = access.obtain(caller, Operation.KEY_CREATE, METASTORE)
    added = securables.add(caller, Kind.KEY, metastore, name, comment=comment)
    caller.session.after_rollback(lambda: _discard_kek(key_ring, added.id))
    with crypto_errors():
        version = key_ring.provider.create_key(added.id)
    caller.session.execute(
        insert(keys),
        {
            "id": added.id,
            "provider": key_ring.provider_name,
            "kek_id": added.id,
            "state": KeyState.ENABLED,
            "current_version": version,
            "state_changed_at": caller.now,
            "state_changed_by": caller.principal.id,
        },
    )
    note_version(caller, added.id, version)
    audit.record(caller, Operation.KEY_CREATE, added, provider=key_ring.provider_name)
    return get_row(caller, added)


def bind_key(caller: Caller, catalog: FullName, name: FullName) -> CustomerKey:
    """Let a key protect what is stored in a catalog from now on.

    What is stored there already stays readable under the key that it has, until
    ``rewrap_outdated`` has moved it. The metastore itself (``METASTORE``) can be bound too.

    A key is there so that its owner can take the data away: nobody else moves data from under it.
    Raises KeyDisabledError unless the key is enabled, NotFoundError or PermissionDeniedError
    without MANAGE on both and on the key that was bound before.
    """
    operation = Operation.CATALOG_UPDATE if catalog.parts else Operation.KEY_CREATE
    bound = access.obtain(caller, operation, catalog)
    key = access.obtain(caller, Operation.KEY_BIND, name)
    # Locked, so that it is not disabled or doomed meanwhile.
    state = select(keys.c.state).where(keys.c.id == key.id).with_for_update(read=True)
    require_enabled(caller.session.execute(state).scalar_one())
    # Who binds another at the same moment waits, and then has to answer for this key too.
    securables.touch(caller, bound)
    _unbind(caller, bound, key)
    _bind(caller, bound.id, key.id)
    audit.record(caller, operation, key=str(key.full_name))
    audit.record(caller, Operation.KEY_BIND, key, catalog=str(bound.full_name))
    return get_row(caller, key)


def list_keys(
    caller: Caller, *, only_closed: bool = False, page_token: str = "", limit: int = 100
) -> Page[CustomerKey]:
    """Return a page of the keys that the caller may see, by name, without their versions.

    With ``only_closed`` of those that are not enabled. Raises InvalidParameterError for a page
    token that is not of this list.
    """
    after = decode_token(page_token, 1) or [""]
    size = min(max(limit, 1), MAX_PAGE)
    visible = access.visible(caller, Operation.KEY_READ, Kind.KEY)
    wanted = _rows(visible).where(spine.c.name > str(after[0]))
    if only_closed:
        wanted = wanted.where(keys.c.state != KeyState.ENABLED)
    rows = caller.session.execute(wanted.order_by(spine.c.name).limit(size + 1)).all()
    ids = [row.id for row in rows[:size]]
    stakes, bound = _stakes(caller, ids), _bound_catalogs(caller, ids)
    found = [_with_catalogs(_from_row(row, stakes.get(row.id)), bound) for row in rows[:size]]
    return Page(found, encode_token(found[-1].name) if len(rows) > size else "")


def get_key(caller: Caller, name: FullName) -> CustomerKey:
    """Return a key with its versions, and what it protects.

    Raises NotFoundError or PermissionDeniedError.
    """
    key = access.obtain(caller, Operation.KEY_READ, name)
    found = get_row(caller, key)
    versions = caller.session.execute(
        select(key_versions.c.version, key_versions.c.created_at)
        .where(key_versions.c.key_id == key.id)
        .order_by(key_versions.c.version)
    )
    return replace(
        _with_catalogs(found, _bound_catalogs(caller, [key.id])),
        versions=tuple(KeyVersion(row.version, row.created_at) for row in versions),
    )


def get_row(caller: Caller, key: Securable) -> CustomerKey:
    """Return the key of an obtained securable as it is now, with what it protects."""
    row = caller.session.execute(_rows(spine.c.id == key.id)).one()
    return _from_row(row, _stakes(caller, [key.id]).get(key.id))


def note_version(caller: Caller, key_id: str, version: int) -> None:
    """Remember when a version of a key began."""
    caller.session.execute(
        insert(key_versions),
        {
            "key_id": key_id,
            "version": version,
            "created_at": caller.now,
            "created_by": caller.principal.id,
        },
    )


def _unbind(caller: Caller, bound: Securable, successor: Securable) -> None:
    here = catalog_keys.c.catalog_id == bound.id
    key_id = caller.session.execute(select(catalog_keys.c.key_id).where(here)).scalar()
    if key_id is None or key_id == successor.id:
        return
    try:
        key = access.obtain(caller, Operation.KEY_UNBIND, str(key_id))
    except NotFoundError:
        msg = "What is stored here is under a key that you may not see; that takes MANAGE on it"
        raise PermissionDeniedError(msg) from None
    audit.record(caller, Operation.KEY_UNBIND, key, catalog=str(bound.full_name))


def _bind(caller: Caller, catalog_id: str, key_id: str) -> None:
    caller.session.execute(delete(catalog_keys).where(catalog_keys.c.catalog_id == catalog_id))
    caller.session.execute(
        insert(catalog_keys),
        {
            "catalog_id": catalog_id,
            "key_id": key_id,
            "bound_at": caller.now,
            "bound_by": caller.principal.id,
        },
    )


def _discard_kek(key_ring: KeyRing, kek_id: str) -> None:
    try:
        key_ring.provider.destroy_key(kek_id)
    except CryptoError:
        return  # It was never made, or the provider is away: nothing is wrapped under it.


def _rows(condition: ColumnElement[bool]) -> Any:
    return (
        select(keys, spine.c.name, spine.c.comment, spine.c.owner_id, spine.c.created_at)
        .join(spine, spine.c.id == keys.c.id)
        .where(condition)
    )


def _stakes(caller: Caller, key_ids: list[str]) -> dict[str, Row[Any]]:
    is_outdated = case((envelopes.c.kek_version < keys.c.current_version, 1), else_=0)
    rows = caller.session.execute(
        select(
            envelopes.c.key_id,
            func.count().label("files"),
            func.sum(envelopes.c.size).label("size"),
            func.sum(is_outdated).label("outdated"),
        )
        .join(keys, keys.c.id == envelopes.c.key_id)
        .where(envelopes.c.key_id.in_(key_ids))
        .group_by(envelopes.c.key_id)
    )
    return {row.key_id: row for row in rows}


def _bound_catalogs(caller: Caller, key_ids: list[str]) -> dict[str, list[str]]:
    bound: dict[str, list[str]] = {}
    statement = select(catalog_keys.c.key_id, catalog_keys.c.catalog_id)
    ordered = statement.where(catalog_keys.c.key_id.in_(key_ids)).order_by(
        catalog_keys.c.catalog_id
    )
    for row in caller.session.execute(ordered):
        bound.setdefault(row.key_id, []).append(row.catalog_id)
    return bound


def _with_catalogs(key: CustomerKey, bound: dict[str, list[str]]) -> CustomerKey:
    catalogs = bound.get(key.id, [])
    return replace(
        key,
        is_default=METASTORE_ID in catalogs,
        catalog_ids=tuple(each for each in catalogs if each != METASTORE_ID),
    )


def _from_row(row: Row[Any], stake: Row[Any] | None) -> CustomerKey:
    return CustomerKey(
        id=row.id,
        name=row.name,
        comment=row.comment,
        owner_id=row.owner_id,
        provider=row.provider,
        state=KeyState(row.state),
        current_version=row.current_version,
        created_at=row.created_at,
        state_changed_at=row.state_changed_at,
        destroy_at=row.destroy_at,
        files=stake.files if stake else 0,
        size=int(stake.size) if stake else 0,
        outdated=int(stake.outdated) if stake else 0,
    )
