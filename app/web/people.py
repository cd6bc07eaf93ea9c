"""People: users, groups and service principals, who is in what, and what each was granted."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import access, accounts
from app.access import Grant, Operation
from app.access.foresee import foresee
from app.accounts import Person
from app.db import Page
from app.edge import caller, services
from app.errors import InvalidParameterError
from app.identity import Principal, PrincipalKind
from app.web.blueprint import address, next_address, web
from app.web.notices import done
from app.web.partials import render, render_or_block

_PAGE_SIZE = 50
_MAKERS = {
    PrincipalKind.USER: accounts.create_user,
    PrincipalKind.GROUP: accounts.create_group,
    PrincipalKind.SERVICE_PRINCIPAL: accounts.create_service_principal,
}


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of principals."""

    q: str
    people: tuple[Person, ...]
    next_url: str
    may_change: bool
    kinds: tuple[PrincipalKind, ...] = tuple(PrincipalKind)


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A principal, its members if it is a group, and what was granted to it and its groups.

    Of both it holds a page, and where it goes on.
    """

    person: Person
    members: tuple[Principal, ...]
    more_members: str
    grants: tuple[Grant, ...]
    more_grants: str
    may_change: bool

    @property
    def is_group(self) -> bool:
        """Whether the principal has members instead of a password."""
        return self.person.principal.kind is PrincipalKind.GROUP


@web.get("/people")
def list_people() -> Response:
    """List the principals; ``q`` is a part of a name."""
    q = request.args.get("q", "").strip()
    found = accounts.list_principals(
        caller(), query=q, page_token=request.args.get("page", ""), limit=_PAGE_SIZE
    )
    page = PeoplePage(
        q=q,
        people=tuple(found.items),
        next_url=next_address("web.list_people", found.next_token, q=q),
        may_change=bool(foresee(caller(), None, Operation.PRINCIPAL_CREATE)),
    )
    return render_or_block("people.html", "people", page=page)


@web.post("/people")
def create_person() -> Response:
    """Create a user, group or service principal."""
    try:
        maker = _MAKERS[PrincipalKind(request.form.get("kind", ""))]
    except ValueError:
        msg = "Invalid value for kind: there is no such kind"
        raise InvalidParameterError(msg, field="kind") from None
    name, shown = request.form.get("name", ""), request.form.get("display_name", "")
    made = maker(caller(), name, display_name=shown)
    return done("created", "web.show_person", principal_id=made.id)


@web.get("/people/<principal_id>")
def show_person(principal_id: str) -> str:
    """Show a principal; ``page`` goes on with its members, ``grants`` with its grants."""
    person = accounts.get_principal(caller(), principal_id)
    members = _members(person, request.args.get("page", ""))
    grants = access.grants_of(caller(), principal_id, token=request.args.get("grants", ""))
    here = {"endpoint": "web.show_person", "principal_id": principal_id}
    page = PersonPage(
        person=person,
        members=tuple(members.items),
        more_members=address(**here, page=members.next_token) if members.next_token else "",
        grants=tuple(grants.items),
        more_grants=address(**here, grants=grants.next_token) if grants.next_token else "",
        may_change=bool(foresee(caller(), None, Operation.PRINCIPAL_UPDATE)),
    )
    return render("person.html", page=page)


@web.post("/people/<principal_id>/password")
def set_password(principal_id: str) -> Response:
    """Give a user a password."""
    password = request.form.get("password", "")
    accounts.set_password(caller(), services().passwords, principal_id, password)
    return done("described", "web.show_person", principal_id=principal_id)


@web.post("/people/<principal_id>/disable")
def disable_person(principal_id: str) -> Response:
    """Refuse all that a principal sends."""
    accounts.disable_principal(caller(), principal_id)
    return done("disabled", "web.show_person", principal_id=principal_id)


@web.post("/people/<principal_id>/enable")
def enable_person(principal_id: str) -> Response:
    """Let a principal in again."""
    accounts.enable_principal(caller(), principal_id)
    return done("enabled", "web.show_person", principal_id=principal_id)


@web.post("/people/<principal_id>/members")
def add_member(principal_id: str) -> Response:
    """Put somebody into a group."""
    accounts.add_member(caller(), principal_id, request.form.get("member", ""))
    return done("described", "web.show_person", principal_id=principal_id)


@web.post("/people/<principal_id>/members/remove")
def remove_member(principal_id: str) -> Response:
    """Take somebody out of a group."""
    accounts.remove_member(caller(), principal_id, request.form.get("member", ""))
    return done("described", "web.show_person", principal_id=principal_id)


def _members(person: Person, token: str) -> Page[Principal]:
    if person.principal.kind is not PrincipalKind.GROUP:
        return Page([])
    return accounts.list_members(caller(), person.principal.id, page_token=token, limit=_PAGE_SIZE)
