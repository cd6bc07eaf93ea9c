"""Folders: listed a page at a time, counted, deleted, and shared with another container."""

import pytest
from sqlalchemy import func, select

from app.artifacts import copy_files, delete_files, list_files
from app.artifacts.tables import artifact_files, blobs
from app.errors import ConflictError, InvalidParameterError, KeyDisabledError, NotFoundError
from app.keys import bind_key, create_key, disable_key, scope_of
from app.keys.tables import envelopes
from app.securables import FullName
from tests.artifacts.world import RUN, VERSION, World

TREE = ["MLmodel", "a-b/x", "a/x", "a/y/z", "a0/x", "data/model.pkl", "data/deep/er/w.bin"]


@pytest.fixture
def tree(world: World) -> World:
    for path in TREE:
        world.put(path.encode(), path)
    return world


def names(world: World, directory: str = "", **options) -> list[tuple[str, bool]]:
    page = list_files(world.caller(), RUN, directory, **options)
    return [(info.path, info.is_dir) for info in page.items]


def test_a_folder_lists_what_is_directly_in_it_by_name(tree: World):
    assert names(tree) == [
        ("MLmodel", False),
        ("a", True),
        ("a-b", True),
        ("a0", True),
        ("data", True),
    ]
    assert names(tree, "data") == [("data/deep", True), ("data/model.pkl", False)]


def test_a_file_or_nothing_lists_as_empty(tree: World):
    assert names(tree, "MLmodel") == []
    assert names(tree, "absent") == []


def test_a_container_lists_nothing_of_another_whose_name_it_begins(tree: World):
    tree.put(b"x", "other", RUN + "0")
    assert ("other", False) not in names(tree)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_put_together_are_the_whole_list(tree: World, limit: int):
    token, found = "", []
    while True:
        page = list_files(tree.caller(), RUN, page_token=token, limit=limit)
        assert len(page.items) <= limit
        found += [(info.path, info.is_dir) for info in page.items]
        if not (token := page.next_token):
            break
    assert found == names(tree)


def test_a_token_of_another_list_is_refused(tree: World):
    with pytest.raises(InvalidParameterError):
        list_files(tree.caller(), RUN, page_token="nonsense")


def test_a_deleted_folder_takes_its_blobs_with_it_and_nothing_else(tree: World):
    assert delete_files(tree.caller(), tree.vault, RUN, "a") == 2
    tree.session.commit()
    assert [path for path, _ in names(tree)] == ["MLmodel", "a-b", "a0", "data"]
    assert len(tree.blob_files()) == len(TREE) - 2


def test_a_deletion_undone_deletes_nothing(tree: World):
    tree.session.begin()
    delete_files(tree.caller(), tree.vault, RUN)
    tree.session.rollback()
    assert tree.get("a/x") == b"a/x"


def test_a_single_file_and_then_the_rest_can_be_deleted(tree: World):
    assert delete_files(tree.caller(), tree.vault, RUN, "data/model.pkl") == 1
    assert delete_files(tree.caller(), tree.vault, RUN) == len(TREE) - 1
    with pytest.raises(NotFoundError):
        delete_files(tree.caller(), tree.vault, RUN)


def copy(world: World, directory: str = "") -> int:
    caller = world.caller()
    world.session.begin()
    copied = copy_files(caller, world.vault, RUN, VERSION, world.model, directory=directory)
    world.session.commit()
    return copied


def test_a_copy_into_another_catalog_shares_the_blobs(tree: World):
    before = sorted(tree.blob_files())
    assert copy(tree, "data") == 2
    assert tree.get("deep/er/w.bin", VERSION) == b"data/deep/er/w.bin"
    assert tree.get("model.pkl", VERSION) == b"data/model.pkl"
    assert sorted(tree.blob_files()) == before


def test_a_copy_outlives_its_source(tree: World):
    copy(tree)
    delete_files(tree.caller(), tree.vault, RUN)
    tree.session.commit()
    assert tree.get("a/x", VERSION) == b"a/x"
    held = select(func.count()).select_from(envelopes)
    assert tree.session.execute(held).scalar() == len(TREE)
    delete_files(tree.caller(), tree.vault, VERSION)
    tree.session.commit()
    assert tree.blob_files() == []
    assert tree.session.execute(select(func.count()).select_from(blobs)).scalar() == 0


def test_a_copy_is_under_the_key_of_its_own_catalog(tree: World):
    root = tree.caller(tree.root)
    create_key(root, tree.vault.key_ring, "prod-key")
    bind_key(root, tree.prod.full_name, FullName.of("prod-key"))
    tree.session.commit()
    copy(tree)
    disable_key(root, FullName.of("metastore"))
    tree.session.commit()
    assert tree.get("a/x", VERSION) == b"a/x"
    with pytest.raises(KeyDisabledError):
        tree.get("a/x")


def test_a_copy_from_under_a_disabled_key_is_refused(tree: World):
    root = tree.caller(tree.root)
    create_key(root, tree.vault.key_ring, "prod-key")
    bind_key(root, tree.prod.full_name, FullName.of("prod-key"))
    disable_key(root, FullName.of("metastore"))
    tree.session.commit()
    with pytest.raises(KeyDisabledError):
        copy(tree)
    tree.session.rollback()


def test_a_copy_over_what_is_there_is_refused(tree: World):
    copy(tree)
    with pytest.raises(ConflictError):
        copy(tree)


def test_a_copy_of_nothing_is_refused(tree: World):
    with pytest.raises(NotFoundError):
        copy(tree, "absent")


def test_a_promotion_leaves_stream_and_source_as_they_are(tree: World):
    statement = select(envelopes).where(envelopes.c.catalog_id == scope_of(tree.experiment))
    files = select(artifact_files).where(artifact_files.c.container == RUN)
    before = [tree.session.execute(each).all() for each in (statement, files)]
    stored = {path: path.read_bytes() for path in tree.blob_files()}
    copy(tree)
    assert [tree.session.execute(each).all() for each in (statement, files)] == before
    assert {path: path.read_bytes() for path in tree.blob_files()} == stored
