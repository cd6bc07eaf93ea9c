"""What hangs on a key is told by kind, and to those alone who may see the key."""

import pytest

from app.artifacts import preview_disable
from app.errors import NotFoundError
from app.keys import create_key
from app.securables import FullName
from tests.artifacts.world import VERSION, World

METASTORE_KEY = FullName.of("metastore")


def test_a_preview_counts_containers_files_and_bytes_by_kind(world: World):
    world.put(b"12345", "a")
    world.put(b"12345", "b")
    world.put(b"1", "a", VERSION)
    stakes = preview_disable(world.caller(world.root), METASTORE_KEY)
    found = [(each.kind, each.containers, each.files, each.size) for each in stakes]
    assert found == [("run", 1, 2, 10), ("version", 1, 1, 1)]


def test_a_key_that_protects_nothing_has_nothing_at_stake(world: World):
    root = world.caller(world.root)
    create_key(root, world.vault.key_ring, "new")
    world.session.commit()
    assert preview_disable(root, FullName.of("new")) == []


def test_a_stranger_learns_nothing_of_a_key(world: World):
    with pytest.raises(NotFoundError):
        preview_disable(world.caller(world.charlie), METASTORE_KEY)
