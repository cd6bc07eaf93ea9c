"""What every page is framed in: who reads it, where they work, and where they may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for

from app.access import Operation
from app.access.foresee import foresee
from app.edge.browser import browser_session
from app.identity import Caller
from app.web.blueprint import web
from app.web.mlflow_pages import MLFLOW_PAGES
from app.web.notices import current_notice

_GOVERNING = (
    Operation.AUDIT_READ,
    Operation.KEY_CREATE,
    Operation.PRINCIPAL_CREATE,
    Operation.PRINCIPAL_READ,
)
_OF_CATALOGS = ("catalog", "schema", "model", "version", "dataset", "trash")


@dataclass(frozen=True, slots=True)
class Link:
    """A way to somewhere; ``keys`` are its short cut."""

    label: str
    url: str
    current: bool = False
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The frame of one page.

    ``sees_people`` where names of people may lead to their pages, ``sees_log`` where an event may
    lead to others.
    """

    theme: str = "auto"
    name: str = ""
    workspace: str = ""
    here: str = "/"
    notice: str = ""
    nav: tuple[Link, ...] = ()
    sees_people: bool = False
    sees_log: bool = False


@web.before_request
def foresee_ways() -> None:
    """Find out where the reader may go, while the request's unit of work is whole."""
    g.ways = frozenset()
    made: Caller | None = g.get("caller")
    if made is not None:
        g.ways = foresee(made, None, *_GOVERNING)
        if made.workspace is not None:
            g.ways |= foresee(made, made.workspace.catalog_id, Operation.WEBHOOK_READ)


@web.app_context_processor
def add_layout() -> dict[str, Any]:
    """Give every template its frame."""
    return {"layout": _layout()}


def _layout() -> Layout:
    session = browser_session()
    theme = session.theme if session else "auto"
    made: Caller | None = g.get("caller")
    if made is None:
        return Layout(theme=theme)
    ways = g.get("ways", frozenset())
    return Layout(
        theme=theme,
        name=made.principal.name,
        workspace=made.workspace.name if made.workspace else "",
        here=request.full_path.rstrip("?") if request.method == "GET" else url_for("web.show_home"),
        notice=current_notice(),
        nav=_nav(ways),
        sees_people=Operation.PRINCIPAL_READ in ways,
        sees_log=Operation.AUDIT_READ in ways,
    )


def _nav(ways: frozenset[Operation]) -> tuple[Link, ...]:
    links = [
        _link("Catalogs", "web.list_catalogs", "g c", _OF_CATALOGS),
        _link(
            "Experiments",
            "web.list_experiments",
            "g e",
            ("experiment", "evaluation", "issue", "metric", "review", "run", "trace"),
        ),
    ]
    if current_app.extensions[MLFLOW_PAGES] is not None:
        links.append(_link("MLflow", "web.show_mlflow_pages", "g m", ("mlflow",)))
    if Operation.AUDIT_READ in ways:
        links.append(_link("Audit", "web.show_audit", "g a", ("audit",)))
    if ways & {Operation.AUDIT_READ, Operation.KEY_CREATE}:
        links.append(_link("Keys", "web.list_keys", "g k", ("key",)))
    if Operation.WEBHOOK_READ in ways:
        links.append(_link("Webhooks", "web.list_webhooks", "g w", ("webhook",)))
    if Operation.PRINCIPAL_READ in ways:
        links.append(_link("People", "web.list_people", "g p", ("people", "person", "workspaces")))
    return tuple(links)


def _link(label: str, endpoint: str, keys: str, words: tuple[str, ...]) -> Link:
    here = (request.endpoint or "").removeprefix("web.")
    about = here.split("_")
    current = any(word in about or f"{word}s" in about for word in words)
    return Link(label, url_for(endpoint), current=current, keys=keys)
