"""Browsers: Flask-Login over server-side sessions, and the check that a form came from our page.

The cookie holds a random secret that opens a row; ending the row ends the session everywhere.
"""

from __future__ import annotations

import hmac

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask_login import LoginManager, current_user

from app.access import Operation, permit_self
from app.db import Effect
from app.edge.marks import is_scripted, takes_session
from app.edge.services import services
from app.errors import PermissionDeniedError, UnauthenticatedError
from app.identity import Caller
from app.identity.authentication import Authenticated
from app.identity.browser_sessions import (
    BrowserSession,
    choose,
    delete_browser_session,
    find_browser_session,
    insert_browser_session,
    touch_browser_session,
)

COOKIE = "muniment_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME_ORIGIN = "same-origin"
_OWN_SITES = frozenset({_SAME_ORIGIN, "none"})


class BrowserUser:
    """What Flask-Login calls a user: somebody with a living browser session."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, session: BrowserSession) -> None:
        self.session = session
        self.authenticated: Authenticated = session.authenticated

    def get_id(self) -> str:
        """Return the principal's id."""
        return str(self.authenticated.principal.id)


def install(app: Flask) -> None:
    """Let pages of ``app`` be used with a browser's session."""
    manager = LoginManager(app)
    manager.session_protection = None  # our sessions are rows; nothing is kept in Flask's cookie
    manager.request_loader(_load)
    manager.unauthorized_handler(_to_sign_in)
    app.context_processor(lambda: {"csrf_token": csrf_token})


def authenticate_browser() -> Authenticated:
    """Return who the browser's session belongs to.

    Raises UnauthenticatedError without a living session, PermissionDeniedError for a change that
    cannot be shown to come from a page of this server.
    """
    if not current_user.is_authenticated:
        msg = "Sign in to see this page"
        raise UnauthenticatedError(msg)
    user: BrowserUser = current_user
    if request.method not in SAFE_METHODS:
        if is_scripted():
            _check_told_origin()
        else:
            _check_form_token(user)
    return user.authenticated


def check_origin() -> None:
    """Refuse a change that another site's page sent, whatever credential its browser added.

    Raises PermissionDeniedError.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site is not None and site not in _OWN_SITES
    host = request.host.lower()
    own = {f"http://{host}", f"https://{host}"}  # a proxy may have ended the TLS
    if foreign or (origin is not None and origin.lower() not in own):
        msg = "The request came from another site"
        raise PermissionDeniedError(msg)


def _check_form_token(user: BrowserUser) -> None:
    sent = request.form.get("csrf_token") or request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(sent.encode(), user.session.csrf.encode()):
        msg = "The form has expired: go back, reload the page and try again"
        raise PermissionDeniedError(msg)


def _check_told_origin() -> None:
    """Refuse a change of which no header says that a page of ours sent it.

    ``check_origin`` has refused the headers that say otherwise. Browsers send the one everywhere
    and the other where there is TLS or a loopback name; only no browser sends neither.
    """
    if "Origin" not in request.headers and request.headers.get("Sec-Fetch-Site") != _SAME_ORIGIN:
        msg = "The request does not say which page it came from"
        raise PermissionDeniedError(msg)


def browser_session() -> BrowserSession | None:
    """Return the living session of this request's browser, if it has one."""
    return current_user.session if current_user.is_authenticated else None


def chosen_workspace() -> str | None:
    """Return the id of the workspace that was chosen in this browser."""
    session = browser_session()
    return session.workspace_id if session else None


def csrf_token() -> str:
    """Return what forms of this session must send back."""
    session = browser_session()
    return session.csrf if session else ""


def start_browser_session(authenticated: Authenticated, response: Response) -> Response:
    """Sign a proven principal in: record it, and give the browser a session of its own."""
    made = g.caller
    permit_self(made, Operation.SESSION_CREATE)
    earlier = browser_session()
    if earlier is not None:
        delete_browser_session(made.session, earlier.secret_hash)
    secret = insert_browser_session(
        made.session, authenticated, address=made.request.address, now=made.now
    )
    response.set_cookie(
        COOKIE,
        secret,
        max_age=services().settings.security.session_max_hours * 3600,
        httponly=True,
        secure=_is_secure(),
        samesite="Lax",
        path="/",
    )
    return response


def end_browser_session(response: Response) -> Response:
    """Sign out: the session is dead everywhere at once."""
    permit_self(g.caller, Operation.SESSION_DELETE)
    session = browser_session()
    if session is not None:
        delete_browser_session(g.caller.session, session.secret_hash)
    response.delete_cookie(COOKIE, path="/")
    return response


def note_browser_use(caller: Caller) -> None:
    """Keep the caller's browser session from going idle, in the transaction of its events."""
    session = browser_session()
    if session is not None:
        caller.session.begin(Effect.READ)
        touch_browser_session(caller.session, session, caller.now)


def update_browser_session(*, workspace_id: str | None = None, theme: str | None = None) -> None:
    """Keep the workspace or theme that the caller chose."""
    permit_self(g.caller, Operation.SESSION_UPDATE)
    session = browser_session()
    if session is not None:
        choose(g.caller.session, session.secret_hash, workspace_id=workspace_id, theme=theme)


def _load(_request: object) -> BrowserUser | None:
    secret = request.cookies.get(COOKIE, "")
    if not secret or not takes_session():
        return None
    security = services().settings.security
    found = find_browser_session(g.session, secret, security, g.now)
    return BrowserUser(found) if found else None


def _is_secure() -> bool:
    wanted = services().settings.security.secure_cookies
    return request.is_secure if wanted == "auto" else wanted == "always"


def _to_sign_in() -> Response:
    target = request.full_path if request.method == "GET" else None
    return current_app.make_response(redirect(url_for("web.sign_in", next=target), 303))
