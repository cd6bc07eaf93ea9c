import pytest

from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.tracking.evaluation.dataset_search import search_datasets
from app.tracking.evaluation.datasets import (
    add_to_experiments,
    create_dataset,
    delete_dataset,
    delete_tag,
    get_dataset,
    list_experiment_ids,
    remove_from_experiments,
    set_tags,
)
from app.tracking.evaluation.records import merge_records, read_records
from app.tracking.evaluation.values import GivenRecord
from app.tracking.experiments import delete_experiment
from app.tracking.values import Search
from tests.factories import NOW, grant
from tests.tracking.worlds import World


@pytest.fixture
def dataset(world: World) -> str:
    """A data set of alice's in her experiment."""
    made = create_dataset(world.caller(), "golden", [world.number], {"team": "search", "n": 1})
    world.session.commit()
    return made.dataset_id


def names(world: World, who: str = "alice", **search) -> list[str]:
    experiment_ids = search.pop("experiment_ids", ())
    found = search_datasets(world.caller(who), Search(**search), experiment_ids)
    return [one.name for one in found.items]


def test_a_new_data_set_has_a_digest_and_neither_records_nor_fields(world: World, dataset: str):
    found = get_dataset(world.caller("bob"), dataset)
    assert (found.name, found.record_count, found.fields) == ("golden", 0, None)
    assert found.tags == (("n", "1"), ("team", "search"))
    assert len(found.digest) == 8


def test_a_data_set_needs_an_experiment(world: World):
    with pytest.raises(InvalidParameterError):
        create_dataset(world.caller(), "golden", [])


def test_the_tag_of_clients_says_who_made_it(world: World):
    made = create_dataset(world.caller(), "golden", [world.number], {"mlflow.user": "ann"})
    assert (made.created_by, made.updated_by) == ("ann", "ann")


def test_a_reader_changes_nothing_and_a_stranger_finds_nothing(world: World, dataset: str):
    for who, error in (("bob", PermissionDeniedError), ("charlie", NotFoundError)):
        for use in (
            lambda caller: create_dataset(caller, "x", [world.number]),
            lambda caller: set_tags(caller, dataset, {"a": "1"}),
            lambda caller: delete_tag(caller, dataset, "team"),
            lambda caller: add_to_experiments(caller, dataset, [world.number]),
            lambda caller: remove_from_experiments(caller, dataset, ["77"]),
            lambda caller: merge_records(caller, dataset, [GivenRecord({"q": 1})]),
            lambda caller: delete_dataset(caller, dataset),
        ):
            with world.undone(), pytest.raises(error):
                use(world.caller(who))


def test_somebody_who_logs_sees_the_data_set_and_reads_no_record(world: World, dataset: str):
    grant(world.session, world.experiment, world.charlie, "LOG RUN")
    world.session.commit()
    merge_records(world.caller("charlie"), dataset, [GivenRecord({"q": 1})])
    assert get_dataset(world.caller("charlie"), dataset).record_count == 1
    with pytest.raises(PermissionDeniedError):
        read_records(world.caller("charlie"), dataset)


def test_hidden_and_absent_data_sets_get_the_same_answer(world: World, dataset: str):
    absent = f"d-{'0' * 32}"
    with pytest.raises(NotFoundError) as hidden:
        get_dataset(world.caller("charlie"), dataset)
    with pytest.raises(NotFoundError) as missing:
        get_dataset(world.caller("charlie"), absent)
    assert str(hidden.value).replace(dataset, absent) == str(missing.value)


def test_a_link_lists_a_data_set_and_gives_nobody_a_right(world: World, dataset: str):
    shared = world.add_experiment("shared")
    add_to_experiments(world.caller(), dataset, [shared])
    world.session.commit()
    assert names(world, experiment_ids=[shared]) == ["golden"]
    assert list_experiment_ids(world.caller(), dataset) == [world.number, shared]
    # Bob reads the home, and does not see the other experiment.
    assert list_experiment_ids(world.caller("bob"), dataset) == [world.number]
    assert names(world, "bob", experiment_ids=[shared]) == []
    assert names(world, "bob", experiment_ids=[world.number]) == ["golden"]


def test_linking_takes_the_right_on_both_sides(world: World, dataset: str):
    foreign = world.add_experiment("foreign", owner="bob")
    with world.undone(), pytest.raises(NotFoundError):
        add_to_experiments(world.caller(), dataset, [foreign])
    with world.undone(), pytest.raises(NotFoundError):
        create_dataset(world.caller(), "other", [world.number, foreign])
    assert list_experiment_ids(world.caller(), dataset) == [world.number]


def test_a_data_set_leaves_other_experiments_and_never_its_home(world: World, dataset: str):
    shared = world.add_experiment("shared")
    add_to_experiments(world.caller(), dataset, [shared, world.number])
    left = remove_from_experiments(world.caller(now=NOW + 5), dataset, [shared, "99"])
    assert left.updated_at == NOW + 5
    world.session.commit()
    assert list_experiment_ids(world.caller(), dataset) == [world.number]
    with world.undone(), pytest.raises(InvalidParameterError):
        remove_from_experiments(world.caller(), dataset, [world.number])


def test_tags_are_added_changed_and_deleted(world: World, dataset: str):
    set_tags(world.caller(), dataset, {"team": None, "n": 2, "on": True, "deep": [1]})
    expected = (("deep", "[1]"), ("n", "2"), ("on", "True"))
    assert get_dataset(world.caller(), dataset).tags == expected
    delete_tag(world.caller(), dataset, "deep")
    delete_tag(world.caller(), dataset, "absent")
    assert get_dataset(world.caller(), dataset).tags == expected[1:]


def test_a_deleted_data_set_is_gone_with_its_records(world: World, dataset: str):
    merge_records(world.caller(), dataset, [GivenRecord({"q": 1})])
    delete_dataset(world.caller(), dataset)
    with pytest.raises(NotFoundError):
        read_records(world.caller(), dataset)
    assert names(world) == []


def test_data_sets_of_an_experiment_in_the_trash_are_read_by_id_and_not_changed(
    world: World, dataset: str
):
    delete_experiment(world.caller(), world.number)
    world.session.commit()
    assert get_dataset(world.caller(), dataset).name == "golden"
    assert names(world) == []
    with world.undone(), pytest.raises(InvalidParameterError):
        set_tags(world.caller(), dataset, {"a": "1"})


def test_a_search_finds_by_name_tag_and_time_in_any_order(world: World, dataset: str):
    for index, name in enumerate(("copper", "silver")):
        create_dataset(world.caller(now=NOW + 1 + index), name, [world.number], {"shade": name})
    assert names(world) == ["silver", "copper", "golden"]
    assert names(world, "charlie") == []
    by_name = (OrderBy(Entity.ATTRIBUTE, "name"),)
    assert names(world, order_by=by_name) == ["copper", "golden", "silver"]
    for entity, key, operator, value, expected in (
        (Entity.ATTRIBUTE, "name", Operator.LIKE, "%er", ["silver", "copper"]),
        (Entity.ATTRIBUTE, "name", Operator.IN, ("golden", "tin"), ["golden"]),
        (Entity.ATTRIBUTE, "created_time", Operator.GE, NOW + 2, ["silver"]),
        (Entity.TAG, "shade", Operator.EQ, "copper", ["copper"]),
    ):
        assert names(world, filters=(Comparison(entity, key, operator, value),)) == expected


def test_pages_put_together_are_the_whole_although_more_comes_in_between(
    world: World, dataset: str
):
    for index in range(4):
        create_dataset(world.caller(now=NOW + 1 + index), f"d{index}", [world.number])
    first = search_datasets(world.caller(), Search(max_results=2))
    create_dataset(world.caller(now=NOW + 9), "late", [world.number])
    second = search_datasets(world.caller(), Search(max_results=2, page_token=first.next_token))
    third = search_datasets(world.caller(), Search(max_results=2, page_token=second.next_token))
    found = [one.name for page in (first, second, third) for one in page.items]
    assert found == ["d3", "d2", "d1", "d0", "golden"]
    assert third.next_token == ""
