"""The bodies of deliveries (``mlflow/webhooks/delivery.py``, and ``types.py`` for their data)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from app.lifecycle.webhooks.events import WebhookEvent

_MODEL = {"name": "example_model"}
_PROMPT = {"name": "example_prompt"}
_DESCRIBED = {"tags": {"example_key": "example_value"}, "description": "An example"}
_VERSION = {"version": "1"}
_KEY = {"key": "example_key"}
_TAG = {**_KEY, "value": "example_value"}
_ALIAS = {"alias": "example_alias"}

EXAMPLES: Mapping[WebhookEvent, Mapping[str, Any]] = {
    WebhookEvent.REGISTERED_MODEL_CREATED: _MODEL | _DESCRIBED,
    WebhookEvent.MODEL_VERSION_CREATED: {
        **_MODEL,
        **_VERSION,
        "source": "models:/m-0123456789abcdef0123456789abcdef",
        "run_id": "0123456789abcdef0123456789abcdef",
        **_DESCRIBED,
    },
    WebhookEvent.MODEL_VERSION_TAG_SET: _MODEL | _VERSION | _TAG,
    WebhookEvent.MODEL_VERSION_TAG_DELETED: _MODEL | _VERSION | _KEY,
    WebhookEvent.MODEL_VERSION_ALIAS_CREATED: _MODEL | _ALIAS | _VERSION,
    WebhookEvent.MODEL_VERSION_ALIAS_DELETED: _MODEL | _ALIAS,
    WebhookEvent.PROMPT_CREATED: _PROMPT | _DESCRIBED,
    WebhookEvent.PROMPT_VERSION_CREATED: {
        **_PROMPT,
        **_VERSION,
        "template": "Describe {{wine}}.",
        **_DESCRIBED,
    },
    WebhookEvent.PROMPT_TAG_SET: _PROMPT | _TAG,
    WebhookEvent.PROMPT_TAG_DELETED: _PROMPT | _KEY,
    WebhookEvent.PROMPT_VERSION_TAG_SET: _PROMPT | _VERSION | _TAG,
    WebhookEvent.PROMPT_VERSION_TAG_DELETED: _PROMPT | _VERSION | _KEY,
    WebhookEvent.PROMPT_ALIAS_CREATED: _PROMPT | _ALIAS | _VERSION,
    WebhookEvent.PROMPT_ALIAS_DELETED: _PROMPT | _ALIAS,
}
"""What a test sends: it tells nothing of any model."""


def to_body(
    event: WebhookEvent, happened_at: int, content: Mapping[str, Any], workspace: str
) -> bytes:
    """Return the JSON of a delivery; ``happened_at`` is in milliseconds since 1970 UTC."""
    moment = datetime.fromtimestamp(happened_at / 1000, UTC)
    return orjson.dumps(
        {
            "entity": event.entity,
            "action": event.action,
            "timestamp": moment.isoformat(),
            "data": content,
            "workspace": workspace,
        }
    )
