"""Messages of webhooks (``mlflow/protos/webhooks.proto``), and the data of what they deliver.

The data is what ``mlflow/webhooks/types.py`` lists, as it is when it is sent: of a tag that was set
twice meanwhile both deliveries tell the newer value, and of one that is gone none tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import fields

from app import registry
from app.access import Operation
from app.audit.queries import Event
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.lifecycle.webhooks import Answer, Told, Webhook, WebhookEvent, is_deletion
from app.protocols.mlflow.wire.messages import Message, int64, text
from app.protocols.mlflow.wire.registry import spell
from app.registry.values import IS_PROMPT, PROMPT_TEXT

Dumped = dict[str, Any]
_STATUSES = {"ACTIVE": True, "DISABLED": False}
# mlflow/prompt/constants.py: what makes a model a prompt, and no tag of the user's.
_MARKS = frozenset({IS_PROMPT, PROMPT_TEXT, "_mlflow_prompt_type"})


class OfEvent(Message):
    """WebhookEvent."""

    entity = text(required=True)
    action = text(required=True)


class CreateWebhook(Message):
    """CreateWebhook."""

    name = text(required=True)
    description = text(default="")
    url = text(required=True)
    events = fields.List(fields.Nested(OfEvent), required=True)
    secret = text(default="")
    status = text(default="ACTIVE")


class ListWebhooks(Message):
    """ListWebhooks."""

    max_results = int64(default=100)
    page_token = text(default="")


class UpdateWebhook(Message):
    """UpdateWebhook; the id is in the path, and what is absent stays."""

    name = text()
    description = text()
    url = text()
    events = fields.List(fields.Nested(OfEvent), load_default=None, allow_none=True)
    secret = text()
    status = text()


class TestWebhook(Message):
    """TestWebhook; the id is in the path."""

    event = fields.Nested(OfEvent, load_default=None, allow_none=True)


def to_event(loaded: Dumped, *, field: str = "events") -> WebhookEvent:
    """Return an event; raises InvalidParameterError for what is not sent from here."""
    return WebhookEvent.parse(f"{loaded['entity']}.{loaded['action']}".lower(), field=field)


def to_events(loaded: list[Dumped]) -> tuple[WebhookEvent, ...]:
    """Return a list of events; raises as ``to_event``."""
    return tuple(to_event(event) for event in loaded)


def to_is_active(status: str | None) -> bool:
    """Read a status; raises InvalidParameterError for what is none."""
    if status is None or status not in _STATUSES:
        msg = f"Invalid value {str(status)[:80]!r} for parameter 'status' supplied"
        raise InvalidParameterError(msg, field="status")
    return _STATUSES[status]


def dump_webhook(webhook: Webhook) -> Dumped:
    """Return a Webhook, which never has its secret."""
    return {
        "webhook_id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "events": [
            {"entity": event.entity.upper(), "action": event.action.upper()}
            for event in webhook.events
        ],
        "description": webhook.description,
        "status": "ACTIVE" if webhook.is_active else "DISABLED",
        "creation_timestamp": webhook.created_at,
        "last_updated_timestamp": webhook.updated_at,
    }


def dump_answer(answer: Answer) -> Dumped:
    """Return a WebhookTestResult."""
    dumped: Dumped = {"success": answer.is_success}
    if answer.status is not None:
        dumped |= {"response_status": answer.status, "response_body": answer.body}
    if answer.error:
        dumped["error_message"] = answer.error
    return dumped


def tell(caller: Caller, event: Event) -> Told:
    """Return what the caller may be told of an event of the log.

    Raises NotFoundError or PermissionDeniedError if it does not see the model, or what the event is
    about is no longer there.
    """
    return _TELLERS[Operation(event.operation)](caller, event)


def _tell_model(caller: Caller, event: Event) -> Told:
    model = registry.get_model(caller, event.securable_id or "")
    content = {
        "name": spell(caller, model.full_name),
        "tags": _told_tags(model.tags, is_prompt=model.is_prompt),
        "description": model.description or None,
    }
    return Told(model.is_prompt, content)


def _tell_model_tag(caller: Caller, event: Event) -> Told:
    model = registry.get_model(caller, event.securable_id or "")
    content = {"name": spell(caller, model.full_name), **_told_tag(event, model.tags)}
    return Told(model.is_prompt, content)


def _tell_version(caller: Caller, event: Event) -> Told:
    version = _version(caller, event)
    content: Dumped = {
        "name": spell(caller, version.model_name),
        "version": str(version.version),
        "tags": _told_tags(version.tags, is_prompt=version.is_prompt),
        "description": version.description or None,
    }
    if version.is_prompt:
        content["template"] = version.tags.get(PROMPT_TEXT)
    else:
        content |= {"source": version.source, "run_id": version.run_id}
    return Told(version.is_prompt, content)


def _tell_version_tag(caller: Caller, event: Event) -> Told:
    version = _version(caller, event)
    content = {
        "name": spell(caller, version.model_name),
        "version": str(version.version),
        **_told_tag(event, version.tags),
    }
    return Told(version.is_prompt, content)


def _tell_alias(caller: Caller, event: Event) -> Told:
    model = registry.get_model(caller, event.securable_id or "")
    content = {"name": spell(caller, model.full_name), "alias": event.details["alias"]}
    if not is_deletion(event):
        content["version"] = str(event.details["new_version"])
    return Told(model.is_prompt, content)


_TELLERS: dict[Operation, Callable[[Caller, Event], Told]] = {
    Operation.REGISTERED_MODEL_CREATE: _tell_model,
    Operation.REGISTERED_MODEL_TAG: _tell_model_tag,
    Operation.MODEL_VERSION_CREATE: _tell_version,
    Operation.MODEL_VERSION_TAG: _tell_version_tag,
    Operation.MODEL_ALIAS_SET: _tell_alias,
}


def _version(caller: Caller, event: Event) -> registry.ModelVersion:
    return registry.get_version(caller, event.securable_id or "", event.details["version"])


def _told_tag(event: Event, tags: Mapping[str, str]) -> Dumped:
    if is_deletion(event):
        return {"key": event.details["deleted_tag"]}
    name = event.details["tag"]
    if name not in tags:
        raise NotFoundError("The tag is no longer there")
    return {"key": name, "value": tags[name]}


def _told_tags(tags: Mapping[str, str], *, is_prompt: bool) -> Dumped:
    return {name: value for name, value in tags.items() if not (is_prompt and name in _MARKS)}
