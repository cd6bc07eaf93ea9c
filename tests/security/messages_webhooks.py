"""Whole messages of webhooks, as ``root`` could send them."""

from typing import Any

from tests.policies.routes.row import A2

_WEBHOOK = {
    "name": "other",
    "description": "d",
    "url": "https://receiver.invalid/x",
    "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}],
    "secret": "s",
    "status": "ACTIVE",
}

BY_ROOT: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{A2}/webhooks", _WEBHOOK),
    ("PATCH", f"{A2}/webhooks/{{hook}}", _WEBHOOK),
    (
        "POST",
        f"{A2}/webhooks/{{hook}}/test",
        {"event": {"entity": "MODEL_VERSION", "action": "CREATED"}},
    ),
]

WITHOUT_MESSAGE = {("DELETE", f"{A2}/webhooks/{{hook}}")}
