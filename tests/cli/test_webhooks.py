"""Webhooks from a shell: listed, tried, and what became of it."""

from pathlib import Path

import pytest

from app.cli.context import acting
from app.config import load_settings
from app.edge.services import build_services
from app.lifecycle.webhooks import NewWebhook, WebhookEvent, create_webhook
from tests.cli.command import Command


@pytest.fixture
def webhook_id(command: Command, home: Path) -> str:
    """A webhook of the workspace ``default``; its name leads where nothing is sent to."""
    services = build_services(load_settings(home, command.environ))
    new = NewWebhook("ear", "https://localhost/hook", (WebhookEvent.PROMPT_CREATED,), secret="s")
    with acting(services) as caller:
        made = create_webhook(caller, services.vault.key_ring, services.settings.webhooks, new)
    services.database.dispose()
    return made.id


def test_webhooks_are_listed_without_their_secrets(command: Command, webhook_id: str):
    (listed,) = command.json("webhook", "list")
    assert listed | {"updated_at": 0} == {
        "id": webhook_id,
        "name": "ear",
        "url": "https://localhost/hook",
        "active": True,
        "signed": True,
        "events": ["prompt.created"],
        "updated_at": 0,
    }


def test_a_webhook_is_tried_and_the_log_tells_of_it(command: Command, webhook_id: str):
    tried = command.run("webhook", "test", webhook_id, "--event", "model_version.created")
    assert tried.exit_code == 1
    assert tried.stdout == "Failed: The URL leads to an address that webhooks are not sent to\n"
    (line,) = command.json("webhook", "log", webhook_id)
    assert (line["event"], line["state"], line["example"]) == (
        "model_version.created",
        "failed",
        True,
    )


def test_what_is_not_there_or_not_ones_own_is_refused(command: Command, webhook_id: str):
    assert "not found" in command.fails("webhook", "log", "0" * 32)
    assert "MANAGE" in command.fails("webhook", "list", "--as", "alice")
    assert "no event" in command.fails("webhook", "test", webhook_id, "--event", "x.y")
