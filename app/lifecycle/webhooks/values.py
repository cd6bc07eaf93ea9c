"""What the use-cases take and hand out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from app.lifecycle.webhooks.events import WebhookEvent
from app.lifecycle.webhooks.secrecy import SealedSecret


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook of a workspace; times are in milliseconds since 1970 UTC.

    ``maker_id`` is who last made or changed it: what it tells is what that principal may see.
    """

    id: str
    workspace_id: str
    name: str
    description: str
    url: str
    events: tuple[WebhookEvent, ...]
    is_active: bool
    sealed: SealedSecret | None
    maker_id: str
    created_at: int
    updated_at: int

    @property
    def is_signed(self) -> bool:
        """True if it has a secret to sign with."""
        return self.sealed is not None


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a webhook is made of; without a secret its deliveries are not signed."""

    name: str
    url: str
    events: tuple[WebhookEvent, ...]
    description: str = ""
    secret: str = field(default="", repr=False)
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """What to change; None leaves as it is, an empty secret takes the secret away."""

    name: str | None = None
    url: str | None = None
    events: tuple[WebhookEvent, ...] | None = None
    description: str | None = None
    secret: str | None = field(default=None, repr=False)
    is_active: bool | None = None


class DeliveryState(StrEnum):
    """How far a delivery got; all but the first are final.

    Withheld is what was not sent because the webhook's maker may not see it, or it is gone.
    """

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A line of a webhook's delivery log; times are in milliseconds since 1970 UTC.

    ``about`` is the full name of the model or prompt at that time.
    """

    id: str
    event: str
    happened_at: int
    state: DeliveryState
    attempts: int
    due_at: int | None
    tried_at: int | None
    response_status: int | None
    error: str
    is_test: bool
    about: str


def to_webhook(row: Row[Any]) -> Webhook:
    """Return the webhook that a row of the table is."""
    secret = row.secret is not None
    return Webhook(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        description=row.description,
        url=row.url,
        events=tuple(WebhookEvent(event) for event in row.events.split()),
        is_active=row.is_active,
        sealed=SealedSecret(row.secret_id, row.secret, row.secret_size) if secret else None,
        maker_id=row.maker_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
