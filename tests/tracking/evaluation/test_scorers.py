import pytest

from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.tracking.evaluation.scorers import (
    delete_scorer,
    get_scorer,
    list_scorers,
    list_versions,
    register_scorer,
    search_scorers,
)
from app.tracking.experiments import delete_experiment
from tests.factories import NOW, grant
from tests.tracking.worlds import World


def register(world: World, name: str = "polite", definition: str = '{"a": 1}', who="alice") -> int:
    return register_scorer(world.caller(who), world.number, name, definition).version


def test_a_name_that_comes_again_is_the_next_version(world: World):
    assert [register(world), register(world, definition="{}"), register(world, "terse")] == [
        1,
        2,
        1,
    ]
    latest = get_scorer(world.caller("bob"), world.number, "polite")
    assert (latest.version, latest.definition, latest.created_at) == (2, "{}", NOW)
    assert get_scorer(world.caller("bob"), world.number, "polite", 1).definition == '{"a": 1}'
    listed = list_scorers(world.caller("bob"), world.number)
    assert [(one.name, one.version) for one in listed] == [("polite", 2), ("terse", 1)]
    versions = list_versions(world.caller("bob"), world.number, "polite")
    assert [one.version for one in versions] == [1, 2]
    assert len({one.scorer_id for one in versions}) == 1


def test_a_reader_changes_nothing_and_a_stranger_finds_nothing(world: World):
    register(world)
    world.session.commit()
    for who, error in (("bob", PermissionDeniedError), ("charlie", NotFoundError)):
        with world.undone(), pytest.raises(error):
            register(world, who=who)
        with world.undone(), pytest.raises(error):
            delete_scorer(world.caller(who), world.number, "polite")
    with world.undone(), pytest.raises(NotFoundError):
        get_scorer(world.caller("charlie"), world.number, "polite")
    assert search_scorers(world.caller("charlie")) == []


def test_somebody_who_logs_registers_and_does_not_read(world: World):
    grant(world.session, world.experiment, world.charlie, "LOG RUN")
    world.session.commit()
    assert register(world, who="charlie") == 1
    with pytest.raises(PermissionDeniedError):
        list_scorers(world.caller("charlie"), world.number)


def test_a_number_is_not_given_twice(world: World):
    register(world)
    register(world)
    delete_scorer(world.caller(), world.number, "polite", 2)
    assert register(world) == 3
    versions = list_versions(world.caller(), world.number, "polite")
    assert [one.version for one in versions] == [1, 3]


def test_all_versions_go_at_once(world: World):
    register(world)
    register(world)
    delete_scorer(world.caller(), world.number, "polite")
    world.session.commit()
    assert list_scorers(world.caller(), world.number) == []
    for gone in (
        lambda: get_scorer(world.caller(), world.number, "polite"),
        lambda: list_versions(world.caller(), world.number, "polite"),
        lambda: delete_scorer(world.caller(), world.number, "polite"),
    ):
        with world.undone(), pytest.raises(NotFoundError):
            gone()


def test_a_search_finds_the_scorers_of_what_one_may_read(world: World):
    other = world.add_experiment("other")
    register(world)
    register_scorer(world.caller(), other, "terse", "{}")
    assert [one.name for one in search_scorers(world.caller())] == ["polite", "terse"]
    assert [one.name for one in search_scorers(world.caller("bob"))] == ["polite"]
    assert search_scorers(world.caller("bob"), [other]) == []
    assert [one.name for one in search_scorers(world.caller(), [other])] == ["terse"]


def test_nothing_is_registered_in_the_trash(world: World):
    register(world)
    delete_experiment(world.caller(), world.number)
    with world.undone(), pytest.raises(InvalidParameterError):
        register(world)


@pytest.mark.parametrize(
    "definition",
    [
        "",
        "[]",
        "nonsense",
        '{"call_source": "return 1"}',
        '{"ensemble": {"scorers": [{"call_source": "return 1"}]}}',
    ],
)
def test_a_scorer_is_a_json_object_without_code(world: World, definition: str):
    with pytest.raises(InvalidParameterError):
        register(world, definition=definition)


@pytest.mark.parametrize("name", ["", "  ", "x" * 257, "\x00"])
def test_a_bad_name_is_refused(world: World, name: str):
    with pytest.raises(InvalidParameterError):
        register(world, name)
