"""Evaluation datasets on the wire: JSON in texts, pages, and what is refused."""

import json
from typing import Any

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import answer, create_experiment, refusal

HERE = "/api/3.0/mlflow/datasets"
_BAD = "INVALID_PARAMETER_VALUE"


def make(person: Person, **message: Any) -> dict[str, Any]:
    new = {"name": "golden", "experiment_ids": [create_experiment(person)], **message}
    dataset: dict[str, Any] = answer(person.post(f"{HERE}/create", **new))["dataset"]
    return dataset


def merge(person: Person, dataset_id: str, *records: Any) -> dict[str, Any]:
    return answer(person.post(f"{HERE}/{dataset_id}/records", records=json.dumps(records)))


def test_a_data_set_has_tags_schema_and_profile_in_texts(alice: Person) -> None:
    made = make(alice, tags='{"team": "search"}')
    assert json.loads(made["tags"]) == {"team": "search"}
    assert set(made) == {
        "dataset_id",
        "name",
        "tags",
        "digest",
        "created_time",
        "create_time",
        "last_update_time",
        "experiment_ids",
    }
    assert made["create_time"] == made["created_time"]
    merge(alice, made["dataset_id"], {"inputs": {"q": "why"}})
    found = answer(alice.get(f"{HERE}/{made['dataset_id']}"))["dataset"]
    assert json.loads(found["schema"])["inputs"] == {"q": "string"}
    assert json.loads(found["profile"]) == {"num_records": 1}
    assert "experiment_ids" not in found


def test_what_is_no_number_in_json_is_null(alice: Person) -> None:
    dataset_id = make(alice)["dataset_id"]
    told = {"nan": float("nan"), "least": [float("-inf")], "text": 'not "NaN", Infinity\\'}
    merge(alice, dataset_id, {"inputs": told, "expectations": float("nan")})
    page = answer(alice.get(f"{HERE}/{dataset_id}/records"))
    (record,) = json.loads(page["records"])
    assert record["inputs"] == {**told, "nan": None, "least": [None]}


@pytest.mark.parametrize("text", ['[{"inputs": NaNa}]', '["NaN', "[Infinity5]", "[-]", '["\\'])
def test_what_is_near_to_json_is_refused(alice: Person, text: str) -> None:
    dataset_id = make(alice)["dataset_id"]
    response = alice.post(f"{HERE}/{dataset_id}/records", records=text)
    assert "'records'" in refusal(response, 400, _BAD)


def test_a_record_has_what_was_said_of_it(alice: Person) -> None:
    dataset_id = make(alice)["dataset_id"]
    given = {
        "inputs": {"q": "why", "nul": "\x00"},
        "outputs": ["so"],
        "expectations": {"a": {"b": 1}},
        "tags": {"mlflow.user": "ann"},
        "source": {"source_type": "trace", "source_data": {"trace_id": "tr-1"}},
    }
    merge(alice, dataset_id, given)
    page = answer(alice.get(f"{HERE}/{dataset_id}/records"))
    (record,) = json.loads(page["records"])
    source = {"source_type": "TRACE", "source_data": {"trace_id": "tr-1"}}
    assert record.items() >= {**given, "source": source, "source_id": "tr-1"}.items()
    assert record["source_type"] == "TRACE"
    assert record["created_by"] == record["last_updated_by"] == "ann"
    assert record["dataset_record_id"].startswith("dr-")


def test_records_come_in_pages(alice: Person) -> None:
    dataset_id = make(alice)["dataset_id"]
    merge(alice, dataset_id, *({"inputs": {"n": number}} for number in range(3)))
    first = answer(alice.get(f"{HERE}/{dataset_id}/records", max_results=2))
    token = first["next_page_token"]
    second = answer(alice.get(f"{HERE}/{dataset_id}/records", max_results=2, page_token=token))
    seen = json.loads(first["records"]) + json.loads(second["records"])
    assert [record["inputs"]["n"] for record in seen] == [0, 1, 2]
    assert "next_page_token" not in second


@pytest.mark.parametrize(
    "record,field",
    [
        (5, "records[0]"),
        ({"inputs": []}, "records[0].inputs"),
        ({"inputs": None}, "records[0].inputs"),
        ({"inputs": {}, "expectations": "x"}, "records[0].expectations"),
        ({"inputs": {}, "tags": [1]}, "records[0].tags"),
        ({"inputs": {}, "tags": {"mlflow.user": "x" * 256}}, "records[0].tags"),
        ({"inputs": {}, "source": "TRACE"}, "records[0].source"),
        ({"inputs": {}, "source": {"source_type": "MOON"}}, "records[0].source.source_type"),
        (
            {"inputs": {}, "source": {"source_type": "CODE", "source_data": 5}},
            "records[0].source.source_data",
        ),
    ],
)
def test_a_record_that_is_none_is_named_and_nothing_is_kept(
    alice: Person, record: Any, field: str
) -> None:
    dataset_id = make(alice)["dataset_id"]
    path = f"{HERE}/{dataset_id}/records"
    words = refusal(alice.post(path, records=json.dumps([record])), 400, _BAD)
    assert field in words
    assert json.loads(answer(alice.get(path))["records"]) == []


@pytest.mark.parametrize("text", ["", "{}", "[", "5", "[" * 200])
def test_what_is_no_list_in_a_text_is_refused(alice: Person, text: str) -> None:
    dataset_id = make(alice)["dataset_id"]
    words = refusal(alice.post(f"{HERE}/{dataset_id}/records", records=text), 400, _BAD)
    assert "records" in words


def test_several_megabytes_of_records_are_merged_at_once(alice: Person) -> None:
    dataset_id = make(alice)["dataset_id"]
    records = [{"inputs": {"page": str(number) * 10_000}} for number in range(300)]
    assert merge(alice, dataset_id, *records) == {"inserted_count": 300, "updated_count": 0}
    too_many = json.dumps([{"inputs": {"page": "x" * (9 << 20)}}])
    answered = alice.post(f"{HERE}/{dataset_id}/records", records=too_many)
    assert answered.status_code == 413


def test_what_a_filter_does_not_admit_is_refused(alice: Person) -> None:
    for text in ("digest = 'a'", "tag.a = 'b'", "name NOT IN ('a')", "created_time LIKE '5'"):
        refusal(alice.post(f"{HERE}/search", filter_string=text), 400, _BAD)
    for term in ("created_by", "tags.a"):
        refusal(alice.post(f"{HERE}/search", order_by=[term]), 400, _BAD)


def test_a_search_may_be_a_get(alice: Person) -> None:
    made = make(alice)
    number = made["experiment_ids"][0]
    found = answer(
        alice.get(f"{HERE}/search", experiment_ids=number, filter_string="name='golden'")
    )
    assert [one["dataset_id"] for one in found["datasets"]] == [made["dataset_id"]]
