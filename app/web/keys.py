"""The keys: what each protects, and the buttons that take that protection away and give it back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import keys, namespace
from app.access import Operation
from app.access.foresee import foresee
from app.artifacts import Stake, preview_disable
from app.edge import caller, services
from app.identity.principals import names_of
from app.keys import CustomerKey, KeyState
from app.securables import FullName, Securable
from app.web.blueprint import web
from app.web.notices import done
from app.web.partials import render

_MOST_CATALOGS = 500


@dataclass(frozen=True, slots=True)
class KeysPage:
    """All keys that the reader may see."""

    keys: tuple[CustomerKey, ...]
    may_create: bool


@dataclass(frozen=True, slots=True)
class KeyPage:
    """One key, the catalogs under it, and what becomes unreadable with it."""

    key: CustomerKey
    owner: str
    catalogs: tuple[Securable, ...]
    stakes: tuple[Stake, ...]
    may_change: bool

    @property
    def is_enabled(self) -> bool:
        """Whether the key opens and seals."""
        return self.key.state is KeyState.ENABLED


@web.get("/keys")
def list_keys() -> str:
    """List the keys."""
    found = keys.list_keys(caller())
    may_create = Operation.KEY_CREATE in foresee(caller(), None, Operation.KEY_CREATE)
    return render("keys.html", page=KeysPage(tuple(found), may_create))


@web.post("/keys")
def create_key() -> Response:
    """Make a key."""
    name, comment = request.form.get("name", ""), request.form.get("comment", "")
    keys.create_key(caller(), services().vault.key_ring, name, comment=comment)
    return done("created", "web.show_key", name=FullName.of(name))


@web.get("/keys/<catalog:name>")
def show_key(name: FullName) -> str:
    """Show a key."""
    return render("key.html", page=_key_page(name))


@web.get("/keys/<catalog:name>/disable")
def preview_disable_key(name: FullName) -> str:
    """Show what nobody could read any more, before it is done."""
    return render("key_disable.html", page=_key_page(name))


@web.post("/keys/<catalog:name>/disable")
def disable_key(name: FullName) -> Response:
    """Disable a key."""
    keys.disable_key(caller(), name)
    return done("key-disabled", "web.show_key", name=name)


@web.post("/keys/<catalog:name>/enable")
def enable_key(name: FullName) -> Response:
    """Enable a key."""
    keys.enable_key(caller(), name)
    return done("key-enabled", "web.show_key", name=name)


@web.post("/keys/<catalog:name>/rotate")
def rotate_key(name: FullName) -> Response:
    """Give a key a new version; what is under the old ones is re-wrapped afterwards."""
    keys.rotate_key(caller(), services().vault.key_ring, name)
    return done("key-rotated", "web.show_key", name=name)


@web.post("/keys/<catalog:name>/catalogs")
def bind_key(name: FullName) -> Response:
    """Put a catalog under a key."""
    catalog = FullName.parse(request.form.get("catalog", ""), levels=1, field="catalog")
    keys.bind_key(caller(), catalog, name)
    return done("key-bound", "web.show_key", name=name)


def _key_page(name: FullName) -> KeyPage:
    key = keys.get_key(caller(), name)
    catalogs = namespace.list_catalogs(caller(), limit=_MOST_CATALOGS).items
    return KeyPage(
        key=key,
        owner=names_of(caller().session, [key.owner_id]).get(key.owner_id, ""),
        catalogs=tuple(catalog for catalog in catalogs if catalog.id in key.catalog_ids),
        stakes=tuple(preview_disable(caller(), name)),
        may_change=bool(foresee(caller(), key.id, Operation.KEY_UPDATE)),
    )
