"""The log: searched, shown with what decided, proved on request, and taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from flask import Response, current_app, request

from app.audit.queries import Event, EventFilter
from app.audit.walk import Verdict
from app.edge import caller, services
from app.errors import InvalidParameterError
from app.identity import Outcome
from app.identity.principals import with_names
from app.lifecycle.evidence import (
    ExportFormat,
    events_of,
    export_events,
    list_events,
    verify_log,
)
from app.securables import FullName
from app.web.blueprint import address, next_address, web
from app.web.datasets import dataset_head
from app.web.layout import Link
from app.web.models import model_head
from app.web.objects import ObjectHead
from app.web.partials import render, render_or_block

_PAGE_SIZE = 50
_DAY = 86_400_000
_RULES = {
    "absent": "there is no such thing",
    "anybody": "whoever is signed in may",
    "self": "concerns only themselves",
    "system": "done by the server itself",
    "visible": "a list of what they may see",
}
_VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Everything", {}),
    ("Refused", {"outcome": "denied"}),
    ("Failed", {"outcome": "failed"}),
    ("Models loaded", {"operation": "model_version.load"}),
    ("Files read", {"operation": "artifact.read"}),
    ("Grants", {"operation": "grant.change"}),
    ("Requests", {"operation": "access.*"}),
    ("Keys", {"operation": "key.*"}),
    ("Sign-ins", {"operation": "session.*"}),
)
_FORMATS = (
    (ExportFormat.JSON_LINES, "JSON Lines, which prove themselves"),
    (ExportFormat.CSV, "CSV"),
    (ExportFormat.OCSF, "OCSF"),
)
_MEDIA = {
    ExportFormat.JSON_LINES: "application/jsonl",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.OCSF: "application/jsonl",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An event with its details as text, and what decided in words and names of today."""

    event: Event
    details: str
    because: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks for, as it stands in the address."""

    principal: str
    operation: str
    securable: str
    outcome: str
    since: str
    until: str
    text: str
    request_id: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the log; ``verdict`` is what a verification that was just asked for has found."""

    asked: Asked
    lines: tuple[Line, ...]
    next_url: str
    sealed: int
    waiting: int
    verdict: Verdict | None
    views: tuple[Link, ...]
    outcomes: tuple[Outcome, ...] = tuple(Outcome)
    formats: tuple[tuple[ExportFormat, str], ...] = _FORMATS


@dataclass(frozen=True, slots=True)
class ObjectLogPage:
    """What happened to an object."""

    head: ObjectHead
    lines: tuple[Line, ...]
    next_url: str


@web.get("/audit")
def show_audit() -> Response:
    """Show the log, the newest first; the conditions stand in the address."""
    return render_or_block("audit.html", "events", page=_page())


@web.post("/audit/verify")
def verify_audit() -> str:
    """Compute the whole log anew and tell whether it is sound."""
    found = services()
    checkpoints = found.settings.checkpoints_dir
    verdict = verify_log(caller(), found.database, found.audit_keys, checkpoints)
    return render("audit.html", page=_page(verdict))


@web.post("/audit/export")
def export_audit() -> Response:
    """Send the log as a file."""
    wanted = request.form.get("format", ExportFormat.JSON_LINES.value)
    if wanted not in set(ExportFormat):
        msg = f"Invalid value for format: choose one of {', '.join(ExportFormat)}"
        raise InvalidParameterError(msg, field="format")
    chosen = ExportFormat(wanted)
    found = services()
    lines = export_events(caller(), found.database, found.audit_keys, chosen, EventFilter())
    response = current_app.response_class(lines, content_type=_MEDIA[chosen])
    suffix = "csv" if chosen is ExportFormat.CSV else "jsonl"
    response.headers["Content-Disposition"] = f'attachment; filename="muniment-log.{suffix}"'
    return response


@web.get("/models/<object:name>/log")
def show_model_log(name: FullName) -> str:
    """Show what happened to a model, to whoever may see its grants."""
    return _render_log(model_head(name, "Log"), "web.show_model_log")


@web.get("/datasets/<object:name>/log")
def show_dataset_log(name: FullName) -> str:
    """Show what happened to a data set, to whoever may see its grants."""
    return _render_log(dataset_head(name, "Log"), "web.show_dataset_log")


def _render_log(head: ObjectHead, endpoint: str) -> str:
    token = request.args.get("page", "")
    found = events_of(caller(), head.full_name, kind=head.kind, limit=_PAGE_SIZE, page_token=token)
    page = ObjectLogPage(
        head,
        _lines(found.items),
        next_address(endpoint, found.next_token, name=head.full_name),
    )
    return render("object_log.html", page=page)


def _page(verdict: Verdict | None = None) -> AuditPage:
    asked = Asked(**{name: request.args.get(name, "").strip() for name in Asked.__slots__})
    token = request.args.get("page", "")
    found = list_events(caller(), _wanted(asked), limit=_PAGE_SIZE, page_token=token)
    kept = {name: getattr(asked, name) for name in Asked.__slots__}
    waiting = sum(event.leaf_index is None for event in found.items)
    sealed = max((event.leaf_index or -1 for event in found.items), default=-1) + 1
    return AuditPage(
        asked=asked,
        lines=_lines(found.items),
        next_url=next_address("web.show_audit", found.next_token, **kept),
        sealed=sealed,
        waiting=waiting,
        verdict=verdict,
        views=_views({name: value for name, value in kept.items() if value}),
    )


def _wanted(asked: Asked) -> EventFilter:
    outcomes = tuple(outcome for outcome in Outcome if outcome == asked.outcome)
    until = _day(asked.until)
    return EventFilter(
        principal_name=asked.principal or None,
        operation=asked.operation or None,
        outcomes=outcomes,
        securable_name=asked.securable or None,
        request_id=asked.request_id or None,
        since=_day(asked.since),
        until=until + _DAY if until is not None else None,
        text=asked.text or None,
    )


def _day(text: str) -> int | None:
    """Return the beginning of a day given as YYYY-MM-DD, UTC; None for anything else."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        return None


def _views(asked: dict[str, str]) -> tuple[Link, ...]:
    """Return the questions that are asked most, each an address like any other."""
    return tuple(
        Link(label, address("web.show_audit", **wanted), current=wanted == asked)
        for label, wanted in _VIEWS
    )


def _lines(events: Sequence[Event]) -> tuple[Line, ...]:
    told = with_names(caller().session, [event.determined_by for event in events])
    return tuple(
        Line(event, _details(event), _RULES.get(because, because))
        for event, because in zip(events, told, strict=True)
    )


def _details(event: Event) -> str:
    return orjson.dumps(event.details, option=orjson.OPT_INDENT_2).decode()
