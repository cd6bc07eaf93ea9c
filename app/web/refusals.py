"""What a page says when it refuses: where to sign in, what is missing, who can give it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app import errors
from app.edge.statuses import error_headers, http_error, report, status_of
from app.identity import Caller, Outcome
from app.securables import METASTORE_ID
from app.web.again import Entry, entries_to_correct
from app.web.blueprint import web
from app.web.partials import render
from app.web.signin import safe_path

_SEE_OTHER = 303
_UNCHANGED = "Nothing was changed"
_TITLES = {
    400: "That does not fit",
    403: "Not permitted",
    404: "Nothing here",
    405: "Not done this way",
    409: "Things stand differently",
    411: "Length missing",
    413: "Too large",
    429: "Too many attempts",
    500: "Something broke",
    501: "Not available",
    503: "Not answering",
}


@dataclass(frozen=True, slots=True)
class RefusalPage:
    """An error as a page; with ``entries`` it is a form to correct and send again."""

    status: int
    title: str
    message: str
    privilege: str = ""
    ask_url: str = ""
    grantors: tuple[str, ...] = ()
    request_id: str = ""
    back_url: str = ""
    entries: tuple[Entry, ...] = ()

    @property
    def names_a_field(self) -> bool:
        """Whether the message is said beside the field that it is about."""
        return any(entry.is_wrong for entry in self.entries)

    @property
    def about(self) -> str:
        """What the form is about and does not let one correct: a grant's item and securable."""
        kept = {entry.name: entry.value for entry in self.entries if entry.is_hidden}
        return " on ".join(kept[name] for name in ("item", "name") if name in kept)


@web.errorhandler(errors.UnauthenticatedError)
def ask_to_sign_in(_error: errors.UnauthenticatedError) -> ResponseReturnValue:
    """Lead an anonymous reader to the sign-in, and back afterwards."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("web.sign_in", next=wanted)
    if request.headers.get("HX-Request") == "true":
        return "", 401, {"HX-Redirect": address}
    return redirect(address, _SEE_OTHER)


@web.errorhandler(HTTPException)
def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Show what Flask refuses."""
    status = error.code or 500
    page = RefusalPage(status, _title(status), error.description or "")
    return render("refusal.html", page=page), status


@web.app_errorhandler(404)
def show_unknown_address(error: HTTPException) -> ResponseReturnValue:
    """Show a person who mistyped an address a page, and a program JSON."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        return http_error(error)
    return show_http_error(error)


@web.errorhandler(Exception)
def show_error(error: Exception) -> ResponseReturnValue:
    """Show any other refusal; what is hidden and what is absent look the same."""
    known = report(error)
    status = status_of(known)
    privilege = getattr(known, "privilege", None) or ""
    entries = entries_to_correct(known)
    page = RefusalPage(
        status=status,
        title=_UNCHANGED if entries else _title(status),
        message=known.message,
        privilege=privilege,
        ask_url=_ask_url(privilege),
        grantors=getattr(known, "grantors", ()),
        request_id=g.get("request_id", ""),
        back_url=_back_url(),
        entries=entries,
    )
    return render("refusal.html", page=page), status, error_headers(known)


def _ask_url(privilege: str) -> str:
    """Return where to ask for what was missing, on what the request was about."""
    made: Caller | None = g.get("caller")
    if made is None or not privilege or not made.ledger.entries:
        return ""
    entry = made.ledger.entries[-1]
    is_asked_elsewhere = entry.securable_id == METASTORE_ID or entry.operation.startswith("key.")
    if entry.outcome is not Outcome.DENIED or is_asked_elsewhere:
        return ""
    return url_for("web.ask_for_access", id=entry.securable_id, item=privilege)


def _back_url() -> str:
    """Return the page of ours that a refused change was sent from, if it can be shown again."""
    came_from = urlsplit(request.referrer or "")
    ways = current_app.create_url_adapter(request)
    if request.method != "POST" or came_from.netloc != request.host or ways is None:
        return ""
    if not ways.test(came_from.path, "GET"):
        return ""
    return safe_path(f"{came_from.path}?{came_from.query}".rstrip("?"))


def _title(status: int) -> str:
    return _TITLES.get(status, "Refused")
