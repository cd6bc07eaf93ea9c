"""Issues of traces: told, changed and searched."""

from typing import Any

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import TRACES, answer, create_experiment, refusal

ISSUES = "/api/3.0/mlflow/issues"


@pytest.fixture
def number(alice: Person) -> str:
    return create_experiment(alice)


def tell(person: Person, number: str, name: str = "slow", **more: Any) -> Any:
    return person.post(ISSUES, experiment_id=number, name=name, description="too slow", **more)


def told(person: Person, number: str, name: str = "slow", **more: Any) -> dict[str, Any]:
    issue: dict[str, Any] = answer(tell(person, number, name, **more))["issue"]
    return issue


def found(person: Person, **asked: Any) -> list[str]:
    page = answer(person.post(f"{ISSUES}/search", **asked))
    return [one["name"] for one in page.get("issues", [])]


def test_an_issue_comes_back_as_it_was_told(alice: Person, bob: Person, number: str) -> None:
    more: dict[str, Any] = {"severity": "low", "root_causes": ["load"], "categories": ["speed"]}
    made = told(alice, number, **more, source_run_id="r1", created_by="somebody else")
    assert made.items() >= (more | {"status": "pending", "source_run_id": "r1"}).items()
    assert made["created_by"] == "alice"
    assert answer(bob.get(f"{ISSUES}/{made['issue_id']}"))["issue"] == made


def test_an_issue_changes_in_what_is_said_alone(alice: Person, number: str) -> None:
    made = told(alice, number, severity="low")
    path = f"{ISSUES}/{made['issue_id']}"
    changed = answer(alice.send("PATCH", path, json={"status": "resolved"}))["issue"]
    same = {name: made[name] for name in ("name", "description", "severity", "issue_id")}
    assert changed.items() >= (same | {"status": "resolved"}).items()


def test_the_gravest_and_then_the_newest_come_first_page_by_page(
    alice: Person, number: str
) -> None:
    for name, severity in (("a", "low"), ("b", "high"), ("c", None), ("d", "high")):
        told(alice, number, name, severity=severity)
    assert found(alice, experiment_id=number) == ["d", "b", "a", "c"]
    seen, token = [], ""
    while True:
        asked = {"experiment_id": number, "max_results": 1, "page_token": token}
        page = answer(alice.post(f"{ISSUES}/search", **asked))
        seen += [one["name"] for one in page["issues"]]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert seen == ["d", "b", "a", "c"]


@pytest.mark.parametrize(
    "text, names",
    [
        ("status = 'resolved'", ["b"]),
        ("status != 'resolved'", ["a"]),
        ("source_run_id = 'r1' AND status = 'pending'", ["a"]),
    ],
)
def test_filters(alice: Person, number: str, text: str, names: list[str]) -> None:
    told(alice, number, "a", source_run_id="r1")
    told(alice, number, "b", status="resolved")
    assert found(alice, experiment_id=number, filter_string=text) == names


def test_the_traces_that_refer_to_an_issue_are_counted(alice: Person, number: str) -> None:
    made = told(alice, number)
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": number}}
    for digit in "12":
        trace_id = f"tr-{digit * 32}"
        info = {"trace_id": trace_id, "trace_location": place}
        answer(alice.post(TRACES, trace={"trace_info": info}))
        note = {"assessment_name": made["issue_id"], "issue": {"issue_name": "slow"}}
        answer(alice.post(f"{TRACES}/{trace_id}/assessments", assessment=note))
    asked = {"experiment_id": number, "include_trace_count": True}
    (issue,) = answer(alice.post(f"{ISSUES}/search", **asked))["issues"]
    assert issue["trace_count"] == 2


@pytest.mark.parametrize(
    "more",
    [{"status": "done"}, {"severity": "bad"}, {"name": ""}, {"name": "n" * 251}, {"name": None}],
)
def test_what_is_no_issue_is_refused(alice: Person, number: str, more: dict[str, Any]) -> None:
    message = {"experiment_id": number, "name": "slow", "description": "too slow"} | more
    refusal(alice.post(ISSUES, **message), 400, "INVALID_PARAMETER_VALUE")
    assert found(alice, experiment_id=number) == []


def test_issues_are_of_their_experiment(
    alice: Person, bob: Person, charlie: Person, number: str
) -> None:
    path = f"{ISSUES}/{told(alice, number)['issue_id']}"
    assert "ASSESS" in refusal(tell(bob, number), 403, "PERMISSION_DENIED")
    refusal(bob.send("PATCH", path, json={"name": "n"}), 403, "PERMISSION_DENIED")
    for response in (
        tell(charlie, number),
        charlie.get(path),
        charlie.send("PATCH", path, json={"name": "n"}),
    ):
        refusal(response, 404, "RESOURCE_DOES_NOT_EXIST")
    assert (found(bob), found(charlie)) == (["slow"], [])
