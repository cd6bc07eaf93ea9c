"""The ways of instrumenting that name things otherwise than MLflow, each as readers of attributes.

Read off ``mlflow.tracing.otel.translation`` of MLflow 3.17 and the conventions that it cites. Those
that need more than names are in ``conventions_of_products``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.protocols.otel.values import count_in, decoded, first, plain

Attributes = Mapping[str, Any]
Reader = Callable[[Attributes], Any]
Counts = dict[str, int]


def says_nothing(_attributes: Attributes) -> None:
    """Read what a convention has no word for."""


@dataclass(frozen=True, slots=True)
class Convention:
    """How one way of instrumenting says what MLflow has attributes of its own for.

    Each reader returns None for what a span does not say. ``namespaces`` are how its attributes
    begin, up to the first dot: a span with none of them need not be read.
    """

    namespaces: frozenset[str]
    span_type: Reader = says_nothing
    inputs: Reader = says_nothing
    outputs: Reader = says_nothing
    usage: Callable[[Attributes], Counts | None] = says_nothing
    model: Reader = says_nothing
    provider: Reader = says_nothing
    tools: Reader = says_nothing
    message_format: Reader = says_nothing


def value_of(*names: str | re.Pattern[str]) -> Reader:
    """Return a reader of the first of the attributes that says anything, decoded from JSON."""
    return lambda attributes: decoded(first(attributes, names))


def text_of(*names: str) -> Reader:
    """Return a reader of the first of the attributes that says anything, as a text."""

    def read(attributes: Attributes) -> str | None:
        value = plain(first(attributes, names))
        return value if isinstance(value, str) else None

    return read


def kind_in(name: str, kinds: Mapping[str, str]) -> Reader:
    """Return a reader of an attribute that tells a kind, for which ``kinds`` has MLflow's type."""

    def read(attributes: Attributes) -> str | None:
        kind = plain(attributes.get(name))
        return kinds.get(kind) if isinstance(kind, str) else None

    return read


def counts_of(
    inputs: str, outputs: str, total: str = "", read: str = "", *created: str
) -> Callable[[Attributes], Counts | None]:
    """Return a reader of counts of tokens: of the input, the output, both, and of a cache.

    ``read`` are those that came from a cache, ``created`` the names of those that went into one.
    """

    def read_counts(attributes: Attributes) -> Counts | None:
        return sum_up(
            count_in(attributes, inputs),
            count_in(attributes, outputs),
            count_in(attributes, total),
            count_in(attributes, read),
            count_in(attributes, *created),
        )

    return read_counts


def sum_up(
    inputs: int | None,
    outputs: int | None,
    total: int | None,
    read: int | None = None,
    created: int | None = None,
) -> Counts | None:
    """Return counts by MLflow's names for them; None if there is none but of a cache."""
    if inputs is None and outputs is None and total is None:
        return None
    if total is None and inputs is not None and outputs is not None:
        total = inputs + outputs
    counts = {
        "input_tokens": inputs,
        "output_tokens": outputs,
        "total_tokens": total,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": created,
    }
    return {name: count for name, count in counts.items() if count is not None}


GEN_AI_KINDS = {
    "chat": "CHAT_MODEL",
    "create_agent": "AGENT",
    "embeddings": "EMBEDDING",
    "execute_tool": "TOOL",
    "generate_content": "LLM",
    "invoke_agent": "AGENT",
    "text_completion": "LLM",
    "response": "LLM",
}
GEN_AI_USAGE = counts_of(
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
)
GEN_AI_MODEL = text_of("gen_ai.response.model", "gen_ai.request.model")

# https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
GEN_AI = Convention(
    namespaces=frozenset({"gen_ai"}),
    span_type=kind_in("gen_ai.operation.name", GEN_AI_KINDS),
    inputs=value_of("gen_ai.input.messages", "gen_ai.tool.call.arguments"),
    outputs=value_of("gen_ai.output.messages", "gen_ai.tool.call.result"),
    usage=GEN_AI_USAGE,
    model=GEN_AI_MODEL,
    provider=text_of("gen_ai.provider.name"),
    tools=value_of("gen_ai.tool.definitions"),
)

_OPEN_INFERENCE_KINDS = (
    "TOOL CHAIN LLM RETRIEVER EMBEDDING AGENT RERANKER UNKNOWN GUARDRAIL EVALUATOR"
)

# https://github.com/Arize-ai/openinference (python/openinference-semantic-conventions)
OPEN_INFERENCE = Convention(
    namespaces=frozenset({"openinference", "input", "output", "llm", "embedding"}),
    span_type=kind_in(
        "openinference.span.kind", {kind: kind for kind in _OPEN_INFERENCE_KINDS.split()}
    ),
    inputs=value_of("input.value"),
    outputs=value_of("output.value"),
    usage=counts_of(
        "llm.token_count.prompt",
        "llm.token_count.completion",
        "llm.token_count.total",
        "llm.token_count.prompt_details.cache_read",
        "llm.token_count.prompt_details.cache_write",
    ),
    model=text_of(
        "llm.response.model_name",
        "llm.model_name",
        "llm.request.model_name",
        "embedding.model_name",
    ),
    provider=text_of("llm.provider"),
)

# https://github.com/traceloop/openllmetry (packages/opentelemetry-semantic-conventions-ai)
TRACELOOP = Convention(
    namespaces=frozenset({"traceloop", "gen_ai", "llm"}),
    span_type=kind_in(
        "traceloop.span.kind",
        {"workflow": "WORKFLOW", "task": "TASK", "agent": "AGENT", "tool": "TOOL"},
    ),
    inputs=value_of(
        "traceloop.entity.input",
        re.compile(r"gen_ai\.prompt\.\d+\.content"),
        re.compile(r"gen_ai\.completion\.\d+\.tool_calls\.\d+\.arguments"),
    ),
    outputs=value_of("traceloop.entity.output", re.compile(r"gen_ai\.completion\.\d+\.content")),
    usage=counts_of(
        "gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens", "llm.usage.total_tokens"
    ),
    provider=text_of("gen_ai.system"),
)

# https://github.com/google/adk-python (src/google/adk/telemetry/tracing.py)
GOOGLE_ADK = Convention(
    namespaces=frozenset({"gcp"}),
    inputs=value_of("gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args"),
    outputs=value_of("gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_response"),
)

# https://docs.lmnr.ai/tracing/otel
LAMINAR = Convention(
    namespaces=frozenset({"lmnr"}),
    span_type=kind_in(
        "lmnr.span.type",
        {
            "LLM": "LLM",
            "CACHED": "LLM",
            "TOOL": "TOOL",
            "DEFAULT": "CHAIN",
            "PIPELINE": "CHAIN",
            "EXECUTOR": "AGENT",
            "EVALUATOR": "EVALUATOR",
            "HUMAN_EVALUATOR": "EVALUATOR",
            "EVALUATION": "EVALUATOR",
        },
    ),
    inputs=value_of("lmnr.span.input"),
    outputs=value_of("lmnr.span.output"),
    message_format=lambda attributes: "openai" if "lmnr.span.type" in attributes else None,
)

# https://langfuse.com/docs/opentelemetry
LANGFUSE = Convention(
    namespaces=frozenset({"langfuse"}),
    span_type=kind_in(
        "langfuse.observation.type",
        {
            "generation": "LLM",
            "embedding": "EMBEDDING",
            "tool": "TOOL",
            "retriever": "RETRIEVER",
            "agent": "AGENT",
            "chain": "CHAIN",
            "evaluator": "EVALUATOR",
            "guardrail": "GUARDRAIL",
        },
    ),
    inputs=value_of("langfuse.observation.input"),
    outputs=value_of("langfuse.observation.output"),
)
