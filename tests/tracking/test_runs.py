import pytest
from sqlalchemy import select

from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.tracking.experiments import delete_experiment
from app.tracking.runs.metrics import log_batch, log_metric
from app.tracking.runs.runs import (
    create_run,
    delete_run,
    delete_run_tag,
    get_run,
    log_param,
    restore_run,
    set_run_tag,
    update_run,
)
from app.tracking.tables import runs
from app.tracking.values import Metric, RunStatus
from tests.factories import NOW, grant

NAME_TAG = "mlflow.runName"


def test_a_new_run_is_running_and_read_back_as_made(world):
    made = create_run(
        world.caller(),
        world.number,
        run_name="first",
        user_id="ann",
        start_time=5,
        tags=[("a", "b")],
    )
    assert made.info.status is RunStatus.RUNNING
    assert (made.info.user_id, made.info.start_time, made.info.end_time) == ("ann", 5, None)
    uri = f"mlflow-artifacts:/{world.number}/{made.info.run_id}/artifacts"
    assert made.info.artifact_uri == uri
    again = get_run(world.caller(), made.info.run_id)
    assert again.info == made.info
    assert sorted(again.tags) == sorted(made.tags) == [("a", "b"), (NAME_TAG, "first")]


def test_a_run_without_a_name_is_given_one_that_its_tag_tells_too(world):
    made = create_run(world.caller(), world.number)
    assert made.info.name.count("-") == 2
    assert (NAME_TAG, made.info.name) in made.tags


def test_a_run_takes_its_name_from_the_tag(world):
    assert create_run(world.caller(), world.number, tags=[(NAME_TAG, "t")]).info.name == "t"


def test_a_name_and_a_tag_that_differ_are_refused(world):
    with pytest.raises(InvalidParameterError, match="Both 'run_name' argument"):
        create_run(world.caller(), world.number, run_name="a", tags=[(NAME_TAG, "b")])


def test_a_run_without_a_user_is_the_callers(world):
    made = create_run(world.caller(), world.number)
    assert (made.info.user_id, made.info.start_time) == ("alice", NOW)
    row = world.session.execute(select(runs.c.created_by)).scalar_one()
    assert row == world.alice.id


@pytest.mark.parametrize("moment", [-1, 2**63])
def test_a_start_that_is_no_time_is_refused(world, moment):
    with pytest.raises(InvalidParameterError):
        create_run(world.caller(), world.number, start_time=moment)


def test_an_experiment_in_the_trash_takes_no_runs(world):
    delete_experiment(world.caller(), world.number)
    with pytest.raises(InvalidParameterError, match="must be in the 'active' state"):
        create_run(world.caller(), world.number)


def test_an_update_changes_what_is_given(world, run_id):
    info = update_run(
        world.caller(), run_id, status=RunStatus.FINISHED, end_time=9, run_name="renamed"
    )
    run = get_run(world.caller(), run_id)
    assert run.info == info
    assert (info.status, info.end_time, info.name) == ("FINISHED", 9, "renamed")
    assert (NAME_TAG, "renamed") in run.tags
    assert update_run(world.caller(), run_id) == info


def test_the_name_tag_renames_the_run(world, run_id):
    set_run_tag(world.caller(), run_id, NAME_TAG, "by tag")
    assert get_run(world.caller(), run_id).info.name == "by tag"
    log_batch(world.caller(), run_id, tags=[(NAME_TAG, "by batch")])
    assert get_run(world.caller(), run_id).info.name == "by batch"


def test_a_tag_is_overwritten_and_deleted_once(world, run_id):
    set_run_tag(world.caller(), run_id, "a", "1")
    set_run_tag(world.caller(), run_id, "a", "2")
    assert ("a", "2") in get_run(world.caller(), run_id).tags
    delete_run_tag(world.caller(), run_id, "a")
    with pytest.raises(NotFoundError, match=f"No tag with name: a in run with id {run_id}"):
        delete_run_tag(world.caller(), run_id, "a")


def test_a_param_is_written_once(world, run_id):
    log_param(world.caller(), run_id, "depth", "3")
    log_param(world.caller(), run_id, "depth", "3")
    with pytest.raises(InvalidParameterError, match="Changing param values is not allowed"):
        log_param(world.caller(), run_id, "depth", "4")
    assert get_run(world.caller(), run_id).params == (("depth", "3"),)


def test_an_empty_param_is_a_param(world, run_id):
    log_param(world.caller(), run_id, "empty", "")
    assert get_run(world.caller(), run_id).params == (("empty", ""),)


def test_a_deleted_run_is_read_but_not_written(world, run_id):
    delete_run(world.caller(), run_id)
    assert get_run(world.caller(), run_id).info.lifecycle_stage == "deleted"
    for write in (
        lambda: update_run(world.caller(), run_id, run_name="x"),
        lambda: set_run_tag(world.caller(), run_id, "a", "b"),
        lambda: delete_run_tag(world.caller(), run_id, NAME_TAG),
        lambda: log_param(world.caller(), run_id, "a", "b"),
        lambda: log_metric(world.caller(), run_id, Metric("m", 1.0, 1)),
    ):
        with pytest.raises(InvalidParameterError, match="must be in the 'active' state"):
            write()


def test_a_restored_run_is_written_again(world, run_id):
    delete_run(world.caller(), run_id)
    delete_run(world.caller(), run_id)
    restore_run(world.caller(), run_id)
    log_param(world.caller(), run_id, "a", "b")


def test_a_run_is_not_restored_into_an_experiment_in_the_trash(world, run_id):
    delete_run(world.caller(), run_id)
    delete_experiment(world.caller(), world.number)
    with pytest.raises(InvalidParameterError):
        restore_run(world.caller(), run_id)


@pytest.mark.parametrize("bad", ["", "a b", "../x", "x" * 257, "run\n", "-a", "a\x00"])
def test_what_is_no_run_id_is_refused(world, bad):
    with pytest.raises(InvalidParameterError) as caught:
        get_run(world.caller(), bad)
    assert caught.value.field == "run_id"


CHANGES = {
    "update": lambda caller, run: update_run(caller, run, run_name="x"),
    "delete": delete_run,
    "restore": restore_run,
    "set_tag": lambda caller, run: set_run_tag(caller, run, "a", "b"),
    "delete_tag": lambda caller, run: delete_run_tag(caller, run, NAME_TAG),
    "log_param": lambda caller, run: log_param(caller, run, "a", "b"),
    "log_metric": lambda caller, run: log_metric(caller, run, Metric("m", 1.0, 1)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_alice_may(world, run_id, change):
    change(world.caller(), run_id)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_bob_who_only_reads_is_denied_and_told_what_is_missing(world, run_id, change):
    caller = world.caller("bob")
    with pytest.raises(PermissionDeniedError) as caught:
        change(caller, run_id)
    assert caught.value.privilege == "LOG RUN"
    assert [entry.outcome for entry in caller.ledger.entries] == ["denied"]


@pytest.mark.parametrize("change", {**CHANGES, "get": get_run}.values(), ids=[*CHANGES, "get"])
def test_charlie_gets_the_same_answer_for_hidden_and_absent(world, run_id, change):
    def answer(run):
        caller = world.caller("charlie")
        with world.undone(), pytest.raises(NotFoundError) as caught:
            change(caller, run)
        (entry,) = caller.ledger.entries
        return caught.value.message.replace(run, "RUN"), entry.outcome

    expected = ("Run with id=RUN not found", "hidden")
    assert answer(run_id) == answer("f" * 32) == expected


def test_bob_may_create_runs_once_granted(world):
    with pytest.raises(PermissionDeniedError):
        create_run(world.caller("bob"), world.number)
    grant(world.session, world.experiment, world.bob, "LOG RUN")
    create_run(world.caller("bob"), world.number)


def test_charlie_cannot_create_runs_in_what_is_hidden(world):
    with pytest.raises(NotFoundError, match="No Experiment with id="):
        create_run(world.caller("charlie"), world.number)


def test_the_event_of_a_run_names_it_and_is_about_the_experiment(world):
    caller = world.caller()
    made = create_run(caller, world.number)
    (entry,) = caller.ledger.entries
    assert (entry.operation, entry.securable_id) == ("run.create", world.experiment.id)
    assert entry.details["run_id"] == made.info.run_id
