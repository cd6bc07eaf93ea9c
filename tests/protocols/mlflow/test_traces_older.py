"""Traces as clients before 3.0 tell them."""

from typing import Any

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import API, TRACES, answer, create_experiment, refusal

BEGUN = 1_700_000_000_000


@pytest.fixture
def number(alice: Person) -> str:
    return create_experiment(alice)


def begin(person: Person, number: str, **more: Any) -> Any:
    return person.post(f"{API}/traces", experiment_id=number, timestamp_ms=BEGUN, **more)


def end(person: Person, trace_id: str, **message: Any) -> Any:
    return person.send("PATCH", f"{API}/traces/{trace_id}", json=message)


def begun(alice: Person, number: str) -> str:
    pairs = [{"key": "a", "value": "1"}]
    made = answer(begin(alice, number, request_metadata=pairs, tags=pairs))["trace_info"]
    assert (made["experiment_id"], made["timestamp_ms"], made["status"]) == (
        number,
        BEGUN,
        "IN_PROGRESS",
    )
    assert {"key": "a", "value": "1"} in made["tags"]
    return str(made["request_id"])


def test_a_trace_is_begun_and_ended(alice: Person, number: str) -> None:
    trace_id = begun(alice, number)
    more = [{"key": "b", "value": "2"}]
    message = {"timestamp_ms": BEGUN + 1500, "status": "ERROR", "request_metadata": more}
    ended = answer(end(alice, trace_id, **message, tags=more))["trace_info"]
    assert (ended["execution_time_ms"], ended["status"]) == (1500, "ERROR")
    assert ended["request_metadata"] == [{"key": "a", "value": "1"}, *more]
    assert answer(alice.get(f"{API}/traces/{trace_id}/info"))["trace_info"] == ended
    newer = answer(alice.get(f"{TRACES}/{trace_id}"))["trace"]["trace_info"]
    assert (newer["execution_duration"], newer["state"]) == ("1.500s", "ERROR")
    assert newer["trace_metadata"] == {"a": "1", "b": "2"}


def test_traces_are_found_page_by_page(alice: Person, number: str) -> None:
    made = [begun(alice, number) for _ in range(3)]
    found, token = [], ""
    while True:
        query = {"experiment_ids": number, "max_results": "2", "filter": "status = 'IN_PROGRESS'"}
        page = answer(alice.get(f"{API}/traces", **query, page_token=token))
        found += [one["request_id"] for one in page["traces"]]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert found == made[::-1]


def test_where_a_trace_is_kept_is_still_for_the_server_to_say(alice: Person, number: str) -> None:
    trace_id = begun(alice, number)
    evil = [{"key": "mlflow.artifactLocation", "value": "https://evil"}]
    message = {"timestamp_ms": BEGUN, "status": "OK", "tags": evil}
    tags = answer(end(alice, trace_id, **message))["trace_info"]["tags"]
    assert evil[0] not in tags


@pytest.mark.parametrize(
    "message",
    [
        {"timestamp_ms": BEGUN - 1},
        {"timestamp_ms": "soon"},
        {"timestamp_ms": 2**62},
        {},
        {"timestamp_ms": BEGUN, "status": "DONE"},
        {"timestamp_ms": BEGUN, "tags": [{"key": "k" * 251, "value": "v"}]},
    ],
)
def test_a_bad_end_changes_nothing(alice: Person, number: str, message: dict[str, Any]) -> None:
    trace_id = begun(alice, number)
    before = answer(alice.get(f"{TRACES}/{trace_id}"))
    refusal(end(alice, trace_id, **message), 400, "INVALID_PARAMETER_VALUE")
    assert answer(alice.get(f"{TRACES}/{trace_id}")) == before


@pytest.mark.parametrize("moment", [-1, 253_402_300_800_000, 2**63 - 1])
def test_a_time_that_no_calendar_has_is_refused(alice: Person, number: str, moment: int) -> None:
    made = alice.post(f"{API}/traces", experiment_id=number, timestamp_ms=moment)
    assert "timestamp_ms" in refusal(made, 400, "INVALID_PARAMETER_VALUE")


def test_only_those_who_may_log_begin_and_end(
    alice: Person, bob: Person, charlie: Person, number: str
) -> None:
    trace_id = begun(alice, number)
    message = {"timestamp_ms": BEGUN + 1, "status": "OK"}
    for response in (begin(bob, number), end(bob, trace_id, **message)):
        refusal(response, 403, "PERMISSION_DENIED")
    for response in (
        begin(charlie, number),
        end(charlie, trace_id, **message),
        charlie.get(f"{API}/traces/{trace_id}/info"),
    ):
        refusal(response, 404, "RESOURCE_DOES_NOT_EXIST")
    assert answer(charlie.get(f"{API}/traces", experiment_ids=number)) == {}
