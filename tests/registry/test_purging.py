"""Registered models in the trash, deleted for good."""

import pytest
from sqlalchemy import func, select

from app import registry
from app.artifacts.tables import artifact_files
from app.errors import ConflictError
from app.registry.purging import purge_models
from app.registry.tables import model_aliases, model_versions, registered_models
from tests.registry.worlds import LATER, WINE, World
from tests.together import meanwhile


@pytest.fixture
def dropped(world: World) -> str:
    """The id of a model in the trash, with a version, its files and an alias."""
    model = world.model()
    world.version()
    registry.set_alias(world.caller(), WINE, "best", 1)
    registry.delete_model(world.caller(), WINE)
    world.commit()
    return model.id


def rows(world: World) -> list[int]:
    tables = (registered_models, model_versions, model_aliases)
    return [
        world.session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables
    ]


def test_a_model_goes_with_its_versions_aliases_and_files(world: World, dropped: str):
    assert purge_models(world.caller("root"), world.vault, LATER) == {"registered_models": 1}
    assert rows(world) == [0, 0, 0]
    containers = select(artifact_files.c.container)
    assert not any("version" in one for one in world.session.execute(containers).scalars())
    assert purge_models(world.caller("root"), world.vault, LATER) == {}


def test_what_is_not_long_in_the_trash_stays(world: World, dropped: str):
    assert purge_models(world.caller("root"), world.vault, 1) == {}
    registry.restore_model(world.caller(), dropped)
    assert registry.get_version_by_alias(world.caller(), WINE, "best").version == 1


def test_a_model_is_not_restored_that_is_being_purged(world: World, dropped: str):
    assert purge_models(world.caller("root"), world.vault, LATER) == {"registered_models": 1}
    restore = meanwhile(
        world.database,
        world.session,
        world.people["alice"],
        lambda caller: registry.restore_model(caller, dropped),
    )
    with restore as restoring, pytest.raises(ConflictError):
        restoring.result(timeout=30)
