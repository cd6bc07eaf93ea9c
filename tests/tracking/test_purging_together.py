"""Purging and restoring at once: either what comes back is whole, or it is told to be gone."""

import pytest

from app.artifacts import Vault
from app.db import Database
from app.errors import ConflictError, NotFoundError
from app.tracking.experiments import delete_experiment, get_experiment, restore_experiment
from app.tracking.purging import purge_tracking
from app.tracking.runs.runs import delete_run, get_run, restore_run
from app.tracking.values import Lifecycle
from tests.factories import NOW
from tests.together import meanwhile
from tests.tracking.worlds import World

LATER = NOW + 1


def test_a_run_is_not_restored_that_is_being_purged(
    world: World, run_id: str, vault: Vault, database: Database
):
    delete_run(world.caller(), run_id)
    world.session.commit()
    assert purge_tracking(world.caller("root"), vault, LATER) == {"runs": 1}
    restore = meanwhile(
        database, world.session, world.alice, lambda caller: restore_run(caller, run_id)
    )
    with restore as restoring, pytest.raises(NotFoundError):
        restoring.result(timeout=30)


def test_a_run_is_not_purged_that_is_being_restored(
    world: World, run_id: str, vault: Vault, database: Database
):
    delete_run(world.caller(), run_id)
    world.session.commit()
    restore_run(world.caller(), run_id)
    purge = meanwhile(
        database, world.session, world.root, lambda caller: purge_tracking(caller, vault, LATER)
    )
    with purge as purging:
        assert purging.result(timeout=30) == {}
    assert get_run(world.caller(), run_id).info.lifecycle_stage is Lifecycle.ACTIVE


def test_an_experiment_is_not_restored_once_something_in_it_was_purged(
    world: World, run_id: str, vault: Vault, database: Database
):
    delete_experiment(world.caller(), world.number)
    world.session.commit()
    assert purge_tracking(world.caller("root"), vault, LATER) == {"runs": 1}
    restore = meanwhile(
        database,
        world.session,
        world.alice,
        lambda caller: restore_experiment(caller, world.number),
    )
    with restore as restoring, pytest.raises(ConflictError):
        restoring.result(timeout=30)


def test_an_experiment_is_not_purged_that_is_being_restored(
    world: World, run_id: str, vault: Vault, database: Database
):
    delete_experiment(world.caller(), world.number)
    world.session.commit()
    restore_experiment(world.caller(), world.number)
    purge = meanwhile(
        database, world.session, world.root, lambda caller: purge_tracking(caller, vault, LATER)
    )
    with purge as purging:
        assert purging.result(timeout=30) == {}
    assert get_experiment(world.caller(), world.number).lifecycle_stage is Lifecycle.ACTIVE
    assert get_run(world.caller(), run_id).info.lifecycle_stage is Lifecycle.ACTIVE
