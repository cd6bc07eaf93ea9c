"""Products whose spans tell more by what they have than by one attribute for each thing.

Read off ``mlflow.tracing.otel.translation`` of MLflow 3.17 and the documents that it cites.
"""

from __future__ import annotations

from typing import Any

from app.protocols.otel.conventions import (
    GEN_AI,
    GEN_AI_KINDS,
    GEN_AI_USAGE,
    Attributes,
    Convention,
    Counts,
    kind_in,
    sum_up,
    value_of,
)
from app.protocols.otel.values import count_in, decoded, plain

_CLAUDE_CODE = "claude_code."
_CLAUDE_CODE_KINDS = {"interaction": "AGENT", "llm_request": "LLM", "tool": "TOOL"}
_CLAUDE_CODE_DETAILS = ("full_command", "file_path", "skill_name", "subagent_type")
REDACTED = "<REDACTED>"

_GEMINI_KINDS = {"llm_call": "LLM", "tool_call": "TOOL", "agent_call": "AGENT"}
_LIVEKIT_AGENT = frozenset({"lk.agent_name", "lk.instructions", "lk.generation_id"})
_VERCEL_CHAT = frozenset({"ai.generateText.doGenerate", "ai.streamText.doStream"})
_VERCEL_LLM = ("generateText", "streamText", "generateObject", "streamObject")
_VERCEL_KINDS = {
    **{f"ai.{name}": "LLM" for name in _VERCEL_LLM},
    **{f"ai.{name}.doGenerate": "LLM" for name in _VERCEL_LLM},
    **{f"ai.{name}.doStream": "LLM" for name in _VERCEL_LLM},
    "ai.toolCall": "TOOL",
    **dict.fromkeys(("ai.embed", "ai.embed.doEmbed", "ai.embedMany"), "EMBEDDING"),
}
_VOLTAGENT_KINDS = {"agent": "AGENT", "llm": "LLM", "tool": "TOOL", "memory": "MEMORY"}
_VOLTAGENT_MARKS = ("voltagent.operation_id", "voltagent.conversation_id")


def claude_code_kind(attributes: Attributes) -> str:
    """Return what a span of Claude Code is; empty for a span of anything else."""
    kind = plain(attributes.get("span.type"))
    kind = kind.removeprefix(_CLAUDE_CODE) if isinstance(kind, str) else ""
    return kind if kind in _CLAUDE_CODE_KINDS else ""


def _claude_code_inputs(attributes: Attributes) -> Any:
    match claude_code_kind(attributes):
        case "interaction":
            return _unredacted(attributes, "user_prompt", "new_context")
        case "llm_request":
            return _unredacted(attributes, "new_context")
        case "tool":
            told = {name: _unredacted(attributes, name) for name in _CLAUDE_CODE_DETAILS}
            details = {name: value for name, value in told.items() if value is not None}
            return _unredacted(attributes, "tool_input") or details or None
    return None


def _claude_code_outputs(attributes: Attributes) -> Any:
    match claude_code_kind(attributes):
        case "llm_request":
            return _unredacted(attributes, "response.model_output")
        case "tool":
            return _unredacted(attributes, "new_context")
    return None


def _claude_code_usage(attributes: Attributes) -> Counts | None:
    """Return the counts; its own count of the input leaves out what a cache has to do with."""
    if claude_code_kind(attributes) != "llm_request":
        return None
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
    inputs, outputs, read, created = (count_in(attributes, name) for name in names)
    if inputs is not None:
        inputs += (read or 0) + (created or 0)
    return sum_up(inputs, outputs, None, read, created)


def _unredacted(attributes: Attributes, *names: str) -> Any:
    values = (decoded(attributes.get(name)) for name in names)
    return next((value for value in values if value and value != REDACTED), None)


# https://code.claude.com/docs/en/monitoring-usage#traces-beta
CLAUDE_CODE = Convention(
    namespaces=frozenset({"span"}),
    span_type=lambda attributes: _CLAUDE_CODE_KINDS.get(claude_code_kind(attributes)),
    inputs=_claude_code_inputs,
    outputs=_claude_code_outputs,
    usage=_claude_code_usage,
)


def _is_gemini(attributes: Attributes) -> bool:
    return bool(plain(attributes.get("gen_ai.agent.name")) == "gemini-cli")


def _gemini_type(attributes: Attributes) -> Any:
    kind = kind_in("gen_ai.operation.name", _GEMINI_KINDS)
    return kind(attributes) if _is_gemini(attributes) else None


def _gemini_inputs(attributes: Attributes) -> Any:
    """Return the messages as Google's SDK has them, where a system prompt is told as a user's."""
    contents = GEN_AI.inputs(attributes) if _is_gemini(attributes) else None
    if not isinstance(contents, list | str):
        return contents
    if plain(attributes.get("gen_ai.operation.name")) == "system_prompt":
        contents = [_as_system(one) for one in contents] if isinstance(contents, list) else contents
    return {"contents": contents}


def _as_system(message: Any) -> Any:
    is_user = isinstance(message, dict) and message.get("role") == "user"
    return message | {"role": "system"} if is_user else message


def _gemini_outputs(attributes: Attributes) -> Any:
    """Return one candidate of all parts, which were told as they streamed in."""
    contents = GEN_AI.outputs(attributes) if _is_gemini(attributes) else None
    if not isinstance(contents, list):
        return contents
    told = (one.get("parts") for one in contents if isinstance(one, dict))
    parts = [part for some in told if isinstance(some, list) for part in some]
    return {"candidates": [{"content": {"role": "model", "parts": parts}}]} if parts else contents


# https://github.com/google-gemini/gemini-cli/blob/main/docs/cli/telemetry.md
GEMINI_CLI = Convention(
    namespaces=GEN_AI.namespaces,
    span_type=_gemini_type,
    inputs=_gemini_inputs,
    outputs=_gemini_outputs,
    message_format=lambda attributes: "gemini" if _is_gemini(attributes) else None,
)


def _livekit_type(attributes: Attributes) -> str | None:
    if "gen_ai.request.model" in attributes or "lk.retry_count" in attributes:
        return "LLM"
    if known := kind_in("gen_ai.operation.name", GEN_AI_KINDS)(attributes):
        return str(known)
    if any(name.startswith("lk.function_tool") for name in attributes):
        return "TOOL"
    return "AGENT" if not _LIVEKIT_AGENT.isdisjoint(attributes) else None


def _livekit_format(attributes: Attributes) -> str | None:
    return "livekit" if any(name.startswith("lk.") for name in attributes) else None


# https://docs.livekit.io/agents/observability/
LIVEKIT = Convention(
    namespaces=frozenset({"lk", "gen_ai"}),
    span_type=_livekit_type,
    inputs=value_of("lk.user_input", "lk.user_transcript", "lk.chat_ctx", "lk.input_text"),
    outputs=value_of("lk.response.text", "lk.response.function_calls"),
    usage=GEN_AI_USAGE,
    message_format=_livekit_format,
)


def _is_vercel_chat(attributes: Attributes) -> bool:
    operation = plain(attributes.get("ai.operationId"))
    return isinstance(operation, str) and operation in _VERCEL_CHAT


def _vercel_inputs(attributes: Attributes) -> Any:
    if not _is_vercel_chat(attributes):
        return value_of("ai.prompt", "ai.toolCall.args", "ai.value", "ai.values")(attributes)
    inputs = _below("ai.prompt.", attributes)
    if isinstance(inputs.get("tools"), list):
        inputs["tools"] = [decoded(tool) for tool in inputs["tools"]]
    return inputs or None


def _vercel_outputs(attributes: Attributes) -> Any:
    if _is_vercel_chat(attributes):
        return _below("ai.response.", attributes) or None
    names = ("response.text", "toolCall.result", "response.object", "embedding", "embeddings")
    return value_of(*(f"ai.{name}" for name in names))(attributes)


def _below(prefix: str, attributes: Attributes) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): decoded(value)
        for name, value in attributes.items()
        if name.startswith(prefix)
    }


# https://ai-sdk.dev/docs/ai-sdk-core/telemetry#collected-data
VERCEL_AI = Convention(
    namespaces=frozenset({"ai"}),
    span_type=kind_in("ai.operationId", _VERCEL_KINDS),
    inputs=_vercel_inputs,
    outputs=_vercel_outputs,
    message_format=lambda attributes: "vercel_ai" if _is_vercel_chat(attributes) else None,
)


def _voltagent_type(attributes: Attributes) -> Any:
    """Return a type by the span's own kind first: a child's ``entity.type`` is its parent's."""
    own = kind_in("span.type", _VOLTAGENT_KINDS)(attributes)
    return own or kind_in("entity.type", _VOLTAGENT_KINDS)(attributes)


def _voltagent_usage(attributes: Attributes) -> Counts | None:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return sum_up(*(count_in(attributes, f"usage.{name}", f"llm.usage.{name}") for name in names))


def _voltagent_format(attributes: Attributes) -> str | None:
    return "voltagent" if any(mark in attributes for mark in _VOLTAGENT_MARKS) else None


# https://voltagent.dev/docs/observability/
VOLTAGENT = Convention(
    namespaces=frozenset(
        {"voltagent", "entity", "span", "agent", "llm", "input", "output", "usage"}
    ),
    span_type=_voltagent_type,
    inputs=value_of("agent.messages", "llm.messages", "input"),
    outputs=value_of("output"),
    usage=_voltagent_usage,
    message_format=_voltagent_format,
)
