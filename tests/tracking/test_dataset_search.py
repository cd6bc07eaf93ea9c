import pytest

from app.errors import InvalidParameterError
from app.tracking.runs.dataset_search import DatasetSummary, search_datasets
from app.tracking.runs.inputs import log_inputs
from app.tracking.runs.runs import create_run
from app.tracking.values import Dataset, DatasetInput

GRAPES = Dataset("grapes", "d1", "local", "{}")
WATER = Dataset("water", "d1", "local", "{}")


def used(dataset, context):
    return DatasetInput(dataset, (("mlflow.data.context", context),))


def test_a_data_set_is_told_once_for_each_context(world, run_id):
    other = create_run(world.caller(), world.number).info.run_id
    for run in (run_id, other):
        log_inputs(world.caller(), run, datasets=[used(GRAPES, "training"), DatasetInput(WATER)])
    third = create_run(world.caller(), world.number).info.run_id
    log_inputs(world.caller(), third, datasets=[used(GRAPES, "test")])
    assert search_datasets(world.caller(), [world.number]) == [
        DatasetSummary(world.number, "grapes", "d1", "test"),
        DatasetSummary(world.number, "grapes", "d1", "training"),
        DatasetSummary(world.number, "water", "d1", None),
    ]


def test_only_experiments_that_one_may_read_are_searched(world, run_id):
    log_inputs(world.caller(), run_id, datasets=[DatasetInput(WATER)])
    secret = world.add_experiment("secret")
    hidden = create_run(world.caller(), secret).info.run_id
    log_inputs(world.caller(), hidden, datasets=[DatasetInput(GRAPES)])
    wanted = [world.number, secret, "987654"]
    assert [one.name for one in search_datasets(world.caller("bob"), wanted)] == ["water"]
    assert search_datasets(world.caller("charlie"), wanted) == []


@pytest.mark.parametrize("wanted", [[], ["1"] * 21, ["x"]])
def test_what_names_no_experiments_is_refused(world, wanted):
    with pytest.raises(InvalidParameterError):
        search_datasets(world.caller(), wanted)
