"""What is in a review queue: traces of its experiment, and how far the review of each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from app import audit
from app.access import Operation
from app.db import Page
from app.db.statements import Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.tracking.checks import check_page_size
from app.tracking.evaluation.pages import BEYOND_ALL, read_token, token_after
from app.tracking.evaluation.reviews import MAX_RESULTS, QUEUES
from app.tracking.evaluation.reviews_values import ReviewItem, ReviewStatus
from app.tracking.traces.resolve import check_trace_id, trace_not_found

MAX_ITEMS = 1000

# Written first of all, so that the questions are not changed while something comes in.
_LOCK = Sql("UPDATE review_queues SET updated_at = :now WHERE pk = :pk")
_TRACES = Sql("""
SELECT pk, trace_id FROM traces
WHERE experiment_number = :number AND trace_id IN_LIST(:trace_ids)""")
_ADD = Sql("""
INSERT INTO review_queue_items (queue_pk, trace_pk, status, created_at, updated_at)
VALUES (:pk, :trace_pk, 'pending', :now, :now) ON CONFLICT (queue_pk, trace_pk) DO NOTHING""")
_REMOVE = Sql("""
DELETE FROM review_queue_items WHERE queue_pk = :pk AND trace_pk IN_LIST(:trace_pks)""")
_COLUMNS = """i.trace_pk, t.trace_id, i.status, i.completed_by, i.completed_at, i.created_at,
 i.updated_at FROM review_queue_items i JOIN traces t ON t.pk = i.trace_pk"""
_SOME = Sql(f"""
SELECT {_COLUMNS} WHERE i.queue_pk = :pk AND i.trace_pk IN_LIST(:trace_pks)""")
_PAGE = Sql(f"""
SELECT {_COLUMNS} WHERE i.queue_pk = :pk AND i.trace_pk < :before
ORDER BY i.trace_pk DESC LIMIT :size""")
_PAGE_OF_STATUS = Sql(f"""
SELECT {_COLUMNS} WHERE i.queue_pk = :pk AND i.trace_pk < :before AND i.status = :status
ORDER BY i.trace_pk DESC LIMIT :size""")
_SET_STATUS = Sql("""
UPDATE review_queue_items SET status = :status, completed_by = :completed_by,
 completed_at = :completed_at, updated_at = :now WHERE queue_pk = :pk AND trace_pk = :trace_pk""")


def add_items(caller: Caller, queue_id: str, trace_ids: Sequence[str]) -> list[ReviewItem]:
    """Put traces into a queue, to be reviewed; one that is there stays as it is.

    Raises InvalidParameterError for none or more than 1000, what is no id or an experiment in the
    trash; NotFoundError for a trace that the queue's experiment has not; PermissionDeniedError.
    """
    wanted = _check_ids(trace_ids)
    found = QUEUES.obtain(caller, Operation.REVIEW_QUEUE_UPDATE, queue_id, active=True)
    pk = found.row.pk
    _LOCK.run(caller.session, pk=pk, now=caller.now)
    known = _pks(caller, found.experiment.number, wanted)
    for trace_id in wanted:
        if trace_id not in known:
            raise trace_not_found(trace_id)
    rows = [{"pk": pk, "trace_pk": known[one], "now": caller.now} for one in wanted]
    _ADD.run_each(caller.session, rows)
    audit.record(caller, Operation.REVIEW_QUEUE_UPDATE, queue_id=queue_id, added=wanted)
    items = _fetch(caller, pk, queue_id, list(known.values()))
    return [items[known[trace_id]] for trace_id in wanted]


def remove_items(caller: Caller, queue_id: str, trace_ids: Sequence[str]) -> None:
    """Take traces out of a queue, if they are in it.

    Raises InvalidParameterError for none or more than 1000, what is no id or an experiment in the
    trash; NotFoundError, PermissionDeniedError.
    """
    unwanted = _check_ids(trace_ids)
    found = QUEUES.obtain(caller, Operation.REVIEW_QUEUE_UPDATE, queue_id, active=True)
    known = _pks(caller, found.experiment.number, unwanted)
    _REMOVE.run(caller.session, pk=found.row.pk, trace_pks=list(known.values()))
    audit.record(caller, Operation.REVIEW_QUEUE_UPDATE, queue_id=queue_id, removed=unwanted)


def list_items(
    caller: Caller,
    queue_id: str,
    *,
    status: ReviewStatus | None = None,
    max_results: int = 100,
    page_token: str = "",
) -> Page[ReviewItem]:
    """Return a page of what is in a queue, the newest trace first.

    Raises InvalidParameterError for a bad page size or token, NotFoundError,
    PermissionDeniedError.
    """
    size = check_page_size(max_results, MAX_RESULTS)
    before = read_token(page_token, queue_id, BEYOND_ALL)
    found = QUEUES.obtain(caller, Operation.REVIEW_QUEUE_READ, queue_id)
    asked = {"pk": found.row.pk, "before": before, "size": size + 1}
    if status is None:
        rows = list(_PAGE.run(caller.session, **asked))
    else:
        rows = list(_PAGE_OF_STATUS.run(caller.session, status=status.value, **asked))
    token = token_after(queue_id, rows[size - 1].trace_pk) if len(rows) > size else ""
    return Page([_item(row, queue_id) for row in rows[:size]], token)


def set_status(caller: Caller, queue_id: str, trace_id: str, status: ReviewStatus) -> ReviewItem:
    """Say how far the review of a trace is; who completes or declines it is the caller.

    Saying it again changes nothing. Raises NotFoundError if the queue or the trace in it is absent
    or hidden, InvalidParameterError for an experiment in the trash, PermissionDeniedError.
    """
    check_trace_id(trace_id)
    found = QUEUES.obtain(caller, Operation.REVIEW_QUEUE_REVIEW, queue_id, active=True)
    pk, known = found.row.pk, _pks(caller, found.experiment.number, [trace_id])
    _LOCK.run(caller.session, pk=pk, now=caller.now)
    items = _fetch(caller, pk, queue_id, list(known.values()))
    if not items:
        msg = f"Item '{trace_id}' is not attached to review queue '{queue_id}'."
        raise NotFoundError(msg, field="item_id")
    ((trace_pk, item),) = items.items()
    if item.status is not status:
        is_open = status is ReviewStatus.PENDING
        _SET_STATUS.run(
            caller.session,
            pk=pk,
            trace_pk=trace_pk,
            status=status.value,
            completed_by=None if is_open else caller.principal.name,
            completed_at=None if is_open else caller.now,
            now=caller.now,
        )
        item = _fetch(caller, pk, queue_id, [trace_pk])[trace_pk]
    audit.record(
        caller,
        Operation.REVIEW_QUEUE_REVIEW,
        queue_id=queue_id,
        trace_id=trace_id,
        status=status.value,
    )
    return item


def _check_ids(trace_ids: Sequence[str]) -> list[str]:
    checked = [check_trace_id(one.strip()) for one in dict.fromkeys(trace_ids)]
    if not 1 <= len(checked) <= MAX_ITEMS:
        msg = f"`item_ids` must be a list of 1 to {MAX_ITEMS} items. Got {len(checked)}."
        raise InvalidParameterError(msg, field="item_ids")
    return list(dict.fromkeys(checked))


def _pks(caller: Caller, number: int, trace_ids: Sequence[str]) -> dict[str, int]:
    rows = _TRACES.run(caller.session, number=number, trace_ids=list(trace_ids))
    return {row.trace_id: row.pk for row in rows}


def _fetch(
    caller: Caller, pk: int, queue_id: str, trace_pks: Sequence[int]
) -> dict[int, ReviewItem]:
    rows = _SOME.run(caller.session, pk=pk, trace_pks=list(trace_pks))
    return {row.trace_pk: _item(row, queue_id) for row in rows}


def _item(row: Row[*tuple[Any, ...]], queue_id: str) -> ReviewItem:
    return ReviewItem(
        queue_id=queue_id,
        trace_id=row.trace_id,
        status=ReviewStatus(row.status),
        completed_by=row.completed_by,
        completed_at=row.completed_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
