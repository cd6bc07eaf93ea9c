import pytest

from app.artifacts import Vault
from app.errors import (
    AlreadyExistsError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.tracking.evaluation.labels import (
    create_label_schema,
    delete_label_schema,
    list_label_schemas,
)
from app.tracking.evaluation.labels_values import InputKind, LabelInput, NewLabelSchema
from app.tracking.evaluation.reviews import (
    create_queue,
    delete_queue,
    ensure_user_queue,
    get_queue,
    get_queue_by_name,
    list_queues,
    update_queue,
)
from app.tracking.evaluation.reviews_items import (
    add_items,
    list_items,
    remove_items,
    set_status,
)
from app.tracking.evaluation.reviews_values import (
    NewQueue,
    QueueChange,
    QueueKind,
    ReviewQueue,
    ReviewStatus,
)
from app.tracking.traces.traces import delete_traces, start_trace
from app.tracking.traces.values import AssessmentKind, ToldTrace
from tests.factories import NOW, grant
from tests.tracking.worlds import World

IDS = [f"tr-{digit * 32}" for digit in "abc"]


@pytest.fixture
def queue(world: World) -> str:
    """A queue of alice's with nothing in it, beside three traces."""
    for trace_id in IDS:
        start_trace(world.caller(), world.number, ToldTrace(trace_id))
    made = make(world, "first", users=("Bob ", "bob", "ann"))
    world.session.commit()
    return made.queue_id


def make(world: World, name: str, who: str = "alice", **more) -> ReviewQueue:
    new = NewQueue(name, QueueKind.CUSTOM, **more)
    return create_queue(world.caller(who), world.number, new)


def question(world: World, number: str | None = None) -> str:
    new = NewLabelSchema("right?", AssessmentKind.FEEDBACK, LabelInput(InputKind.TEXT, {}))
    return create_label_schema(world.caller(), number or world.number, new).schema_id


def names(world: World, **more) -> list[str]:
    return [one.name for one in list_queues(world.caller("bob"), world.number, **more).items]


def test_a_queue_has_an_owner_and_people_in_small_letters(world: World, queue: str):
    found = get_queue(world.caller("bob"), queue)
    assert (found.owner, found.users, found.schema_ids) == ("alice", ("ann", "bob"), ())
    assert get_queue_by_name(world.caller("bob"), world.number, "FIRST") == found


def test_names_differ_by_more_than_case(world: World, queue: str):
    with world.undone(), pytest.raises(AlreadyExistsError):
        make(world, "First")
    other = make(world, "other").queue_id
    world.session.commit()
    with world.undone(), pytest.raises(AlreadyExistsError):
        update_queue(world.caller(), other, QueueChange(name="FIRST"))


@pytest.mark.parametrize(
    "new",
    [
        NewQueue(" ", QueueKind.CUSTOM),
        NewQueue("Default", QueueKind.CUSTOM),
        NewQueue("q", QueueKind.CUSTOM, users=("",)),
        NewQueue("q", QueueKind.CUSTOM, users=tuple(str(number) for number in range(11))),
        NewQueue("q", QueueKind.CUSTOM, schema_ids=("ls-none",)),
        NewQueue("bob", QueueKind.USER, users=("ann",)),
        NewQueue("bob", QueueKind.USER, schema_ids=("ls-none",)),
    ],
)
def test_what_a_queue_cannot_be_is_refused(world: World, new: NewQueue):
    with world.undone(), pytest.raises(InvalidParameterError):
        create_queue(world.caller(), world.number, new)


def test_a_question_of_another_experiment_is_none(world: World, queue: str):
    foreign = question(world, world.add_experiment("other"))
    world.session.commit()
    with world.undone(), pytest.raises(InvalidParameterError):
        update_queue(world.caller(), queue, QueueChange(schema_ids=(foreign,)))


def test_a_queue_may_ask_the_default_question(world: World, queue: str):
    default = list_label_schemas(world.caller(), world.number).items[-1].schema_id
    changed = update_queue(world.caller(), queue, QueueChange(schema_ids=(default,)))
    assert changed.schema_ids == (default,)


def test_a_person_has_one_queue_of_their_own(world: World):
    made = ensure_user_queue(world.caller(), world.number, " Bob")
    assert (made.kind, made.name, made.owner, made.users) == ("user", "bob", "bob", ("bob",))
    world.session.commit()
    assert ensure_user_queue(world.caller(), world.number, "bob") == made
    with world.undone(), pytest.raises(InvalidParameterError):
        update_queue(world.caller(), made.queue_id, QueueChange(name="mine"))
    make(world, "ann")
    with pytest.raises(AlreadyExistsError):
        ensure_user_queue(world.caller(), world.number, "ann")


def test_a_change_keeps_what_it_does_not_name(world: World, queue: str):
    change = QueueChange(owner="Ann", users=("carol",))
    changed = update_queue(world.caller(now=NOW + 3), queue, change)
    assert (changed.name, changed.owner, changed.users) == ("first", "Ann", ("carol",))
    assert changed.updated_at == NOW + 3
    assert get_queue(world.caller(), queue) == changed


def test_questions_stay_once_there_is_something_to_review(world: World, queue: str):
    asked = question(world)
    update_queue(world.caller(), queue, QueueChange(schema_ids=(asked,)))
    add_items(world.caller(), queue, IDS[:1])
    world.session.commit()
    with world.undone(), pytest.raises(InvalidParameterError):
        update_queue(world.caller(), queue, QueueChange(schema_ids=()))
    remove_items(world.caller(), queue, IDS[:1])
    assert update_queue(world.caller(), queue, QueueChange(schema_ids=())).schema_ids == ()


def test_a_deleted_question_is_asked_nowhere(world: World, queue: str):
    asked = question(world)
    update_queue(world.caller(), queue, QueueChange(schema_ids=(asked,)))
    delete_label_schema(world.caller(), asked)
    assert get_queue(world.caller(), queue).schema_ids == ()


def test_queues_are_found_by_person_and_by_trace_in_pages(world: World, queue: str):
    for number in range(3):
        make(world, f"q{number}", users=("ann",) if number else ())
    add_items(world.caller(), queue, IDS[:1])
    assert names(world) == ["q2", "q1", "q0", "first"]
    assert names(world, user="ANN") == ["q2", "q1", "first"]
    assert names(world, item_id=IDS[0]) == ["first"]
    assert names(world, item_id=IDS[1]) == []
    page = list_queues(world.caller(), world.number, max_results=3)
    assert names(world, max_results=3, page_token=page.next_token) == ["first"]


def test_traces_are_added_once_and_reviewed_by_the_caller(world: World, queue: str):
    first = add_items(world.caller(), queue, [IDS[1], IDS[0]])
    assert [item.trace_id for item in first] == [IDS[1], IDS[0]]
    done = set_status(world.caller(now=NOW + 2), queue, IDS[0], ReviewStatus.COMPLETE)
    assert (done.completed_by, done.completed_at) == ("alice", NOW + 2)
    again = add_items(world.caller(now=NOW + 3), queue, IDS[:2])
    assert [item.status for item in again] == ["complete", "pending"]
    pending = list_items(world.caller("bob"), queue, status=ReviewStatus.PENDING)
    assert [item.trace_id for item in pending.items] == [IDS[1]]
    reopened = set_status(world.caller(), queue, IDS[0], ReviewStatus.PENDING)
    assert (reopened.completed_by, reopened.completed_at) == (None, None)


def test_who_completed_something_stays_although_another_says_so_too(world: World, queue: str):
    grant(world.session, world.experiment, world.charlie, "ASSESS")
    add_items(world.caller(), queue, IDS[:1])
    set_status(world.caller("charlie"), queue, IDS[0], ReviewStatus.DECLINED)
    again = set_status(world.caller(now=NOW + 9), queue, IDS[0], ReviewStatus.DECLINED)
    assert (again.completed_by, again.updated_at) == ("charlie", NOW)


def test_pages_of_items_are_the_whole(world: World, queue: str):
    add_items(world.caller(), queue, IDS)
    first = list_items(world.caller(), queue, max_results=2)
    second = list_items(world.caller(), queue, max_results=2, page_token=first.next_token)
    found = {item.trace_id for item in first.items + second.items}
    assert (found, second.next_token) == (set(IDS), "")


def test_a_trace_of_another_experiment_is_not_to_be_reviewed(world: World, queue: str):
    foreign = f"tr-{'f' * 32}"
    start_trace(world.caller(), world.add_experiment("other"), ToldTrace(foreign))
    world.session.commit()
    for trace_id in (foreign, f"tr-{'0' * 32}"):
        with world.undone(), pytest.raises(NotFoundError):
            add_items(world.caller(), queue, [IDS[0], trace_id])
    assert list_items(world.caller(), queue).items == []
    with world.undone(), pytest.raises(NotFoundError):
        set_status(world.caller(), queue, foreign, ReviewStatus.COMPLETE)


def test_a_deleted_trace_leaves_its_queues(world: World, queue: str, vault: Vault):
    add_items(world.caller(), queue, IDS)
    delete_traces(world.caller(), vault, world.number, trace_ids=IDS[:2])
    assert [item.trace_id for item in list_items(world.caller(), queue).items] == IDS[2:]


def test_a_deleted_queue_is_gone_and_its_traces_stay(world: World, queue: str):
    add_items(world.caller(), queue, IDS)
    delete_queue(world.caller(), queue)
    assert names(world) == []
    with pytest.raises(NotFoundError):
        list_items(world.caller(), queue)


def test_a_reviewer_reviews_and_sets_up_nothing_for_others(world: World, queue: str):
    grant(world.session, world.experiment, world.charlie, "ASSESS")
    add_items(world.caller(), queue, IDS[:1])
    assert ensure_user_queue(world.caller("charlie"), world.number, "charlie").owner == "charlie"
    done = set_status(world.caller("charlie"), queue, IDS[0], ReviewStatus.COMPLETE)
    assert done.completed_by == "charlie"
    world.session.commit()
    for change in _changes(queue):
        with world.undone(), pytest.raises(PermissionDeniedError):
            change(world.caller("charlie"))


def test_a_reader_changes_nothing_and_a_stranger_finds_nothing(world: World, queue: str):
    add_items(world.caller(), queue, IDS[:1])
    world.session.commit()
    for who, error in (("bob", PermissionDeniedError), ("charlie", NotFoundError)):
        for change in (
            *_changes(queue),
            lambda caller: create_queue(caller, world.number, NewQueue("x", QueueKind.CUSTOM)),
            lambda caller: ensure_user_queue(caller, world.number, "bob"),
            lambda caller: set_status(caller, queue, IDS[0], ReviewStatus.COMPLETE),
        ):
            with world.undone(), pytest.raises(error):
                change(world.caller(who))
    for look in (
        lambda caller: get_queue(caller, queue),
        lambda caller: list_items(caller, queue),
        lambda caller: list_queues(caller, world.number),
        lambda caller: get_queue_by_name(caller, world.number, "first"),
    ):
        with pytest.raises(NotFoundError):
            look(world.caller("charlie"))


def _changes(queue: str):
    return (
        lambda caller: update_queue(caller, queue, QueueChange(name="mine")),
        lambda caller: add_items(caller, queue, IDS[1:]),
        lambda caller: remove_items(caller, queue, IDS[:1]),
        lambda caller: delete_queue(caller, queue),
    )
