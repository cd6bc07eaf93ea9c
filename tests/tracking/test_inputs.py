import pytest
from sqlalchemy import func, select

from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.lineage import Direction, walk
from app.tracking.logged_models import NewLoggedModel, create_logged_model
from app.tracking.runs.inputs import log_inputs, log_outputs
from app.tracking.runs.runs import create_run, delete_run, get_run
from app.tracking.tables import datasets
from app.tracking.values import Dataset, DatasetInput, ModelOutput

GRAPES = Dataset("grapes", "d1", "local", '{"uri": "grapes.csv"}', schema="{}", profile=None)
TRAINING = DatasetInput(GRAPES, (("mlflow.data.context", "training"),))


@pytest.fixture
def model_id(world):
    return create_logged_model(world.caller(), world.number, NewLoggedModel("m")).model_id


def test_a_data_set_is_read_back_with_its_tags(world, run_id):
    log_inputs(world.caller(), run_id, datasets=[TRAINING])
    assert get_run(world.caller(), run_id).dataset_inputs == (TRAINING,)


def test_a_data_set_is_kept_once_per_experiment(world, run_id):
    other = create_run(world.caller(), world.number).info.run_id
    for run in (run_id, other, other):
        log_inputs(world.caller(), run, datasets=[TRAINING, TRAINING])
    assert world.session.execute(select(func.count()).select_from(datasets)).scalar_one() == 1
    assert get_run(world.caller(), other).dataset_inputs == (TRAINING,)


def test_another_digest_is_another_data_set(world, run_id):
    newer = DatasetInput(Dataset("grapes", "d2", "local", "{}"))
    log_inputs(world.caller(), run_id, datasets=[TRAINING, newer])
    assert len(get_run(world.caller(), run_id).dataset_inputs) == 2


def test_a_data_set_used_before_keeps_its_tags(world, run_id):
    log_inputs(world.caller(), run_id, datasets=[TRAINING])
    log_inputs(world.caller(), run_id, datasets=[DatasetInput(GRAPES, (("new", "tag"),))])
    assert get_run(world.caller(), run_id).dataset_inputs == (TRAINING,)


@pytest.mark.parametrize(
    "part, length", [("name", 501), ("digest", 37), ("source", 65_536), ("schema", 1_048_576)]
)
def test_a_data_set_has_limits(world, run_id, part, length):
    values = {"name": "n", "digest": "d", "source_type": "t", "source": "s", part: "x" * length}
    with pytest.raises(InvalidParameterError, match="exceeds the maximum length"):
        log_inputs(world.caller(), run_id, datasets=[DatasetInput(Dataset(**values))])


@pytest.mark.parametrize("tag", [("k" * 256, "v"), ("k", "v" * 501), ("k", "\x00")])
def test_the_tags_of_an_input_have_limits(world, run_id, tag):
    with pytest.raises(InvalidParameterError):
        log_inputs(world.caller(), run_id, datasets=[DatasetInput(GRAPES, (tag,))])


def test_models_used_and_made_are_read_back(world, run_id, model_id):
    made = create_logged_model(world.caller(), world.number, NewLoggedModel("n")).model_id
    log_inputs(world.caller(), run_id, model_ids=[model_id, model_id])
    log_outputs(world.caller(), run_id, [ModelOutput(made, 3), ModelOutput(made, 5)])
    log_outputs(world.caller(), run_id, [ModelOutput(made, 3)])
    run = get_run(world.caller(), run_id)
    assert run.model_inputs == (model_id,)
    assert run.model_outputs == (ModelOutput(made, 3), ModelOutput(made, 5))


def test_an_unknown_model_is_not_found_and_nothing_is_written(world, run_id):
    unknown = "m-" + "0" * 32
    with world.undone(), pytest.raises(NotFoundError, match="Logged model with ID"):
        log_inputs(world.caller(), run_id, datasets=[TRAINING], model_ids=[unknown])
    assert get_run(world.caller(), run_id).dataset_inputs == ()
    with world.undone(), pytest.raises(NotFoundError):
        log_outputs(world.caller(), run_id, [ModelOutput(unknown)])


def test_a_deleted_run_takes_neither(world, run_id, model_id):
    delete_run(world.caller(), run_id)
    for write in (
        lambda: log_inputs(world.caller(), run_id, datasets=[TRAINING]),
        lambda: log_outputs(world.caller(), run_id, [ModelOutput(model_id)]),
    ):
        with pytest.raises(InvalidParameterError, match="active"):
            write()


def test_lineage_leads_from_a_model_back_to_the_data(world, run_id):
    log_inputs(world.caller(), run_id, datasets=[TRAINING])
    model = create_logged_model(
        world.caller(), world.number, NewLoggedModel("made", source_run_id=run_id)
    )
    graph = walk(world.caller(), f"logged_model:{model.model_id}", Direction.UPSTREAM, 5)
    assert [(node.kind, node.label) for node in graph.nodes] == [
        ("logged_model", "made"),
        ("run", get_run(world.caller(), run_id).info.name),
        ("asset", "grapes"),
    ]
    assert [edge.kind for edge in graph.edges] == ["output", "input"]


def test_an_output_named_twice_is_one_edge(world, run_id, model_id):
    log_outputs(world.caller(), run_id, [ModelOutput(model_id, 1), ModelOutput(model_id, 2)])
    graph = walk(world.caller(), f"run:{run_id}", Direction.DOWNSTREAM, 1)
    assert [edge.count for edge in graph.edges] == [1]


def test_charlie_learns_no_data_set_of_a_hidden_experiment(world, run_id):
    log_inputs(world.caller(), run_id, datasets=[TRAINING])
    with pytest.raises(NotFoundError):
        walk(world.caller("charlie"), f"asset:mlflow:{world.number}/grapes@d1", Direction.BOTH, 1)


def test_bob_may_log_neither_and_charlie_finds_no_run(world, run_id, model_id):
    for who, error in (("bob", PermissionDeniedError), ("charlie", NotFoundError)):
        with pytest.raises(error):
            log_inputs(world.caller(who), run_id, datasets=[TRAINING])
        with pytest.raises(error):
            log_outputs(world.caller(who), run_id, [ModelOutput(model_id)])
