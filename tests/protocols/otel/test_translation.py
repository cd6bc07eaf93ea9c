"""What spans of other instrumentations become, beside what MLflow's own server makes of them."""

import json
from typing import Any

import pytest
from mlflow.entities.span import Span as MlflowSpan
from mlflow.tracing.otel.translation import translate_span_when_storing

from app.protocols.otel.spans import parse_spans
from tests.protocols.otel.messages import batch, key_values, make_span

CHAT = [{"role": "user", "parts": [{"type": "text", "content": "why?"}]}]
INPUTS, OUTPUTS = "mlflow.spanInputs", "mlflow.spanOutputs"
USAGE, TYPE = "mlflow.chat.tokenUsage", "mlflow.spanType"
NOT_OURS = {"mlflow.llm.cost", "mlflow.traceRequestId"}

SPANS: list[tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]] = [
    ({}, []),
    ({"http.method": "GET"}, [("exception", {"exception.message": "no"})]),
    (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-5",
            "gen_ai.response.model": "gpt-5-2026",
            "gen_ai.input.messages": json.dumps(CHAT),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": []}]),
            "gen_ai.usage.input_tokens": 7,
            "gen_ai.usage.output_tokens": "5",
            "gen_ai.usage.cache_read.input_tokens": 2,
            "gen_ai.usage.cache_creation.input_tokens": 1,
            "gen_ai.tool.definitions": json.dumps([{"name": "search"}]),
        },
        [],
    ),
    ({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": '{"a": 1}'}, []),
    (
        {"gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": 3},
        [
            ("gen_ai.system.message", {"content": "be short"}),
            ("gen_ai.user.message", {"content": "why?"}),
            ("gen_ai.choice", {"content": "so"}),
        ],
    ),
    (
        {"gen_ai.operation.name": "embeddings", "gen_ai.usage.input_tokens": 3},
        [
            ("gen_ai.content.prompt", {"gen_ai.prompt": "why?"}),
            ("gen_ai.content.completion", {"gen_ai.completion": '["so"]'}),
        ],
    ),
    (
        {
            "openinference.span.kind": "RETRIEVER",
            "input.value": "a plain text",
            "output.value": '{"documents": [{"text": "a page"}]}',
            "llm.model_name": "gpt-4o",
            "llm.provider": "azure",
            "llm.token_count.prompt": 11,
            "llm.token_count.completion": 4,
            "llm.token_count.total": 15,
            "llm.token_count.prompt_details.cache_read": 6,
        },
        [],
    ),
    ({"openinference.span.kind": "SOMETHING", "input.value": "{}", "output.value": "12"}, []),
    ({"input.value": '"quoted"', "output.value": '{"model": "small", "text": "x"}'}, []),
    (
        {
            "traceloop.span.kind": "workflow",
            "traceloop.entity.input": '{"args": ["why?"]}',
            "traceloop.entity.output": '"so"',
            "gen_ai.system": "OpenAI",
            "gen_ai.usage.prompt_tokens": 8,
            "gen_ai.usage.completion_tokens": 2,
            "llm.usage.total_tokens": 10,
        },
        [],
    ),
    (
        {"gen_ai.prompt.0.content": "why?", "gen_ai.completion.0.content": "so"},
        [],
    ),
    (
        {
            "gcp.vertex.agent.llm_request": '{"model": "gemini-3", "contents": ["why?"]}',
            "gcp.vertex.agent.llm_response": '{"content": "so"}',
        },
        [],
    ),
    (
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.prompt.messages": json.dumps(CHAT),
            "ai.prompt.tools": ['{"name": "search"}'],
            "ai.response.text": "so",
            "ai.response.finishReason": "stop",
        },
        [],
    ),
    ({"ai.operationId": "ai.toolCall", "ai.toolCall.args": "{}", "ai.toolCall.result": "5"}, []),
    ({"ai.operationId": "ai.embed", "ai.value": "wine", "ai.embedding": "[0.5, 1.5]"}, []),
    (
        {
            "voltagent.operation_id": "1",
            "entity.type": "agent",
            "span.type": "llm",
            "llm.messages": '[{"role": "user", "content": "why?"}]',
            "output": "so",
            "llm.usage.prompt_tokens": 3,
            "llm.usage.completion_tokens": 2,
        },
        [],
    ),
    ({"entity.type": "agent", "voltagent.conversation_id": "2", "input": "why?"}, []),
    (
        {
            "lk.agent_name": "guide",
            "lk.user_input": "hello",
            "lk.response.text": "good day",
            "gen_ai.usage.input_tokens": 1,
            "gen_ai.usage.output_tokens": 2,
        },
        [],
    ),
    ({"lk.function_tool.name": "search"}, []),
    (
        {
            "lmnr.span.type": "EXECUTOR",
            "lmnr.span.input": '["why?"]',
            "lmnr.span.output": "so",
            "gen_ai.system": "anthropic",
        },
        [],
    ),
    (
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.input": '{"q": "why?"}',
            "langfuse.observation.output": "so",
        },
        [],
    ),
    (
        {
            "gen_ai.agent.name": "gemini-cli",
            "gen_ai.operation.name": "llm_call",
            "gen_ai.input.messages": json.dumps(CHAT),
            "gen_ai.output.messages": json.dumps(
                [{"role": "model", "parts": [{"text": "s"}]}, {"parts": [{"text": "o"}]}]
            ),
        },
        [],
    ),
    (
        {
            "span.type": "claude_code.llm_request",
            "new_context": "why?",
            "response.model_output": "so",
            "input_tokens": 10,
            "output_tokens": 4,
            "cache_read_tokens": 3,
            "cache_creation_tokens": 2,
        },
        [],
    ),
    (
        {"span.type": "tool", "file_path": "a.py", "full_command": "<REDACTED>"},
        [("tool.output", {"output": "<REDACTED>", "content": "done"})],
    ),
    ({"span.type": "interaction", "user_prompt": "<REDACTED>", "new_context": "why?"}, []),
    (
        {
            "mlflow.spanType": "AGENT",
            "mlflow.spanInputs": {"model": "own"},
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": "[1]",
        },
        [],
    ),
    ({"mlflow.spanType": "UNKNOWN", "openinference.span.kind": "LLM"}, []),
]


@pytest.mark.parametrize("attributes, events", SPANS)
def test_a_span_becomes_what_mlflow_makes_of_it(
    attributes: dict[str, Any], events: list[tuple[str, dict[str, Any]]]
) -> None:
    sent = make_span(attributes)
    for name, said in events:
        sent.events.add(name=name, attributes=key_values(said))
    (span,) = parse_spans(batch(sent), is_json=False)
    # A cost that is there keeps MLflow from reading all prices, which takes seconds.
    sent.attributes.extend(key_values({"mlflow.llm.cost": {}}))
    theirs = translate_span_when_storing(MlflowSpan.from_otel_proto(sent))["attributes"]
    expected = {
        name: read(value)
        for name, value in theirs.items()
        if name.startswith("mlflow.") and name not in NOT_OURS
    }
    assert span.attributes == attributes | expected


def read(value: str) -> Any:
    """Return what an attribute of MLflow's says; what it took from an event may be no JSON."""
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


@pytest.mark.parametrize(
    "value", ["[" * 60 + "]" * 60, '{"n": 18446744073709551615}', '{"n": 1', '{"n": 1} {}']
)
def test_what_a_span_cannot_carry_back_stays_a_text(value: str) -> None:
    (span,) = parse_spans(batch(make_span({"input.value": value})), is_json=False)
    assert span.attributes[INPUTS] == value


@pytest.mark.parametrize("value", [["a"], {"a": 1}, '["a"]', 1.5, True])
@pytest.mark.parametrize(
    "name", ["ai.operationId", "span.type", "gen_ai.operation.name", "lmnr.span.type", TYPE]
)
def test_what_is_no_name_of_a_kind_is_none(name: str, value: Any) -> None:
    (span,) = parse_spans(batch(make_span({name: value})), is_json=False)
    assert span.attributes[name] == value


def test_nul_within_json_is_kept_as_near_as_may_be() -> None:
    (span,) = parse_spans(batch(make_span({"input.value": '["a\\u0000"]'})), is_json=False)
    assert span.attributes[INPUTS] == ["a\ufffd"]


@pytest.mark.parametrize("count", ["many", -1, 1.5, True, [1], "1e3", "9" * 40])
def test_what_is_no_count_is_not_counted(count: Any) -> None:
    sent = make_span({"gen_ai.usage.input_tokens": count, "gen_ai.usage.output_tokens": 2})
    (span,) = parse_spans(batch(sent), is_json=False)
    assert span.attributes[USAGE] == {"output_tokens": 2}
