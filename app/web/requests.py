"""Ask for access, see what became of it, and decide what others ask for."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import access
from app.access import Privilege
from app.access.foresee import Lack
from app.access.requests import (
    AccessRequest,
    Approval,
    Wish,
    approve,
    ask,
    list_decidable,
    list_own_requests,
    refuse,
    withdraw,
)
from app.edge import caller
from app.identity.principals import names_of
from app.securables import Securable
from app.web.blueprint import address, next_address, web
from app.web.lives import life_of_form
from app.web.notices import done
from app.web.partials import render
from app.web.permissions import LIVES, end_of_form, target_of_form

_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class AskPage:
    """The form that asks for something on a securable; ``owner`` is who may give it."""

    place: Securable
    owner: str
    item: str
    privileges: tuple[Privilege, ...]
    roles: tuple[str, ...]
    lives: tuple[int, ...] = LIVES


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """What the reader may decide and what they asked for: a page of each, and where it goes on."""

    decidable: tuple[AccessRequest, ...]
    more_decidable: str
    own: tuple[AccessRequest, ...]
    more_own: str
    lives: tuple[int, ...] = LIVES


@web.app_template_filter("ask_url")
def ask_url(lack: Lack) -> str:
    """Return the address of the form that asks for what is lacking."""
    return address(
        "web.ask_for_access", kind=lack.kind.value, name=lack.full_name, item=lack.privilege.value
    )


@web.get("/access-requests/new")
def ask_for_access() -> str:
    """Show the form; kind and name, or id, and the item stand in the address."""
    if securable_id := request.args.get("id", ""):
        place = access.see(caller(), securable_id)
    else:
        kind, name = target_of_form()
        place = access.see(caller(), name, kind=kind)
    rules = access.policy().privileges.values()
    page = AskPage(
        place=place,
        owner=names_of(caller().session, [place.owner_id]).get(place.owner_id, ""),
        item=request.args.get("item", ""),
        privileges=tuple(rule.privilege for rule in rules if place.kind in rule.kinds),
        roles=tuple(access.policy().roles),
    )
    return render("ask.html", page=page)


@web.get("/access-requests")
def list_requests() -> str:
    """List what waits for the reader's decision, and what they asked for themselves.

    ``page`` goes on with the former, ``own`` with the latter.
    """
    decidable = list_decidable(caller(), token=request.args.get("page", ""), limit=_PAGE_SIZE)
    own = list_own_requests(caller(), token=request.args.get("own", ""), limit=_PAGE_SIZE)
    page = RequestsPage(
        decidable=tuple(decidable.items),
        more_decidable=next_address("web.list_requests", decidable.next_token),
        own=tuple(own.items),
        more_own=address("web.list_requests", own=own.next_token) if own.next_token else "",
    )
    return render("requests.html", page=page)


@web.post("/access-requests")
def create_request() -> Response:
    """Ask."""
    kind, name = target_of_form()
    wish = Wish(
        item=request.form.get("item", ""),
        reason=request.form.get("reason", ""),
        duration=life_of_form(LIVES),
    )
    ask(caller(), name, wish, kind=kind)
    return done("asked", "web.list_requests")


@web.post("/access-requests/<request_id>/approve")
def approve_request(request_id: str) -> Response:
    """Grant what was asked for, for as long or for less."""
    comment = request.form.get("comment", "")
    approve(caller(), request_id, Approval(expires_at=end_of_form(), comment=comment))
    return done("approved", "web.list_requests")


@web.post("/access-requests/<request_id>/refuse")
def refuse_request(request_id: str) -> Response:
    """Refuse what was asked for."""
    refuse(caller(), request_id, request.form.get("comment", ""))
    return done("refused", "web.list_requests")


@web.post("/access-requests/<request_id>/withdraw")
def withdraw_request(request_id: str) -> Response:
    """Take back what the reader asked for."""
    withdraw(caller(), request_id)
    return done("withdrawn", "web.list_requests")
