"""What a span says that bears on its trace or on figures over many: tokens, cost, model, session.

MLflow's attributes hold JSON values, or texts of JSON where an exporter knows texts alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.tracking.checks import MAX_KEY
from app.tracking.traces.values import SpanStatus

SPAN_TYPE = "mlflow.spanType"
SPAN_USAGE = "mlflow.chat.tokenUsage"
SPAN_COST = "mlflow.llm.cost"
SPAN_MODEL = "mlflow.llm.model"
SPAN_PROVIDER = "mlflow.llm.provider"
# https://opentelemetry.io/docs/specs/semconv/registry/attributes/session/ and its neighbours
_SESSION = ("session.id", "gen_ai.conversation.id")
_USER = "user.id"

COSTS = ("input_cost", "output_cost", "total_cost")
TOKENS = (
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)
_MAX = 1 << 40
"""Of tokens or dollars of one span: sums over millions of spans fit the numbers of both engines."""


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """Of a span what bears on its trace; ``end_ns`` is 0 while it is not ended."""

    span_id: str
    parent_id: str
    name: str
    status: SpanStatus
    start_ns: int
    end_ns: int
    size: int
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
    session: str | None = None
    user: str | None = None


def facts_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a span that its attributes fill; ``usage`` is JSON of counts."""
    usage = read_usage(attributes.get(SPAN_USAGE))
    cost = _read_cost(attributes.get(SPAN_COST))
    sessions = (_short_text(attributes.get(name)) for name in _SESSION)
    return {
        "type": as_text(attributes.get(SPAN_TYPE, "UNKNOWN"))[:MAX_KEY],
        "usage": orjson.dumps(usage).decode() if usage else None,
        **{name: cost.get(name) for name in COSTS},
        "model_name": _short_text(attributes.get(SPAN_MODEL)),
        "model_provider": _short_text(attributes.get(SPAN_PROVIDER)),
        "session": next((session for session in sessions if session), None),
        "user_name": _short_text(attributes.get(_USER)),
    }


def read_usage(value: Any) -> dict[str, int]:
    """Return the counts of tokens that an attribute or metadata tell; empty for none."""
    return {name: int(number) for name, number in _object(value).items() if _is_number(number)}


def as_text(value: Any) -> str:
    """Return a text as it is and any other value as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _read_cost(value: Any) -> dict[str, float]:
    """Return what a span cost, in US dollars as MLflow has it."""
    told = _object(value)
    return {name: float(told[name]) for name in COSTS if _is_number(told.get(name))}


def _object(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
    return value if isinstance(value, dict) else {}


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value < _MAX


def _short_text(value: Any) -> str | None:
    return value[:MAX_KEY] if isinstance(value, str) and value else None
