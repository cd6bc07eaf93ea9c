"""What is to be delivered: rows made from the sealed log, and settled by what became of them.

The log decides: what was rolled back never gets there, what was committed is found in it after any
crash, and its leaves are in one order in which none comes late. A webhook's place in the log moves
in the transaction that adds its deliveries, so that none is lost and none is made twice. A delivery
that was sent when the process died is sent again, under the same id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, text, update

from app.audit.queries import Event, read_event, sealed_events, sealed_size
from app.db import Effect, Session
from app.db.metadata import new_id
from app.identity import Caller
from app.lifecycle.webhooks.events import OPERATIONS, WebhookEvent, meaning_of
from app.lifecycle.webhooks.makers import WithheldError, maker_of, sees
from app.lifecycle.webhooks.posting import Answer
from app.lifecycle.webhooks.tables import webhook_deliveries, webhooks
from app.lifecycle.webhooks.values import DeliveryState, Webhook, to_webhook

MAX_WAITING = 10_000
_WINDOW = 5_000
_LAG = 1_000
_LONGEST_WAIT = 60_000
_d, _w = webhook_deliveries.c, webhooks.c
_INSERT = text("""
INSERT INTO webhook_deliveries (id, webhook_id, event_seq, event, happened_at, state, attempts,
 due_at, error)
VALUES (:id, :webhook_id, :event_seq, :event, :happened_at, 'pending', 0, :now, '')
ON CONFLICT (webhook_id, event_seq) DO NOTHING""")
_ACTIVE = select(webhooks).where(_w.is_active)


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery that is due, its webhook, and the line of the log that it is about.

    ``named`` is the event that it was taken for when it was found.
    """

    id: str
    named: str
    attempts: int
    webhook: Webhook
    event: Event


def is_any_active(session: Session) -> bool:
    """Tell whether anybody waits to be told of anything."""
    return session.execute(select(_w.id).where(_w.is_active).limit(1)).first() is not None


def collect(session: Session, now: int) -> None:
    """Make deliveries of what was sealed since the last time; commits as it goes.

    Where nothing happened that could be told, the place in the log is noted only now and then.
    What a maker did not see is passed for good.
    """
    waiting = session.execute(_ACTIVE).all()
    end = sealed_size(session)
    start = min((row.next_leaf for row in waiting), default=end)
    while start < end:
        last = min(start + _WINDOW, end)
        events = list(sealed_events(session, OPERATIONS, start, last))
        if events or last - start >= _LAG:
            found = list(_deliveries(session, waiting, events, now))
            session.begin(Effect.TELEMETRY)
            if found:
                session.execute(_INSERT, found)
            behind = _w.id.in_([row.id for row in waiting]) & (_w.next_leaf < last)
            session.execute(update(webhooks).where(behind).values(next_leaf=last))
            session.commit()
        start = last


def due_webhooks(session: Session, now: int) -> list[tuple[str, str]]:
    """Return the ids and the URLs of the webhooks that something is due for."""
    due = select(_d.webhook_id).where(_d.due_at <= now)
    found = session.execute(select(_w.id, _w.url).where(_w.id.in_(due)))
    return [(row.id, row.url) for row in found]


def next_due(session: Session, served: Collection[str]) -> int | None:
    """Return when something is due for a webhook that is not served, in ms since 1970 UTC."""
    waiting = (_d.due_at.is_not(None), _d.webhook_id.not_in(served))
    found: int | None = session.execute(select(func.min(_d.due_at)).where(*waiting)).scalar()
    return found


def take(session: Session, webhook_id: str, now: int) -> Job | None:
    """Return what has been due for a webhook for the longest time, if anything is."""
    due = select(_d.id, _d.event, _d.attempts, _d.event_seq).where(
        _d.webhook_id == webhook_id, _d.due_at <= now
    )
    row = session.execute(due.order_by(_d.due_at, _d.id).limit(1)).first()
    hook = session.execute(select(webhooks).where(_w.id == webhook_id)).first()
    if row is None or hook is None:
        return None
    return Job(
        row.id, row.event, row.attempts, to_webhook(hook), read_event(session, row.event_seq)
    )


def note_answer(
    session: Session, job: Job, event: WebhookEvent, answer: Answer, now: int, most: int
) -> None:
    """Write what became of an attempt; one that may help is due again, ``most`` times in all.

    The time between two attempts doubles from a second to a minute, or is what the receiver asks.
    """
    attempts = job.attempts + 1
    again = answer.is_transient and attempts < most
    pause = max(min(1_000 << job.attempts, _LONGEST_WAIT), answer.retry_after * 1_000)
    if answer.is_success:
        state = DeliveryState.DELIVERED
    else:
        state = DeliveryState.PENDING if again else DeliveryState.FAILED
    _settle(
        session,
        job.id,
        event=event.value,
        state=state.value,
        attempts=attempts,
        due_at=now + pause if again else None,
        tried_at=now,
        response_status=answer.status,
        error=answer.error,
    )


def note_withheld(session: Session, job: Job, reason: str) -> None:
    """Write that a delivery is not made, and why."""
    _settle(session, job.id, state=DeliveryState.WITHHELD.value, due_at=None, error=reason)


def discard(session: Session, job: Job) -> None:
    """Forget a delivery of what the webhook is not told of after all."""
    session.begin(Effect.TELEMETRY)
    session.execute(delete(webhook_deliveries).where(_d.id == job.id))
    session.commit()


def give_up(session: Session, webhook_id: str) -> None:
    """Settle what still waits for a webhook that is switched off, in the open transaction."""
    _give_up(session, webhook_id, DeliveryState.WITHHELD, "The webhook was switched off")


def prune(session: Session, webhook_id: str, kept: int, waiting: int = MAX_WAITING) -> None:
    """Forget all but the newest settled deliveries of a webhook; the caller of this commits.

    Of those that still wait only the newest stay too: a receiver may be slower than what happens.
    """
    newest = select(_d.id).where(_d.webhook_id == webhook_id).order_by(_d.id.desc()).limit(1)
    overdue = session.execute(newest.where(_d.due_at.is_not(None)).offset(waiting)).scalar()
    if overdue is not None:
        reason = f"More than {waiting} deliveries were waiting"
        _give_up(session, webhook_id, DeliveryState.FAILED, reason, _d.id <= overdue)
    first_gone = session.execute(newest.offset(kept)).scalar()
    if first_gone is not None:
        session.begin(Effect.TELEMETRY)
        settled = (_d.webhook_id == webhook_id, _d.id <= first_gone, _d.due_at.is_(None))
        session.execute(delete(webhook_deliveries).where(*settled))


def _deliveries(
    session: Session, waiting: Sequence[Row[Any]], events: Sequence[Event], now: int
) -> Iterator[dict[str, Any]]:
    """Yield the rows of what is to be told: the log of deliveries does not count what is hidden."""
    makers: dict[str, Caller | None] = {}
    for event in events:
        for row in waiting:
            wanted = _wanted(row, event)
            if wanted and row.id not in makers:
                makers[row.id] = _maker(session, to_webhook(row), now)
            maker = makers.get(row.id)
            if wanted and maker and sees(maker, event):
                yield {
                    "id": new_id(),
                    "webhook_id": row.id,
                    "event_seq": event.seq,
                    "event": wanted.value,
                    "happened_at": event.time,
                    "now": now,
                }


def _wanted(row: Row[Any], event: Event) -> WebhookEvent | None:
    is_new = (event.leaf_index or 0) >= row.next_leaf and event.time >= row.active_since
    names = row.events.split() if is_new else ()
    return next((one for one in meaning_of(event) if one and one in names), None)


def _maker(session: Session, webhook: Webhook, now: int) -> Caller | None:
    try:
        return maker_of(session, webhook, now)
    except WithheldError:
        return None


def _give_up(
    session: Session,
    webhook_id: str,
    state: DeliveryState,
    reason: str,
    *conditions: ColumnElement[bool],
) -> None:
    session.begin(Effect.TELEMETRY)
    session.execute(
        update(webhook_deliveries)
        .where(_d.webhook_id == webhook_id, _d.due_at.is_not(None), *conditions)
        .values(state=state.value, due_at=None, error=reason)
    )


def _settle(session: Session, delivery_id: str, **values: Any) -> None:
    session.begin(Effect.TELEMETRY)
    session.execute(
        update(webhook_deliveries)
        .where(_d.id == delivery_id, _d.due_at.is_not(None))
        .values(**values)
    )
    session.commit()
