"""Oneself: workspaces, groups, tokens, password, colours."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request, url_for

from app import access, accounts, namespace
from app.access import Operation
from app.accounts import CreatedToken, Token
from app.edge import caller, services
from app.edge.browser import update_browser_session
from app.errors import InvalidParameterError
from app.identity import Principal
from app.namespace import Workspace
from app.web.blueprint import next_address, web
from app.web.clients import tracking_uri
from app.web.lives import life_of_form
from app.web.notices import done
from app.web.partials import render
from app.web.signin import safe_path, see_other

_THEMES = ("auto", "light", "dark")
_LIVES = (7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """What concerns the reader alone; ``created`` is a token just made, shown this once."""

    workspaces: tuple[Workspace, ...]
    groups: tuple[Principal, ...]
    tokens: tuple[Token, ...]
    next_url: str
    created: CreatedToken | None = None
    tracking_uri: str = ""
    lives: tuple[int, ...] = _LIVES


@web.get("/profile")
def show_profile() -> str:
    """Show the reader their own account."""
    return render("profile.html", page=_page())


@web.post("/profile/theme")
def choose_theme() -> Response:
    """Keep light or dark, or leave it to the system, for this browser session."""
    theme = request.form.get("theme", "")
    if theme not in _THEMES:
        msg = "Invalid value for theme: choose auto, light or dark"
        raise InvalidParameterError(msg, field="theme")
    update_browser_session(theme=theme)
    return see_other(safe_path(request.form.get("next", "")))


@web.post("/profile/workspace")
def choose_workspace() -> Response:
    """Work in another workspace from now on."""
    wanted = namespace.get_workspace(caller(), request.form.get("workspace", ""))
    update_browser_session(workspace_id=wanted.id)
    return done("workspace-chosen", "web.show_profile")


@web.post("/profile/tokens")
def create_token() -> str:
    """Make a token and show it, this once: its secret stands in no address and no log."""
    life, scope = life_of_form(_LIVES), request.form.get("scope")
    created = accounts.create_token(
        caller(),
        name=request.form.get("name", ""),
        scope=(scope,) if scope else None,
        expires_at=None if life is None else caller().now + life,
    )
    return render("profile.html", page=_page(created))


@web.post("/profile/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> Response:
    """Revoke one of the reader's tokens."""
    accounts.revoke_token(caller(), token_id)
    return done("token-revoked", "web.show_profile")


@web.post("/profile/password")
def change_password() -> Response:
    """Change the reader's password, which ends all their sessions."""
    old, new = request.form.get("old_password", ""), request.form.get("new_password", "")
    accounts.change_password(caller(), services().passwords, old, new)
    return see_other(url_for("web.sign_in"))


def _page(created: CreatedToken | None = None) -> ProfilePage:
    access.permit_self(caller(), Operation.PROFILE_READ)
    found = accounts.list_own_tokens(caller(), page_token=request.args.get("page", ""))
    return ProfilePage(
        workspaces=tuple(namespace.list_own_workspaces(caller())),
        groups=tuple(accounts.list_own_groups(caller())),
        tokens=tuple(found.items),
        next_url=next_address("web.show_profile", found.next_token),
        created=created,
        tracking_uri=tracking_uri(),
    )
