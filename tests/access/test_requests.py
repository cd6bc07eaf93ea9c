"""Asking for a privilege, and the answer."""

import pytest

from app.access import (
    METASTORE,
    Approval,
    Operation,
    Status,
    Wish,
    approve,
    ask,
    list_decidable,
    list_own_requests,
    obtain,
    refuse,
    revoke,
    withdraw,
)
from app.access import grants_of as granted_to
from app.errors import ConflictError, InvalidParameterError, NotFoundError, PermissionDeniedError
from app.securables import rename
from tests.access.conftest import World
from tests.factories import NOW, make_group
from tests.factories import grant as given

LOAD = Operation.MODEL_VERSION_LOAD


@pytest.fixture
def asked(world: World) -> str:
    """Charlie, who may browse, has asked to load wine for a thousand milliseconds."""
    given(world.session, world.prod, world.charlie, "BROWSE", "USE CATALOG", "USE SCHEMA")
    given(world.session, world.prod, world.alice, "USE CATALOG", "USE SCHEMA")
    wish = Wish("EXECUTE", "for the report", duration=1000)
    return ask(world.call(world.charlie), world.wine.id, wish)


def test_an_approval_grants_what_was_asked_for(world: World, asked: str) -> None:
    approve(world.call(world.alice), asked)
    obtain(world.call(world.charlie), LOAD, world.wine.id)
    with pytest.raises(PermissionDeniedError):
        obtain(world.call(world.charlie, now=NOW + 1000), LOAD, world.wine.id)


def test_an_approval_can_be_shorter(world: World, asked: str) -> None:
    approve(world.call(world.alice), asked, Approval(expires_at=NOW + 10))
    (found,) = list_own_requests(world.call(world.charlie)).items
    assert (found.status, found.granted_until) == (Status.APPROVED, NOW + 10)


def test_an_approval_cannot_be_longer(world: World, asked: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        approve(world.call(world.alice), asked, Approval(expires_at=NOW + 1001))
    assert caught.value.field == "expires_at"


def test_an_approval_can_be_narrower(world: World, asked: str) -> None:
    wider = ask(world.call(world.charlie), world.wine.id, Wish("role:contributor"))
    approve(world.call(world.alice), wider, Approval(item="APPLY TAG"))
    (held,) = [
        it.item
        for it in granted_to(world.call(world.charlie)).items
        if it.securable_id == world.wine.id
    ]
    assert held == "APPLY TAG"


def test_an_approval_cannot_be_wider(world: World, asked: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        approve(world.call(world.alice), asked, Approval(item="MANAGE"))
    assert caught.value.field == "item"


def test_a_refusal_grants_nothing_and_says_why(world: World, asked: str) -> None:
    refuse(world.call(world.alice), asked, "not this one")
    (found,) = list_own_requests(world.call(world.charlie)).items
    assert (found.status, found.decided_by, found.decision_comment) == (
        Status.REFUSED,
        "alice",
        "not this one",
    )
    with pytest.raises(PermissionDeniedError):
        obtain(world.call(world.charlie), LOAD, world.wine.id)


def test_a_request_is_decided_once(world: World, asked: str) -> None:
    refuse(world.call(world.alice), asked)
    with pytest.raises(ConflictError, match="refused"):
        approve(world.call(world.alice), asked)


def test_nobody_approves_its_own_request_without_managing(world: World, asked: str) -> None:
    with pytest.raises(PermissionDeniedError):
        approve(world.call(world.charlie), asked)


def test_who_does_not_see_it_does_not_find_the_request(world: World, asked: str) -> None:
    with pytest.raises(NotFoundError, match="Access request"):
        refuse(world.call(world.bob), asked)


def test_a_request_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError, match="Access request"):
        approve(world.call(world.root), "0" * 31 + "1")


def test_the_request_goes_to_those_who_may_decide_it(world: World, asked: str) -> None:
    (found,) = list_decidable(world.call(world.alice)).items
    assert (found.id, found.principal, str(found.full_name)) == (asked, "charlie", "prod.ml.wine")
    assert [it.id for it in list_decidable(world.call(world.root)).items] == [asked]
    assert not list_decidable(world.call(world.charlie)).items
    assert not list_decidable(world.call(world.bob)).items


def test_pages_of_requests_come_newest_first(world: World, asked: str) -> None:
    later = ask(world.call(world.charlie), world.wine.id, Wish("APPLY TAG"))
    first = list_own_requests(world.call(world.charlie), limit=1)
    second = list_own_requests(world.call(world.charlie), token=first.next_token, limit=1)
    assert [it.id for it in first.items + second.items] == [later, asked]
    assert not second.next_token


def test_asking_twice_is_asking_once(world: World, asked: str) -> None:
    assert ask(world.call(world.charlie), world.wine.id, Wish("execute", "please")) == asked


def test_what_is_withdrawn_is_not_decided(world: World, asked: str) -> None:
    withdraw(world.call(world.charlie), asked)
    assert not list_decidable(world.call(world.alice)).items
    with pytest.raises(ConflictError):
        approve(world.call(world.alice), asked)


def test_nobody_withdraws_anothers_request(world: World, asked: str) -> None:
    with pytest.raises(NotFoundError):
        withdraw(world.call(world.alice), asked)


def test_who_does_not_see_a_securable_cannot_ask(world: World) -> None:
    with pytest.raises(NotFoundError):
        ask(world.call(world.charlie), world.wine.id, Wish("EXECUTE"))


def test_a_duration_has_to_be_positive(world: World) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        ask(world.call(world.root), world.wine.id, Wish("EXECUTE", duration=0))
    assert caught.value.field == "duration"


def test_one_asks_for_a_group_of_ones_own_only(world: World) -> None:
    make_group(world.session, "strangers", world.charlie)
    caller = world.call(world.bob)
    wish = Wish("CREATE CATALOG", principal="readers")
    asked = ask(caller, METASTORE, wish)
    approve(world.call(world.root), asked)
    obtain(world.call(world.bob), Operation.CATALOG_CREATE, METASTORE)
    with pytest.raises(InvalidParameterError) as caught:
        ask(caller, METASTORE, Wish("CREATE CATALOG", principal="strangers"))
    assert caught.value.field == "principal"


def test_a_request_does_not_tell_the_new_name_of_what_is_hidden_by_now(
    world: World, asked: str
) -> None:
    revoke(world.call(world.root), world.prod.id, "charlie", "BROWSE")
    rename(world.call(world.root), world.wine, "takeover")
    assert list_own_requests(world.call(world.charlie)).items == []


def test_an_approval_that_has_expired_grants_nothing(world: World) -> None:
    given(world.session, world.prod, world.charlie, "BROWSE")
    endless = ask(world.call(world.charlie), world.wine.id, Wish("EXECUTE"))
    with pytest.raises(InvalidParameterError):
        approve(world.call(world.root), endless, Approval(expires_at=0))


def test_what_waits_on_one_securable_is_not_lost_among_the_others(world: World, asked: str) -> None:
    ask(world.call(world.charlie), world.prod.id, Wish("CREATE SCHEMA"))
    found = list_decidable(world.call(world.root), on=world.wine.id, limit=1)
    assert [it.id for it in found.items] == [asked]
    assert found.next_token == ""
