"""The first lock: allowed, denied, hidden and absent, and what the caller is told of each."""

import pytest

from app.access import METASTORE, Operation, obtain, permit_self, visible
from app.access.policy import policy
from app.errors import NotFoundError, PermissionDeniedError
from app.identity import Outcome
from app.securables import FullName, Kind
from tests.access.conftest import World
from tests.factories import grant as given

READ, LOAD = Operation.REGISTERED_MODEL_READ, Operation.MODEL_VERSION_LOAD
WINE = FullName.parse("prod.ml.wine")


def test_alice_holds_what_she_was_allowed(world: World) -> None:
    caller = world.call(world.alice)
    found = obtain(caller, READ, WINE)
    assert found == world.wine
    (entry,) = caller.ledger.entries
    assert (entry.outcome, entry.securable_id) == (Outcome.ALLOWED, world.wine.id)


def test_hidden_and_absent_look_the_same(world: World) -> None:
    caller = world.call(world.charlie)
    messages = []
    for asked in (WINE, FullName.parse("prod.ml.none"), FullName.parse("no.ml.wine")):
        with pytest.raises(NotFoundError) as caught:
            obtain(caller, READ, asked)
        messages.append(caught.value.message.replace(str(asked), "it"))
    assert len(set(messages)) == 1
    assert [(it.outcome, it.securable_id) for it in caller.ledger.entries] == [
        (Outcome.HIDDEN, world.wine.id),
        (Outcome.HIDDEN, None),
        (Outcome.HIDDEN, None),
    ]


def test_an_id_reveals_neither_name_nor_kind(world: World) -> None:
    caller = world.call(world.charlie)
    with pytest.raises(NotFoundError) as caught:
        obtain(caller, Operation.GRANT_READ, world.wine.id)
    assert caught.value.message == f"Securable '{world.wine.id}' does not exist"


def test_what_is_visible_is_denied_by_name(world: World) -> None:
    given(world.session, world.prod, world.bob, "BROWSE")
    with pytest.raises(PermissionDeniedError) as caught:
        obtain(world.call(world.bob), LOAD, WINE)
    assert caught.value.privilege == "EXECUTE"
    assert caught.value.grantors == ("alice", "root")
    assert "prod.ml.wine" in caught.value.message


def test_a_narrow_token_is_told_so(world: World) -> None:
    caller = world.call(world.root, scope=("schema.*",))
    for attempt in (
        lambda: obtain(caller, READ, WINE),
        lambda: permit_self(caller, Operation.SEARCH_RUN),
        lambda: visible(caller, READ, Kind.REGISTERED_MODEL),
    ):
        with pytest.raises(PermissionDeniedError, match="token"):
            attempt()
    assert {entry.outcome for entry in caller.ledger.entries} == {Outcome.DENIED}


def test_oneself_needs_no_securable(world: World) -> None:
    caller = world.call(world.charlie)
    permit_self(caller, Operation.PASSWORD_CHANGE)
    (entry,) = caller.ledger.entries
    assert (entry.outcome, entry.securable_id) == (Outcome.ALLOWED, world.charlie.id)


def test_anybody_reads_the_metastores_name(world: World) -> None:
    assert obtain(world.call(world.charlie), Operation.METASTORE_READ, METASTORE).name
    assert (
        obtain(world.call(world.root), Operation.GRANT_CHANGE, METASTORE).id == world.metastore.id
    )


def test_a_name_of_many_kinds_needs_its_kind(world: World) -> None:
    with pytest.raises(TypeError, match="several kinds"):
        obtain(world.call(world.root), Operation.GRANT_READ, WINE)
    found = obtain(world.call(world.root), Operation.GRANT_READ, WINE, kind=Kind.REGISTERED_MODEL)
    assert found.id == world.wine.id


def test_an_operation_of_another_kind_finds_nothing(world: World) -> None:
    with pytest.raises(NotFoundError):
        obtain(world.call(world.root), Operation.SCHEMA_READ, world.wine.id)
    with pytest.raises(NotFoundError):
        obtain(world.call(world.root), Operation.TAG_SET, world.metastore.id)
    with pytest.raises(NotFoundError):
        obtain(world.call(world.root), Operation.SEARCH_RUN, WINE)


def test_every_operation_has_one_effect() -> None:
    for operation, effect in policy().effects.items():
        assert {rule.effect for rule in policy().rules_of(operation)} == {effect}
