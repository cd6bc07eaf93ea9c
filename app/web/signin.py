"""Sign in and out."""

from __future__ import annotations

from flask import Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.edge import public
from app.edge.authentication import verify_password as prove
from app.edge.browser import check_origin, end_browser_session, start_browser_session
from app.edge.unit import admit
from app.errors import TooManyRequestsError, UnauthenticatedError
from app.web.blueprint import web
from app.web.partials import render

SEE_OTHER = 303
_SHOWN = 255


@web.get("/sign-in")
@public
def sign_in() -> str:
    """Show the form; ``next`` is where it leads."""
    return render("sign_in.html", next=_next(), name="", problem="")


@web.post("/sign-in")
@public
def open_session() -> ResponseReturnValue:
    """Start a browser session for a name and a password."""
    check_origin()
    name = request.form.get("name", "")
    try:
        proven = prove(g.session, name, request.form.get("password", ""), g.now)
    except UnauthenticatedError:
        return _again(name, "That name and password do not go together."), 401
    except TooManyRequestsError as error:
        retry = {"Retry-After": str(error.retry_after)}
        return _again(name, error.message), 429, retry
    admit(proven)
    return start_browser_session(proven, see_other(_next()))


@web.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the browser session."""
    return end_browser_session(see_other(url_for("web.sign_in")))


def see_other(address: str) -> Response:
    """Return the redirect that follows a change."""
    return current_app.make_response(redirect(address, SEE_OTHER))


def safe_path(wanted: str) -> str:
    """Return a path to go on to: one of ours, whatever was asked for."""
    # One slash and then neither another nor what browsers take for one: there is no host in it.
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if is_path and wanted.isprintable() else url_for("web.show_home")


def _again(name: str, problem: str) -> str:
    return render("sign_in.html", next=_next(), name=name[:_SHOWN], problem=problem)


def _next() -> str:
    return safe_path(request.values.get("next", ""))
