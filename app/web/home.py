"""The first page: what awaits the reader, and where to go."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

from app import access, keys
from app.access import Operation
from app.access.requests import AccessRequest, list_decidable
from app.audit.queries import Event, EventFilter
from app.edge import caller
from app.identity import Outcome
from app.keys import CustomerKey
from app.lifecycle.evidence import list_events
from app.registry import RegisteredModel, search_models
from app.tracking.experiment_search import search_experiments
from app.tracking.values import Experiment, Search
from app.web.blueprint import web
from app.web.partials import render

_FEW = 6
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class HomePage:
    """What awaits the reader; None where it is not for them."""

    waiting: tuple[AccessRequest, ...]
    models: tuple[RegisteredModel, ...]
    experiments: tuple[Experiment, ...]
    denials: tuple[Event, ...] | None
    closed_keys: tuple[CustomerKey, ...]


@web.get("/")
def show_home() -> str:
    """Show what is new for a data scientist, an administrator and an auditor alike."""
    access.permit_self(caller(), Operation.PROFILE_READ)
    ways: frozenset[Operation] = g.ways
    governs = Operation.KEY_CREATE in ways or Operation.AUDIT_READ in ways
    page = HomePage(
        waiting=tuple(list_decidable(caller(), limit=_FEW).items),
        models=tuple(search_models(caller(), max_results=_FEW).items),
        experiments=tuple(search_experiments(caller(), Search(max_results=_FEW)).items),
        denials=_denials() if Operation.AUDIT_READ in ways else None,
        closed_keys=_closed_keys() if governs else (),
    )
    return render("home.html", page=page)


@web.get("/keyboard")
def show_keyboard() -> str:
    """Show the short cuts."""
    access.permit_self(caller(), Operation.PROFILE_READ)
    return render("keyboard.html")


def _denials() -> tuple[Event, ...]:
    wanted = EventFilter(
        outcomes=(Outcome.DENIED, Outcome.HIDDEN, Outcome.FAILED), since=caller().now - _DAY
    )
    return tuple(list_events(caller(), wanted, limit=_FEW).items)


def _closed_keys() -> tuple[CustomerKey, ...]:
    return tuple(keys.list_keys(caller(), only_closed=True, limit=_FEW).items)
