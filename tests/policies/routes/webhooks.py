"""Webhooks of the workspace ``default``; whoever works nowhere has none to ask for."""

from tests.policies.routes.row import A2, Row

_EVENT = {"entity": "MODEL_VERSION", "action": "CREATED"}
_NEW = {"name": "other", "url": "https://receiver.invalid/x", "events": [_EVENT]}

ROWS: list[Row] = [
    ("POST", f"{A2}/webhooks", _NEW, "401 401 400 400 403 200"),
    ("GET", f"{A2}/webhooks", None, "401 401 400 400 403 200"),
    ("GET", f"{A2}/webhooks/{{hook}}", None, "401 401 400 400 403 200"),
    ("PATCH", f"{A2}/webhooks/{{hook}}", {"description": "d"}, "401 401 400 400 403 200"),
    ("POST", f"{A2}/webhooks/{{hook}}/test", {"event": _EVENT}, "401 401 400 400 403 200"),
    ("DELETE", f"{A2}/webhooks/{{hook}}", None, "401 401 400 400 403 200"),
]
