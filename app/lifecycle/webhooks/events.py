"""What a webhook can be told of, in MLflow's words, and which line of the log tells of it.

``mlflow/entities/webhook.py``: VALID_ENTITY_ACTIONS. ``budget_policy.exceeded`` is left out: there
are no budgets here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from app.access import Operation
from app.audit.queries import Event
from app.errors import InvalidParameterError
from app.identity import Caller


class WebhookEvent(StrEnum):
    """Something that happened to a model or a prompt, ``entity.action``."""

    REGISTERED_MODEL_CREATED = "registered_model.created"
    MODEL_VERSION_CREATED = "model_version.created"
    MODEL_VERSION_TAG_SET = "model_version_tag.set"
    MODEL_VERSION_TAG_DELETED = "model_version_tag.deleted"
    MODEL_VERSION_ALIAS_CREATED = "model_version_alias.created"
    MODEL_VERSION_ALIAS_DELETED = "model_version_alias.deleted"
    PROMPT_CREATED = "prompt.created"
    PROMPT_VERSION_CREATED = "prompt_version.created"
    PROMPT_TAG_SET = "prompt_tag.set"
    PROMPT_TAG_DELETED = "prompt_tag.deleted"
    PROMPT_VERSION_TAG_SET = "prompt_version_tag.set"
    PROMPT_VERSION_TAG_DELETED = "prompt_version_tag.deleted"
    PROMPT_ALIAS_CREATED = "prompt_alias.created"
    PROMPT_ALIAS_DELETED = "prompt_alias.deleted"

    @property
    def entity(self) -> str:
        """What it happened to."""
        return self.value.partition(".")[0]

    @property
    def action(self) -> str:
        """What happened."""
        return self.value.partition(".")[2]

    @classmethod
    def parse(cls, text: str, *, field: str = "events") -> WebhookEvent:
        """Read a name. Raises InvalidParameterError for what is not sent from here."""
        try:
            return cls(text)
        except ValueError:
            msg = f"Invalid value for {field}: {text[:80]!r} is no event that is sent from here"
            raise InvalidParameterError(msg, field=field) from None


class Meaning(NamedTuple):
    """What a line of the log means if it is of a model, and if it is of a prompt."""

    of_model: WebhookEvent | None
    of_prompt: WebhookEvent | None


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told of an event: whether it is of a prompt, and the message's data."""

    is_prompt: bool
    content: dict[str, Any]


Tell = Callable[[Caller, Event], Told]
"""Reads, as the caller, what may be told of an event. Raises NotFoundError or PermissionDeniedError
for what the caller may not see or is no longer there."""

_CREATED = {
    Operation.REGISTERED_MODEL_CREATE: Meaning(
        WebhookEvent.REGISTERED_MODEL_CREATED, WebhookEvent.PROMPT_CREATED
    ),
    Operation.MODEL_VERSION_CREATE: Meaning(
        WebhookEvent.MODEL_VERSION_CREATED, WebhookEvent.PROMPT_VERSION_CREATED
    ),
}
_SET_AND_DELETED = {
    Operation.REGISTERED_MODEL_TAG: (
        Meaning(None, WebhookEvent.PROMPT_TAG_SET),
        Meaning(None, WebhookEvent.PROMPT_TAG_DELETED),
    ),
    Operation.MODEL_VERSION_TAG: (
        Meaning(WebhookEvent.MODEL_VERSION_TAG_SET, WebhookEvent.PROMPT_VERSION_TAG_SET),
        Meaning(WebhookEvent.MODEL_VERSION_TAG_DELETED, WebhookEvent.PROMPT_VERSION_TAG_DELETED),
    ),
    Operation.MODEL_ALIAS_SET: (
        Meaning(WebhookEvent.MODEL_VERSION_ALIAS_CREATED, WebhookEvent.PROMPT_ALIAS_CREATED),
        Meaning(WebhookEvent.MODEL_VERSION_ALIAS_DELETED, WebhookEvent.PROMPT_ALIAS_DELETED),
    ),
}
OPERATIONS = (*_CREATED, *_SET_AND_DELETED)
"""The operations of which some line of the log means something."""


def meaning_of(event: Event) -> Meaning:
    """Return what a line of the log means; its operation is one of ``OPERATIONS``."""
    operation = Operation(event.operation)
    if operation in _CREATED:
        return _CREATED[operation]
    made, undone = _SET_AND_DELETED[operation]
    return undone if is_deletion(event) else made


def is_deletion(event: Event) -> bool:
    """Tell whether a tag or an alias was taken away."""
    details = event.details
    return "deleted_tag" in details or details.get("new_version", "") is None
