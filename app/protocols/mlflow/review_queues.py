"""Review queues (``mlflow/protos/service.proto``: createReviewQueue … setReviewQueueItemStatus)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.reviews import (
    AddItems,
    CreateReviewQueue,
    GetOrCreateUserQueue,
    GetReviewQueueByName,
    ListItems,
    ListReviewQueues,
    OfReviewQueue,
    RemoveItems,
    SetItemStatus,
    UpdateReviewQueue,
    dump_item,
    dump_queue,
    to_new_queue,
    to_queue_change,
    to_status,
)
from app.protocols.mlflow.wire.tracking import dump_list
from app.tracking.evaluation import reviews, reviews_items
from app.tracking.evaluation.reviews_values import ReviewQueue, ReviewStatus

_V3 = ("3.0",)
_PAGE = 100


@api("POST", "review-queues/create", versions=_V3)
def create_review_queue() -> ResponseReturnValue:
    """Make a queue."""
    wanted = CreateReviewQueue.read()
    return _answer(reviews.create_queue(caller(), wanted["experiment_id"], to_new_queue(wanted)))


@api("POST", "review-queues/get-or-create-user", versions=_V3)
def get_or_create_user_queue() -> ResponseReturnValue:
    """Answer the queue of a person, made if there is none."""
    wanted = GetOrCreateUserQueue.read()
    return _answer(reviews.ensure_user_queue(caller(), wanted["experiment_id"], wanted["user"]))


@api("GET", "review-queues/get", versions=_V3)
def get_review_queue() -> ResponseReturnValue:
    """Answer a queue without its items."""
    return _answer(reviews.get_queue(caller(), OfReviewQueue.read()["queue_id"]))


@api("GET", "review-queues/get-by-name", versions=_V3)
def get_review_queue_by_name() -> ResponseReturnValue:
    """Answer the queue of a name."""
    wanted = GetReviewQueueByName.read()
    return _answer(reviews.get_queue_by_name(caller(), wanted["experiment_id"], wanted["name"]))


@api("GET", "review-queues/list", versions=_V3)
def list_review_queues() -> ResponseReturnValue:
    """Answer a page of queues."""
    wanted = ListReviewQueues.read()
    page = reviews.list_queues(
        caller(),
        wanted["experiment_id"],
        user=wanted["user"],
        item_id=wanted["item_id"],
        max_results=_PAGE if wanted["max_results"] is None else wanted["max_results"],
        page_token=wanted["page_token"] or "",
    )
    dumped = [dump_queue(queue) for queue in page.items]
    return jsonify(dump_list("review_queues", dumped, page.next_token))


@api("POST", "review-queues/update", versions=_V3)
def update_review_queue() -> ResponseReturnValue:
    """Change a queue."""
    wanted = UpdateReviewQueue.read()
    return _answer(reviews.update_queue(caller(), wanted["queue_id"], to_queue_change(wanted)))


@api("POST", "review-queues/delete", versions=_V3)
def delete_review_queue() -> ResponseReturnValue:
    """Delete a queue."""
    reviews.delete_queue(caller(), OfReviewQueue.read()["queue_id"])
    return empty()


@api("POST", "review-queues/items/add", versions=_V3)
def add_items_to_review_queue() -> ResponseReturnValue:
    """Put traces into a queue."""
    wanted = AddItems.read()
    added = reviews_items.add_items(caller(), wanted["queue_id"], wanted["item_ids"])
    return jsonify(dump_list("items", [dump_item(item) for item in added]))


@api("POST", "review-queues/items/remove", versions=_V3)
def remove_items_from_review_queue() -> ResponseReturnValue:
    """Take traces out of a queue."""
    wanted = RemoveItems.read()
    reviews_items.remove_items(caller(), wanted["queue_id"], wanted["item_ids"])
    return empty()


@api("GET", "review-queues/items/list", versions=_V3)
def list_review_queue_items() -> ResponseReturnValue:
    """Answer a page of what is in a queue."""
    wanted = ListItems.read()
    page = reviews_items.list_items(
        caller(),
        wanted["queue_id"],
        status=to_status(wanted["status"]),
        max_results=_PAGE if wanted["max_results"] is None else wanted["max_results"],
        page_token=wanted["page_token"] or "",
    )
    dumped = [dump_item(item) for item in page.items]
    return jsonify(dump_list("items", dumped, page.next_token))


@api("POST", "review-queues/items/set-status", versions=_V3)
def set_review_queue_item_status() -> ResponseReturnValue:
    """Say how far the review of a trace is."""
    wanted = SetItemStatus.read()
    status = ReviewStatus[wanted["status"]]
    item = reviews_items.set_status(caller(), wanted["queue_id"], wanted["item_id"], status)
    return jsonify({"item": dump_item(item)})


def _answer(queue: ReviewQueue) -> ResponseReturnValue:
    return jsonify({"review_queue": dump_queue(queue)})
