"""Keys are made, bound and looked at by those who manage the metastore."""

import pytest
from sqlalchemy import func, select

from app import access
from app.access import METASTORE, Operation
from app.crypto.errors import KeyUnavailableError
from app.errors import (
    AlreadyExistsError,
    InvalidParameterError,
    KeyDisabledError,
    NotFoundError,
    PermissionDeniedError,
)
from app.keys import (
    KeyState,
    bind_key,
    create_key,
    disable_key,
    ensure_metastore_key,
    get_key,
    list_keys,
)
from app.keys.tables import keys
from app.securables import FullName
from tests import factories
from tests.artifacts.world import World

DEFAULT = FullName.of("metastore")
FRESH = FullName.of("fresh")
OWN = FullName.of("own")


def make(world: World, name: str = "fresh"):
    created = create_key(world.caller(world.root), world.vault.key_ring, name, comment="of ours")
    world.session.commit()
    return created


def give_alice(world: World, name: FullName, privilege: str):
    key = access.obtain(world.caller(world.root), Operation.KEY_READ, name)
    factories.grant(world.session, key, world.alice, privilege)


def test_a_new_key_is_enabled_and_protects_nothing(world: World):
    created = make(world)
    assert (created.state, created.current_version, created.files) == (KeyState.ENABLED, 1, 0)
    assert (created.name, created.comment, created.owner_id) == ("fresh", "of ours", world.root.id)


def test_the_metastore_key_is_made_once(world: World):
    assert ensure_metastore_key(world.caller(world.root), world.vault.key_ring) is None
    assert world.session.execute(select(func.count()).select_from(keys)).scalar() == 1


def test_a_taken_name_is_refused_and_leaves_no_kek(world: World):
    created = make(world)
    with pytest.raises(AlreadyExistsError):
        make(world)
    world.session.rollback()
    assert world.vault.key_ring.provider.versions(created.id) == (1,)


def test_a_creation_undone_destroys_the_kek(world: World):
    created = create_key(world.caller(world.root), world.vault.key_ring, "fresh")
    world.session.rollback()
    with pytest.raises(KeyUnavailableError):
        world.vault.key_ring.provider.versions(created.id)


@pytest.mark.parametrize("name", ["", "a.b", "a b", "x" * 256])
def test_a_bad_name_is_refused(world: World, name: str):
    with pytest.raises(InvalidParameterError) as refusal:
        make(world, name)
    assert refusal.value.field == "name"


def test_who_does_not_manage_the_metastore_makes_no_key(world: World):
    with pytest.raises(PermissionDeniedError):
        create_key(world.caller(), world.vault.key_ring, "mine")


def test_a_key_tells_its_versions_and_what_it_protects(world: World):
    world.put(b"12345")
    found = get_key(world.caller(world.root), DEFAULT)
    assert (found.files, found.size, found.outdated) == (1, 5, 0)
    assert [(each.version, each.created_at) for each in found.versions] == [(1, factories.NOW)]
    assert found.is_default
    assert found.catalog_ids == ()


def test_keys_are_listed_by_name_for_who_may_see_them(world: World):
    make(world)
    world.put(b"12345")
    assert [(each.name, each.files) for each in list_keys(world.caller(world.root)).items] == [
        ("fresh", 0),
        ("metastore", 1),
    ]
    assert list_keys(world.caller(world.charlie)).items == []


def test_a_hidden_key_is_absent(world: World):
    with pytest.raises(NotFoundError):
        get_key(world.caller(world.charlie), DEFAULT)


def test_what_is_stored_after_binding_is_under_the_catalogs_own_key(world: World):
    world.put(b"before", "before")
    make(world)
    bound = bind_key(world.caller(world.root), world.ml.full_name, FRESH)
    world.session.commit()
    world.put(b"after", "after")
    assert bound.name == "fresh"
    found = get_key(world.caller(world.root), FRESH)
    assert (found.files, found.catalog_ids) == (1, (world.ml.id,))
    disable_key(world.caller(world.root), DEFAULT)
    world.session.commit()
    assert world.get("after") == b"after"
    with pytest.raises(KeyDisabledError):
        world.get("before")


def test_the_metastore_can_be_given_another_key(world: World):
    make(world)
    bind_key(world.caller(world.root), METASTORE, FRESH)
    world.session.commit()
    world.put(b"x")
    assert get_key(world.caller(world.root), FRESH).files == 1
    assert not get_key(world.caller(world.root), DEFAULT).is_default


def test_a_disabled_key_cannot_be_bound(world: World):
    make(world)
    disable_key(world.caller(world.root), FRESH)
    with pytest.raises(KeyDisabledError):
        bind_key(world.caller(world.root), world.ml.full_name, FRESH)


def test_who_owns_the_catalog_alone_does_not_bind_a_key(world: World):
    make(world)
    with pytest.raises(NotFoundError):
        bind_key(world.caller(), world.ml.full_name, FRESH)


def test_data_leaves_the_control_of_a_key_only_with_a_right_on_that_key(world: World):
    make(world)
    bind_key(world.caller(world.root), world.ml.full_name, FRESH)
    make(world, "own")
    give_alice(world, OWN, "MANAGE")
    with pytest.raises(PermissionDeniedError) as refusal:
        bind_key(world.caller(), world.ml.full_name, OWN)
    assert "fresh" not in refusal.value.message
    assert get_key(world.caller(world.root), FRESH).catalog_ids == (world.ml.id,)


def test_a_visible_key_that_must_not_be_replaced_is_named(world: World):
    make(world)
    bind_key(world.caller(world.root), world.ml.full_name, FRESH)
    make(world, "own")
    give_alice(world, OWN, "MANAGE")
    give_alice(world, FRESH, "BROWSE")
    with pytest.raises(PermissionDeniedError, match=r"key\.unbind on key .fresh. needs MANAGE"):
        bind_key(world.caller(), world.ml.full_name, OWN)


def test_who_manages_both_keys_and_the_catalog_replaces_one_by_the_other(world: World):
    for name in (FRESH, OWN):
        make(world, str(name))
        give_alice(world, name, "MANAGE")
    caller = world.caller()
    bind_key(caller, world.ml.full_name, FRESH)
    bind_key(caller, world.ml.full_name, OWN)
    assert get_key(caller, FRESH).catalog_ids == ()
    assert ("key.unbind", "fresh", {"catalog": "ml"}) in [
        (entry.operation, entry.securable_name, entry.details) for entry in caller.ledger.entries
    ]


def test_binding_what_is_bound_already_takes_no_right_to_unbind(world: World):
    make(world)
    caller = world.caller(world.root)
    bind_key(caller, world.ml.full_name, FRESH)
    bind_key(caller, world.ml.full_name, FRESH)
    assert "key.unbind" not in [entry.operation for entry in caller.ledger.entries]


def test_making_and_binding_a_key_is_written_down(world: World):
    caller = world.caller(world.root)
    create_key(caller, world.vault.key_ring, "fresh")
    bind_key(caller, world.ml.full_name, FRESH)
    written = [(e.operation, e.securable_name, e.details) for e in caller.ledger.entries]
    assert written == [
        ("key.create", "fresh", {"provider": "local"}),
        ("catalog.update", "ml", {"key": "fresh"}),
        ("key.bind", "fresh", {"catalog": "ml"}),
    ]


def test_keys_come_in_pages_by_name(world: World):
    make(world)
    root = world.caller(world.root)
    first = list_keys(root, limit=1)
    second = list_keys(root, page_token=first.next_token, limit=1)
    assert [each.name for each in (*first.items, *second.items)] == ["fresh", "metastore"]
    assert second.next_token == ""
    disable_key(root, FRESH)
    assert [each.name for each in list_keys(root, only_closed=True).items] == ["fresh"]
