"""Nobody without a credential makes the log grow at will, or hides in what it does to it."""

import json

import pytest

from app.audit.tables import audit_events
from app.db.metadata import now_millis
from app.edge.refusals import ALONE, MOST_ADDRESSES, WINDOW
from app.identity import Request
from tests.application import ALICE
from tests.edge.test_credentials import ELSEWHERE, basic, call
from tests.security.home import House, identified

ADDRESS = "192.0.2.66"


def refusals(house: House) -> list[tuple[str, dict[str, int]]]:
    """Return the address and the details of each refused credential in the log."""
    events = house.all_events(
        audit_events.c.operation == "session.create", audit_events.c.outcome == "denied"
    )
    return [(event.address, json.loads(event.details)) for event in events]


def flood(house: House, times: int, header: str = "Bearer no") -> set[int]:
    return {call(house, header, ADDRESS).status_code for _ in range(times)}


def minute_later(house: House) -> None:
    house.services.refusals.tell(now_millis() + WINDOW)


def test_after_some_bad_tokens_the_rest_is_one_event_that_counts_them(house: House):
    assert flood(house, ALONE + 25) == {401}
    assert len(refusals(house)) == ALONE
    minute_later(house)
    (address, details), *alone = reversed(refusals(house))
    assert address == ADDRESS
    assert details["count"] == 25
    assert len(alone) == ALONE


def test_a_quiet_minute_writes_nothing(house: House):
    flood(house, ALONE)
    minute_later(house)
    minute_later(house)
    assert len(refusals(house)) == ALONE


def test_what_was_counted_is_told_when_the_server_ends(house: House):
    flood(house, ALONE + 1)
    house.services.refusals.tell(now_millis(), is_last=True)
    assert len(refusals(house)) == ALONE + 1


def test_the_next_minute_begins_anew(house: House):
    flood(house, ALONE + 1)
    minute_later(house)
    told = len(refusals(house))
    house.services.refusals.record_or_count(
        Request("later", ADDRESS), "", "bad credential", now_millis() + WINDOW
    )
    assert len(refusals(house)) == told + 1


@pytest.mark.parametrize("header", ["Basic %%%", "Bearer " + "x" * 5000], ids=["basic", "oversize"])
def test_malformed_credentials_are_counted_alike(house: House, header: str):
    assert flood(house, ALONE + 5, header) == {401}
    assert len(refusals(house)) == ALONE


def test_a_flood_locks_no_good_token_out_and_hides_no_other_address(house: House):
    flood(house, ALONE + 5)
    assert call(house, f"Bearer {house.template.tokens[ALICE]}", ADDRESS).status_code == 200
    call(house, "Bearer no", ELSEWHERE)
    assert (ELSEWHERE, {}) in refusals(house)


def test_a_flood_hides_no_guess_at_a_password(house: House):
    flood(house, ALONE + 5)
    request_id, sent = identified()
    call(house, basic(ALICE, "a guess"), ADDRESS, **sent)
    (event,) = house.events(request_id)
    assert (event.principal_name, event.outcome) == (ALICE, "denied")


def test_guesses_that_were_not_even_tried_are_counted(house: House):
    limit = house.services.settings.security.account_attempts
    for _ in range(limit + ALONE + 9):
        assert call(house, basic(ALICE, "no"), ADDRESS).status_code == 401
    assert len(refusals(house)) == limit + ALONE


def test_an_attack_from_everywhere_is_bounded_as_a_whole(house: House):
    told = house.services.refusals
    for number in range(MOST_ADDRESSES + 2 * ALONE):
        request = Request("flood", f"198.51.100.{number}")
        told.record_or_count(request, "", "bad credential", now_millis())
    assert len(refusals(house)) == MOST_ADDRESSES + ALONE
