"""Messages of review queues (``mlflow/protos/review_queues.proto``).

Who makes a queue or completes an item is the caller: ``created_by`` and ``completed_by`` of a
message are not read, as MLflow's own server reads neither where it knows its callers.
"""

from __future__ import annotations

from marshmallow.validate import OneOf

from app.protocols.mlflow.wire.messages import Boolean, Message, Text, int64, text, texts
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.evaluation.reviews_values import (
    NewQueue,
    QueueChange,
    QueueKind,
    ReviewItem,
    ReviewQueue,
    ReviewStatus,
)

_KINDS = {"USER": QueueKind.USER, "CUSTOM": QueueKind.CUSTOM}
_STATUSES = {status.name: status for status in ReviewStatus}
_ITEM_TYPES = ("REVIEW_ITEM_TYPE_UNSPECIFIED", "TRACE")


class CreateReviewQueue(Message):
    """CreateReviewQueue."""

    experiment_id = text(required=True)
    name = text(required=True)
    queue_type = Text(required=True, validate=OneOf(sorted(_KINDS)))
    users = texts()
    schema_ids = texts()


class GetOrCreateUserQueue(Message):
    """GetOrCreateUserQueue."""

    experiment_id = text(required=True)
    user = text(required=True)


class OfReviewQueue(Message):
    """GetReviewQueue and DeleteReviewQueue."""

    queue_id = text(required=True)


class GetReviewQueueByName(Message):
    """GetReviewQueueByName."""

    experiment_id = text(required=True)
    name = text(required=True)


class ListReviewQueues(Message):
    """ListReviewQueues."""

    experiment_id = text(required=True)
    user = text()
    item_id = text()
    max_results = int64()
    page_token = text()


class UpdateReviewQueue(OfReviewQueue):
    """UpdateReviewQueue: lists count where their flag says so, other fields where they are."""

    update_users = Boolean(load_default=False)
    users = texts()
    update_schema_ids = Boolean(load_default=False)
    schema_ids = texts()
    name = text()
    new_owner = text()


class AddItems(OfReviewQueue):
    """AddItemsToReviewQueue."""

    item_type = Text(load_default="TRACE", validate=OneOf(_ITEM_TYPES))
    item_ids = texts(required=True)


class RemoveItems(OfReviewQueue):
    """RemoveItemsFromReviewQueue."""

    item_ids = texts(required=True)


class ListItems(OfReviewQueue):
    """ListReviewQueueItems."""

    status = Text(load_default=None, validate=OneOf(sorted(_STATUSES)))
    max_results = int64()
    page_token = text()


class SetItemStatus(OfReviewQueue):
    """SetReviewQueueItemStatus."""

    item_id = text(required=True)
    status = Text(required=True, validate=OneOf(sorted(_STATUSES)))


def to_new_queue(loaded: Dumped) -> NewQueue:
    """Return the queue that a message asks for."""
    return NewQueue(
        name=loaded["name"],
        kind=_KINDS[loaded["queue_type"]],
        users=tuple(loaded["users"]),
        schema_ids=tuple(loaded["schema_ids"]),
    )


def to_queue_change(loaded: Dumped) -> QueueChange:
    """Return what a message says is to change."""
    return QueueChange(
        name=loaded["name"],
        owner=loaded["new_owner"],
        users=tuple(loaded["users"]) if loaded["update_users"] else None,
        schema_ids=tuple(loaded["schema_ids"]) if loaded["update_schema_ids"] else None,
    )


def to_status(name: str | None) -> ReviewStatus | None:
    """Return the status of a name that was checked."""
    return _STATUSES[name] if name else None


def dump_queue(queue: ReviewQueue) -> Dumped:
    """Return ``mlflow.review_queues.ReviewQueue``."""
    dumped: Dumped = {
        "queue_id": queue.queue_id,
        "experiment_id": queue.experiment_id,
        "name": queue.name,
        "queue_type": queue.kind.name,
        "created_by": queue.owner,
        "creation_time_ms": queue.created_at,
        "last_update_time_ms": queue.updated_at,
    }
    lists = {"users": queue.users, "schema_ids": queue.schema_ids}
    return dumped | {name: list(values) for name, values in lists.items() if values}


def dump_item(item: ReviewItem) -> Dumped:
    """Return ``mlflow.review_queues.ReviewQueueItem``."""
    dumped: Dumped = {
        "queue_id": item.queue_id,
        "item_type": "TRACE",
        "item_id": item.trace_id,
        "status": item.status.name,
        "creation_time_ms": item.created_at,
        "last_update_time_ms": item.updated_at,
    }
    if item.completed_by is not None:
        dumped["completed_by"] = item.completed_by
        dumped["completed_time_ms"] = item.completed_at
    return dumped
