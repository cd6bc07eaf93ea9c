"""Give spans of other instrumentations the attributes by which MLflow knows a span.

What is there already stays. Prices are not known here, so a cost is what a span says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.protocols.otel import conventions, conventions_of_products
from app.protocols.otel.conventions import Convention
from app.protocols.otel.conventions_of_products import REDACTED, claude_code_kind
from app.protocols.otel.values import decoded, plain

Event = tuple[str, Mapping[str, Any]]
"""The name of an event of a span, and its attributes."""

_INPUTS, _OUTPUTS = "mlflow.spanInputs", "mlflow.spanOutputs"
_TYPE, _UNTYPED = "mlflow.spanType", "UNKNOWN"
_MODEL = "mlflow.llm.model"
_READERS = {
    _INPUTS: "inputs",
    _OUTPUTS: "outputs",
    "mlflow.chat.tokenUsage": "usage",
    "mlflow.message.format": "message_format",
    "mlflow.chat.tools": "tools",
    _MODEL: "model",
    "mlflow.llm.provider": "provider",
}
_CONVENTIONS = (
    conventions.OPEN_INFERENCE,
    conventions_of_products.GEMINI_CLI,
    conventions_of_products.CLAUDE_CODE,
    conventions.GEN_AI,
    conventions.TRACELOOP,
    conventions.GOOGLE_ADK,
    conventions_of_products.VERCEL_AI,
    conventions_of_products.VOLTAGENT,
    conventions_of_products.LIVEKIT,
    conventions.LAMINAR,
    conventions.LANGFUSE,
)
_MESSAGES = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant")}


def translate(attributes: dict[str, Any], events: Sequence[Event]) -> dict[str, Any]:
    """Return the attributes of a span with those of MLflow that they and its events tell."""
    translated = dict(attributes)
    namespaces = {name.partition(".")[0] for name in attributes}
    spoken = [one for one in _CONVENTIONS if not one.namespaces.isdisjoint(namespaces)]
    if spoken:
        for name, reader in _READERS.items():
            if name not in translated and (value := _read(spoken, reader, attributes)) is not None:
                translated[name] = value
        is_untyped = plain(attributes.get(_TYPE, _UNTYPED)) == _UNTYPED
        if is_untyped and (kind := _read(spoken, "span_type", attributes)) is not None:
            translated[_TYPE] = kind
    for name, value in _told_by_events(attributes, events):
        translated.setdefault(name, value)
    if _MODEL not in translated and (model := _model_in(translated)) is not None:
        translated[_MODEL] = model
    return translated


def _read(spoken: Sequence[Convention], reader: str, attributes: Mapping[str, Any]) -> Any:
    """Return what the first convention says that says anything."""
    values = (getattr(convention, reader)(attributes) for convention in spoken)
    return next((value for value in values if value not in (None, "", [], {})), None)


def _told_by_events(
    attributes: Mapping[str, Any], events: Sequence[Event]
) -> Iterator[tuple[str, Any]]:
    """Tell inputs and outputs that are said in events, the more particular first.

    Spring AI has an event for each of the two, OpenTelemetry one for each message of a chat.
    """
    for name, said in events:
        if name == "gen_ai.content.prompt" and said.get("gen_ai.prompt"):
            yield _INPUTS, decoded(said["gen_ai.prompt"])
        elif name == "gen_ai.content.completion" and said.get("gen_ai.completion"):
            yield _OUTPUTS, decoded(said["gen_ai.completion"])
        elif name == "tool.output" and claude_code_kind(attributes) == "tool":
            outputs = (decoded(said.get(part)) for part in ("output", "content", "diff"))
            yield from ((_OUTPUTS, one) for one in outputs if one and one != REDACTED)
    asked = [
        {"role": _MESSAGES[name], "content": decoded(said["content"])}
        for name, said in events
        if name in _MESSAGES and said.get("content")
    ]
    answered = [
        {"role": plain(said.get("role", "assistant")), "content": decoded(said["content"])}
        for name, said in events
        if name == "gen_ai.choice" and said.get("content")
    ]
    if asked:
        yield _INPUTS, asked
    if answered:
        yield _OUTPUTS, answered


def _model_in(attributes: Mapping[str, Any]) -> str | None:
    """Return the model that what went in or came out names."""
    for name in (_INPUTS, _OUTPUTS):
        value = decoded(attributes.get(name))
        model = value.get("model") if isinstance(value, dict) else None
        if isinstance(model, str) and model:
            return model
    return None
