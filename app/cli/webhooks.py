"""``muniment webhook``: see webhooks, try them, and read what became of their deliveries."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.cli.context import command, open_services, operator_options, working
from app.cli.output import done, show
from app.edge.services import Services
from app.identity import Caller
from app.lifecycle import webhooks
from app.lifecycle.webhooks import WebhookEvent

_MOST = 1_000


@click.group()
def webhook() -> None:
    """Webhooks of a workspace."""


@command(webhook, "list")
def list_webhooks(caller: Caller, _services: Services, as_json: bool) -> None:
    """List the webhooks of the workspace."""
    found = webhooks.list_webhooks(caller, max_results=_MOST)
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "url": one.url,
            "active": one.is_active,
            "signed": one.is_signed,
            "events": [event.value for event in one.events],
            "updated_at": one.updated_at,
        }
        for one in found.items
    ]
    show(rows, as_json=as_json)


@webhook.command("test")
@operator_options
@click.argument("webhook_id")
@click.option("--event", help="Send an example of this, instead of the webhook's first.")
def try_webhook(
    home: Path,
    as_name: str | None,
    workspace: str | None,
    as_json: bool,
    webhook_id: str,
    event: str | None,
) -> None:
    """Send an example to a webhook and tell what became of it; exit 1 if it was not taken."""
    services = open_services(home)
    with working(services, as_name=as_name, workspace=workspace) as caller:
        wanted = WebhookEvent.parse(event, field="event") if event else None
        answer = webhooks.try_webhook(
            caller, services.vault.key_ring, services.settings.webhooks, webhook_id, wanted
        )
    said = f"Delivered: {answer.status}" if answer.is_success else f"Failed: {answer.error}"
    done(said, as_json=as_json, success=answer.is_success, status=answer.status, error=answer.error)
    sys.exit(0 if answer.is_success else 1)


@command(webhook, "log")
@click.argument("webhook_id")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, _MOST))
def list_deliveries(
    caller: Caller, _services: Services, as_json: bool, webhook_id: str, limit: int
) -> None:
    """List the latest deliveries to a webhook, newest first."""
    found = webhooks.list_deliveries(caller, webhook_id, limit=limit)
    rows = [
        {
            "happened_at": one.happened_at,
            "event": one.event,
            "about": one.about or None,
            "state": one.state.value,
            "attempts": one.attempts,
            "status": one.response_status,
            "tried_at": one.tried_at,
            "error": one.error or None,
            "example": one.is_test,
            "id": one.id,
        }
        for one in found.items
    ]
    show(rows, as_json=as_json)
