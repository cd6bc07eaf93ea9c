"""Events are written with what they tell of, or the request fails."""

import orjson
import pytest

from app.audit import record
from app.audit.bodies import Content, body_of, contents_of, storable
from app.db import Effect
from app.errors import NotFoundError, UnavailableError
from app.identity import Outcome, Request
from tests.audit.events import make_caller, make_entry, rows_of


def test_an_event_tells_who_did_what_to_which_by_which_rule(audit_log, database, alice):
    entry = make_entry()
    alice.ledger.add(entry)
    audit_log.write(alice.session, alice)
    alice.session.commit()
    (row,) = rows_of(database)
    assert (row.principal_id, row.principal_name) == (alice.principal.id, "alice")
    assert (row.operation, row.outcome) == ("model_version.load", "allowed")
    assert (row.securable_id, row.securable_name) == (entry.securable_id, "main.fraud.scorer")
    assert (row.determined_by, row.workspace) == ("EXECUTE on catalog main", "research")
    assert (row.request_id, row.token_id) == (alice.request.id, alice.request.token_id)
    assert (row.address, row.agent) == ("192.0.2.7", "mlflow-python-client/3.17")
    assert row.time == alice.now
    assert orjson.loads(row.details) == {"version": 3}


def test_a_request_has_one_event_for_each_decision_in_order(audit_log, database, alice):
    for operation in ("catalog.read", "schema.read", "table.read"):
        alice.ledger.add(make_entry(operation))
    audit_log.write(alice.session, alice)
    alice.session.commit()
    assert [r.operation for r in rows_of(database)] == ["catalog.read", "schema.read", "table.read"]


def test_an_effect_completes_its_decision(audit_log, database, alice):
    alice.ledger.add(make_entry("schema.create", details={}))
    record(alice, "schema.create", comment="b", a="c")
    audit_log.write(alice.session, alice)
    alice.session.commit()
    (row,) = rows_of(database)
    assert row.details == '{"a":"c","comment":"b"}'


def test_an_effect_without_a_decision_is_refused(alice):
    with pytest.raises(LookupError):
        record(alice, "schema.create")


def test_the_event_is_undone_with_its_change(audit_log, database, alice):
    alice.session.begin(Effect.WRITE)
    alice.ledger.add(make_entry())
    audit_log.write(alice.session, alice)
    alice.session.rollback()
    assert rows_of(database) == []


def test_the_mac_is_over_the_canonical_body(audit_log, database, alice, keys):
    alice.ledger.add(make_entry())
    audit_log.write(alice.session, alice)
    alice.session.commit()
    (row,) = rows_of(database)
    assert keys.is_hmac(body_of(row), row.mac)


def test_the_canonical_body_is_what_it_was_at_the_first_release():
    content = Content(
        *("00", 1, "01", "ann", None, None, "w", "run.log", "02", 'a."é"', "allowed", "owner"),
        *("r", "::1", "curl", '{"n":1}'),
    )
    assert body_of(content).decode() == (
        '{"address":"::1","agent":"curl","details":"{\\"n\\":1}","determined_by":"owner",'
        '"id":"00","on_behalf_of":null,"operation":"run.log","outcome":"allowed",'
        '"principal_id":"01","principal_name":"ann","request_id":"r","securable_id":"02",'
        '"securable_name":"a.\\"é\\"","time":1,"token_id":null,"v":1,"workspace":"w"}'
    )
    names = list(orjson.loads(body_of(content)))
    assert names == sorted(names)


def test_a_denial_is_written_after_the_rollback(audit_log, database, alice):
    alice.session.begin(Effect.WRITE)
    alice.ledger.add(make_entry("catalog.delete", outcome=Outcome.DENIED))
    alice.session.rollback()
    audit_log.write_denials(database, alice)
    (row,) = rows_of(database)
    assert (row.operation, row.outcome) == ("catalog.delete", "denied")


def test_what_was_allowed_and_undone_has_failed_with_the_errors_class(audit_log, database, alice):
    alice.ledger.add(make_entry("schema.create"))
    alice.ledger.add(make_entry("schema.read", outcome=Outcome.HIDDEN))
    audit_log.write_denials(database, alice, NotFoundError("secret words"))
    failed, hidden = rows_of(database)
    assert failed.outcome == "failed"
    assert orjson.loads(failed.details) == {"version": 3, "error": "NotFoundError"}
    assert hidden.outcome == "hidden"


def test_a_request_without_decisions_leaves_no_event(audit_log, database, alice):
    audit_log.write_denials(database, alice)
    audit_log.write(alice.session, alice)
    assert not alice.session.in_transaction
    assert rows_of(database) == []


def test_the_server_itself_is_in_the_log_as_system(audit_log, database):
    audit_log.write_system_event(database, "key.destroy", "0" * 32, why="waited 30 days")
    (row,) = rows_of(database)
    assert (row.principal_id, row.principal_name) == (None, "system")
    assert (row.operation, row.securable_id) == ("key.destroy", "0" * 32)


@pytest.mark.parametrize("text", ["\ud800x", "a\0b", "back\\u0000slash"])
def test_text_that_no_column_takes_does_not_escape_the_log(audit_log, database, alice, text):
    alice.ledger.add(make_entry(outcome=Outcome.HIDDEN, securable_name=text))
    audit_log.write_denials(database, alice)
    (row,) = rows_of(database)
    assert row.securable_name == text.encode("utf-8", "backslashreplace").decode().replace(
        "\0", "\\x00"
    )


def test_text_longer_than_its_column_is_cut(audit_log, database, session):
    caller = make_caller(session, request=Request("r" * 99, "a" * 99, "g" * 9999))
    caller.ledger.add(make_entry(securable_name="n" * 9999))
    audit_log.write(session, caller)
    session.commit()
    (row,) = rows_of(database)
    lengths = [len(row.request_id), len(row.address), len(row.agent), len(row.securable_name)]
    assert lengths == [64, 64, 500, 2000]


def test_two_events_with_the_same_content_differ(alice):
    entry = make_entry()
    alice.ledger.add(entry)
    alice.ledger.add(entry)
    bodies = {storable(content)[1] for content in contents_of(alice, alice.ledger.entries)}
    assert len(bodies) == 2


def write_and_commit(audit_log, caller):
    audit_log.write(caller.session, caller)
    caller.session.commit()


def test_a_log_that_cannot_be_written_fails_the_request(audit_log, database, alice):
    alice.session.driver_execute("ALTER TABLE audit_events RENAME TO gone")
    alice.ledger.add(make_entry())
    with pytest.raises(UnavailableError):
        write_and_commit(audit_log, alice)
    alice.session.rollback()
    with pytest.raises(UnavailableError):
        audit_log.write_denials(database, alice)


def test_a_change_whose_event_cannot_be_written_is_not_made(audit_log, database, alice):
    alice.session.driver_execute("ALTER TABLE audit_events RENAME TO gone")
    alice.session.begin(Effect.WRITE)
    alice.session.driver_execute(
        "INSERT INTO sign_in_attempts (subject, window_start, failures) VALUES ('x', 1, 1)"
    )
    alice.ledger.add(make_entry())
    with pytest.raises(UnavailableError):
        write_and_commit(audit_log, alice)
    alice.session.rollback()
    count = alice.session.driver_execute("SELECT count(*) FROM sign_in_attempts")
    assert count.scalar_one() == 0
