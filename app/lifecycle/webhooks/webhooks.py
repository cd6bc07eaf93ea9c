"""Make, see, change and delete webhooks. They belong to a workspace, and to whoever manages it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update

from app import access, audit
from app.access import Operation
from app.access.obtain import permit_list
from app.audit.queries import sealed_size
from app.config import WebhookSettings
from app.db import Page, decode_token, encode_token
from app.db.metadata import new_id
from app.errors import ConflictError, InvalidParameterError, NotFoundError
from app.identity import Caller
from app.keys import KeyRing
from app.lifecycle.webhooks.addresses import parse_url
from app.lifecycle.webhooks.events import WebhookEvent
from app.lifecycle.webhooks.outbox import give_up
from app.lifecycle.webhooks.secrecy import check_secret, seal_secret
from app.lifecycle.webhooks.tables import webhook_deliveries, webhooks
from app.lifecycle.webhooks.values import NewWebhook, Webhook, WebhookChange, to_webhook
from app.securables import Kind, Securable

MAX_WEBHOOKS = 100
MAX_PAGE = 1_000
_MAX_DESCRIPTION = 1_000
# mlflow/utils/validation.py: _WEBHOOK_NAME_REGEX.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
_READ_FOR_IT = (
    Operation.REGISTERED_MODEL_READ,
    Operation.MODEL_VERSION_READ,
    Operation.MODEL_VERSION_LOAD,
)
_columns = webhooks.c


def create_webhook(
    caller: Caller, key_ring: KeyRing, settings: WebhookSettings, new: NewWebhook
) -> Webhook:
    """Make a webhook of the caller's workspace, told of what happens from now on.

    It tells what the caller may see at each delivery, and nothing else.

    Raises PermissionDeniedError without MANAGE on the workspace's catalog or with a token too
    narrow to read models, InvalidParameterError for a bad value, ConflictError if the workspace has
    too many, KeyDisabledError unless the key that protects the catalog is enabled.
    """
    values = _checked(
        settings, WebhookChange(new.name, new.url, new.events, new.description, new.secret)
    )
    place = obtain_place(caller, Operation.WEBHOOK_CREATE)
    _check_scope(caller)
    _check_count(caller)
    values |= _seal(caller, key_ring, place, new.secret)
    values |= {"is_active": new.is_active}
    webhook_id = new_id()
    row = {"id": webhook_id, "workspace_id": _workspace_id(caller), "created_at": caller.now}
    row |= values | _renewed(caller) | _from_now(caller)
    caller.session.execute(insert(webhooks), row)
    audit.record(caller, Operation.WEBHOOK_CREATE, **_noted(webhook_id, values))
    return find_webhook(caller, webhook_id)


def get_webhook(caller: Caller, webhook_id: str) -> Webhook:
    """Return a webhook of the caller's workspace.

    Raises PermissionDeniedError without MANAGE on the workspace's catalog, NotFoundError if the
    workspace has no such webhook.
    """
    obtain_place(caller, Operation.WEBHOOK_READ)
    return find_webhook(caller, webhook_id)


def list_webhooks(caller: Caller, *, max_results: int = 100, page_token: str = "") -> Page[Webhook]:
    """Return a page of the workspace's webhooks, the oldest first.

    Raises PermissionDeniedError without MANAGE on the workspace's catalog, InvalidParameterError
    for a page of no or more than 1,000 webhooks, or a token of another list.
    """
    if not 1 <= max_results <= MAX_PAGE:
        msg = f"max_results must be between 1 and {MAX_PAGE}."
        raise InvalidParameterError(msg, field="max_results")
    position = decode_token(page_token, 1)
    obtain_place(caller, Operation.WEBHOOK_READ)
    statement = _select(caller).order_by(_columns.id).limit(max_results + 1)
    if position is not None:
        statement = statement.where(_columns.id > str(position[0]))
    found = [to_webhook(row) for row in caller.session.execute(statement)]
    more = encode_token(found[max_results - 1].id) if len(found) > max_results else ""
    return Page(found[:max_results], more)


def update_webhook(
    caller: Caller,
    key_ring: KeyRing,
    settings: WebhookSettings,
    webhook_id: str,
    change: WebhookChange,
) -> Webhook:
    """Change a webhook; from then on it tells what the caller may see, whoever made it.

    So nobody can turn another's webhook, and what that one may see, to an address of their own.
    Raises as ``create_webhook``, and NotFoundError if the workspace has no such webhook.
    """
    values = _checked(settings, change)
    place = obtain_place(caller, Operation.WEBHOOK_UPDATE)
    found = find_webhook(caller, webhook_id)
    _check_scope(caller)
    if change.secret is not None:
        _forget_secret(caller, key_ring, found)
        values |= _seal(caller, key_ring, place, change.secret)
    if change.is_active is not None:
        values |= {"is_active": change.is_active}
        values |= _from_now(caller) if change.is_active and not found.is_active else {}
    if change.is_active is False:
        give_up(caller.session, webhook_id)
    caller.session.execute(
        update(webhooks).where(_columns.id == webhook_id).values(**values, **_renewed(caller))
    )
    audit.record(caller, Operation.WEBHOOK_UPDATE, **_noted(webhook_id, values))
    return find_webhook(caller, webhook_id)


def delete_webhook(caller: Caller, key_ring: KeyRing, webhook_id: str) -> None:
    """Delete a webhook with its secret and its delivery log.

    Raises PermissionDeniedError without MANAGE on the workspace's catalog, NotFoundError if the
    workspace has no such webhook.
    """
    obtain_place(caller, Operation.WEBHOOK_DELETE)
    found = find_webhook(caller, webhook_id)
    _forget_secret(caller, key_ring, found)
    of_it = webhook_deliveries.c.webhook_id == webhook_id
    caller.session.execute(delete(webhook_deliveries).where(of_it))
    caller.session.execute(delete(webhooks).where(_columns.id == webhook_id))
    audit.record(caller, Operation.WEBHOOK_DELETE, webhook=webhook_id, name=found.name)


def obtain_place(caller: Caller, operation: Operation) -> Securable:
    """Return the catalog of the caller's workspace, on which webhooks are decided.

    Raises InvalidParameterError for a caller who works in no workspace.
    """
    if caller.workspace is None:
        msg = "Webhooks belong to a workspace, and you are in none"
        raise InvalidParameterError(msg, field="workspace")
    return access.obtain(caller, operation, caller.workspace.catalog_id, kind=Kind.CATALOG)


def in_workspace(caller: Caller) -> ColumnElement[bool]:
    """Return the condition that a webhook is of the caller's workspace."""
    return _columns.workspace_id == _workspace_id(caller)


def find_webhook(caller: Caller, webhook_id: str) -> Webhook:
    """Return a webhook of the workspace that was obtained; raises NotFoundError if it has none."""
    row = caller.session.execute(_select(caller).where(_columns.id == webhook_id)).first()
    if row is None:
        msg = f"Webhook with ID {webhook_id[:80]} not found."
        raise NotFoundError(msg, field="webhook_id")
    return to_webhook(row)


def _workspace_id(caller: Caller) -> str:
    return caller.workspace.id if caller.workspace else ""


def _select(caller: Caller) -> Select[Any]:
    return select(webhooks).where(in_workspace(caller))


def _check_scope(caller: Caller) -> None:
    """Refuse a token that could not itself read what the webhook will; it would outlive it."""
    for operation in _READ_FOR_IT:
        permit_list(caller, operation, Kind.REGISTERED_MODEL)


def _check_count(caller: Caller) -> None:
    count = select(func.count()).where(in_workspace(caller))
    if caller.session.execute(count).scalar_one() >= MAX_WEBHOOKS:
        msg = f"A workspace has up to {MAX_WEBHOOKS} webhooks"
        raise ConflictError(msg, field="workspace")


def _checked(settings: WebhookSettings, change: WebhookChange) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if change.name is not None:
        values["name"] = _check_name(change.name)
    if change.url is not None:
        parse_url(change.url, settings)
        values["url"] = change.url
    if change.events is not None:
        values["events"] = " ".join(_check_events(change.events))
    if change.description is not None:
        values["description"] = _check_description(change.description)
    check_secret(change.secret or "")
    return values


def _check_name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        msg = (
            f"Webhook name {name[:80]!r} is invalid. It must start and end with a letter or digit, "
            "be less than 63 characters long, and contain only letters, digits, dots (.), "
            "underscores (_), and hyphens (-)."
        )
        raise InvalidParameterError(msg, field="name")
    return name


def _check_events(events: Iterable[WebhookEvent]) -> list[str]:
    names = list(dict.fromkeys(event.value for event in events))
    if not names:
        msg = "Invalid value for events: a webhook is told of one event at least"
        raise InvalidParameterError(msg, field="events")
    return names


def _check_description(description: str) -> str:
    is_plain = all(sign.isprintable() or sign in "\n\t" for sign in description)
    if len(description) > _MAX_DESCRIPTION or not is_plain:
        msg = f"Invalid value for description: it is text of up to {_MAX_DESCRIPTION} characters"
        raise InvalidParameterError(msg, field="description")
    return description


def _seal(caller: Caller, key_ring: KeyRing, place: Securable, secret: str) -> dict[str, Any]:
    if not secret:
        return {"secret_id": None, "secret": None, "secret_size": None}
    sealed = seal_secret(caller.session, key_ring, place.id, check_secret(secret))
    return {
        "secret_id": sealed.id,
        "secret": sealed.ciphertext,
        "secret_size": sealed.size,
    }


def _forget_secret(caller: Caller, key_ring: KeyRing, webhook: Webhook) -> None:
    if webhook.sealed is not None:
        key_ring.forget(caller.session, webhook.sealed.id)


def _renewed(caller: Caller) -> dict[str, Any]:
    return {"maker_id": caller.principal.id, "updated_at": caller.now}


def _from_now(caller: Caller) -> dict[str, Any]:
    return {"next_leaf": sealed_size(caller.session), "active_since": caller.now}


def _noted(webhook_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return what the log keeps: of the address only where it leads, for the rest may be secret."""
    noted: dict[str, Any] = {"webhook": webhook_id}
    noted |= {name: values[name] for name in ("name", "events", "is_active") if name in values}
    if "url" in values:
        parts = urlsplit(values["url"])
        noted["sent_to"] = f"{parts.scheme}://{parts.netloc}"
    if "secret_id" in values:
        noted["is_signed"] = values["secret_id"] is not None
    return noted
