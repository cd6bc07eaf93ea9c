import pytest
from sqlalchemy import select

from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.securables.tables import securables
from app.tracking.experiment_search import search_experiments
from app.tracking.experiments import (
    create_experiment,
    delete_experiment,
    delete_experiment_tag,
    ensure_default_experiment,
    get_experiment,
    get_experiment_by_name,
    rename_experiment,
    restore_experiment,
    set_experiment_tag,
)
from app.tracking.runs.runs import get_run
from app.tracking.values import Search, View
from tests.factories import grant

NAME = Entity.ATTRIBUTE


def named(world, search=None, who="alice", *, home=True):
    page = search_experiments(world.caller(who, home=home), search or Search())
    return [one.name for one in page.items]


def test_a_short_name_lives_in_the_home_schema_and_is_echoed(world):
    made = create_experiment(world.caller(), "/Users/ann/exp 1", tags=[("team", "a")])
    again = get_experiment_by_name(world.caller(), "/Users/ann/exp 1")
    assert again == get_experiment(world.caller(), made.experiment_id) == made
    assert again.name == "/Users/ann/exp 1"
    assert again.full_name.parts == ("lab", "default", "/Users/ann/exp 1")
    assert again.tags == (("team", "a"),)
    assert again.artifact_location == f"mlflow-artifacts:/{made.experiment_id}"
    assert again.lifecycle_stage == "active"


def test_a_full_name_and_the_short_one_are_one_experiment(world):
    made = create_experiment(world.caller(), "lab.default.churn")
    assert get_experiment_by_name(world.caller(), "churn") == made


def test_ids_are_decimal_and_grow(world):
    first, second = (int(create_experiment(world.caller(), n).experiment_id) for n in "ab")
    assert second == first + 1


def test_alice_owns_what_she_creates(world):
    made = create_experiment(world.caller(), "mine")
    assert made.owner_id == world.alice.id


def test_the_event_of_a_creation_is_about_the_experiment(world):
    caller = world.caller()
    made = create_experiment(caller, "mine")
    (entry,) = caller.ledger.entries
    assert (entry.operation, entry.securable_id) == ("experiment.create", made.id)


@pytest.mark.parametrize("name", ["", "  ", "x" * 501, "a\nb", "a\x00"])
def test_bad_names_are_refused(world, name):
    with pytest.raises(InvalidParameterError):
        create_experiment(world.caller(), name)


def test_files_are_nowhere_but_on_this_server(world):
    with pytest.raises(InvalidParameterError) as caught:
        create_experiment(world.caller(), "x", location="s3://elsewhere")
    assert caught.value.field == "artifact_location"
    create_experiment(world.caller(), "x", location="mlflow-artifacts:/")


def test_a_name_is_taken_once(world):
    with pytest.raises(AlreadyExistsError, match=r"Experiment\(name=wine\) already exists"):
        create_experiment(world.caller(), "wine")


def test_a_name_is_taken_in_the_trash_too(world):
    delete_experiment(world.caller(), world.number)
    with pytest.raises(AlreadyExistsError, match="already exists in deleted state") as caught:
        create_experiment(world.caller(), "wine")
    assert f"id {world.number}" not in caught.value.message


def test_a_deleted_experiment_is_read_as_deleted_and_so_are_its_runs(world, run_id):
    delete_experiment(world.caller(), world.number)
    assert get_experiment(world.caller(), world.number).lifecycle_stage == "deleted"
    assert get_experiment_by_name(world.caller(), "wine").lifecycle_stage == "deleted"
    assert get_run(world.caller(), run_id).info.lifecycle_stage == "deleted"


def test_a_restored_experiment_brings_its_runs_back(world, run_id):
    delete_experiment(world.caller(), world.number)
    restore_experiment(world.caller(), world.number)
    assert get_experiment(world.caller(), world.number).lifecycle_stage == "active"
    assert get_run(world.caller(), run_id).info.lifecycle_stage == "active"


def test_what_is_deleted_cannot_be_deleted_again_nor_the_living_restored(world):
    with pytest.raises(NotFoundError):
        restore_experiment(world.caller(), world.number)
    delete_experiment(world.caller(), world.number)
    with pytest.raises(NotFoundError, match="No Experiment with id="):
        delete_experiment(world.caller(), world.number)


def test_a_rename_keeps_the_id(world):
    rename_experiment(world.caller(), world.number, "vin")
    assert get_experiment_by_name(world.caller(), "vin").experiment_id == world.number


def test_a_rename_needs_a_free_name_and_a_living_experiment(world):
    create_experiment(world.caller(), "taken")
    with pytest.raises(AlreadyExistsError):
        rename_experiment(world.caller(), world.number, "taken")
    with pytest.raises(InvalidParameterError, match="stays in its schema"):
        rename_experiment(world.caller(), world.number, "other.default.wine")
    delete_experiment(world.caller(), world.number)
    with pytest.raises(ConflictError):
        rename_experiment(world.caller(), world.number, "vin")


def test_tags_are_set_overwritten_and_deleted(world):
    set_experiment_tag(world.caller(), world.number, "a", "1")
    set_experiment_tag(world.caller(), world.number, "a", "2")
    assert get_experiment(world.caller(), world.number).tags == (("a", "2"),)
    delete_experiment_tag(world.caller(), world.number, "a")
    assert get_experiment(world.caller(), world.number).tags == ()
    with pytest.raises(NotFoundError, match="No tag with name: a"):
        delete_experiment_tag(world.caller(), world.number, "a")


def test_a_tag_too_long_is_refused(world):
    with pytest.raises(InvalidParameterError, match="20000"):
        set_experiment_tag(world.caller(), world.number, "a", "x" * 20_001)


@pytest.mark.parametrize("number", ["", "x", "-1", "1.0", "9" * 30, "²", "1\x00"])
def test_what_is_no_number_is_no_id(world, number):
    with pytest.raises(InvalidParameterError, match="Invalid experiment ID"):
        get_experiment(world.caller(), number)


def test_the_default_experiment_is_made_once_with_id_0(world):
    grant(world.session, world.schema, world.alice, "CREATE EXPERIMENT")
    ensure_default_experiment(world.caller())
    ensure_default_experiment(world.caller())
    assert get_experiment(world.caller(), "0").name == "Default"
    assert int(create_experiment(world.caller(), "next").experiment_id) > int(world.number)


def test_bob_reads_and_changes_nothing(world):
    assert get_experiment(world.caller("bob"), world.number).name == "wine"
    for change in (
        lambda: rename_experiment(world.caller("bob"), world.number, "vin"),
        lambda: delete_experiment(world.caller("bob"), world.number),
        lambda: restore_experiment(world.caller("bob"), world.number),
        lambda: set_experiment_tag(world.caller("bob"), world.number, "a", "1"),
        lambda: delete_experiment_tag(world.caller("bob"), world.number, "a"),
        lambda: create_experiment(world.caller("bob"), "his"),
    ):
        with pytest.raises((PermissionDeniedError, NotFoundError)) as caught:
            change()
        assert isinstance(caught.value, PermissionDeniedError)


def test_charlie_cannot_tell_hidden_from_absent(world):
    def answer(number):
        with pytest.raises(NotFoundError) as caught:
            get_experiment(world.caller("charlie"), number)
        return caught.value.message.replace(number, "N")

    assert answer(world.number) == answer("9999") == "No Experiment with id=N exists"


def test_charlie_cannot_tell_hidden_names_from_absent_ones(world):
    def answer(name):
        with pytest.raises(NotFoundError) as caught:
            get_experiment_by_name(world.caller("charlie"), name)
        return caught.value.message.replace(name, "N")

    assert answer("wine") == answer("none")


def test_a_search_finds_what_is_visible_newest_first(world):
    for index, name in enumerate(["b", "a"]):
        create_experiment(world.caller(now=1_900_000_000_000 + index), name)
    assert named(world) == ["a", "b", "wine"]
    assert named(world, who="bob") == ["wine"]
    assert named(world, who="charlie") == []


def test_a_search_from_elsewhere_names_in_full(world):
    assert named(world, home=False) == ["lab.default.wine"]


def test_a_search_looks_at_the_trash_when_asked(world):
    create_experiment(world.caller(), "kept")
    delete_experiment(world.caller(), world.number)
    assert named(world) == ["kept"]
    assert named(world, Search(View.DELETED_ONLY)) == ["wine"]
    assert len(named(world, Search(View.ALL))) == 2
    assert named(world, Search(View.DELETED_ONLY), who="charlie") == []


@pytest.mark.parametrize(
    "comparison, found",
    [
        (Comparison(NAME, "name", Operator.LIKE, "w%"), ["wine"]),
        (Comparison(NAME, "name", Operator.ILIKE, "WINE"), ["wine"]),
        (Comparison(NAME, "name", Operator.NE, "wine"), ["beer"]),
        (Comparison(Entity.TAG, "team", Operator.EQ, "a"), ["beer"]),
        (Comparison(Entity.TAG, "team", Operator.IS_NULL, None), ["wine"]),
        (Comparison(NAME, "experiment_id", Operator.IN, ("1", "77")), ["wine"]),
        (Comparison(NAME, "experiment_id", Operator.NOT_IN, ("1",)), ["beer"]),
        (Comparison(NAME, "experiment_id", Operator.EQ, "1"), ["wine"]),
        (Comparison(NAME, "creation_time", Operator.GT, 1_850_000_000_000), ["beer"]),
    ],
)
def test_a_search_filters(world, comparison, found):
    create_experiment(world.caller(now=1_900_000_000_000), "beer", tags=[("team", "a")])
    assert named(world, Search(filters=(comparison,))) == found


def test_pages_of_experiments_put_together_are_the_whole_once(world):
    for index in range(7):
        create_experiment(world.caller(), f"e{index}")
    order = (OrderBy(NAME, "name", ascending=False),)
    seen, token = [], ""
    while True:
        search = Search(order_by=order, max_results=3, page_token=token)
        page = search_experiments(world.caller(), search)
        seen += [one.name for one in page.items]
        token = page.next_token
        if not token:
            break
    assert seen == ["wine", *(f"e{index}" for index in range(6, -1, -1))]


def test_a_token_of_another_search_is_refused(world):
    create_experiment(world.caller(), "b")
    token = search_experiments(world.caller(), Search(max_results=1)).next_token
    with pytest.raises(InvalidParameterError) as caught:
        search_experiments(world.caller(), Search(View.ALL, max_results=1, page_token=token))
    assert caught.value.field == "page_token"


@pytest.mark.parametrize("size", [0, -1, 50_001])
def test_a_page_has_a_size(world, size):
    with pytest.raises(InvalidParameterError):
        search_experiments(world.caller(), Search(max_results=size))


def test_a_deleted_experiment_is_in_the_trash_of_the_spine(world):
    delete_experiment(world.caller(), world.number)
    deleted_by = select(securables.c.deleted_by).where(securables.c.id == world.experiment.id)
    assert world.session.execute(deleted_by).scalar_one() == world.alice.id
