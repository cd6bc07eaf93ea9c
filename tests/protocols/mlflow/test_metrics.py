"""Histories of metrics."""

from tests.application import Person
from tests.protocols.mlflow.calls import API, answer, create_experiment, refusal, start_run

HERE = f"{API}/metrics/get-history"
SAMPLES = f"{HERE}-bulk-interval"


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


def test_the_points_of_several_runs_come_together(alice: Person) -> None:
    first = logged(alice)
    number = answer(alice.get(f"{API}/runs/get", run_id=first))["run"]["info"]["experiment_id"]
    second = start_run(alice, number)["run_id"]
    point = {"key": "loss", "value": 9, "timestamp": 9}
    answer(alice.post(f"{API}/runs/log-metric", run_id=second, **point))
    query = {"run_id": [first, second], "metric_key": "loss"}
    found = answer(alice.get(f"{HERE}-bulk", **query))["metrics"]
    assert [(one["run_id"], one["value"]) for one in found][-2:] == [(first, 4.0), (second, 9.0)]
    few = answer(alice.get(f"{HERE}-bulk", **query, max_results=2))["metrics"]
    assert [one["value"] for one in few] == [0.0, 1.0]


def test_more_than_a_hundred_runs_at_once_are_refused(alice: Person) -> None:
    for run_ids in ([], ["0" * 32] * 101):
        response = alice.get(f"{HERE}-bulk", run_id=run_ids, metric_key="loss")
        assert "run_id" in refusal(response, 400, "INVALID_PARAMETER_VALUE")


def test_a_sample_of_several_runs_comes_run_by_run(alice: Person) -> None:
    runs = [logged(alice), start_run(alice, create_experiment(alice, "ml.prod.other"))["run_id"]]
    query = {"run_ids": runs, "metric_key": "loss", "max_results": 2}
    found = answer(alice.get(SAMPLES, **query))["metrics"]
    assert [(point["run_id"], point["step"]) for point in found] == [(runs[0], 0), (runs[0], 4)]


def test_a_sample_may_be_of_some_steps(alice: Person) -> None:
    query = {"run_ids": logged(alice), "metric_key": "loss", "start_step": 1, "end_step": 2}
    found = answer(alice.get(SAMPLES, **query))["metrics"]
    assert [point["step"] for point in found] == [1, 2]


def test_one_end_of_an_interval_is_none(alice: Person) -> None:
    response = alice.get(SAMPLES, run_ids=logged(alice), metric_key="loss", start_step=1)
    assert "both must be" in refusal(response, 400, "INVALID_PARAMETER_VALUE")
