"""Webhooks (``mlflow/protos/webhooks.proto``: createWebhook … testWebhook)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller, services
from app.lifecycle import webhooks
from app.lifecycle.webhooks import NewWebhook, WebhookChange
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.tracking import dump_list
from app.protocols.mlflow.wire.webhooks import (
    CreateWebhook,
    ListWebhooks,
    TestWebhook,
    UpdateWebhook,
    dump_answer,
    dump_webhook,
    to_event,
    to_events,
    to_is_active,
)

_PAGE = 100


@api("POST", "webhooks")
def create_webhook() -> ResponseReturnValue:
    """Make a webhook of the caller's workspace."""
    wanted = CreateWebhook.read()
    new = NewWebhook(
        name=wanted["name"],
        url=wanted["url"],
        events=to_events(wanted["events"]),
        description=wanted["description"] or "",
        secret=wanted["secret"] or "",
        is_active=to_is_active(wanted["status"] or "ACTIVE"),
    )
    parts = services()
    made = webhooks.create_webhook(caller(), parts.vault.key_ring, parts.settings.webhooks, new)
    return jsonify({"webhook": dump_webhook(made)})


@api("GET", "webhooks")
def list_webhooks() -> ResponseReturnValue:
    """Answer a page of the workspace's webhooks."""
    wanted = ListWebhooks.read()
    size = wanted["max_results"]
    page = webhooks.list_webhooks(
        caller(), max_results=_PAGE if size is None else size, page_token=wanted["page_token"] or ""
    )
    dumped = [dump_webhook(webhook) for webhook in page.items]
    return jsonify(dump_list("webhooks", dumped, page.next_token))


@api("GET", "webhooks/<webhook_id>")
def get_webhook(webhook_id: str) -> ResponseReturnValue:
    """Answer a webhook, without its secret."""
    return jsonify({"webhook": dump_webhook(webhooks.get_webhook(caller(), webhook_id))})


@api("PATCH", "webhooks/<webhook_id>")
def update_webhook(webhook_id: str) -> ResponseReturnValue:
    """Change a webhook; an empty list of events is as good as none, as the client sends it."""
    wanted = UpdateWebhook.read()
    status = wanted["status"]
    change = WebhookChange(
        name=wanted["name"],
        url=wanted["url"],
        events=to_events(wanted["events"]) if wanted["events"] else None,
        description=wanted["description"],
        secret=wanted["secret"],
        is_active=None if status is None else to_is_active(status),
    )
    parts = services()
    changed = webhooks.update_webhook(
        caller(), parts.vault.key_ring, parts.settings.webhooks, webhook_id, change
    )
    return jsonify({"webhook": dump_webhook(changed)})


@api("DELETE", "webhooks/<webhook_id>")
def delete_webhook(webhook_id: str) -> ResponseReturnValue:
    """Delete a webhook."""
    webhooks.delete_webhook(caller(), services().vault.key_ring, webhook_id)
    return empty()


@api("POST", "webhooks/<webhook_id>/test")
def test_webhook(webhook_id: str) -> ResponseReturnValue:
    """Send an example to a webhook, and answer what became of it."""
    event = TestWebhook.read()["event"]
    parts = services()
    answer = webhooks.try_webhook(
        caller(),
        parts.vault.key_ring,
        parts.settings.webhooks,
        webhook_id,
        to_event(event, field="event") if event else None,
    )
    return jsonify({"result": dump_answer(answer)})
