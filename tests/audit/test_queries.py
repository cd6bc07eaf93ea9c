"""Searching the log: filters, order and pages."""

import pytest
from sqlalchemy import text

from app.audit.queries import EventFilter, iterate_events, search_events
from app.audit.tables import audit_events
from app.db import all_items
from app.errors import InvalidParameterError
from app.identity import Outcome
from tests.audit.events import IDS, make_caller, make_entry, write_events


@pytest.fixture
def story(session, audit_log):
    """Alice loads a version at 1000, bob is denied at 2000, charlie sees nothing at 3000."""
    told = [
        ("alice", "model_version.load", Outcome.ALLOWED, "main.fraud.scorer", "a" * 32),
        ("bob", "grant.change", Outcome.DENIED, "main.fraud", "b" * 32),
        ("charlie", "model_version.read", Outcome.HIDDEN, "main.fraud.scorer", None),
        ("alice", "model.version", Outcome.ALLOWED, "100%_sure", None),
    ]
    requests = {}
    for number, (name, operation, outcome, securable_name, securable_id) in enumerate(told, 1):
        caller = make_caller(session, name, now=number * 1000)
        caller.ledger.add(
            make_entry(
                operation,
                outcome=outcome,
                securable_name=securable_name,
                securable_id=securable_id,
                details={"note": f"Note {number}"},
            )
        )
        audit_log.write(session, caller)
        session.commit()
        requests[name] = caller.request.id
    return requests


def seqs(session, **wanted):
    return [event.seq for event in search_events(session, EventFilter(**wanted)).items]


@pytest.mark.parametrize(
    "wanted, found",
    [
        ({}, [4, 3, 2, 1]),
        ({"principal_id": IDS["alice"]}, [4, 1]),
        ({"principal_name": "bob"}, [2]),
        ({"operation": "model_version.load"}, [1]),
        ({"operation": "model_version.*"}, [3, 1]),
        ({"operation": "model*"}, [4, 3, 1]),
        ({"outcomes": (Outcome.DENIED, Outcome.HIDDEN)}, [3, 2]),
        ({"securable_id": "a" * 32}, [1]),
        ({"securable_name": "main.fraud"}, [2]),
        ({"securable_name": "main.fraud*"}, [3, 2, 1]),
        ({"since": 2000, "until": 4000}, [3, 2]),
        ({"text": "SCORER"}, [3, 1]),
        ({"text": "note 2"}, [2]),
        ({"text": "0%_s"}, [4]),
        ({"text": "%"}, [4]),
        ({"principal_name": "alice", "operation": "model_version.*"}, [1]),
        ({"operation": "no.such"}, []),
    ],
)
def test_a_filter_finds(story, session, wanted, found):
    assert seqs(session, **wanted) == found


def test_a_request_is_found_by_its_id(story, session):
    assert seqs(session, request_id=story["bob"]) == [2]


def test_an_event_is_told_whole(story, session):
    (event,) = search_events(session, EventFilter(principal_name="bob")).items
    assert (event.operation, event.outcome) == ("grant.change", Outcome.DENIED)
    assert event.details == {"note": "Note 2"}
    assert event.leaf_index is None


def test_a_sealed_event_tells_its_leaf(story, session, sealer):
    sealer.seal_now()
    assert [e.leaf_index for e in search_events(session, EventFilter()).items] == [3, 2, 1, 0]


def test_pages_follow_one_another_without_gap_or_repetition(session, audit_log, database):
    write_events(audit_log, database, 7)
    found, token = [], ""
    while True:
        page = search_events(session, EventFilter(), limit=3, page_token=token)
        found += [event.seq for event in page.items]
        token = page.next_token
        if not token:
            break
        write_events(audit_log, database, 1)
    assert found == [7, 6, 5, 4, 3, 2, 1]


def test_a_last_page_that_is_full_has_no_next(session, audit_log, database):
    write_events(audit_log, database, 3)
    assert search_events(session, EventFilter(), limit=3).next_token == ""


@pytest.fixture
def long_log(story, session):
    """A log whose newest event is a million after those of the story."""
    names = ", ".join(column.name for column in audit_events.columns if column.name != "seq")
    copied = f"SELECT 1000000, {names} FROM audit_events WHERE seq = 2"
    session.begin()
    session.execute(text(f"INSERT INTO audit_events (seq, {names}) {copied}"))
    session.commit()


def test_looking_for_a_text_ends_in_time_and_goes_on_where_it_ended(long_log, session):
    wanted = EventFilter(text="Note 1")
    page = search_events(session, wanted, patience=0)
    assert page.items == []
    turns = 1
    while page.next_token:
        page = search_events(session, wanted, page_token=page.next_token, patience=0)
        turns += 1
    assert ([event.seq for event in page.items], turns) == ([1], 50)


def test_with_patience_a_text_is_found_at_once(long_log, session):
    page = search_events(session, EventFilter(text="Note 2"))
    assert ([event.seq for event in page.items], page.next_token) == ([1_000_000, 2], "")


def test_a_page_over_a_long_way_is_full_and_nothing_is_lost_between_pages(long_log, session):
    found = all_items(
        lambda token: search_events(
            session, EventFilter(text="note"), limit=2, page_token=token, patience=0
        )
    )
    assert [event.seq for event in found] == [1_000_000, 4, 3, 2, 1]


def test_what_an_index_finds_takes_no_patience(long_log, session):
    page = search_events(session, EventFilter(), limit=5, patience=0)
    assert [event.seq for event in page.items] == [1_000_000, 4, 3, 2, 1]


@pytest.mark.parametrize("token", ["x", "W10", "eyJhIjoxfQ", "WyJhIl0"])
def test_a_token_of_another_list_is_refused(session, token):
    with pytest.raises(InvalidParameterError):
        search_events(session, EventFilter(), page_token=token)


def test_iterating_gives_all_oldest_first(story, session):
    assert [event.seq for event in iterate_events(session, EventFilter())] == [1, 2, 3, 4]
