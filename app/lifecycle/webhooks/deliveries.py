"""Try a webhook out, and see what became of its deliveries."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, func, insert, or_, select

from app import access, audit
from app.access import Operation
from app.audit.tables import audit_events
from app.config import WebhookSettings
from app.db import Effect, Page, decode_token, encode_token
from app.db.metadata import new_id
from app.errors import InvalidParameterError
from app.identity import Caller
from app.keys import KeyRing
from app.lifecycle.webhooks.events import WebhookEvent
from app.lifecycle.webhooks.messages import EXAMPLES, to_body
from app.lifecycle.webhooks.outbox import prune
from app.lifecycle.webhooks.posting import Answer, Message, post
from app.lifecycle.webhooks.secrecy import open_secret
from app.lifecycle.webhooks.tables import webhook_deliveries, webhooks
from app.lifecycle.webhooks.values import Delivery, DeliveryState, Webhook
from app.lifecycle.webhooks.webhooks import find_webhook, in_workspace, obtain_place
from app.securables import Kind
from app.securables.tables import securables

MAX_PAGE = 1_000
_columns = webhook_deliveries.c


def try_webhook(
    caller: Caller,
    key_ring: KeyRing,
    settings: WebhookSettings,
    webhook_id: str,
    event: WebhookEvent | None = None,
) -> Answer:
    """Send an example of an event, the webhook's first if none is given, once and at once.

    It is sent while no transaction is open, tells nothing of any model, and is also sent where the
    webhook is switched off.

    Raises PermissionDeniedError without MANAGE on the workspace's catalog, NotFoundError if the
    workspace has no such webhook, InvalidParameterError if the settings do not admit its URL any
    more, KeyDisabledError if it is signed and the key that protects the secret is not enabled.
    """
    place = obtain_place(caller, Operation.WEBHOOK_TEST)
    webhook = find_webhook(caller, webhook_id)
    event = event or webhook.events[0]
    workspace = caller.workspace.name if caller.workspace else ""
    body = to_body(event, caller.now, EXAMPLES[event], workspace)
    message = Message(new_id(), caller.now // 1000, body)
    secret = None
    if webhook.sealed is not None:
        secret = open_secret(caller.session, key_ring, place.id, webhook.sealed)
    answer = post(webhook.url, message, secret, settings)
    _note(caller, webhook, message, event, answer)
    prune(caller.session, webhook.id, settings.kept)
    audit.record(caller, Operation.WEBHOOK_TEST, webhook=webhook.id, status=answer.status)
    return answer


def list_deliveries(
    caller: Caller, webhook_id: str, *, limit: int = 100, page_token: str = ""
) -> Page[Delivery]:
    """Return a page of a webhook's delivery log, newest first: of what the caller sees.

    What it may not see is not counted either, though the webhook's maker may have been told.
    Raises PermissionDeniedError without MANAGE on the workspace's catalog, NotFoundError if the
    workspace has no such webhook, InvalidParameterError for a token of another list.
    """
    position = decode_token(page_token, 1)
    obtain_place(caller, Operation.WEBHOOK_READ)
    find_webhook(caller, webhook_id)
    limit = max(1, min(limit, MAX_PAGE))
    statement = _select_seen(caller).where(_columns.webhook_id == webhook_id)
    if position is not None:
        if not isinstance(position[0], str):
            raise InvalidParameterError("Invalid value for page_token", field="page_token")
        statement = statement.where(_columns.id < position[0])
    rows = caller.session.execute(statement.order_by(_columns.id.desc()).limit(limit + 1)).all()
    more = encode_token(rows[limit - 1].id) if len(rows) > limit else ""
    return Page([_to_delivery(row) for row in rows[:limit]], more)


def latest_deliveries(caller: Caller) -> dict[str, Delivery]:
    """Return the latest delivery that the caller sees to each webhook, by the webhook's id.

    Raises PermissionDeniedError without MANAGE on the workspace's catalog.
    """
    obtain_place(caller, Operation.WEBHOOK_READ)
    seen = _select_seen(caller)
    newest = (
        seen.with_only_columns(func.max(_columns.id), maintain_column_froms=True)
        .where(_columns.webhook_id.in_(select(webhooks.c.id).where(in_workspace(caller))))
        .group_by(_columns.webhook_id)
    )
    rows = caller.session.execute(seen.where(_columns.id.in_(newest)))
    return {row.webhook_id: _to_delivery(row) for row in rows}


def _select_seen(caller: Caller) -> Select[Any]:
    kind = Kind.REGISTERED_MODEL
    seen = access.visible(caller, Operation.REGISTERED_MODEL_READ, kind, deleted=True)
    return (
        select(webhook_deliveries, audit_events.c.securable_name)
        .outerjoin(audit_events, audit_events.c.seq == _columns.event_seq)
        .outerjoin(securables, securables.c.id == audit_events.c.securable_id)
        .where(or_(_columns.event_seq.is_(None), seen))
    )


def _note(
    caller: Caller, webhook: Webhook, message: Message, event: WebhookEvent, answer: Answer
) -> None:
    state = DeliveryState.DELIVERED if answer.is_success else DeliveryState.FAILED
    caller.session.begin(Effect.READ)
    caller.session.execute(
        insert(webhook_deliveries),
        {
            "id": message.id,
            "webhook_id": webhook.id,
            "event": event.value,
            "happened_at": caller.now,
            "state": state.value,
            "attempts": 1,
            "tried_at": caller.now,
            "response_status": answer.status,
            "error": answer.error,
        },
    )


def _to_delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        event=row.event,
        happened_at=row.happened_at,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        tried_at=row.tried_at,
        response_status=row.response_status,
        error=row.error,
        is_test=row.event_seq is None,
        about=row.securable_name or "",
    )
