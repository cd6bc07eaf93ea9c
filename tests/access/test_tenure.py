"""Whoever manages for a time gives for that time, and no longer."""

import pytest

from app.access import (
    Operation,
    Terms,
    Wish,
    approve,
    ask,
    grant,
    grants_on,
    may,
    revoke,
    transfer_owner,
)
from app.errors import PermissionDeniedError
from tests.access.conftest import World
from tests.factories import NOW
from tests.factories import grant as given

DAY = 86_400_000
END = NOW + DAY


@pytest.fixture(autouse=True)
def _bob_manages_wine_for_a_day(world: World) -> None:
    given(world.session, world.prod, world.bob, "USE CATALOG", "USE SCHEMA")
    given(world.session, world.wine, world.bob, "MANAGE", expires_at=END)


@pytest.mark.parametrize("item", ["MANAGE", "EXECUTE", "role:manager"])
def test_what_one_gives_may_not_last_for_ever(world: World, item: str) -> None:
    with pytest.raises(PermissionDeniedError, match="until 2027-01-16T08:00:00Z") as caught:
        grant(world.call(world.bob), world.wine.id, "bob", item)
    assert caught.value.privilege == "MANAGE"


def test_what_one_gives_may_not_last_a_millisecond_longer(world: World) -> None:
    with pytest.raises(PermissionDeniedError):
        grant(world.call(world.bob), world.wine.id, "bob", "MANAGE", terms=Terms(END + 1))


def test_a_group_of_ones_own_is_given_no_longer_either(world: World) -> None:
    with pytest.raises(PermissionDeniedError):
        grant(world.call(world.bob), world.wine.id, "readers", "MANAGE")


def test_what_one_denies_may_not_last_longer_either(world: World) -> None:
    with pytest.raises(PermissionDeniedError):
        grant(world.call(world.bob), world.wine.id, "alice", "EXECUTE", terms=Terms(effect="deny"))


def test_what_one_gives_may_last_as_long(world: World) -> None:
    grant(world.call(world.bob), world.wine.id, "charlie", "EXECUTE", terms=Terms(END))
    found = grants_on(world.call(world.alice), world.wine.id)
    assert ("charlie", END) in [(it.principal.name, it.expires_at) for it in found]


def test_what_one_takes_back_is_taken_for_good(world: World) -> None:
    given(world.session, world.wine, world.charlie, "EXECUTE")
    assert revoke(world.call(world.bob), world.wine.id, "charlie", "EXECUTE")


def test_an_owner_gives_for_ever_whatever_it_is_granted_for_a_time(world: World) -> None:
    given(world.session, world.wine, world.alice, "MANAGE", expires_at=END)
    given(world.session, world.prod, world.alice, "USE CATALOG", "USE SCHEMA")
    grant(world.call(world.alice), world.wine.id, "charlie", "EXECUTE")


def test_the_longest_of_several_grants_counts(world: World) -> None:
    given(world.session, world.ml, world.readers, "MANAGE", expires_at=END + DAY)
    with pytest.raises(PermissionDeniedError, match="until 2027-01-17T08:00:00Z"):
        grant(world.call(world.bob), world.wine.id, "bob", "MANAGE")


def test_the_way_there_ends_too(world: World) -> None:
    given(world.session, world.wine, world.charlie, "MANAGE")
    given(world.session, world.prod, world.charlie, "USE CATALOG", expires_at=END)
    given(world.session, world.prod, world.charlie, "USE SCHEMA")
    with pytest.raises(PermissionDeniedError, match="until 2027-01-16T08:00:00Z"):
        grant(world.call(world.charlie), world.wine.id, "bob", "MANAGE")


def test_ownership_which_does_not_end_is_not_handed_over(world: World) -> None:
    with pytest.raises(PermissionDeniedError, match="may not last longer"):
        transfer_owner(world.call(world.bob), world.wine.id, "bob")
    assert not may(world.call(world.bob, now=END), Operation.GRANT_CHANGE, world.wine)


def test_a_request_without_an_end_is_not_approved_for_ever(world: World) -> None:
    given(world.session, world.prod, world.charlie, "BROWSE")
    asked = ask(world.call(world.charlie), world.wine.id, Wish("EXECUTE"))
    with pytest.raises(PermissionDeniedError, match="may not last longer"):
        approve(world.call(world.bob), asked)


def test_a_denial_is_not_taken_back_for_good_by_who_manages_for_a_time(world: World) -> None:
    given(world.session, world.wine, world.bob, "EXECUTE", effect="deny")
    with pytest.raises(PermissionDeniedError, match="until"):
        revoke(world.call(world.bob), world.wine.id, "bob", "EXECUTE", effect="deny")
    assert revoke(world.call(world.root), world.wine.id, "bob", "EXECUTE", effect="deny")
