"""One delivery: read as the webhook's maker what may be told, send it, note what became of it.

What is read stands in the log as the maker's reading. Nothing is held open while it is sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from app.edge.services import Services
from app.edge.work import unit_of_work
from app.errors import (
    InvalidParameterError,
    KeyDisabledError,
    NotFoundError,
    PermissionDeniedError,
)
from app.identity import WorkspaceRef
from app.lifecycle.webhooks import Answer, Tell, WebhookEvent
from app.lifecycle.webhooks.events import meaning_of
from app.lifecycle.webhooks.makers import WithheldError, maker_of, sees
from app.lifecycle.webhooks.messages import to_body
from app.lifecycle.webhooks.outbox import Job, discard, note_answer, note_withheld, take
from app.lifecycle.webhooks.posting import Message, post
from app.lifecycle.webhooks.secrecy import open_secret

_UNSEEN = "Its maker may not see what this is about any more, or it is no longer there"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Letter:
    event: WebhookEvent
    body: bytes
    workspace: WorkspaceRef


def deliver_next(services: Services, tell: Tell, webhook_id: str, now: int) -> bool:
    """Try the delivery that has been due for a webhook for the longest; False if none is.

    ``now`` is in milliseconds since 1970 UTC.
    """
    with services.database.session() as session:
        job = take(session, webhook_id, now)
    if job is None:
        return False
    event, answer = WebhookEvent(job.named), Answer()
    try:
        letter = _write(services, tell, job, now)
        if letter is None:
            _discard(services, job)
            return True
        event, answer = letter.event, _send(services, job, letter, now)
    except WithheldError as error:
        _withhold(services, job, str(error))
        return True
    except Exception:  # noqa: BLE001 (one that cannot be written must not keep the others back)
        _log.exception("Delivery %s cannot be made at the moment", job.id)
        answer = Answer(error="This server could not make it", is_transient=True)
    with services.database.session() as session:
        note_answer(session, job, event, answer, now, services.settings.webhooks.attempts)
    return True


def _write(services: Services, tell: Tell, job: Job, now: int) -> _Letter | None:
    """Return what is sent, or None for what the webhook is not told of.

    Raises WithheldError if its maker may not see it.
    """
    with services.database.session() as session:
        maker = maker_of(session, job.webhook, now)
        if not sees(maker, job.event):
            raise WithheldError(_UNSEEN)
        try:
            with unit_of_work(services, maker):
                told = tell(maker, job.event)
        except (NotFoundError, PermissionDeniedError):
            raise WithheldError(_UNSEEN) from None
    meaning = meaning_of(job.event)
    event = meaning.of_prompt if told.is_prompt else meaning.of_model
    if event is None or event not in job.webhook.events or maker.workspace is None:
        return None
    body = to_body(event, job.event.time, told.content, maker.workspace.name)
    return _Letter(event, body, maker.workspace)


def _send(services: Services, job: Job, letter: _Letter, now: int) -> Answer:
    webhook, secret = job.webhook, None
    try:
        if webhook.sealed is not None:
            with services.database.session() as session:
                key_ring, place = services.vault.key_ring, letter.workspace.catalog_id
                secret = open_secret(session, key_ring, place, webhook.sealed)
        message = Message(job.id, now // 1000, letter.body)
        return post(webhook.url, message, secret, services.settings.webhooks)
    except KeyDisabledError:
        error = "The key that protects its secret is not enabled: nothing is sent unsigned"
        return Answer(error=error, is_transient=True)
    except InvalidParameterError as error:
        return Answer(error=error.message)


def _discard(services: Services, job: Job) -> None:
    with services.database.session() as session:
        discard(session, job)


def _withhold(services: Services, job: Job, reason: str) -> None:
    with services.database.session() as session:
        note_withheld(session, job, reason)
