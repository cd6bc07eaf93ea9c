"""The first page: what awaits the reader, and where to go."""

from __future__ import annotations

from app import access
from app.access import Operation
from app.edge import caller
from app.web.blueprint import web
from app.web.partials import render


@web.get("/")
def show_home() -> str:
    """Show the first page."""
    access.permit_self(caller(), Operation.PROFILE_READ)
    return render("home.html")


@web.get("/keyboard")
def show_keyboard() -> str:
    """Show the short cuts."""
    access.permit_self(caller(), Operation.PROFILE_READ)
    return render("keyboard.html")
