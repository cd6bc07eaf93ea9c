"""Sealing: gapless leaves, one tree, signed checkpoints inside and outside the database."""

import threading
import time

import pytest
from sqlalchemy import insert, select

from app.audit import Sealer
from app.audit.bodies import body_of, leaf_data
from app.audit.checkpoints import FIRST, Checkpoint, SignedCheckpoint
from app.audit.outside import OutsideCheckpoints
from app.audit.pending import PostgresPending
from app.audit.tables import audit_checkpoints, audit_leaves
from app.audit.tree import Frontier, leaf_hash, root_of
from app.db import Session
from app.errors import IntegrityError
from tests.audit.events import drop_triggers, make_caller, make_entry, rows_of, write_events


def checkpoints_of(database):
    with database.session() as session:
        rows = session.execute(select(audit_checkpoints).order_by(audit_checkpoints.c.tree_size))
        return list(rows)


def leaves_of(database):
    with database.session() as session:
        return list(session.execute(select(audit_leaves).order_by(audit_leaves.c.leaf_index)))


def test_every_event_gets_the_next_leaf(audit_log, database, sealer):
    write_events(audit_log, database, 5)
    assert sealer.seal_now() == 5
    leaves = leaves_of(database)
    assert [leaf.leaf_index for leaf in leaves] == [0, 1, 2, 3, 4]
    assert [leaf.leaf_hash for leaf in leaves] == [
        leaf_hash(leaf_data(row.seq, row.xid, row.mac, body_of(row))) for row in rows_of(database)
    ]


def test_a_checkpoint_signs_the_root_and_names_the_one_before(audit_log, database, sealer, keys):
    for _ in range(3):
        write_events(audit_log, database, 3)
        sealer.seal_now()
    rows = checkpoints_of(database)
    assert [row.tree_size for row in rows] == [3, 6, 9]
    previous = FIRST
    hashes = [leaf.leaf_hash for leaf in leaves_of(database)]
    for row in rows:
        signed = SignedCheckpoint(row.body, row.signature)
        checkpoint = Checkpoint.parse(row.body)
        assert signed.is_signed_by(keys.public_key)
        assert checkpoint.previous == previous
        assert checkpoint.root_hash == root_of(hashes[: row.tree_size])
        assert Frontier.from_bytes(row.tree_size, row.frontier).root == checkpoint.root_hash
        previous = signed.digest


def test_every_checkpoint_is_outside_too(audit_log, database, sealer, checkpoints_dir):
    for _ in range(2):
        write_events(audit_log, database, 2)
        sealer.seal_now()
    outside = [signed for _, signed in OutsideCheckpoints(checkpoints_dir).read()]
    assert outside == [SignedCheckpoint(r.body, r.signature) for r in checkpoints_of(database)]


def test_nothing_new_makes_no_checkpoint(audit_log, database, sealer):
    assert sealer.seal_now() == 0
    write_events(audit_log, database, 1)
    sealer.seal_now()
    assert sealer.seal_now() == 0
    assert len(checkpoints_of(database)) == 1


def test_another_sealer_goes_on_where_the_last_one_ended(
    audit_log, database, sealer, keys, checkpoints_dir
):
    write_events(audit_log, database, 2)
    sealer.seal_now()
    write_events(audit_log, database, 2)
    assert Sealer(database, keys, checkpoints_dir).seal_now() == 2
    assert [row.tree_size for row in checkpoints_of(database)] == [2, 4]


def test_what_could_not_be_written_outside_is_written_later(
    audit_log, database, sealer, checkpoints_dir
):
    checkpoints_dir.write_text("not a folder")
    write_events(audit_log, database, 2)
    with pytest.raises(OSError, match="checkpoints"):
        sealer.seal_now()
    checkpoints_dir.unlink()
    sealer.seal_now()
    assert len(list(OutsideCheckpoints(checkpoints_dir).read())) == 1


def test_of_two_sealers_one_is_at_work(audit_log, database, sealer, keys, tmp_path):
    other = Sealer(database, keys, tmp_path / "other")
    sealer.start()
    try:
        write_events(audit_log, database, 2)
        sealer.seal_now()
        write_events(audit_log, database, 2)
        assert other.seal_now() == 0
    finally:
        sealer.stop()
    assert [row.tree_size for row in checkpoints_of(database)] == [2, 4]
    write_events(audit_log, database, 1)
    assert other.seal_now() == 1


def test_events_written_by_four_threads_are_all_sealed_once(
    audit_log, database, keys, checkpoints_dir
):
    sealer = Sealer(database, keys, checkpoints_dir, interval_ms=1)
    sealer.start()
    writers = [
        threading.Thread(target=write_events, args=(audit_log, database, 25)) for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    sealer.stop()
    leaves = leaves_of(database)
    assert [leaf.leaf_index for leaf in leaves] == list(range(100))
    assert sorted(leaf.seq for leaf in leaves) == sorted(row.seq for row in rows_of(database))


def wait_until(claim):
    """Look again and again for as long as the goal of a second allows, ten times over."""
    pause, deadline = threading.Event(), time.monotonic() + 10
    while not claim():
        assert time.monotonic() < deadline
        pause.wait(0.005)


def test_the_background_goes_on_after_a_failure(audit_log, database, keys, checkpoints_dir, caplog):
    checkpoints_dir.write_text("not a folder")
    write_events(audit_log, database, 2)
    sealer = Sealer(database, keys, checkpoints_dir, interval_ms=1)
    sealer.start()
    wait_until(lambda: sealer.failure is not None)
    checkpoints_dir.unlink()
    wait_until(lambda: sealer.failure is None)
    sealer.stop()
    assert len(list(OutsideCheckpoints(checkpoints_dir).read())) == 1
    assert len([r for r in caplog.records if r.name == "app.audit.sealer"]) == 1


def have_run(session: Session) -> None:
    """Have the server run what waits for the next statement."""
    session.driver_execute("SELECT 1")


def test_an_event_that_commits_late_comes_after_what_was_sealed(audit_log, postgres_database, keys):
    """Its seq is the smaller one, yet nothing lands before a sealed range."""
    database, sealer = postgres_database
    with database.session() as late, database.session() as early:
        for session in (late, early):
            caller = make_caller(session)
            caller.ledger.add(make_entry())
            audit_log.write(session, caller)
            have_run(session)
        early.commit()
        assert sealer.seal_now() == 0
        late.commit()
    assert sealer.seal_now() == 2
    assert [leaf.seq for leaf in leaves_of(database)] == [1, 2]


def test_an_event_that_commits_late_is_not_forgotten(audit_log, postgres_database):
    database, sealer = postgres_database
    sealer.start()
    try:
        with database.session() as late:
            caller = make_caller(late)
            caller.ledger.add(make_entry())
            audit_log.write(late, caller)
            have_run(late)
            write_events(audit_log, database, 2)
            assert sealer.seal_now() == 0
            late.commit()
        write_events(audit_log, database, 1)
        sealer.seal_now()
    finally:
        sealer.stop()
    assert sorted(leaf.seq for leaf in leaves_of(database)) == [1, 2, 3, 4]


def test_an_event_that_commits_during_the_take_over_is_taken_once(audit_log, postgres_database):
    database, _ = postgres_database
    with database.session() as session:
        pending = PostgresPending(session)
        write_events(audit_log, database, 3)
        assert [row.seq for row in pending.take(session, 100)] == [1, 2, 3]
        assert pending.take(session, 100) == []


def test_events_restored_from_another_cluster_are_sealed(audit_log, postgres_database):
    """Their xids are from another count, and may be ahead of this one's."""
    database, sealer = postgres_database
    write_events(audit_log, database, 3)
    drop_triggers(database)
    with database.session() as session:
        session.driver_execute("UPDATE audit_events SET xid = 1 << 40 WHERE seq = 2")
    assert sealer.seal_now() == 3
    write_events(audit_log, database, 1)
    assert sealer.seal_now() == 1


def test_a_forged_event_gets_no_leaf(audit_log, database, sealer, caplog):
    write_events(audit_log, database, 3)
    drop_triggers(database)
    with database.session() as session:
        session.driver_execute("UPDATE audit_events SET outcome = 'denied' WHERE seq = 2")
    assert sealer.seal_now() == 2
    assert "Event 2 of the audit log was altered or forged" in caplog.text


def test_nothing_is_signed_over_a_checkpoint_that_was_tampered_with(audit_log, database, sealer):
    write_events(audit_log, database, 3)
    sealer.seal_now()
    drop_triggers(database)
    with database.session() as session:
        session.driver_execute("UPDATE audit_checkpoints SET frontier = mac FROM audit_events")
    write_events(audit_log, database, 1)
    with pytest.raises(IntegrityError):
        sealer.seal_now()
    assert len(checkpoints_of(database)) == 1


def test_a_second_leaf_of_the_same_index_is_impossible(audit_log, database, sealer, session):
    write_events(audit_log, database, 1)
    sealer.seal_now()
    with pytest.raises(Exception, match=r"(?i)unique"):
        session.execute(insert(audit_leaves), {"leaf_index": 0, "seq": 9, "leaf_hash": bytes(32)})


@pytest.mark.parametrize("table", ["audit_events", "audit_leaves", "audit_checkpoints"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET {}"])
def test_the_engine_refuses_to_change_the_log(audit_log, database, sealer, session, table, change):
    write_events(audit_log, database, 1)
    sealer.seal_now()
    column = {"audit_events": "time = 1", "audit_leaves": "seq = 2", "audit_checkpoints": "time=1"}
    with pytest.raises(Exception, match="append-only"):
        session.driver_execute(change.format(table, column[table]))
