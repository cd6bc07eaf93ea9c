"""The keys: what each protects, and the buttons that take that protection away and give it back."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from flask import Response, request

from app import keys, namespace
from app.access import Operation
from app.access.foresee import foresee
from app.artifacts import Stake, models_at_stake, preview_disable
from app.edge import Services, caller, services
from app.errors import MunimentError
from app.identity.principals import names_of
from app.keys import CustomerKey, KeyState
from app.securables import FullName, Securable
from app.web.blueprint import next_address, web
from app.web.notices import done
from app.web.partials import render

_PAGE_SIZE = 50
_MOST_CATALOGS = 500
_FEW_FILES = 2_000
_MOST_DIGITS = 3
_SOME_MODELS = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeysPage:
    """A page of the keys that the reader may see."""

    keys: tuple[CustomerKey, ...]
    next_url: str
    may_create: bool


@dataclass(frozen=True, slots=True)
class KeyPage:
    """One key, the catalogs under it, and what becomes unreadable with it, some models by name."""

    key: CustomerKey
    owner: str
    catalogs: tuple[Securable, ...]
    stakes: tuple[Stake, ...]
    models: tuple[Securable, ...]
    has_more_models: bool
    may_change: bool
    may_destroy: bool
    usual_wait: int
    shortest_wait: int = keys.SHORTEST_WAIT
    longest_wait: int = keys.LONGEST_WAIT

    @property
    def is_enabled(self) -> bool:
        """Whether the key opens and seals."""
        return self.key.state is KeyState.ENABLED


@web.get("/keys")
def list_keys() -> str:
    """List the keys."""
    token = request.args.get("page", "")
    found = keys.list_keys(caller(), page_token=token, limit=_PAGE_SIZE)
    page = KeysPage(
        keys=tuple(found.items),
        next_url=next_address("web.list_keys", found.next_token),
        may_create=Operation.KEY_CREATE in foresee(caller(), None, Operation.KEY_CREATE),
    )
    return render("keys.html", page=page)


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
    """Give a key a new version; what is under the old ones is re-wrapped, at once if it is little.

    Otherwise housekeeping does it within minutes.
    """
    keys.rotate_key(caller(), services().vault.key_ring, name)
    if keys.count_outdated(caller().session) > _FEW_FILES:
        return done("key-rotated", "web.show_key", name=name)
    caller().session.after_commit(partial(_rewrap, services()))
    return done("key-rewrapped", "web.show_key", name=name)


@web.post("/keys/<catalog:name>/destroy")
def schedule_destroy_key(name: FullName) -> Response:
    """Make a key useless, and due for destruction; its name typed again confirms it."""
    days = request.form.get("days", "") or str(services().settings.keys.waiting_days)
    waiting = int(days) if days.isdecimal() and len(days) <= _MOST_DIGITS else 0
    keys.schedule_destroy(caller(), name, request.form.get("confirmation", ""), waiting)
    return done("key-doomed", "web.show_key", name=name)


@web.post("/keys/<catalog:name>/keep")
def keep_key(name: FullName) -> Response:
    """Take the destruction of a key back while it is only due."""
    keys.cancel_destroy(caller(), name)
    return done("key-kept", "web.show_key", name=name)


@web.post("/keys/<catalog:name>/catalogs")
def bind_key(name: FullName) -> Response:
    """Put a catalog under a key."""
    catalog = FullName.parse(request.form.get("catalog", ""), levels=1, field="catalog")
    keys.bind_key(caller(), catalog, name)
    return done("key-bound", "web.show_key", name=name)


def _rewrap(found: Services) -> None:
    try:
        keys.rewrap_outdated(found.database, found.vault.key_ring)
    except MunimentError:
        _log.exception("Re-wrapping after a rotation was cut short; housekeeping goes on with it")


def _key_page(name: FullName) -> KeyPage:
    key = keys.get_key(caller(), name)
    ways = foresee(caller(), key.id, Operation.KEY_UPDATE, Operation.KEY_DESTROY)
    catalogs = namespace.list_catalogs(caller(), limit=_MOST_CATALOGS).items
    models = models_at_stake(caller(), name, _SOME_MODELS + 1)
    return KeyPage(
        key=key,
        owner=names_of(caller().session, [key.owner_id]).get(key.owner_id, ""),
        catalogs=tuple(catalog for catalog in catalogs if catalog.id in key.catalog_ids),
        stakes=tuple(preview_disable(caller(), name)),
        models=tuple(models[:_SOME_MODELS]),
        has_more_models=len(models) > _SOME_MODELS,
        may_change=Operation.KEY_UPDATE in ways,
        may_destroy=Operation.KEY_DESTROY in ways and not key.is_default,
        usual_wait=services().settings.keys.waiting_days,
    )
