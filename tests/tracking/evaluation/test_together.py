from concurrent.futures import ThreadPoolExecutor

from app.db import Database
from app.tracking.evaluation.datasets import create_dataset, get_dataset
from app.tracking.evaluation.records import delete_records, merge_records, read_records
from app.tracking.evaluation.scorers import list_versions, register_scorer
from app.tracking.evaluation.values import GivenRecord
from tests.factories import caller_for
from tests.tracking.worlds import World

WORKERS, TURNS = 4, 5


def together(database: Database, world: World, work) -> list[list[int]]:
    """Let several callers do something in turns of their own, each turn a request."""

    def take_turns(worker: int) -> list[int]:
        with database.session() as session:
            results = []
            for turn in range(TURNS):
                results.append(work(caller_for(session, world.alice), worker, turn))
                session.commit()
            return results

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(take_turns, range(WORKERS)))


def test_the_same_inputs_merged_at_once_are_one_record(world: World, database: Database):
    dataset_id = create_dataset(world.caller(), "golden", [world.number]).dataset_id
    world.session.commit()

    def merge(caller, worker: int, turn: int) -> int:
        expected = {f"{worker}-{turn}": True}
        given = [GivenRecord({"q": number}, expectations=expected) for number in range(3)]
        return merge_records(caller, dataset_id, given).inserted

    inserted = together(database, world, merge)
    assert sum(map(sum, inserted)) == 3
    records = read_records(world.caller(), dataset_id).items
    assert [len(record.expectations or ()) for record in records] == [WORKERS * TURNS] * 3
    assert get_dataset(world.caller(), dataset_id).record_count == 3


def test_the_count_of_records_agrees_with_them(world: World, database: Database):
    dataset_id = create_dataset(world.caller(), "golden", [world.number]).dataset_id
    world.session.commit()

    def change(caller, worker: int, turn: int) -> int:
        merge_records(caller, dataset_id, [GivenRecord({"q": worker, "turn": turn})])
        oldest = read_records(caller, dataset_id, max_results=1).items[0]
        return delete_records(caller, dataset_id, [oldest.record_id])

    together(database, world, change)
    left = len(read_records(world.caller(), dataset_id).items)
    assert get_dataset(world.caller(), dataset_id).record_count == left


def test_versions_of_a_scorer_registered_at_once_have_numbers_of_their_own(
    world: World, database: Database
):
    def register(caller, _worker: int, _turn: int) -> int:
        return register_scorer(caller, world.number, "polite", "{}").version

    numbers = together(database, world, register)
    expected = list(range(1, WORKERS * TURNS + 1))
    assert sorted(number for some in numbers for number in some) == expected
    versions = list_versions(world.caller(), world.number, "polite")
    assert [one.version for one in versions] == expected
