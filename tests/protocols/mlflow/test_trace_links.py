"""Which prompts a trace used: by the endpoint, and by the tag that older clients set."""

import json
from typing import Any

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import API, TRACES, answer, create_experiment, refusal

ID = f"tr-{'1' * 32}"
P1, Q2 = {"name": "p", "version": "1"}, {"name": "wine/list", "version": "2"}


def place(number: str) -> dict[str, Any]:
    return {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": number}}


@pytest.fixture
def number(alice: Person) -> str:
    """An experiment with one trace."""
    made = create_experiment(alice)
    info = {"trace_id": ID, "trace_location": place(made)}
    answer(alice.post(TRACES, trace={"trace_info": info}))
    return made


def link(person: Person, *prompts: dict[str, str], trace_id: str = ID) -> Any:
    path = f"{API}/traces/link-prompts"
    return person.post(path, trace_id=trace_id, prompt_versions=list(prompts))


def found(person: Person, number: str, text: str) -> list[str]:
    page = answer(person.post(f"{TRACES}/search", locations=[place(number)], filter=text))
    return [one["trace_id"] for one in page.get("traces", [])]


def test_a_trace_is_found_by_the_prompts_that_it_was_linked_to(alice: Person, number: str) -> None:
    assert answer(link(alice, P1, Q2)) == {}
    assert answer(link(alice, P1)) == {}
    assert found(alice, number, "prompt = 'p/1'") == [ID]
    assert found(alice, number, "prompt = 'wine/list/2'") == [ID]
    assert found(alice, number, "prompt = 'p/11'") == []
    assert found(alice, number, "prompt = 'P/1'") == []


@pytest.mark.parametrize("told", [[P1], [{"name": "p", "version": 1}, Q2]])
def test_the_tag_of_older_clients_links_as_well(alice: Person, number: str, told: Any) -> None:
    tag = {"key": "mlflow.linkedPrompts", "value": json.dumps(told)}
    answer(alice.send("PATCH", f"{API}/traces/{ID}/tags", json=tag))
    assert found(alice, number, "prompt = 'p/1'") == [ID]


@pytest.mark.parametrize("value", ["", "p/1", "{}", '["p"]', '[{"name": "p"}]', '[{"name":', "1"])
def test_a_tag_of_another_form_is_just_a_tag(alice: Person, number: str, value: str) -> None:
    tag = {"key": "mlflow.linkedPrompts", "value": value}
    answer(alice.send("PATCH", f"{API}/traces/{ID}/tags", json=tag))
    assert found(alice, number, "prompt = 'p/1'") == []


@pytest.mark.parametrize(
    "prompt", [{"name": "", "version": "1"}, {"name": "p", "version": "x"}, {"name": "p"}]
)
def test_what_is_no_version_of_a_prompt_is_refused(
    alice: Person, number: str, prompt: dict[str, str]
) -> None:
    assert link(alice, prompt).status_code == 400
    assert found(alice, number, "prompt = 'p/1'") == []


def test_only_those_who_may_log_link(
    alice: Person, bob: Person, charlie: Person, number: str
) -> None:
    assert "LOG RUN" in refusal(link(bob, P1), 403, "PERMISSION_DENIED")
    refusal(link(charlie, P1), 404, "RESOURCE_DOES_NOT_EXIST")
    assert found(alice, number, "prompt = 'p/1'") == []
