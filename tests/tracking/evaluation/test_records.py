import time

import pytest

from app.errors import InvalidParameterError
from app.tracking.evaluation.datasets import create_dataset, get_dataset
from app.tracking.evaluation.merging import merge, widen
from app.tracking.evaluation.records import delete_records, merge_records, read_records
from app.tracking.evaluation.values import EvaluationRecord, GivenRecord, Merged, Source
from tests.factories import NOW
from tests.tracking.worlds import World


@pytest.fixture
def dataset(world: World) -> str:
    made = create_dataset(world.caller(), "golden", [world.number])
    world.session.commit()
    return made.dataset_id


def read(world: World, dataset: str) -> list[EvaluationRecord]:
    return read_records(world.caller("bob"), dataset).items


def test_a_record_with_the_same_inputs_is_merged(world: World, dataset: str):
    first = GivenRecord(
        {"q": "why", "n": 1},
        expectations={"a": 1, "b": 2},
        tags={"mlflow.user": "ann"},
        source=Source("TRACE", {"trace_id": "tr-1"}),
    )
    again = GivenRecord(
        {"n": 1, "q": "why"},
        outputs="so",
        has_outputs=True,
        expectations={"b": 3},
        tags={"x": "y"},
        source=Source("HUMAN", {}),
    )
    assert merge_records(world.caller(), dataset, [first]) == Merged(1, 0)
    assert merge_records(world.caller(now=NOW + 7), dataset, [again]) == Merged(0, 1)
    (record,) = read(world, dataset)
    assert record.expectations == {"a": 1, "b": 3}
    assert record.tags == {"mlflow.user": "ann", "x": "y"}
    assert record.outputs == "so"
    assert record.source == Source("TRACE", {"trace_id": "tr-1"})
    assert record.source.id == "tr-1"
    assert (record.created_by, record.updated_by) == ("ann", "ann")
    assert (record.created_at, record.updated_at) == (NOW, NOW + 7)


def test_merging_takes_time_in_proportion_to_what_is_merged():
    records = [
        GivenRecord({f"q{one}": one}, expectations={f"a{one}": one}) for one in range(20_000)
    ]
    known = EvaluationRecord("r", "d", {}, None, None, {}, None, None, None, NOW, NOW)
    begun = time.process_time()
    for record in records:
        known = merge(known, record, NOW)
    assert len(widen(None, records)["inputs"]) == len(known.expectations or {}) == 20_000
    assert time.process_time() - begun < 1


def test_records_of_one_call_merge_with_each_other(world: World, dataset: str):
    twice = [GivenRecord({"q": 1}, expectations={"a": 1}), GivenRecord({"q": 1}, tags={"b": 2})]
    assert merge_records(world.caller(), dataset, twice) == Merged(1, 1)
    (record,) = read(world, dataset)
    assert (record.expectations, record.tags) == ({"a": 1}, {"b": 2})


def test_what_looks_alike_is_another_input(world: World, dataset: str):
    given = [GivenRecord({"q": value}) for value in (1, 1.0, True, "1", None)]
    assert merge_records(world.caller(), dataset, given) == Merged(5, 0)


def test_outputs_left_out_stay_and_a_null_takes_them_away(world: World, dataset: str):
    said = GivenRecord({"q": 1}, outputs=[1, 2], has_outputs=True)
    merge_records(world.caller(), dataset, [said, GivenRecord({"q": 1})])
    assert read(world, dataset)[0].outputs == [1, 2]
    merge_records(world.caller(), dataset, [GivenRecord({"q": 1}, has_outputs=True)])
    assert read(world, dataset)[0].outputs is None


def test_the_data_set_tells_how_many_records_it_has_and_what_they_hold(world: World, dataset: str):
    before = get_dataset(world.caller(), dataset)
    given = GivenRecord({"q": "a"}, outputs={"s": 0.5}, has_outputs=True, expectations={"e": None})
    more = GivenRecord({"q": 5, "deep": {"x": []}}, expectations={"l": [1]})
    merge_records(world.caller(now=NOW + 1), dataset, [given])
    merge_records(world.caller(now=NOW + 2), dataset, [more])
    after = get_dataset(world.caller(), dataset)
    assert after.record_count == 2
    assert after.digest != before.digest
    assert after.updated_at == NOW + 2
    assert after.fields == {
        "inputs": {"q": "string", "deep": "object"},
        "outputs": {"s": "float"},
        "expectations": {"e": "null", "l": "array"},
        "version": "1.0",
    }


def test_outputs_of_one_kind_have_one_type(world: World, dataset: str):
    given = GivenRecord({"q": "a"}, outputs="text", has_outputs=True)
    merge_records(world.caller(), dataset, [given])
    fields = get_dataset(world.caller(), dataset).fields
    assert fields is not None
    assert fields["outputs"] == "string"


def test_pages_of_records_are_the_whole_in_the_order_of_coming(world: World, dataset: str):
    merge_records(world.caller(), dataset, [GivenRecord({"q": number}) for number in range(5)])
    seen, token = [], ""
    while True:
        page = read_records(world.caller(), dataset, max_results=2, page_token=token)
        seen += [record.inputs["q"] for record in page.items]
        token = page.next_token
        if not token:
            break
    assert seen == [0, 1, 2, 3, 4]


def test_a_token_of_another_data_set_is_refused(world: World, dataset: str):
    other = create_dataset(world.caller(), "other", [world.number]).dataset_id
    merge_records(world.caller(), dataset, [GivenRecord({"q": number}) for number in range(3)])
    token = read_records(world.caller(), dataset, max_results=1).next_token
    with pytest.raises(InvalidParameterError):
        read_records(world.caller(), other, page_token=token)


def test_records_are_deleted_by_id_of_their_own_data_set_alone(world: World, dataset: str):
    other = create_dataset(world.caller(), "other", [world.number]).dataset_id
    merge_records(world.caller(), other, [GivenRecord({"q": 0})])
    merge_records(world.caller(), dataset, [GivenRecord({"q": number}) for number in range(3)])
    ids = [record.record_id for record in [*read(world, dataset)[:2], *read(world, other)]]
    assert delete_records(world.caller(now=NOW + 3), dataset, [*ids, "dr-none"]) == 2
    assert get_dataset(world.caller(), dataset).record_count == 1
    assert len(read(world, other)) == 1


def test_the_log_counts_and_quotes_nothing(world: World, dataset: str):
    caller = world.caller()
    merge_records(caller, dataset, [GivenRecord({"secret": "question"})])
    (entry,) = caller.ledger.entries
    assert entry.operation == "evaluation_record.write"
    assert entry.details == {"dataset_id": dataset, "inserted": 1, "updated": 0}


def test_a_page_of_large_records_is_cut_short_and_goes_on(world: World, dataset: str):
    for number in range(3):
        merge_records(
            world.caller(), dataset, [GivenRecord({"q": number, "text": "x" * 7_000_000})]
        )
    pages: list[list[int]] = []
    token = ""
    while not pages or token:
        page = read_records(world.caller("bob"), dataset, page_token=token)
        pages.append([record.inputs["q"] for record in page.items])
        token = page.next_token
    assert pages == [[0, 1], [2]]
