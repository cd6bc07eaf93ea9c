"""The runs that used a table: as many as one may read, page by page."""

import pytest

from app import datasets
from app.errors import InvalidParameterError, NotFoundError
from app.tracking.runs.inputs import log_inputs
from app.tracking.runs.runs import delete_run
from app.tracking.runs.uses import list_uses, tables_of_run
from app.tracking.values import Dataset, DatasetInput
from tests.datasets.worlds import GRAPES, World, make_world


@pytest.fixture
def world(database):
    world = make_world(database)
    yield world
    world.session.close()


def used(world: World, who: str = "alice", **options) -> list[str]:
    return [use.run_id for use in list_uses(world.caller(who), GRAPES, **options).items]


def test_the_last_run_that_used_a_table_comes_first(world: World):
    world.table()
    runs = [world.log(world.caller(), str(GRAPES), digest=digest) for digest in ("d1", "d2")]
    uses = list_uses(world.caller(), GRAPES).items
    assert [use.run_id for use in uses] == runs[::-1]
    assert [(use.digest, use.experiment) for use in uses] == [("d2", "wine"), ("d1", "wine")]


def test_a_list_goes_on_where_a_page_ends(world: World):
    world.table()
    runs = [world.log(world.caller(), str(GRAPES)) for _ in range(3)]
    first = list_uses(world.caller(), GRAPES, limit=2)
    assert [use.run_id for use in first.items] == [runs[2], runs[1]]
    assert used(world, page_token=first.next_token) == [runs[0]]


def test_a_run_that_named_another_is_not_among_them(world: World):
    world.table()
    world.log(world.caller(), "grapes", "vineyard.cellar.raisins")
    assert used(world) == []


def test_a_run_that_named_it_unseen_is_not_among_them_until_it_may(world: World):
    world.table()
    run_id = world.log(world.caller("charlie"), str(GRAPES))
    assert used(world) == []
    dataset = DatasetInput(Dataset(str(GRAPES), "d1", "local", "{}"))
    log_inputs(world.caller(), run_id, datasets=[dataset])
    assert used(world) == [run_id]


def test_a_renamed_table_keeps_its_uses_and_a_deleted_run_is_none(world: World):
    made = world.table()
    kept, deleted = (world.log(world.caller(), str(GRAPES)) for _ in range(2))
    datasets.rename_table(world.caller(), GRAPES, GRAPES.parent.child("raisins"))
    delete_run(world.caller(), deleted)
    assert [use.run_id for use in list_uses(world.caller(), made.id).items] == [kept]


def test_a_run_tells_the_present_names_of_the_tables_that_it_used(world: World):
    world.table()
    run_id = world.log(world.caller(), str(GRAPES), "other")
    raisins = GRAPES.parent.child("raisins")
    datasets.rename_table(world.caller(), GRAPES, raisins)
    assert tables_of_run(world.caller(), run_id) == {(str(GRAPES), "d1"): raisins}
    assert tables_of_run(world.caller("charlie"), run_id) == {}
    datasets.delete_table(world.caller(), raisins)
    assert tables_of_run(world.caller(), run_id) == {}


def test_only_who_reads_the_experiment_is_told_of_its_runs(world: World):
    world.table()
    run_id = world.log(world.caller(), str(GRAPES))
    assert used(world, "dora") == [run_id]
    datasets.update_table(world.caller(), GRAPES, comment="x")
    assert list_uses(world.caller("root"), GRAPES).items


def test_who_does_not_see_the_table_gets_no_list(world: World):
    world.table()
    with pytest.raises(NotFoundError):
        list_uses(world.caller("charlie"), GRAPES)


@pytest.mark.parametrize("token", ["x", "WzEsMCwyLDNd", "WzEsMCwieCIsM10"])
def test_a_token_of_another_list_is_refused(world: World, token: str):
    world.table()
    with pytest.raises(InvalidParameterError):
        list_uses(world.caller(), GRAPES, page_token=token)
