"""What a route says of itself; saying nothing means: signed in, with a small JSON body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, current_app, request

View = TypeVar("View", bound=Callable[..., Any])

_PUBLIC = "muniment_public"
_STREAMS = "muniment_streams"


def public(view: View) -> View:
    """Mark a view that needs no caller; a test holds the list of these."""
    setattr(view, _PUBLIC, True)
    return view


def streams_body(view: View) -> View:
    """Mark a view that reads its body as a stream, so that the limit on JSON does not apply."""
    setattr(view, _STREAMS, True)
    return view


def pages(blueprint: Blueprint) -> Blueprint:
    """Mark a blueprint of pages: the browser's session counts there, and only there."""
    blueprint.muniment_pages = True  # type: ignore[attr-defined]
    return blueprint


def is_public(view: Callable[..., Any] | None) -> bool:
    """Tell whether a view may be called without a credential."""
    return getattr(view, _PUBLIC, False)


def streams(view: Callable[..., Any] | None) -> bool:
    """Tell whether a view reads its body as a stream."""
    return getattr(view, _STREAMS, False)


def is_page() -> bool:
    """Tell whether the request is for a page rather than for an API."""
    blueprint = current_app.blueprints.get(request.blueprint or "")
    return getattr(blueprint, "muniment_pages", False)
