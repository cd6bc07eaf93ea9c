"""Deleting what another is adding to: it waits, and takes what was added with it."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError as DatabaseIntegrityError

from app.artifacts import Vault
from app.db import Database
from app.edge.statuses import translate
from app.errors import NotFoundError, UnavailableError
from app.identity import Caller
from app.tracking.evaluation.datasets import create_dataset, delete_dataset, set_tags
from app.tracking.evaluation.records import merge_records
from app.tracking.evaluation.reviews import create_queue, delete_queue
from app.tracking.evaluation.reviews_items import add_items
from app.tracking.evaluation.reviews_values import NewQueue, QueueKind
from app.tracking.evaluation.tables import evaluation_records, review_queue_items
from app.tracking.evaluation.values import GivenRecord
from app.tracking.tables import trace_tags
from app.tracking.traces.traces import delete_traces, set_trace_tag, start_trace
from app.tracking.traces.values import ToldTrace
from tests.together import meanwhile
from tests.tracking.worlds import World

TRACE = f"tr-{'a' * 32}"


@pytest.fixture
def trace(world: World) -> str:
    start_trace(world.caller(), world.number, ToldTrace(TRACE))
    world.session.commit()
    return TRACE


def count(world: World, table) -> int:
    return int(world.session.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_trace_goes_with_a_tag_that_came_just_now(
    world: World, trace: str, vault: Vault, database: Database
):
    set_trace_tag(world.caller(), trace, "color", "red")
    delete = meanwhile(
        database,
        world.session,
        world.alice,
        lambda caller: delete_traces(caller, vault, world.number, trace_ids=[trace]),
    )
    with delete as deleting:
        assert deleting.result(timeout=30) == 1
    assert count(world, trace_tags) == 0


def test_who_comes_too_late_is_told_to_try_again_and_then_that_it_is_gone(
    world: World, trace: str, vault: Vault, database: Database
):
    delete_traces(world.caller(), vault, world.number, trace_ids=[trace])

    def tag(caller: Caller) -> None:
        set_trace_tag(caller, trace, "color", "red")

    with meanwhile(database, world.session, world.alice, tag) as tagging:
        error = tagging.exception(timeout=30)
    if not world.session.is_sqlite:
        assert isinstance(error, DatabaseIntegrityError)
        assert isinstance(translate(error), UnavailableError)
    with world.undone(), pytest.raises(NotFoundError):
        tag(world.caller())


def test_an_evaluation_dataset_goes_with_a_record_that_came_just_now(
    world: World, database: Database
):
    dataset_id = create_dataset(world.caller(), "golden", [world.number]).dataset_id
    world.session.commit()
    set_tags(world.caller(), dataset_id, {"a": "b"})
    merge_records(world.caller(), dataset_id, [GivenRecord({"q": 1})])
    delete = meanwhile(
        database, world.session, world.alice, lambda caller: delete_dataset(caller, dataset_id)
    )
    with delete as deleting:
        deleting.result(timeout=30)
    assert count(world, evaluation_records) == 0


def test_a_review_queue_goes_with_an_item_that_came_just_now(
    world: World, trace: str, database: Database
):
    queue = create_queue(world.caller(), world.number, NewQueue("today", QueueKind.CUSTOM))
    world.session.commit()
    add_items(world.caller(), queue.queue_id, [trace])
    delete = meanwhile(
        database, world.session, world.alice, lambda caller: delete_queue(caller, queue.queue_id)
    )
    with delete as deleting:
        deleting.result(timeout=30)
    assert count(world, review_queue_items) == 0
