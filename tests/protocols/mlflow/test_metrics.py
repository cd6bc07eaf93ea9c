"""Histories of metrics."""

from tests.application import Person
from tests.protocols.mlflow.calls import API, answer, refusal, start_run

HERE = f"{API}/metrics/get-history"


def logged(person: Person) -> str:
    run_id: str = start_run(person)["run_id"]
    metrics = [{"key": "loss", "value": n, "timestamp": n, "step": n} for n in range(5)]
    answer(person.post(f"{API}/runs/log-batch", run_id=run_id, metrics=metrics))
    return run_id


def test_without_a_page_size_all_points_come(alice: Person) -> None:
    found = answer(alice.get(HERE, run_id=logged(alice), metric_key="loss"))
    assert [point["step"] for point in found["metrics"]] == [0, 1, 2, 3, 4]
    assert "next_page_token" not in found


def test_with_a_page_size_points_come_page_by_page(alice: Person) -> None:
    query = {"run_id": logged(alice), "metric_key": "loss", "max_results": 3}
    first = answer(alice.get(HERE, **query))
    last = answer(alice.get(HERE, **query, page_token=first["next_page_token"]))
    assert [point["step"] for point in first["metrics"] + last["metrics"]] == [0, 1, 2, 3, 4]
    assert "next_page_token" not in last


def test_a_metric_that_was_never_logged_has_no_points(alice: Person) -> None:
    assert answer(alice.get(HERE, run_id=logged(alice), metric_key="none")) == {}


def test_a_token_of_another_list_is_refused_by_name(alice: Person) -> None:
    response = alice.get(HERE, run_id=logged(alice), metric_key="loss", page_token="e30")
    assert "page_token" in refusal(response, 400, "INVALID_PARAMETER_VALUE")
