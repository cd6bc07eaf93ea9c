"""The first page: what awaits the reader, and where to go."""

from __future__ import annotations

from collections.abc import Iterable
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
from app.registry import search_models, search_versions
from app.securables import FullName
from app.tracking.experiment_search import search_experiments
from app.tracking.values import Experiment, Search
from app.web.blueprint import web
from app.web.clients import tracking_uri
from app.web.partials import render

_FEW = 6
_SOME = 50
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class RecentModel:
    """A model with its newest version, None while it has none."""

    full_name: FullName
    version: int | None
    aliases: tuple[str, ...]
    updated_at: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The latest of several refusals that are alike, and how many there are."""

    event: Event
    count: int


@dataclass(frozen=True, slots=True)
class HomePage:
    """What awaits the reader; None where it is not for them.

    Who sees no model yet is shown the first steps, and an administrator those for a team.
    """

    waiting: tuple[AccessRequest, ...]
    models: tuple[RecentModel, ...]
    experiments: tuple[Experiment, ...]
    refused: tuple[Refused, ...] | None
    closed_keys: tuple[CustomerKey, ...]
    makes_keys: bool
    makes_people: bool
    tracking_uri: str


@web.get("/")
def show_home() -> str:
    """Show what is new for a data scientist, an administrator and an auditor alike."""
    access.permit_self(caller(), Operation.PROFILE_READ)
    ways: frozenset[Operation] = g.ways
    governs = Operation.KEY_CREATE in ways or Operation.AUDIT_READ in ways
    page = HomePage(
        waiting=tuple(list_decidable(caller(), limit=_FEW).items),
        models=_models(),
        experiments=tuple(search_experiments(caller(), Search(max_results=_FEW)).items),
        refused=_refused() if Operation.AUDIT_READ in ways else None,
        closed_keys=_closed_keys() if governs else (),
        makes_keys=Operation.KEY_CREATE in ways,
        makes_people=Operation.PRINCIPAL_CREATE in ways,
        tracking_uri=tracking_uri(),
    )
    return render("home.html", page=page)


@web.get("/keyboard")
def show_keyboard() -> str:
    """Show the short cuts."""
    access.permit_self(caller(), Operation.PROFILE_READ)
    return render("keyboard.html")


def _models() -> tuple[RecentModel, ...]:
    """Return the models whose versions changed last, or those there are while none has any."""
    newest: dict[str, RecentModel] = {}
    for one in search_versions(caller(), max_results=_SOME).items:
        recent = RecentModel(one.model_name, one.version, one.aliases, one.updated_at)
        newest.setdefault(one.model_id, recent)
    if newest:
        return tuple(newest.values())[:_FEW]
    found = search_models(caller(), max_results=_FEW).items
    return tuple(RecentModel(one.full_name, None, (), one.updated_at) for one in found)


def _refused() -> tuple[Refused, ...]:
    wanted = EventFilter(
        outcomes=(Outcome.DENIED, Outcome.HIDDEN, Outcome.FAILED), since=caller().now - _DAY
    )
    return _alike(list_events(caller(), wanted, limit=_SOME).items)[:_FEW]


def _alike(events: Iterable[Event]) -> tuple[Refused, ...]:
    """Return one line for all events of one outcome, principal, operation and securable."""
    lines: dict[tuple[object, ...], Refused] = {}
    for event in events:
        key = (event.outcome, event.principal_name, event.operation, event.securable_name)
        seen = lines.get(key)
        lines[key] = Refused(seen.event, seen.count + 1) if seen else Refused(event, 1)
    return tuple(lines.values())


def _closed_keys() -> tuple[CustomerKey, ...]:
    return tuple(keys.list_keys(caller(), only_closed=True, limit=_FEW).items)
