"""Webhooks: tell of models and prompts elsewhere, signed, at least once, and never what is hidden.

They are fed by the sealed log alone. ``app.edge.courier`` delivers; what may be told of an event is
read through a function that is given to it, so that nothing here knows of models.
"""

from app.lifecycle.webhooks.addresses import parse_networks
from app.lifecycle.webhooks.deliveries import latest_deliveries, list_deliveries, try_webhook
from app.lifecycle.webhooks.events import Tell, Told, WebhookEvent, is_deletion
from app.lifecycle.webhooks.makers import silence_of
from app.lifecycle.webhooks.posting import Answer
from app.lifecycle.webhooks.values import (
    Delivery,
    DeliveryState,
    NewWebhook,
    Webhook,
    WebhookChange,
)
from app.lifecycle.webhooks.webhooks import (
    create_webhook,
    delete_webhook,
    get_webhook,
    list_webhooks,
    update_webhook,
)

__all__ = [
    "Answer",
    "Delivery",
    "DeliveryState",
    "NewWebhook",
    "Tell",
    "Told",
    "Webhook",
    "WebhookChange",
    "WebhookEvent",
    "create_webhook",
    "delete_webhook",
    "get_webhook",
    "is_deletion",
    "latest_deliveries",
    "list_deliveries",
    "list_webhooks",
    "parse_networks",
    "silence_of",
    "try_webhook",
    "update_webhook",
]
