"""The first words of what went into a trace and what came out: of a chat, its last message."""

from __future__ import annotations

from typing import Any

import orjson

from app.tracking.traces.facts import as_text

MAX_PREVIEW = 1000
_TEXTS = ("text", "output_text")


def preview(value: Any, role: str) -> str | None:
    """Return at most 1000 characters of what a root's inputs or outputs say; None for none.

    Of messages it is the last one of ``role``, or the last one if there is none of it. Their forms
    are those of OpenAI's chats and responses, and OpenTelemetry's, which have ``parts``.
    """
    if value is None:
        return None
    # JSON inside a text may hold an escaped NUL, which a database does not take as it is.
    text = (_last_words(_decoded(value), role) or as_text(value)).replace("\x00", "\ufffd")
    return text if len(text) <= MAX_PREVIEW else text[: MAX_PREVIEW - 3] + "..."


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _last_words(value: Any, role: str) -> str:
    messages = [one for one in _messages(value) if isinstance(one, dict) and "role" in one]
    of_role = [one for one in messages if one["role"] == role]
    last = (of_role or messages)[-1:]
    return _text(last[0].get("content", last[0].get("parts"))) if last else ""


def _messages(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return []
    while isinstance(value.get("request"), dict):
        value = value["request"]
    choices = value.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return [choices[0].get("message")]
    found = (value.get(name) for name in ("messages", "input", "output"))
    return next((one for one in found if isinstance(one, list)), [])


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    for part in content if isinstance(content, list) else ():
        if isinstance(part, str):
            return part
        if isinstance(part, dict) and part.get("type") in _TEXTS:
            said = part.get("text", part.get("content"))
            return said if isinstance(said, str) else ""
    return ""
