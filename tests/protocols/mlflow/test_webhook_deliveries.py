"""What webhooks are told: what was committed, to those who may see it, signed, at least once."""

import pytest
from sqlalchemy import update

from app import access
from app.accounts import disable_principal
from app.audit.queries import EventFilter, search_events
from app.cli.context import acting
from app.edge.work import unit_of_work
from app.keys.tables import keys
from app.lifecycle.webhooks import latest_deliveries, list_deliveries
from app.namespace import create_catalog, create_schema, remove_workspace_member
from app.namespace.steward import steward
from app.securables import FullName, Kind
from tests.application import ALICE, Person
from tests.delivering import HOOKS, Deliveries, create_webhook
from tests.protocols.mlflow.calls import API, MODEL, PROXY, answer, register_model, start_run
from tests.receiver import Receiver

MODELS = f"{API}/registered-models"
VERSIONS = f"{API}/model-versions"
CREATED = "registered_model.created"
HOME = FullName.of("default")
OF_MODELS = (
    CREATED,
    "model_version.created",
    "model_version_tag.set",
    "model_version_alias.created",
    "model_version_tag.deleted",
    "model_version_alias.deleted",
)
OF_PROMPTS = ("prompt.created", "prompt_version.created", "prompt_tag.set")
A_MINUTE = 60_000


def let_manage(deliveries: Deliveries, name: str) -> None:
    """Let somebody manage the catalog of the workspace ``default``."""
    parts = deliveries.services
    with unit_of_work(parts, steward(parts.database.session())) as caller:
        access.grant(caller, HOME, name, "MANAGE", kind=Kind.CATALOG)


def hide_from_alice(deliveries: Deliveries) -> None:
    """Make a schema, ``secret.place``, that only administrators see."""
    parts = deliveries.services
    with unit_of_work(parts, steward(parts.database.session())) as caller:
        create_catalog(caller, "secret")
        create_schema(caller, "secret", "place")


def make_version(person: Person) -> str:
    """Make the first version of the model, and return its run."""
    run = start_run(person)
    file = f"{PROXY}/{run['experiment_id']}/{run['run_id']}/artifacts/model/MLmodel"
    assert person.send("PUT", file, data=b"flavors: {}").status_code == 200
    register_model(person)
    source = {"source": f"runs:/{run['run_id']}/model", "run_id": run["run_id"]}
    tags = [{"key": "a", "value": "b"}]
    message = {"name": MODEL, "tags": tags, "description": "first", **source}
    answer(person.post(f"{VERSIONS}/create", **message))
    run_id: str = run["run_id"]
    return run_id


def test_a_new_model_is_told_signed(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, CREATED)
    tags = [{"key": "color", "value": "red"}]
    answer(alice.post(f"{MODELS}/create", name=MODEL, description="sweet", tags=tags))
    deliveries.make()
    (received,) = receiver.received
    assert received.json["data"] == {
        "name": MODEL,
        "tags": {"color": "red"},
        "description": "sweet",
    }
    assert (received.event, received.json["workspace"]) == (CREATED, "default")
    assert received.is_signed()
    assert not received.is_signed("another secret")
    assert received.path == "/hook?from=test"
    assert deliveries.log == [("delivered", 1, 200)]


def test_nothing_is_told_twice(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, CREATED)
    register_model(alice)
    deliveries.make()
    deliveries.make()
    assert receiver.events == [CREATED]


def test_what_happened_before_is_not_told(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    register_model(alice)
    create_webhook(root, receiver.url, CREATED)
    deliveries.make()
    assert receiver.events == []


def test_what_was_refused_is_not_told(
    root: Person, alice: Person, bob: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, CREATED)
    register_model(alice)
    assert alice.post(f"{MODELS}/create", name=MODEL).status_code == 400
    assert bob.post(f"{MODELS}/create", name="ml.prod.other").status_code == 403
    deliveries.make()
    assert receiver.events == [CREATED]


def test_versions_tags_and_aliases_are_told(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, *OF_MODELS)
    run_id = make_version(alice)
    deliveries.make()
    version = {"name": MODEL, "version": "1"}
    answer(alice.post(f"{VERSIONS}/set-tag", **version, key="color", value="red"))
    answer(alice.post(f"{MODELS}/alias", **version, alias="champion"))
    deliveries.make()
    answer(alice.delete(f"{VERSIONS}/delete-tag", **version, key="color"))
    answer(alice.delete(f"{MODELS}/alias", name=MODEL, alias="champion"))
    deliveries.make()
    assert receiver.events == list(OF_MODELS)
    told = [received.json["data"] for received in receiver.received[1:]]
    assert told[0] == {
        **version,
        "source": f"runs:/{run_id}/model",
        "run_id": run_id,
        "tags": {"a": "b"},
        "description": "first",
    }
    assert told[1:] == [
        version | {"key": "color", "value": "red"},
        version | {"alias": "champion"},
        version | {"key": "color"},
        {"name": MODEL, "alias": "champion"},
    ]


def test_prompts_are_told_as_prompts(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, *OF_MODELS, *OF_PROMPTS)
    is_prompt = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    prompt = {"name": "ml.prod.ask", "tags": [is_prompt, {"key": "a", "value": "b"}]}
    answer(alice.post(f"{MODELS}/create", **prompt))
    text = {"key": "mlflow.prompt.text", "value": "Describe {{wine}}."}
    source = {"name": "ml.prod.ask", "source": "prompt-template"}
    answer(alice.post(f"{VERSIONS}/create", **source, tags=[is_prompt, text]))
    deliveries.make()
    answer(alice.post(f"{MODELS}/set-tag", name="ml.prod.ask", key="c", value="d"))
    deliveries.make()
    assert receiver.events == ["prompt.created", "prompt_version.created", "prompt_tag.set"]
    told = [received.json["data"] for received in receiver.received]
    assert told[0]["tags"] == {"a": "b"}
    # Whoever only manages sees that there is a prompt; its text is content.
    assert (told[1]["version"], told[1]["template"]) == ("1", None)
    assert told[2] == {"name": "ml.prod.ask", "key": "c", "value": "d"}


def test_a_webhook_of_models_hears_nothing_of_prompts(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, *OF_MODELS)
    is_prompt = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    answer(alice.post(f"{MODELS}/create", name="ml.prod.ask", tags=[is_prompt]))
    deliveries.make()
    assert receiver.events == []
    assert deliveries.log == []


def test_a_maker_is_told_only_of_what_they_may_see(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    let_manage(deliveries, ALICE)
    create_webhook(alice, receiver.url, CREATED)
    hide_from_alice(deliveries)
    answer(root.post(f"{MODELS}/create", name="secret.place.zanzibar"))
    register_model(alice)
    deliveries.make()
    assert [received.json["data"]["name"] for received in receiver.received] == [MODEL]
    assert deliveries.log == [("delivered", 1, 200)]


def test_a_later_grant_does_not_bring_back_what_was_hidden(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    let_manage(deliveries, ALICE)
    create_webhook(alice, receiver.url, CREATED)
    hide_from_alice(deliveries)
    answer(root.post(f"{MODELS}/create", name="secret.place.zanzibar"))
    deliveries.make()
    parts = deliveries.services
    with unit_of_work(parts, steward(parts.database.session())) as caller:
        access.grant(caller, FullName.of("secret"), ALICE, "role:reader", kind=Kind.CATALOG)
    deliveries.make()
    assert receiver.received == []


def test_whoever_changes_a_webhook_answers_for_it(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    let_manage(deliveries, ALICE)
    made = create_webhook(root, "https://receiver.example/", CREATED)
    answer(alice.amend(f"{HOOKS}/{made['webhook_id']}", url=receiver.url))
    hide_from_alice(deliveries)
    answer(root.post(f"{MODELS}/create", name="secret.place.zanzibar"))
    deliveries.make()
    assert receiver.received == []


LOSSES = ["disabled", "revoked", "taken out of the workspace"]


def take_away(deliveries: Deliveries, how: str) -> None:
    """Let alice lose what a maker needs."""
    parts = deliveries.services
    with unit_of_work(parts, steward(parts.database.session())) as caller:
        if how == "disabled":
            disable_principal(caller, ALICE)
        elif how == "revoked":
            access.revoke(caller, HOME, ALICE, "MANAGE", kind=Kind.CATALOG)
        else:
            remove_workspace_member(caller, "default", ALICE)


@pytest.mark.parametrize("how", LOSSES)
def test_a_maker_who_lost_the_right_is_told_nothing_more(
    how: str, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    let_manage(deliveries, ALICE)
    create_webhook(alice, receiver.url, CREATED)
    register_model(alice)
    take_away(deliveries, how)
    deliveries.make()
    assert receiver.received == []
    assert deliveries.log == []


@pytest.mark.parametrize("how", LOSSES)
def test_what_is_tried_again_is_not_told_to_whoever_lost_the_right(
    how: str, alice: Person, deliveries: Deliveries
) -> None:
    let_manage(deliveries, ALICE)
    with Receiver(503) as receiver:
        create_webhook(alice, receiver.url, CREATED)
        register_model(alice)
        deliveries.make()
        take_away(deliveries, how)
        deliveries.ahead = A_MINUTE
        deliveries.make()
    assert len(receiver.received) == 1
    assert deliveries.log == [("withheld", 1, 503)]


def test_what_is_dropped_meanwhile_is_not_told(
    root: Person, alice: Person, deliveries: Deliveries
) -> None:
    with Receiver(503) as receiver:
        create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        deliveries.make()
        answer(alice.delete(f"{MODELS}/delete", name=MODEL))
        deliveries.ahead = A_MINUTE
        deliveries.make()
    assert deliveries.log == [("withheld", 1, 503)]


def test_the_delivery_log_shows_what_its_reader_sees(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    made = create_webhook(root, receiver.url, CREATED)
    let_manage(deliveries, ALICE)
    hide_from_alice(deliveries)
    answer(root.post(f"{MODELS}/create", name="secret.place.zanzibar"))
    register_model(alice)
    deliveries.make()
    shown = {}
    for name in ("admin", ALICE):
        parts = deliveries.services
        with acting(parts, as_name=name) as caller:
            log = list_deliveries(caller, made["webhook_id"]).items
            latest = latest_deliveries(caller)[made["webhook_id"]]
            shown[name] = ([line.about for line in log], latest.about)
    assert shown == {
        "admin": ([MODEL, "secret.place.zanzibar"], MODEL),
        ALICE: ([MODEL], MODEL),
    }


def test_what_the_maker_read_is_in_the_log(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, CREATED, name="ear")
    register_model(alice)
    deliveries.make()
    with deliveries.services.database.session() as session:
        found = search_events(session, EventFilter(operation="registered_model.read"), limit=1)
    (event,) = found.items
    assert (event.principal_name, event.securable_name) == ("admin", MODEL)
    assert event.agent == "webhook ear"


def test_nothing_is_sent_unsigned_while_the_key_is_disabled(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    create_webhook(root, receiver.url, CREATED)
    register_model(alice)
    with deliveries.arranged() as session:
        session.execute(update(keys).values(state="disabled"))
    deliveries.make()
    assert receiver.received == []
    assert deliveries.log == [("pending", 1, None)]
    with deliveries.arranged() as session:
        session.execute(update(keys).values(state="enabled"))
    deliveries.ahead = A_MINUTE
    deliveries.make()
    assert receiver.events == [CREATED]


def test_a_webhook_that_is_switched_off_hears_nothing_of_that_time(
    root: Person, alice: Person, deliveries: Deliveries, receiver: Receiver
) -> None:
    made = create_webhook(root, receiver.url, CREATED)
    path = f"{HOOKS}/{made['webhook_id']}"
    answer(root.amend(path, status="DISABLED"))
    register_model(alice, "ml.prod.one")
    deliveries.make()
    answer(root.amend(path, status="ACTIVE"))
    register_model(alice, "ml.prod.two")
    deliveries.make()
    assert [received.json["data"]["name"] for received in receiver.received] == ["ml.prod.two"]


def test_what_waits_for_a_webhook_that_is_switched_off_is_given_up(
    root: Person, alice: Person, deliveries: Deliveries
) -> None:
    with Receiver(503) as receiver:
        made = create_webhook(root, receiver.url, CREATED)
        register_model(alice)
        deliveries.make()
        answer(root.amend(f"{HOOKS}/{made['webhook_id']}", status="DISABLED"))
        answer(root.amend(f"{HOOKS}/{made['webhook_id']}", status="ACTIVE"))
        deliveries.ahead = A_MINUTE
        deliveries.make()
    assert len(receiver.received) == 1
    assert deliveries.log == [("withheld", 1, 503)]
