"""What a route says of itself; saying nothing means: signed in, with a small JSON body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, current_app, request

View = TypeVar("View", bound=Callable[..., Any])

_PAGES = "muniment_pages"
_SCRIPTED = "muniment_scripted"
_TAKES_SESSION = "muniment_takes_session"
_PUBLIC = "muniment_public"
_STREAMS = "muniment_streams"
_JSON_BYTES = "muniment_json_bytes"


def public(view: View) -> View:
    """Mark a view that needs no caller; a test holds the list of these."""
    setattr(view, _PUBLIC, True)
    return view


def streams_body(view: View) -> View:
    """Mark a view that reads its body as a stream, so that the limit on JSON does not apply."""
    setattr(view, _STREAMS, True)
    return view


def takes_json(limit: int) -> Callable[[View], View]:
    """Mark a view whose JSON may be of so many bytes, if the limit on all others is lower."""

    def mark(view: View) -> View:
        setattr(view, _JSON_BYTES, limit)
        return view

    return mark


def pages(blueprint: Blueprint) -> Blueprint:
    """Mark a blueprint of pages: the browser's session counts there."""
    setattr(blueprint, _PAGES, True)
    setattr(blueprint, _TAKES_SESSION, True)
    return blueprint


def scripted(blueprint: Blueprint) -> Blueprint:
    """Mark a blueprint that the scripts of a foreign page call with the browser's session.

    They know no token of our forms: where their browser says they come from stands for it.
    """
    setattr(blueprint, _SCRIPTED, True)
    setattr(blueprint, _TAKES_SESSION, True)
    return blueprint


def is_public(view: Callable[..., Any] | None) -> bool:
    """Tell whether a view may be called without a credential."""
    return getattr(view, _PUBLIC, False)


def streams(view: Callable[..., Any] | None) -> bool:
    """Tell whether a view reads its body as a stream."""
    return getattr(view, _STREAMS, False)


def own_json_limit() -> int:
    """Return how many bytes of JSON the view of this request says it takes; 0 if nothing."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, _JSON_BYTES, 0)


def is_page() -> bool:
    """Tell whether the request is for a page rather than for an API."""
    return _is_marked(_PAGES)


def is_scripted() -> bool:
    """Tell whether the request is for an API that scripts of a page call."""
    return _is_marked(_SCRIPTED)


def takes_session() -> bool:
    """Tell whether the browser's session counts for the request."""
    return _is_marked(_TAKES_SESSION)


def _is_marked(mark: str) -> bool:
    return getattr(current_app.blueprints.get(request.blueprint or ""), mark, False)
