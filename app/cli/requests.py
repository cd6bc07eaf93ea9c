"""``muniment request``: ask for access, and answer those who ask."""

from __future__ import annotations

import click

from app import access
from app.access import Approval, Wish
from app.cli.context import command
from app.cli.output import Duration, done, show
from app.db import all_items
from app.edge.services import Services
from app.identity import Caller
from app.securables import FullName, Kind


@click.group()
def request() -> None:
    """Requests for access."""


@command(request, "ask")
@click.argument("item", metavar="PRIVILEGE|role:NAME")
@click.argument("kind", metavar="KIND", type=click.Choice([kind.value for kind in Kind]))
@click.argument("name")
@click.option("--reason", default="", help="What it is for.")
@click.option("--for", "duration", type=Duration(), help="How long it is needed, such as 30d.")
def ask(
    caller: Caller,
    _services: Services,
    as_json: bool,
    item: str,
    kind: str,
    name: str,
    reason: str,
    duration: int | None,
) -> None:
    """Ask for a privilege on something that one sees."""
    wish = Wish(item, reason=reason, duration=duration)
    made = access.ask(caller, FullName.parse(name), wish, kind=Kind(kind))
    done(f"Asked: request {made}", as_json=as_json, id=made)


@command(request, "list")
@click.option("--own", is_flag=True, help="Those one has made, instead of those to answer.")
def list_requests(caller: Caller, _services: Services, as_json: bool, own: bool) -> None:
    """List the requests that one may answer."""
    listed = access.list_own_requests if own else access.list_decidable
    rows = [
        {
            "id": one.id,
            "principal": one.principal,
            "item": one.item,
            "on": f"{one.kind} {one.full_name}",
            "status": one.status.value,
            "reason": one.reason,
            "created_at": one.created_at,
        }
        for one in all_items(lambda token: listed(caller, token=token))
    ]
    show(rows, as_json=as_json)


@command(request, "approve")
@click.argument("request_id")
@click.option("--item", metavar="PRIVILEGE", help="Give this instead of what was asked for.")
@click.option("--for", "duration", type=Duration(), help="Give it for so long.")
@click.option("--comment", default="")
def approve(
    caller: Caller,
    _services: Services,
    as_json: bool,
    request_id: str,
    item: str | None,
    duration: int | None,
    comment: str,
) -> None:
    """Grant what was asked for, or less, or shorter."""
    expires = None if duration is None else caller.now + duration
    access.approve(caller, request_id, Approval(item, expires, comment))
    done(f"Approved {request_id}", as_json=as_json, id=request_id)


@command(request, "refuse")
@click.argument("request_id")
@click.option("--comment", default="")
def refuse(
    caller: Caller, _services: Services, as_json: bool, request_id: str, comment: str
) -> None:
    """Say no."""
    access.refuse(caller, request_id, comment)
    done(f"Refused {request_id}", as_json=as_json, id=request_id)
