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

_HOOK = {
    "name": "other",
    "url": "https://receiver.invalid/x",
    "events": "model_version.created",
    "secret": "s",
    "description": "d",
}
_WHO_MANAGES = "303 303 400 400 403"

PAGES: list[Row] = [
    ("GET", "/webhooks", None, f"{_WHO_MANAGES} 200"),
    ("POST", "/webhooks", _HOOK, f"{_WHO_MANAGES} 303"),
    ("GET", "/webhooks/{hook}", None, f"{_WHO_MANAGES} 200"),
    ("POST", "/webhooks/{hook}", _HOOK, f"{_WHO_MANAGES} 303"),
    ("POST", "/webhooks/{hook}/test", {}, f"{_WHO_MANAGES} 303"),
    ("POST", "/webhooks/{hook}/off", {}, f"{_WHO_MANAGES} 303"),
    ("POST", "/webhooks/{hook}/on", {}, f"{_WHO_MANAGES} 303"),
    ("POST", "/webhooks/{hook}/delete", {}, f"{_WHO_MANAGES} 303"),
]
