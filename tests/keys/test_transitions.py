"""A key is disabled at once, and destroyed after a waiting period that can be called off."""

import threading
from dataclasses import replace

import pytest

from app.access import METASTORE
from app.crypto.errors import KeyUnavailableError
from app.db import Database
from app.errors import ConflictError, InvalidParameterError, KeyDisabledError, NotFoundError
from app.keys import (
    KeyState,
    bind_key,
    cancel_destroy,
    create_key,
    destroy_key,
    disable_key,
    due_keys,
    enable_key,
    get_key,
    rotate_key,
    schedule_destroy,
)
from app.securables import FullName
from tests import factories
from tests.artifacts.world import World

KEY = FullName.of("ml-key")
DAY = 86_400_000
DUE = factories.NOW + 7 * DAY


@pytest.fixture
def keyed(world: World) -> World:
    """A world in which the catalog ``ml`` has a key of its own, and a file under it."""
    create_key(world.caller(world.root), world.vault.key_ring, "ml-key")
    bind_key(world.caller(world.root), world.ml.full_name, KEY)
    world.session.commit()
    world.put(b"content")
    return world


def schedule(world: World, confirmation: str = "ml-key", days: int = 7):
    scheduled = schedule_destroy(world.caller(world.root), KEY, confirmation, days)
    world.session.commit()
    return scheduled


def test_a_disabled_key_refuses_and_an_enabled_one_serves_again(keyed: World):
    assert disable_key(keyed.caller(keyed.root), KEY).state is KeyState.DISABLED
    keyed.session.commit()
    with pytest.raises(KeyDisabledError):
        keyed.get()
    assert enable_key(keyed.caller(keyed.root), KEY).state is KeyState.ENABLED
    keyed.session.commit()
    assert keyed.get() == b"content"


def test_the_refusal_names_no_key(keyed: World):
    disable_key(keyed.caller(keyed.root), KEY)
    with pytest.raises(KeyDisabledError) as refusal:
        keyed.get()
    assert "ml-key" not in refusal.value.message


def test_a_key_pending_deletion_is_unusable_meanwhile(keyed: World):
    assert schedule(keyed).destroy_at == DUE
    with pytest.raises(KeyDisabledError):
        keyed.get()
    with pytest.raises(KeyDisabledError):
        rotate_key(keyed.caller(keyed.root), keyed.vault.key_ring, KEY)


def test_a_cancelled_destruction_leaves_the_key_disabled_and_whole(keyed: World):
    schedule(keyed)
    assert cancel_destroy(keyed.caller(keyed.root), KEY).destroy_at is None
    enable_key(keyed.caller(keyed.root), KEY)
    keyed.session.commit()
    assert keyed.get() == b"content"


def test_a_key_is_due_when_its_waiting_period_is_over(keyed: World):
    scheduled = schedule(keyed)
    assert due_keys(keyed.caller(keyed.root, now=DUE - 1)) == []
    assert due_keys(keyed.caller(keyed.root, now=DUE)) == [scheduled.id]


def test_a_destroyed_key_is_gone_from_the_provider_for_ever(keyed: World):
    scheduled = schedule(keyed)
    late = keyed.caller(keyed.root, now=DUE)
    destroyed = destroy_key(late, keyed.vault.key_ring, scheduled.id)
    keyed.session.commit()
    assert destroyed.state is KeyState.DESTROYED
    with pytest.raises(KeyUnavailableError):
        keyed.vault.key_ring.provider.versions(scheduled.id)
    with pytest.raises(KeyDisabledError):
        keyed.get()
    for change in (enable_key, cancel_destroy):
        with pytest.raises(ConflictError):
            change(late, KEY)
    assert late.ledger.entries[0].details == {"state": "destroyed", "files": 1}


def test_a_destruction_that_crashed_halfway_is_finished_by_the_next(keyed: World):
    scheduled = schedule(keyed)
    late = keyed.caller(keyed.root, now=DUE)
    destroy_key(late, keyed.vault.key_ring, scheduled.id)
    keyed.session.rollback()
    assert due_keys(late) == [scheduled.id]
    destroy_key(late, keyed.vault.key_ring, scheduled.id)
    keyed.session.commit()
    assert get_key(late, KEY).state is KeyState.DESTROYED


def test_a_key_is_not_destroyed_before_it_is_due(keyed: World):
    scheduled = schedule(keyed)
    with pytest.raises(ConflictError):
        destroy_key(keyed.caller(keyed.root, now=DUE - 1), keyed.vault.key_ring, scheduled.id)
    keyed.session.rollback()
    assert keyed.vault.key_ring.provider.versions(scheduled.id) == (1,)


def test_a_key_whose_destruction_was_cancelled_is_never_destroyed(keyed: World):
    scheduled = schedule(keyed)
    cancel_destroy(keyed.caller(keyed.root), KEY)
    keyed.session.commit()
    with pytest.raises(ConflictError):
        destroy_key(keyed.caller(keyed.root, now=DUE), keyed.vault.key_ring, scheduled.id)


@pytest.mark.parametrize(
    "confirmation, days, field",
    [
        ("ML-KEY", 7, "confirmation"),
        ("", 7, "confirmation"),
        ("ml-key", 6, "waiting_days"),
        ("ml-key", 31, "waiting_days"),
    ],
)
def test_a_destruction_needs_the_name_and_7_to_30_days(
    keyed: World, confirmation: str, days: int, field: str
):
    with pytest.raises(InvalidParameterError) as refusal:
        schedule(keyed, confirmation, days)
    assert refusal.value.field == field


def test_the_key_of_the_metastore_is_not_destroyed(world: World):
    caller = world.caller(world.root)
    with pytest.raises(ConflictError):
        schedule_destroy(caller, FullName.of("metastore"), "metastore", 7)


def test_a_destroyed_key_frees_its_catalog_for_another(keyed: World):
    scheduled = schedule(keyed)
    destroy_key(keyed.caller(keyed.root, now=DUE), keyed.vault.key_ring, scheduled.id)
    bind_key(keyed.caller(keyed.root), keyed.ml.full_name, FullName.of("metastore"))
    keyed.session.commit()
    keyed.put(b"new", "new")
    assert keyed.get("new") == b"new"


@pytest.mark.parametrize("change", [disable_key, enable_key, cancel_destroy])
def test_a_stranger_changes_no_key(keyed: World, change):
    with pytest.raises(NotFoundError):
        change(keyed.caller(keyed.charlie), KEY)


def test_a_key_is_not_doomed_while_it_is_bound_to_the_metastore(keyed: World, database: Database):
    """The two at once: whoever comes second is refused."""
    refusals: list[Exception] = []

    def doom() -> None:
        with database.session() as session:
            other = replace(keyed, session=session)
            try:
                schedule(other)
            except ConflictError as error:
                refusals.append(error)

    bind_key(keyed.caller(keyed.root), METASTORE, KEY)
    thread = threading.Thread(target=doom)
    thread.start()
    thread.join(0.3)
    keyed.session.commit()
    thread.join(20)
    assert len(refusals) == 1
    assert get_key(keyed.caller(keyed.root), KEY).state is KeyState.ENABLED
