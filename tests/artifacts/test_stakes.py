"""What hangs on a key is told by kind, and to those alone who may see the key."""

import pytest

from app import access
from app.artifacts import models_at_stake, preview_disable, state_of_key
from app.errors import NotFoundError
from app.keys import KeyState, create_key, disable_key
from app.securables import FullName, Kind
from tests.artifacts.world import RUN, VERSION, World

METASTORE_KEY = FullName.of("metastore")


def test_a_preview_counts_containers_files_and_bytes_by_kind(world: World):
    world.put(b"12345", "a")
    world.put(b"12345", "b")
    world.put(b"1", "a", VERSION)
    stakes = preview_disable(world.caller(world.root), METASTORE_KEY)
    found = [(each.kind, each.containers, each.files, each.size) for each in stakes]
    assert found == [("run", 1, 2, 10), ("version", 1, 1, 1)]


def test_the_models_at_stake_are_named_to_whoever_sees_them(world: World):
    container = f"version:{world.model.id}/1"
    world.put(b"1", "a", container)
    world.put(b"2", "b", container)
    root = world.caller(world.root)
    assert [one.id for one in models_at_stake(root, METASTORE_KEY, 5)] == [world.model.id]
    access.grant(root, METASTORE_KEY, world.charlie.name, "MANAGE", kind=Kind.KEY)
    assert models_at_stake(world.caller(world.charlie), METASTORE_KEY, 5) == []


def test_a_container_tells_the_state_of_the_key_that_it_is_under(world: World):
    world.put(b"1", "a", VERSION)
    assert state_of_key(world.session, VERSION) is KeyState.ENABLED
    disable_key(world.caller(world.root), METASTORE_KEY)
    assert state_of_key(world.session, VERSION) is KeyState.DISABLED
    assert state_of_key(world.session, RUN) is None


def test_a_key_that_protects_nothing_has_nothing_at_stake(world: World):
    root = world.caller(world.root)
    create_key(root, world.vault.key_ring, "new")
    world.session.commit()
    assert preview_disable(root, FullName.of("new")) == []


def test_a_stranger_learns_nothing_of_a_key(world: World):
    with pytest.raises(NotFoundError):
        preview_disable(world.caller(world.charlie), METASTORE_KEY)
