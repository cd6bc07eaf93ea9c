"""Registered models: made, seen, described, renamed, tagged, dropped and brought back."""

import pytest

from app import registry
from app.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.identity import Outcome
from app.securables import FullName
from tests.registry.worlds import LATER, WINE, World


def test_a_new_model_belongs_to_its_maker(world: World):
    made = world.model(description="red", tags={"team": "cellar"})
    assert (made.full_name, made.owner_id) == (WINE, world.people["alice"].id)
    assert (made.description, made.tags, made.latest_versions) == ("red", {"team": "cellar"}, ())
    assert registry.get_model(world.caller(), WINE) == made


def test_a_name_is_taken_once(world: World):
    world.model()
    with world.undone(), pytest.raises(AlreadyExistsError):
        registry.create_model(world.caller(), WINE)


def test_charlie_neither_sees_nor_registers_a_model(world: World):
    world.model()
    for attempt in (registry.get_model, registry.create_model):
        with world.undone(), pytest.raises((NotFoundError, PermissionDeniedError)) as refusal:
            attempt(world.caller("charlie"), WINE)
        assert not isinstance(refusal.value, AlreadyExistsError)


def test_whoever_sees_a_model_is_told_that_it_exists_when_registering_it(world: World):
    world.grant("readers", world.model(), "CREATE MODEL VERSION")
    with world.undone(), pytest.raises(AlreadyExistsError):
        registry.create_model(world.caller("bob"), WINE)


def test_dora_browses_a_model_but_does_not_change_it(world: World):
    world.model()
    assert registry.get_model(world.caller("dora"), WINE).full_name == WINE
    changes = [
        lambda who: registry.update_model(who, WINE, description="x"),
        lambda who: registry.rename_model(who, WINE, FullName.of("team", "default", "w")),
        lambda who: registry.set_model_tag(who, WINE, "a", "b"),
        lambda who: registry.delete_model_tag(who, WINE, "a"),
        lambda who: registry.delete_model(who, WINE),
    ]
    for change in changes:
        with world.undone(), pytest.raises(PermissionDeniedError):
            change(world.caller("dora"))


def test_a_rename_keeps_id_versions_and_aliases(world: World):
    made = world.model()
    world.version()
    registry.set_alias(world.caller(), WINE, "best", 1)
    new_name = FullName.of("team", "default", "beer")
    renamed = registry.rename_model(world.caller(now=LATER), WINE, new_name)
    assert (renamed.id, renamed.full_name, renamed.aliases) == (made.id, new_name, {"best": 1})
    assert registry.get_version(world.caller(), new_name, 1).model_name == new_name
    with pytest.raises(NotFoundError):
        registry.get_model(world.caller(), WINE)


def test_a_rename_does_not_move_a_model_to_another_schema(world: World):
    world.model()
    with world.undone(), pytest.raises(InvalidParameterError, match="new_name") as refusal:
        registry.rename_model(world.caller(), WINE, FullName.of("prod", "ml", "wine"))
    assert refusal.value.field == "new_name"


def test_a_rename_to_a_taken_name_is_refused(world: World):
    world.model()
    world.model(FullName.of("team", "default", "beer"))
    with world.undone(), pytest.raises(AlreadyExistsError):
        registry.rename_model(world.caller(), WINE, FullName.of("team", "default", "beer"))


@pytest.mark.parametrize("leaf", ["", " ", "a/b", "a:b", ".", "..", "a\x00", "a\n", "a" * 501])
def test_a_name_that_no_model_uri_can_hold_is_refused(world: World, leaf: str):
    with world.undone(), pytest.raises(InvalidParameterError) as refusal:
        registry.create_model(world.caller(), FullName.of("team", "default", leaf))
    assert refusal.value.field == "name"


def test_tags_are_replaced_and_deleted(world: World):
    world.model()
    registry.set_model_tag(world.caller(), WINE, "colour", "red")
    registry.set_model_tag(world.caller(), WINE, "colour", "white")
    assert registry.get_model(world.caller(), WINE).tags == {"colour": "white"}
    registry.delete_model_tag(world.caller(), WINE, "colour")
    registry.delete_model_tag(world.caller(), WINE, "colour")
    assert registry.get_model(world.caller(), WINE).tags == {}


@pytest.mark.parametrize("name", ["", "a" * 251, "../x", "a//b", "/a", "a\n", "a=b"])
def test_a_bad_tag_name_is_refused(world: World, name: str):
    world.model()
    with world.undone(), pytest.raises(InvalidParameterError) as refusal:
        registry.set_model_tag(world.caller(), WINE, name, "x")
    assert refusal.value.field == "key"


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 100_001])
def test_a_text_that_cannot_be_stored_is_refused(world: World, text: str):
    world.model()
    with world.undone(), pytest.raises(InvalidParameterError) as refusal:
        registry.update_model(world.caller(), WINE, description=text)
    assert refusal.value.field == "description"


def test_a_dropped_model_is_gone_and_comes_back_whole(world: World):
    made = world.model(tags={"a": "b"})
    version = world.version()
    registry.delete_model(world.caller(), WINE)
    world.commit()
    for lost in (
        lambda: registry.get_model(world.caller(), WINE),
        lambda: world.read("alice", version),
    ):
        with pytest.raises(NotFoundError):
            lost()
    restored = registry.restore_model(world.caller(), made.id)
    assert (restored.tags, restored.latest_versions[0].version) == ({"a": "b"}, 1)
    assert world.read("alice", version) == b"heavy"


def test_a_model_made_anew_begins_at_one(world: World):
    first = world.model()
    world.version()
    registry.delete_model(world.caller(), WINE)
    assert world.model().id != first.id
    assert world.version().version == 1


def test_a_model_with_versions_is_dropped_by_force_only_where_asked(world: World):
    world.model()
    world.version()
    with world.undone(), pytest.raises(ConflictError):
        registry.delete_model(world.caller(), WINE, force=False)
    registry.delete_version(world.caller(), world.vault, WINE, 1)
    registry.delete_model(world.caller(), WINE, force=False)


def test_every_change_is_one_event_with_its_effect(world: World):
    caller = world.caller()
    registry.create_model(caller, WINE, tags={"a": "b"})
    [entry] = caller.ledger.entries
    assert (entry.operation, entry.outcome) == ("registered_model.create", Outcome.ALLOWED)
    assert (entry.securable_name, entry.details) == ("team.default.wine", {"tags": ["a"]})
