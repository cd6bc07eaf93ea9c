"""Who holds what on a securable, by which grant, until when; and the forms that change it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from flask import Response, request

from app import access, namespace
from app.access import Grant, Operation, Privilege, Terms
from app.access.decisions import read_operation
from app.access.foresee import foresee
from app.access.requests import AccessRequest, list_decidable
from app.edge import caller
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Principal
from app.identity.principals import names_of
from app.namespace import Able
from app.securables import FullName, Kind, Securable
from app.web.blueprint import address, web
from app.web.lives import life_of_form
from app.web.notices import done
from app.web.objects import ObjectHead
from app.web.partials import render

_WAYS = (Operation.GRANT_CHANGE, Operation.GRANT_READ, Operation.OWNER_CHANGE)
_PAGES = {
    Kind.CATALOG: "web.show_catalog_permissions",
    Kind.SCHEMA: "web.show_schema_permissions",
    Kind.REGISTERED_MODEL: "web.show_model_permissions",
    Kind.EXPERIMENT: "web.show_experiment_permissions",
    Kind.TABLE: "web.show_dataset_permissions",
}
_CONTENT = {
    Kind.REGISTERED_MODEL: (Operation.MODEL_VERSION_LOAD, "load it"),
    Kind.EXPERIMENT: (Operation.RUN_READ, "read its runs"),
    Kind.TABLE: (Operation.TABLE_READ, "see it"),
}
_ABLE = "able"
LIVES = (1, 7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant as the page shows it; ``is_direct`` unless it was made above.

    Those from above that differ in nothing else are shown as one with several ``items``.
    """

    grant: Grant
    items: tuple[str, ...]
    is_direct: bool


@dataclass(frozen=True, slots=True)
class AblePage:
    """Who may do what one comes for, person by person: a page of them, and where it goes on."""

    operation: Operation
    people: tuple[Able, ...]
    next_url: str


@dataclass(frozen=True, slots=True)
class InVain:
    """A grant that opens nothing yet: to whom it was made, and what is missing on the way."""

    principal: Principal
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PermissionsPage:
    """What is held on a securable, with what may be granted on it.

    ``able`` is there where it was asked for instead, at ``able_url``; ``able_to`` says what.
    """

    place: Securable
    owner: str
    url: str
    able_url: str
    able_to: str
    able: AblePage | None
    in_vain: InVain | None
    grants: tuple[HeldGrant, ...]
    requests: tuple[AccessRequest, ...]
    may_change: bool
    may_see_all: bool
    may_transfer: bool
    privileges: tuple[Privilege, ...]
    roles: tuple[str, ...]
    lives: tuple[int, ...] = LIVES


@dataclass(frozen=True, slots=True)
class ObjectPermissionsPage:
    """Who holds what on an object that has tabs."""

    head: ObjectHead
    permissions: PermissionsPage


@web.get("/catalogs/<catalog:name>/permissions")
def show_catalog_permissions(name: FullName) -> str:
    """Show who holds what on a catalog."""
    return _show(name, Kind.CATALOG, Operation.CATALOG_READ)


@web.get("/schemas/<schema:name>/permissions")
def show_schema_permissions(name: FullName) -> str:
    """Show who holds what on a schema."""
    return _show(name, Kind.SCHEMA, Operation.SCHEMA_READ)


@web.get("/experiments/<object:name>/permissions")
def show_experiment_permissions(name: FullName) -> str:
    """Show who holds what on an experiment."""
    return _show(name, Kind.EXPERIMENT, Operation.EXPERIMENT_READ)


@web.post("/grants")
def grant() -> Response:
    """Grant a privilege or role."""
    kind, name = target_of_form()
    item, principal = request.form.get("item", ""), request.form.get("principal", "")
    terms = Terms(expires_at=end_of_form(), reason=request.form.get("reason", ""))
    access.grant(caller(), name, principal, item, kind=kind, terms=terms)
    return _done("granted", kind, name, to=principal)


@web.post("/grants/revoke")
def revoke() -> Response:
    """Take a grant back."""
    kind, name = target_of_form()
    item, principal = request.form.get("item", ""), request.form.get("principal", "")
    access.revoke(
        caller(), name, principal, item, kind=kind, effect=request.form.get("effect", "allow")
    )
    return _done("revoked", kind, name)


@web.post("/owners")
def transfer_owner() -> Response:
    """Make another principal the owner; the reader may not see the place any more afterwards."""
    kind, name = target_of_form()
    place = access.transfer_owner(caller(), name, request.form.get("owner", ""), kind=kind)
    if not access.may(caller(), read_operation(kind), place):
        return done("owner-changed", "web.show_home")
    return _done("owner-changed", kind, name)


def render_permissions(head: ObjectHead, place: Securable) -> str:
    """Return the tab that shows who holds what on an object in hand."""
    page = ObjectPermissionsPage(head, permissions_page(place))
    return render("object_permissions.html", page=page)


def permissions_page(place: Securable) -> PermissionsPage:
    """Return what the reader may know of the grants on a securable in hand."""
    able = _able_page(place) if request.args.get("show") == _ABLE else None
    found = access.grants_on(caller(), place) if able is None else []
    ways = foresee(caller(), place, *_WAYS)
    waiting = list_decidable(caller(), on=place.id).items if Operation.GRANT_CHANGE in ways else []
    rules = access.policy().privileges.values()
    url = address(_PAGES[place.kind], name=place.full_name)
    sees_able = Operation.GRANT_READ in ways and place.kind in _CONTENT
    return PermissionsPage(
        place=place,
        owner=names_of(caller().session, [place.owner_id]).get(place.owner_id, ""),
        url=url,
        able_url=f"{url}?show={_ABLE}" if sees_able else "",
        able_to=_CONTENT[place.kind][1] if sees_able else "",
        able=able,
        in_vain=_in_vain(place, request.args.get("to", "")) if sees_able else None,
        grants=tuple(_as_shown(found, place)),
        requests=tuple(waiting),
        may_change=Operation.GRANT_CHANGE in ways,
        may_see_all=Operation.GRANT_READ in ways,
        may_transfer=Operation.OWNER_CHANGE in ways,
        privileges=tuple(rule.privilege for rule in rules if place.kind in rule.kinds),
        roles=tuple(access.policy().roles),
    )


def _able_page(place: Securable) -> AblePage | None:
    """Return who may do what one comes for to a securable; None for one that is only a place."""
    if place.kind not in _CONTENT:
        return None
    operation, _ = _CONTENT[place.kind]
    token = request.args.get("page", "")
    found = namespace.list_able(caller(), operation, place, kind=place.kind, page_token=token)
    following = address(_PAGES[place.kind], name=place.full_name, show=_ABLE, page=found.next_token)
    return AblePage(operation, tuple(found.items), following if found.next_token else "")


def _in_vain(place: Securable, name: str) -> InVain | None:
    """Return what keeps somebody from using a grant just made, which USE on the way may do."""
    if not name:
        return None
    operation, _ = _CONTENT[place.kind]
    try:
        found = access.explain(caller(), name, operation, place, kind=place.kind)
    except NotFoundError:
        return None
    for branch in found.branches if not found.is_allowed else ():
        held, *way = branch.steps
        if held.is_met:
            lacking = tuple(step.condition for step in way if not step.is_met)
            return InVain(found.principal, lacking)
    return None


def _as_shown(found: Iterable[Grant], place: Securable) -> Iterable[HeldGrant]:
    """Yield a line for each grant made here, which can be revoked, and fewer for those above."""
    for _, alike in groupby(found, lambda grant: _line_of(grant, place)):
        first, *rest = alike
        items = tuple(one.item for one in (first, *rest))
        yield HeldGrant(first, items, is_direct=first.securable_id == place.id)


def _line_of(grant: Grant, place: Securable) -> tuple[object, ...]:
    about = (grant.securable_id, grant.principal.id, grant.effect, grant.expires_at)
    told = (grant.granted_by, grant.reason)
    return (*about, grant.item) if grant.securable_id == place.id else (*about, *told)


def target_of_form() -> tuple[Kind, FullName]:
    """Return the securable that a form, or an address, is about.

    Raises InvalidParameterError for a kind or name that none has.
    """
    try:
        kind = Kind(request.values.get("kind", ""))
    except ValueError:
        msg = "Invalid value for kind: there is no such kind"
        raise InvalidParameterError(msg, field="kind") from None
    levels = {Kind.CATALOG: 1, Kind.KEY: 1, Kind.SCHEMA: 2}.get(kind, 3)
    return kind, FullName.parse(request.values.get("name", ""), levels=levels)


def end_of_form() -> int | None:
    """Return when a grant is to end, from the number of days in a form; None: never."""
    life = life_of_form(LIVES)
    return None if life is None else caller().now + life


def _done(notice: str, kind: Kind, name: FullName, **more: str) -> Response:
    """Lead to who holds what on a securable, or to where it is if no page shows that."""
    if kind in _PAGES:
        return done(notice, _PAGES[kind], name=name, **more)
    if kind is Kind.KEY:
        return done(notice, "web.show_key", name=name)
    return done(notice, "web.show_schema", name=name.parent)


def _show(name: FullName, kind: Kind, operation: Operation) -> str:
    place = access.obtain(caller(), operation, name, kind=kind)
    return render("permissions.html", page=permissions_page(place))
