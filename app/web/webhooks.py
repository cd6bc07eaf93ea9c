"""Webhooks of the workspace: made, tried, switched off, and what became of their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, request

from app.edge import caller, services
from app.identity.principals import names_of
from app.lifecycle import webhooks
from app.lifecycle.webhooks import Delivery, NewWebhook, Webhook, WebhookChange, WebhookEvent
from app.web.blueprint import next_address, web
from app.web.notices import done
from app.web.partials import render

_PAGE_SIZE = 50
_MOST = 1_000
_EVENTS = tuple(WebhookEvent)


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    """The webhooks of a workspace, each with its latest delivery, and the form for another."""

    workspace: str
    webhooks: tuple[Webhook, ...]
    latest: Mapping[str, Delivery]
    events: tuple[WebhookEvent, ...] = _EVENTS


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One webhook with a page of its delivery log; ``maker`` is whose eyes it has.

    ``silence`` says why it is told of nothing, if so it is.
    """

    webhook: Webhook
    maker: str
    silence: str
    deliveries: tuple[Delivery, ...]
    next_url: str
    most_attempts: int
    events: tuple[WebhookEvent, ...] = _EVENTS


@web.app_template_filter("origin")
def origin_of(url: str) -> str:
    """Return where a URL leads without its path, which may be a secret of the receiver's."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@web.get("/webhooks")
def list_webhooks() -> str:
    """List the webhooks."""
    found = webhooks.list_webhooks(caller(), max_results=_MOST)
    workspace = caller().workspace
    page = WebhooksPage(
        workspace=workspace.name if workspace else "",
        webhooks=tuple(found.items),
        latest=webhooks.latest_deliveries(caller()),
    )
    return render("webhooks.html", page=page)


@web.post("/webhooks")
def create_webhook() -> Response:
    """Make a webhook."""
    form, parts = request.form, services()
    new = NewWebhook(
        name=form.get("name", ""),
        url=form.get("url", ""),
        events=_events_of_form(),
        description=_text_of_form("description"),
        secret=form.get("secret", ""),
    )
    made = webhooks.create_webhook(caller(), parts.vault.key_ring, parts.settings.webhooks, new)
    return done("created", "web.show_webhook", webhook_id=made.id)


@web.get("/webhooks/<webhook_id>")
def show_webhook(webhook_id: str) -> str:
    """Show a webhook and its delivery log."""
    found = webhooks.get_webhook(caller(), webhook_id)
    token = request.args.get("page", "")
    log = webhooks.list_deliveries(caller(), webhook_id, limit=_PAGE_SIZE, page_token=token)
    page = WebhookPage(
        webhook=found,
        maker=names_of(caller().session, [found.maker_id]).get(found.maker_id, ""),
        silence=webhooks.silence_of(caller().session, found, caller().now),
        deliveries=tuple(log.items),
        next_url=next_address("web.show_webhook", log.next_token, webhook_id=webhook_id),
        most_attempts=services().settings.webhooks.attempts,
    )
    return render("webhook.html", page=page)


@web.post("/webhooks/<webhook_id>")
def update_webhook(webhook_id: str) -> Response:
    """Change a webhook; an empty secret leaves the one that it has."""
    form = request.form
    change = WebhookChange(
        name=form.get("name", ""),
        url=form.get("url", ""),
        events=_events_of_form(),
        description=_text_of_form("description"),
        secret=form.get("secret") or None,
    )
    _change(webhook_id, change)
    return done("described", "web.show_webhook", webhook_id=webhook_id)


@web.post("/webhooks/<webhook_id>/off")
def switch_webhook_off(webhook_id: str) -> Response:
    """Send nothing to a webhook any more."""
    _change(webhook_id, WebhookChange(is_active=False))
    return done("webhook-off", "web.show_webhook", webhook_id=webhook_id)


@web.post("/webhooks/<webhook_id>/on")
def switch_webhook_on(webhook_id: str) -> Response:
    """Tell a webhook of what happens from now on."""
    _change(webhook_id, WebhookChange(is_active=True))
    return done("webhook-on", "web.show_webhook", webhook_id=webhook_id)


@web.post("/webhooks/<webhook_id>/test")
def try_webhook(webhook_id: str) -> Response:
    """Send an example of the webhook's first event."""
    parts = services()
    webhooks.try_webhook(caller(), parts.vault.key_ring, parts.settings.webhooks, webhook_id)
    return done("webhook-tried", "web.show_webhook", webhook_id=webhook_id)


@web.post("/webhooks/<webhook_id>/delete")
def delete_webhook(webhook_id: str) -> Response:
    """Delete a webhook with its log."""
    webhooks.delete_webhook(caller(), services().vault.key_ring, webhook_id)
    return done("deleted", "web.list_webhooks")


def _change(webhook_id: str, change: WebhookChange) -> None:
    parts = services()
    webhooks.update_webhook(
        caller(), parts.vault.key_ring, parts.settings.webhooks, webhook_id, change
    )


def _events_of_form() -> tuple[WebhookEvent, ...]:
    return tuple(WebhookEvent.parse(name) for name in request.form.getlist("events"))


def _text_of_form(name: str) -> str:
    """Return a text of several lines as it was typed: browsers send CR LF for each end of line."""
    return request.form.get(name, "").replace("\r\n", "\n")
