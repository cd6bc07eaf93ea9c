"""Files of versions: shared by reference, read by EXECUTE alone, outliving their source."""

import pytest

from app import registry
from app.artifacts import delete_files
from app.errors import (
    InvalidParameterError,
    KeyDisabledError,
    NotFoundError,
    PermissionDeniedError,
)
from app.keys import bind_key, create_key, disable_key, enable_key
from app.securables import FullName
from app.tracking.runs.runs import delete_run
from tests.registry.worlds import PROD_WINE, WINE, World


def blob_count(world: World) -> int:
    return sum(path.is_file() for path in world.blobs.rglob("*"))


def test_execute_alone_loads_a_version(world: World):
    world.grant("readers", world.model(), "EXECUTE")
    version = world.version()
    assert world.read("bob", version) == b"heavy"
    assert registry.get_download_uri(world.caller("bob"), WINE, 1) == (
        f"mlflow-artifacts:/versions/{version.model_id}/1"
    )
    listed = registry.list_version_files(world.caller("bob"), version.model_id, 1)
    assert [(file.path, file.size) for file in listed.items] == [("weights", 5)]


def test_dora_sees_a_version_and_does_not_load_it(world: World):
    world.model()
    version = world.version()
    assert registry.get_version(world.caller("dora"), WINE, 1) == version
    dora_may_not = [
        lambda who: registry.get_download_uri(who, WINE, 1),
        lambda who: registry.list_version_files(who, WINE, 1),
        lambda who: registry.open_version_file(who, world.vault, WINE, 1, "weights"),
    ]
    for attempt in dora_may_not:
        with world.undone(), pytest.raises(PermissionDeniedError, match="EXECUTE"):
            attempt(world.caller("dora"))


def test_root_manages_a_model_and_does_not_read_it(world: World):
    world.model()
    version = world.version()
    with pytest.raises(PermissionDeniedError):
        world.read("root", version)


def test_a_version_outlives_its_run(world: World):
    world.model()
    version = world.version()
    assert version.run_id is not None
    delete_run(world.caller(), version.run_id)
    delete_files(world.caller(), world.vault, f"run:{version.run_id}")
    world.commit()
    assert world.read("alice", version) == b"heavy"


def test_a_promotion_to_another_catalog_copies_no_bytes(world: World):
    world.model()
    world.version()
    world.model(PROD_WINE)
    before = blob_count(world)
    copy = world.version(PROD_WINE, "models:/wine/1")
    assert blob_count(world) == before
    registry.delete_version(world.caller(), world.vault, WINE, 1)
    world.commit()
    assert world.read("alice", copy) == b"heavy"


def test_a_disabled_key_closes_every_version_under_it_and_no_copy_under_another(world: World):
    world.model()
    version, _ = world.version(), world.version()
    root = world.caller("root")
    create_key(root, world.vault.key_ring, "prod-key")
    bind_key(root, FullName.of("prod"), FullName.of("prod-key"))
    world.model(PROD_WINE)
    copy = world.version(PROD_WINE, "models:/wine/1")
    disable_key(world.caller("root"), FullName.of("metastore"))
    world.commit()
    with world.undone(), pytest.raises(KeyDisabledError):
        world.read("alice", version)
    with world.undone(), pytest.raises(KeyDisabledError):
        world.version(PROD_WINE, "models:/wine/2")
    assert world.read("alice", copy) == b"heavy"
    enable_key(world.caller("root"), FullName.of("metastore"))
    assert world.read("alice", version) == b"heavy"


def test_a_range_of_a_file_is_read(world: World):
    world.model()
    world.version()
    opened = registry.open_version_file(world.caller(), world.vault, WINE, 1, "weights", (1, 3))
    assert b"".join(opened.chunks) == b"ea"


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a\\b", "..%2fx", "a\x00", "", "C:/x"])
def test_a_path_does_not_leave_the_version(world: World, path: str):
    world.model()
    world.version()
    with pytest.raises(InvalidParameterError):
        registry.open_version_file(world.caller(), world.vault, WINE, 1, path)


def test_a_version_that_is_not_there_has_no_files(world: World):
    world.model()
    with pytest.raises(NotFoundError):
        registry.list_version_files(world.caller(), WINE, 1)


def test_a_read_is_one_event_that_names_the_file(world: World):
    world.model()
    version = world.version()
    caller = world.caller()
    registry.open_version_file(caller, world.vault, WINE, 1, "weights").chunks.close()
    [entry] = caller.ledger.entries
    assert (entry.operation, entry.securable_id) == ("artifact.read", version.model_id)
    assert entry.details == {"version": 1, "path": "weights"}
