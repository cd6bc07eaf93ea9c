"""Aliases: set, moved, deleted, and resolved in the words that MLflow's client reads."""

import pytest

from app import registry
from app.errors import InvalidParameterError, NotFoundError
from tests.registry.worlds import WINE, World


def test_an_alias_moves_and_the_log_tells_from_where(world: World):
    world.model()
    world.version()
    world.version()
    registry.set_alias(world.caller(), WINE, "best", 1)
    caller = world.caller()
    registry.set_alias(caller, WINE, "best", 2)
    assert registry.get_version_by_alias(world.caller(), WINE, "best").version == 2
    [entry] = caller.ledger.entries
    assert entry.details == {"alias": "best", "old_version": 1, "new_version": 2}


def test_aliases_stand_on_the_model_and_on_the_version(world: World):
    world.model()
    world.version()
    for alias in ("b", "a"):
        registry.set_alias(world.caller(), WINE, alias, 1)
    assert registry.get_model(world.caller(), WINE).aliases == {"a": 1, "b": 1}
    assert registry.get_version(world.caller(), WINE, 1).aliases == ("a", "b")


def test_a_missing_alias_is_an_invalid_parameter(world: World):
    world.model()
    with pytest.raises(InvalidParameterError, match=r"^Registered model alias best not found\.$"):
        registry.get_version_by_alias(world.caller(), WINE, "best")


def test_deleting_a_missing_alias_changes_nothing(world: World):
    world.model()
    registry.delete_alias(world.caller(), WINE, "best")


def test_a_deleted_alias_is_gone(world: World):
    world.model()
    world.version()
    registry.set_alias(world.caller(), WINE, "best", 1)
    registry.delete_alias(world.caller(), WINE, "best")
    assert registry.get_model(world.caller(), WINE).aliases == {}


def test_latest_is_the_highest_version(world: World):
    world.model()
    with pytest.raises(NotFoundError, match="Latest version not found"):
        registry.get_version_by_alias(world.caller(), WINE, "latest")
    world.version()
    world.version()
    assert registry.get_version_by_alias(world.caller(), WINE, "Latest").version == 2


@pytest.mark.parametrize("alias", ["", "a b", "a/b", "a\n", "a" * 256, "latest", "LATEST", "v1"])
def test_a_bad_or_reserved_alias_is_refused(world: World, alias: str):
    world.model()
    world.version()
    with world.undone(), pytest.raises(InvalidParameterError) as refusal:
        registry.set_alias(world.caller(), WINE, alias, 1)
    assert refusal.value.field == "alias"


def test_an_alias_points_at_a_living_version_only(world: World):
    world.model()
    world.version()
    registry.delete_version(world.caller(), world.vault, WINE, 1)
    for version in (1, 7):
        with pytest.raises(NotFoundError):
            registry.set_alias(world.caller(), WINE, "best", version)
