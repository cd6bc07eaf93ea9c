"""Versions: numbered, described, staged, tagged and deleted."""

import threading

import pytest

from app import registry
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.registry import NewVersion, Stage
from tests import factories
from tests.registry.worlds import LATER, WINE, World


def test_a_version_has_the_next_number_and_what_was_said_of_it(world: World):
    world.model()
    run_id = world.run(weights=b"heavy")
    source = f"runs:/{run_id}/model"
    new = NewVersion(source, run_id=run_id, run_link="link", description="d", tags={"a": "b"})
    made = registry.create_version(world.caller(), world.vault, WINE, new)
    assert (made.version, made.source, made.run_id) == (1, source, run_id)
    assert (made.run_link, made.description, made.tags) == ("link", "d", {"a": "b"})
    assert (made.stage, made.status) == (Stage.NONE, "READY")
    assert registry.get_version(world.caller(), WINE, 1) == made


def test_a_number_is_never_given_twice(world: World):
    world.model()
    world.version()
    world.version()
    registry.delete_version(world.caller(), world.vault, WINE, 2)
    assert world.version().version == 3
    with pytest.raises(NotFoundError, match="version=2"):
        registry.get_version(world.caller(), WINE, 2)


@pytest.mark.slow
def test_fifty_creators_at_once_get_numbers_without_gap_or_twin(world: World):
    world.model()
    source = f"runs:/{world.run(weights=b'heavy')}/model"
    numbers: list[int] = []

    def create() -> None:
        with world.database.session() as session:
            alice = world.people["alice"]
            caller = factories.caller_for(session, alice, world.workspace)
            made = registry.create_version(caller, world.vault, WINE, NewVersion(source))
            session.commit()
            numbers.append(made.version)

    threads = [threading.Thread(target=create) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 51))


def test_a_failed_creation_takes_no_number(world: World):
    world.model()
    with world.undone(), pytest.raises(NotFoundError):
        registry.create_version(
            world.caller(), world.vault, WINE, NewVersion(f"runs:/{'0' * 32}/model")
        )
    assert world.version().version == 1


def test_a_version_is_described(world: World):
    world.model()
    world.version()
    changed = registry.update_version(world.caller(now=LATER + 1), WINE, 1, description="dry")
    assert (changed.description, changed.updated_at) == ("dry", LATER + 1)


def test_a_stage_is_read_in_any_case(world: World):
    world.model()
    world.version()
    moved = registry.transition_stage(world.caller(), WINE, 1, Stage.parse("PRODUCTION"))
    assert moved.stage is Stage.PRODUCTION


def test_an_unknown_stage_is_refused():
    with pytest.raises(InvalidParameterError, match="None, Staging, Production, Archived"):
        Stage.parse("Cellar")


def test_archiving_makes_room_in_a_stage(world: World):
    world.model()
    for _ in range(3):
        world.version()
    registry.transition_stage(world.caller(), WINE, 1, Stage.PRODUCTION)
    registry.transition_stage(world.caller(), WINE, 2, Stage.STAGING)
    caller = world.caller()
    registry.transition_stage(caller, WINE, 3, Stage.PRODUCTION, archive_existing=True)
    stages = [registry.get_version(world.caller(), WINE, n).stage.value for n in (1, 2, 3)]
    assert stages == ["Archived", "Staging", "Production"]
    assert caller.ledger.entries[-1].details["archived"] == [1]


def test_only_active_stages_are_made_room_in(world: World):
    world.model()
    world.version()
    with world.undone(), pytest.raises(InvalidParameterError):
        registry.transition_stage(world.caller(), WINE, 1, Stage.NONE, archive_existing=True)


def test_the_latest_versions_are_the_highest_of_each_stage(world: World):
    world.model()
    for _ in range(4):
        world.version()
    registry.transition_stage(world.caller(), WINE, 2, Stage.PRODUCTION)
    registry.transition_stage(world.caller(), WINE, 1, Stage.PRODUCTION)
    registry.delete_version(world.caller(), world.vault, WINE, 4)
    latest = registry.get_latest_versions(world.caller(), WINE)
    assert [(one.stage.value, one.version) for one in latest] == [("Production", 2), ("None", 3)]
    only = registry.get_latest_versions(world.caller(), WINE, [Stage.PRODUCTION])
    assert [one.version for one in only] == [2]
    assert registry.get_model(world.caller(), WINE).latest_versions == tuple(latest)


def test_tags_of_versions_are_replaced_and_deleted(world: World):
    world.model()
    world.version()
    registry.set_version_tag(world.caller(), WINE, 1, "a", "b")
    registry.set_version_tag(world.caller(), WINE, 1, "a", "c")
    assert registry.get_version(world.caller(), WINE, 1).tags == {"a": "c"}
    registry.delete_version_tag(world.caller(), WINE, 1, "a")
    assert registry.get_version(world.caller(), WINE, 1).tags == {}


def test_deleting_a_version_takes_its_aliases_and_files(world: World):
    world.model()
    version = world.version()
    registry.set_alias(world.caller(), WINE, "best", 1)
    registry.delete_version(world.caller(), world.vault, WINE, 1)
    world.commit()
    assert registry.get_model(world.caller(), WINE).aliases == {}
    with pytest.raises(NotFoundError):
        world.read("alice", version)


def test_a_reader_changes_nothing(world: World):
    world.grant("readers", world.model(), "EXECUTE")
    world.version()
    source = f"models:/{WINE}/1"
    bob_may_not = [
        lambda bob: registry.create_version(bob, world.vault, WINE, NewVersion(source)),
        lambda bob: registry.update_version(bob, WINE, 1, description="x"),
        lambda bob: registry.transition_stage(bob, WINE, 1, Stage.STAGING),
        lambda bob: registry.set_version_tag(bob, WINE, 1, "a", "b"),
        lambda bob: registry.delete_version_tag(bob, WINE, 1, "a"),
        lambda bob: registry.set_alias(bob, WINE, "best", 1),
        lambda bob: registry.delete_alias(bob, WINE, "best"),
        lambda bob: registry.delete_version(bob, world.vault, WINE, 1),
    ]
    for attempt in bob_may_not:
        with world.undone(), pytest.raises(PermissionDeniedError):
            attempt(world.caller("bob"))


def test_charlie_is_told_of_no_version(world: World):
    world.model()
    world.version()
    charlie_sees_nothing = [
        lambda who: registry.get_version(who, WINE, 1),
        lambda who: registry.get_latest_versions(who, WINE),
        lambda who: registry.get_version_by_alias(who, WINE, "latest"),
        lambda who: registry.get_download_uri(who, WINE, 1),
        lambda who: registry.list_version_files(who, WINE, 1),
        lambda who: registry.set_alias(who, WINE, "best", 1),
    ]
    for attempt in charlie_sees_nothing:
        with world.undone(), pytest.raises(NotFoundError):
            attempt(world.caller("charlie"))
