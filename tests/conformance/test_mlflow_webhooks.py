"""Webhooks by the unmodified client: made, listed, changed, tried, told, deleted, and refused."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import pytest
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookEvent, WebhookStatus
from mlflow.exceptions import RestException
from mlflow.webhooks.delivery import _generate_hmac_signature

from tests.conformance.conftest import SignIn
from tests.receiver import SECRET, Received, Receiver

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

CREATED: Final = "registered_model.created"
ALIAS: Final = "model_version_alias.created"
BUDGET: Final = "budget_policy.exceeded"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def signature_of(received: Received) -> str:
    """Return the signature that MLflow's own server would have sent with it."""
    moment = received.headers["X-MLflow-Timestamp"]
    signature: str = _generate_hmac_signature(SECRET, received.id, moment, received.body.decode())
    return signature


def test_a_webhook_lives_and_is_told(sign_in: SignIn, receiver: Receiver) -> None:
    sign_in("root")
    client = MlflowClient()
    made = client.create_webhook("ears", receiver.url, [CREATED], secret=SECRET, description="d")
    assert client.get_webhook(made.webhook_id).events == [WebhookEvent.from_str(CREATED)]
    client.create_registered_model("told-of", tags={"a": "b"}, description="a model")
    (received,) = receiver.wait_for(1)
    assert received.json["data"] == {
        "name": "told-of",
        "tags": {"a": "b"},
        "description": "a model",
    }
    assert received.headers["X-MLflow-Signature"] == signature_of(received)
    client.delete_webhook(made.webhook_id)
    assert made.webhook_id not in [webhook.webhook_id for webhook in client.list_webhooks()]


def test_a_webhook_is_changed_and_tried(sign_in: SignIn, receiver: Receiver) -> None:
    sign_in("root")
    client = MlflowClient()
    made = client.create_webhook("ears", "https://receiver.invalid/", [CREATED], secret=SECRET)
    changed = client.update_webhook(
        made.webhook_id, url=receiver.url, events=[CREATED, ALIAS], status="DISABLED"
    )
    assert (changed.status, len(changed.events)) == (WebhookStatus.DISABLED, 2)
    result = client.test_webhook(made.webhook_id, ALIAS)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "taken")
    (received,) = receiver.received
    assert received.event == ALIAS
    assert received.headers["X-MLflow-Signature"] == signature_of(received)
    client.delete_webhook(made.webhook_id)


def test_what_cannot_be_is_refused_in_words(sign_in: SignIn) -> None:
    sign_in("root")
    client = MlflowClient()
    with pytest.raises(RestException, match="Invalid value for events"):
        client.create_webhook("ears", "http://127.0.0.1:8000/", [BUDGET])
    with pytest.raises(RestException, match="Invalid value for url"):
        client.create_webhook("ears", "http://169.254.169.254/latest/meta-data", [CREATED])
    with pytest.raises(RestException, match="not found"):
        client.get_webhook("nothing")


def test_whoever_does_not_manage_the_workspace_is_refused(sign_in: SignIn) -> None:
    sign_in("alice")
    client = MlflowClient()
    with pytest.raises(RestException, match=r"webhook\.read .* needs MANAGE"):
        client.list_webhooks()
    with pytest.raises(RestException, match=r"webhook\.create .* needs MANAGE"):
        client.create_webhook("ears", "http://127.0.0.1:8000/", [CREATED])


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_whoever_works_in_no_workspace_learns_of_no_webhook(sign_in: SignIn, who: str) -> None:
    sign_in("root")
    client = MlflowClient()
    made = client.create_webhook("a-secret", "https://receiver.invalid/", [CREATED])
    sign_in(who)
    words: dict[str, list[str]] = {made.webhook_id: [], "nothing": []}
    for webhook_id, told in words.items():
        for ask in (
            partial(client.get_webhook, webhook_id),
            partial(client.update_webhook, webhook_id, status="DISABLED"),
            partial(client.test_webhook, webhook_id),
            partial(client.delete_webhook, webhook_id),
            client.list_webhooks,
            partial(client.create_webhook, "ears", "https://receiver.invalid/", [CREATED]),
        ):
            with pytest.raises(RestException) as refused:
                ask()
            told.append(str(refused.value).replace(webhook_id, "nothing"))
    assert words[made.webhook_id] == words["nothing"]
    assert "a-secret" not in str(words)
    sign_in("root")
    client.delete_webhook(made.webhook_id)
