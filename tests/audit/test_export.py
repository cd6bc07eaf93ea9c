"""Exports: one that proves itself, one for spreadsheets, one for security tools."""

import csv
import io
import tracemalloc

import orjson
import pytest

from app.audit.export import export_csv, export_json_lines
from app.audit.ocsf import export_ocsf
from app.audit.offline import verify_export
from app.audit.queries import EventFilter
from app.crypto import AuditKeys
from app.db.metadata import now_millis
from app.identity import Outcome, Request
from tests.audit.events import make_caller, make_entry, write_events


@pytest.fixture
def sealed(audit_log, database, sealer):
    """Twelve events under checkpoints of 4, 8 and 12 leaves."""
    for _ in range(3):
        write_events(audit_log, database, 4)
        sealer.seal_now()
    return database


@pytest.fixture
def lines(sealed, session, keys):
    return list(export_json_lines(session, keys.key_id))


@pytest.fixture
def verify(tmp_path, keys):
    def verify(lines):
        path = tmp_path / "export.jsonl"
        path.write_bytes(b"".join(lines))
        return verify_export(path, keys.public_key)

    return verify


def edited(line, **changes):
    return orjson.dumps({**orjson.loads(line), **changes}) + b"\n"


def test_an_export_verifies_by_the_public_key_alone(lines, verify):
    verdict = verify(lines)
    assert verdict.is_sound, verdict.flaw
    assert (verdict.sealed, verdict.checkpoints) == (12, 3)


def test_an_export_of_an_empty_log_verifies(session, keys, verify):
    assert verify(export_json_lines(session, keys.key_id)).is_sound


def test_an_export_says_what_each_event_says(lines):
    events = [line for line in map(orjson.loads, lines) if line["kind"] == "event"]
    assert [line["leaf"] for line in events] == list(range(12))
    assert events[5]["event"]["operation"] == "model_version.load"
    assert events[5]["event"]["principal_name"] == "alice"


def test_an_export_since_a_checkpoint_verifies_without_what_was_before(
    sealed, audit_log, session, sealer, keys, verify
):
    since = now_millis()
    write_events(audit_log, sealed, 2)
    sealer.seal_now()
    verdict = verify(export_json_lines(session, keys.key_id, since=since))
    assert verdict.is_sound, verdict.flaw
    assert verdict.sealed in {2, 6, 10}


def test_an_export_before_the_first_checkpoint_is_whole(sealed, session, keys, verify):
    assert verify(export_json_lines(session, keys.key_id, since=1)).sealed == 12


def test_an_export_since_now_is_empty_and_verifies(sealed, session, keys, verify):
    verdict = verify(export_json_lines(session, keys.key_id, since=now_millis() + 1000))
    assert verdict.is_sound, verdict.flaw
    assert verdict.sealed == 0


def test_an_export_is_not_of_another_key(lines, tmp_path):
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(lines))
    assert not verify_export(path, AuditKeys(bytes(32), bytes(32)).public_key).is_sound


def test_an_edited_event_is_found(lines, verify):
    event = orjson.loads(lines[7])["event"]
    lines[7] = edited(lines[7], event={**event, "outcome": "denied"})
    assert str(verify(lines).flaw) == "event 6: is not what was sealed as leaf 5"


@pytest.mark.parametrize("change", [{"mac": "00" * 32}, {"seq": 99}, {"xid": 9}])
def test_an_edit_of_what_goes_with_an_event_is_found(lines, verify, change):
    lines[7] = edited(lines[7], **change)
    assert verify(lines).flaw.leaf == 5


def test_a_deleted_event_is_found(lines, verify):
    del lines[7]
    assert str(verify(lines).flaw) == "leaf 5: is missing"


def test_events_that_changed_places_are_found(lines, verify):
    lines[7], lines[8] = edited(lines[8], leaf=5), edited(lines[7], leaf=6)
    assert str(verify(lines).flaw) == (
        "checkpoint 8: signs another root: leaves before it were changed"
    )


def test_an_event_put_in_is_found(lines, verify):
    lines.insert(8, lines[7])
    assert verify(lines).flaw.leaf == 6


@pytest.mark.parametrize("at, size", [(5, 4), (10, 8), (15, 12)])
def test_an_altered_checkpoint_is_found(lines, verify, at, size):
    lines[at] = edited(lines[at], signature="00" * 64)
    assert (
        str(verify(lines).flaw) == f"checkpoint {size}: was altered: its signature does not match"
    )


def test_a_deleted_checkpoint_is_found(lines, verify):
    del lines[10]
    assert "does not continue" in str(verify(lines).flaw)


def test_events_behind_the_last_checkpoint_are_found(lines, verify):
    assert str(verify(lines[:-1]).flaw) == "leaf 8: no checkpoint signs it"


def test_a_start_that_was_not_signed_is_found(sealed, session, keys, verify):
    lines = list(export_json_lines(session, keys.key_id, since=now_millis() + 1000))
    start = orjson.loads(lines[0])["start"]
    assert not verify([edited(lines[0], start={**start, "signature": "00" * 64})]).is_sound
    assert not verify([edited(lines[0], start={**start, "frontier": "00" * 64})]).is_sound


@pytest.mark.parametrize(
    "line",
    [b"\n", b"[]\n", b"{\n", b'{"kind":"event"}\n', b'{"kind":"x"}\n', b'{"kind":"checkpoint"}\n'],
)
def test_what_is_no_line_of_an_export_is_named(lines, verify, line):
    lines[3] = line
    assert verify(lines).flaw.place == "line 4"


def test_a_file_that_is_no_export_is_refused(verify):
    assert not verify([b'{"a": 1}\n']).is_sound
    assert not verify([b'{"kind":"muniment-audit-export","version":2,"start":null}\n']).is_sound


def test_progress_is_told_in_bytes(lines, tmp_path, keys):
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(lines))
    told = []
    verify_export(path, keys.public_key, lambda *done: told.append(done))
    assert told == [(path.stat().st_size,) * 2]


def read_csv(session):
    text = b"".join(export_csv(session, EventFilter())).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_a_row_for_each_event(sealed, session):
    rows = read_csv(session)
    assert [row["seq"] for row in rows] == [str(seq) for seq in range(1, 13)]
    assert rows[0]["operation"] == "model_version.load"
    assert rows[0]["time"].endswith("+00:00")
    assert rows[0]["leaf_index"] == "0"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_csv_holds_no_formula(audit_log, session, text):
    caller = make_caller(session, request=Request("r", agent=text))
    caller.ledger.add(make_entry(securable_name=text))
    audit_log.write(session, caller)
    session.commit()
    (row,) = read_csv(session)
    assert row["agent"] == row["securable_name"] == f"'{text}"


def test_ocsf_tells_of_an_api_activity(audit_log, session):
    caller = make_caller(session)
    caller.ledger.add(make_entry("schema.create", outcome=Outcome.DENIED))
    audit_log.write(session, caller)
    session.commit()
    (line,) = export_ocsf(session, EventFilter())
    event = orjson.loads(line)
    assert (event["class_uid"], event["category_uid"], event["type_uid"]) == (6003, 6, 600301)
    assert (event["activity_id"], event["activity_name"]) == (1, "Create")
    assert (event["status_id"], event["time"]) == (2, caller.now)
    assert event["actor"]["user"]["uid"] == caller.principal.id
    assert event["api"]["request"]["uid"] == caller.request.id
    assert event["resources"][0]["name"] == "main.fraud.scorer"
    assert event["src_endpoint"] == {"ip": "192.0.2.7"}
    assert event["unmapped"]["outcome"] == "denied"
    assert event["metadata"]["version"] == "1.6.0"


def test_ocsf_tells_of_the_server_itself(audit_log, database, session):
    audit_log.write_system_event(database, "server.start")
    (line,) = export_ocsf(session, EventFilter())
    event = orjson.loads(line)
    assert (event["activity_id"], event["activity_name"]) == (99, "start")
    assert event["src_endpoint"] == {"name": "muniment"}
    assert event["resources"] == []


@pytest.mark.parametrize("export", [export_csv, export_ocsf])
def test_an_export_keeps_to_the_filter(sealed, session, export):
    assert len(list(export(session, EventFilter(operation="no.such")))) == (export is export_csv)


def test_memory_does_not_grow_with_the_export(audit_log, database, session):
    write_events(audit_log, database, 6_000, per_request=1_000)
    tracemalloc.start()
    size = sum(map(len, export_ocsf(session, EventFilter())))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 4_000_000
    assert peak < 8_000_000
