"""Each tamper that a database administrator can think of is found, and the first place named."""

import shutil

import pytest
from sqlalchemy import delete, func, insert, select, update

from app.audit import Sealer
from app.audit.bodies import EVENT_COLUMNS, Content, body_of, leaf_data
from app.audit.checkpoints import FIRST, Checkpoint, SignedCheckpoint
from app.audit.tables import audit_checkpoints, audit_events, audit_leaves
from app.audit.tree import Frontier, leaf_hash
from app.audit.verify import verify_database
from app.crypto import AuditKeys
from tests.audit.events import drop_triggers, rows_of, write_events

events, leaves, checkpoints = audit_events.c, audit_leaves.c, audit_checkpoints.c
ATTACKER = AuditKeys(b"a" * 32, b"b" * 32)


@pytest.fixture
def sealed(audit_log, database, sealer):
    """Twelve events under checkpoints of 4, 8 and 12 leaves, and no triggers left."""
    for _ in range(3):
        write_events(audit_log, database, 4)
        sealer.seal_now()
    drop_triggers(database)
    return database


@pytest.fixture
def verify(session, keys, checkpoints_dir):
    return lambda: verify_database(session, keys, checkpoints_dir)


def seal_anew(row, session):
    """Make the leaf of an event fit its content, as one who can hash does."""
    data = leaf_data(row.seq, row.xid, row.mac, body_of(row))
    session.execute(
        update(audit_leaves).where(leaves.seq == row.seq).values(leaf_hash=leaf_hash(data))
    )


def event(session, seq):
    return session.execute(select(*EVENT_COLUMNS).where(events.seq == seq)).one()


def test_a_sound_log_is_found_sound(sealed, verify):
    verdict = verify()
    assert verdict.is_sound, verdict.flaw
    assert (verdict.sealed, verdict.unsealed) == (12, 0)
    assert (verdict.checkpoints, verdict.outside) == (3, 3)


def test_an_empty_log_is_sound(database, verify):
    verdict = verify()
    assert verdict.is_sound
    assert verdict.time is None


def test_what_is_not_sealed_yet_is_counted(sealed, audit_log, verify):
    write_events(audit_log, sealed, 2)
    verdict = verify()
    assert verdict.is_sound
    assert verdict.unsealed == 2


def test_progress_is_told(sealed, session, keys, checkpoints_dir):
    told = []
    verify_database(session, keys, checkpoints_dir, lambda *done: told.append(done))
    assert told == [(12, 12)]


@pytest.mark.parametrize("column", Content._fields)
def test_an_edit_of_a_sealed_event_is_found(sealed, session, verify, column):
    new = 1 if column == "time" else "forged"
    session.execute(update(audit_events).where(events.seq == 6).values({column: new}))
    assert str(verify().flaw) == "event 6: was altered or forged: its MAC does not match"


@pytest.mark.parametrize("column", ["operation", "mac", "xid"])
def test_a_value_of_another_type_does_not_stop_the_verification(
    audit_log, keys, sqlite_database, checkpoints_dir, column
):
    write_events(audit_log, sqlite_database, 4)
    drop_triggers(sqlite_database)
    new = "'text'" if column == "mac" else "x'ff'"
    with sqlite_database.session() as session:
        session.driver_execute(f"UPDATE audit_events SET {column} = {new} WHERE seq = 2")
        assert Sealer(sqlite_database, keys, checkpoints_dir).seal_now() == 3
        flaw = verify_database(session, keys, checkpoints_dir).flaw
    assert str(flaw) == "event 2: was altered or forged: its MAC does not match"


@pytest.mark.parametrize("column", ["mac", "xid"])
def test_an_edit_of_what_goes_with_an_event_is_found(sealed, session, verify, column):
    new = bytes(32) if column == "mac" else 7
    session.execute(update(audit_events).where(events.seq == 6).values({column: new}))
    flaw = verify().flaw
    assert (flaw.leaf, flaw.place) == (5, "event 6")


def test_an_edit_of_an_unsealed_event_is_found(sealed, audit_log, session, verify):
    write_events(audit_log, sealed, 2)
    session.execute(update(audit_events).where(events.seq == 14).values(outcome="denied"))
    assert str(verify().flaw) == "event 14: was altered or forged: its MAC does not match"


def test_an_edit_with_its_leaf_made_to_fit_is_found(sealed, session, verify):
    session.execute(update(audit_events).where(events.seq == 6).values(outcome="denied"))
    seal_anew(event(session, 6), session)
    assert str(verify().flaw) == "event 6: was altered or forged: its MAC does not match"


def test_an_edit_by_one_who_has_the_keys_of_the_rows_is_found(sealed, session, verify, keys):
    session.execute(update(audit_events).where(events.seq == 6).values(outcome="denied"))
    mac = keys.hmac(body_of(event(session, 6)))
    session.execute(update(audit_events).where(events.seq == 6).values(mac=mac))
    assert str(verify().flaw) == "event 6: is not what was sealed as leaf 5"
    seal_anew(event(session, 6), session)
    assert str(verify().flaw) == "checkpoint 8: signs another root: leaves before it were changed"


def test_a_new_mac_without_the_key_is_found(sealed, session, verify):
    session.execute(update(audit_events).where(events.seq == 6).values(outcome="denied"))
    mac = ATTACKER.hmac(body_of(event(session, 6)))
    session.execute(update(audit_events).where(events.seq == 6).values(mac=mac))
    seal_anew(event(session, 6), session)
    assert verify().flaw.place == "event 6"


def test_a_deleted_event_is_found(sealed, session, verify):
    session.execute(delete(audit_events).where(events.seq == 6))
    assert str(verify().flaw) == "event 6: was deleted; it was leaf 5"


def test_an_event_deleted_with_its_leaf_is_found(sealed, session, verify):
    session.execute(delete(audit_events).where(events.seq == 6))
    session.execute(delete(audit_leaves).where(leaves.seq == 6))
    assert str(verify().flaw) == "leaf 5: is missing"


def test_an_event_deleted_with_its_leaf_and_the_gap_closed_is_found(sealed, session, verify):
    session.execute(delete(audit_events).where(events.seq == 6))
    session.execute(delete(audit_leaves).where(leaves.seq == 6))
    for index in range(6, 12):
        moved = update(audit_leaves).where(leaves.leaf_index == index)
        session.execute(moved.values(leaf_index=index - 1))
    assert str(verify().flaw) == "checkpoint 8: signs another root: leaves before it were changed"


def test_two_events_that_changed_places_are_found(sealed, session, verify):
    for old, new in ((6, 100), (7, 6), (100, 7)):
        session.execute(update(audit_events).where(events.seq == old).values(seq=new))
    assert str(verify().flaw) == "event 6: is not what was sealed as leaf 5"


def test_two_leaves_that_changed_places_are_found(sealed, session, verify):
    for old, new in ((5, 100), (6, 5), (100, 6)):
        moved = update(audit_leaves).where(leaves.leaf_index == old)
        session.execute(moved.values(leaf_index=new))
    assert verify().flaw.place == "checkpoint 8"


def forge(session, seq, keys, **changes):
    values = {**event(session, 6)._mapping, "seq": seq, "id": "f" * 32, **changes}
    content = Content(*(values[name] for name in Content._fields))
    values["mac"] = keys.hmac(body_of(content))
    session.execute(insert(audit_events), values)


def test_a_forged_event_at_the_end_is_found(sealed, session, verify, sealer):
    forge(session, 13, ATTACKER)
    assert str(verify().flaw) == "event 13: was altered or forged: its MAC does not match"
    sealer.seal_now()
    assert str(verify().flaw) == "event 13: was altered or forged: its MAC does not match"


def test_a_forged_event_with_a_leaf_is_found(sealed, session, verify):
    forge(session, 13, ATTACKER)
    session.execute(insert(audit_leaves), {"leaf_index": 12, "seq": 13, "leaf_hash": bytes(32)})
    assert verify().flaw.place == "event 13"


def test_a_leaf_that_no_checkpoint_signs_is_found(sealed, session, verify, keys):
    forge(session, 13, keys)
    session.execute(insert(audit_leaves), {"leaf_index": 12, "seq": 13, "leaf_hash": bytes(32)})
    seal_anew(event(session, 13), session)
    assert str(verify().flaw) == "leaf 12: no checkpoint signs it"


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_copied_event_is_found(sealed, session, verify, sealer, is_sealed):
    session.execute(insert(audit_events), {**event(session, 6)._mapping, "seq": 13})
    if is_sealed:
        sealer.seal_now()
    assert str(verify().flaw) == "event 13: is a copy of an earlier event"


def cut(session, size):
    """Delete all from leaf ``size`` on."""
    last = session.execute(select(leaves.seq).where(leaves.leaf_index == size - 1)).scalar_one()
    session.execute(delete(audit_events).where(events.seq > last))
    session.execute(delete(audit_leaves).where(leaves.leaf_index >= size))
    session.execute(delete(audit_checkpoints).where(checkpoints.tree_size > size))


def test_a_cut_end_is_found_by_the_checkpoint_in_the_database(sealed, session, verify):
    session.execute(delete(audit_events).where(events.seq > 10))
    session.execute(delete(audit_leaves).where(leaves.leaf_index >= 10))
    assert str(verify().flaw) == (
        "checkpoint 12: signs 12 leaves, but the log holds 10: it was cut or rolled back"
    )


def test_a_log_cut_to_an_older_checkpoint_is_found_by_those_outside(
    sealed, session, verify, checkpoints_dir
):
    cut(session, 8)
    (file,) = checkpoints_dir.iterdir()
    assert str(verify().flaw) == (
        f"{file.name}:17: signs 12 leaves, but the log holds 8: it was cut or rolled back"
    )


def test_a_log_that_was_cut_and_went_on_is_found(sealed, session, verify, audit_log, sealer):
    cut(session, 8)
    write_events(audit_log, sealed, 4)
    sealer.seal_now()
    assert verify().flaw.place == "checkpoint 12"


def test_a_database_file_rolled_back_is_found(
    audit_log, keys, sqlite_database, tmp_path, checkpoints_dir
):
    write_events(audit_log, sqlite_database, 4)
    Sealer(sqlite_database, keys, checkpoints_dir).seal_now()
    with sqlite_database.session() as session:
        session.driver_execute(f"VACUUM INTO '{tmp_path / 'older.db'}'")
    write_events(audit_log, sqlite_database, 4)
    Sealer(sqlite_database, keys, checkpoints_dir).seal_now()
    sqlite_database.dispose()
    shutil.copyfile(tmp_path / "older.db", sqlite_database.url.database)
    with sqlite_database.session() as session:
        verdict = verify_database(session, keys, checkpoints_dir)
    assert "signs 8 leaves, but the log holds 4" in str(verdict.flaw)


@pytest.mark.parametrize("size, place", [(4, "checkpoint 8"), (8, "checkpoint 12"), (12, "leaf 8")])
def test_a_deleted_checkpoint_is_found(sealed, session, verify, size, place):
    session.execute(delete(audit_checkpoints).where(checkpoints.tree_size == size))
    flaw = verify().flaw
    assert flaw.place in {place, f"checkpoint {size}"}


@pytest.mark.parametrize("size", [4, 8, 12])
@pytest.mark.parametrize(
    "column, value",
    [("time", 1), ("body", "x"), ("signature", bytes(64)), ("frontier", bytes(32))],
)
def test_an_altered_checkpoint_is_found(sealed, session, verify, size, column, value):
    changed = update(audit_checkpoints).where(checkpoints.tree_size == size)
    session.execute(changed.values({column: value}))
    flaw = verify().flaw
    assert (flaw.leaf, flaw.place) == (size, f"checkpoint {size}")


def test_a_checkpoint_whose_number_was_altered_is_found(sealed, session, verify):
    changed = update(audit_checkpoints).where(checkpoints.tree_size == 8)
    session.execute(changed.values(tree_size=7))
    assert verify().flaw.leaf in {7, 8}


def test_a_rewritten_log_under_another_key_is_found(sealed, session, verify):
    """The attacker computes all anew, from the first event on, but has keys of his own."""
    session.execute(delete(audit_checkpoints))
    frontier, previous = Frontier(), FIRST
    for row in rows_of(sealed):
        mac = ATTACKER.hmac(body_of(row))
        session.execute(update(audit_events).where(events.seq == row.seq).values(mac=mac))
        seal_anew(event(session, row.seq), session)
        frontier.append(leaf_hash(leaf_data(row.seq, row.xid, mac, body_of(row))))
    checkpoint = Checkpoint(ATTACKER.key_id, 12, frontier.root, 1, previous)
    signed = SignedCheckpoint.sign(checkpoint, ATTACKER)
    session.execute(
        insert(audit_checkpoints),
        {
            "tree_size": 12,
            "time": 1,
            "body": signed.text,
            "signature": signed.signature,
            "frontier": frontier.to_bytes(),
        },
    )
    assert verify().flaw.place == "event 1"


def test_checkpoints_signed_by_another_key_are_found(sealed, session, verify, keys):
    rows = session.execute(select(audit_checkpoints).order_by(checkpoints.tree_size)).all()
    previous = SignedCheckpoint(rows[0].body, rows[0].signature).digest
    for row in rows[1:]:
        old = Checkpoint.parse(row.body)
        new = Checkpoint(keys.key_id, old.tree_size, old.root_hash, old.time, previous)
        signed = SignedCheckpoint(new.text, ATTACKER.sign(new.text.encode()))
        previous = signed.digest
        session.execute(
            update(audit_checkpoints)
            .where(checkpoints.tree_size == row.tree_size)
            .values(body=signed.text, signature=signed.signature)
        )
    assert str(verify().flaw) == "checkpoint 8: was altered: its signature does not match"


def test_an_altered_checkpoint_outside_is_found(sealed, verify, checkpoints_dir):
    (file,) = checkpoints_dir.iterdir()
    file.write_text(file.read_text().replace("\n8\n", "\n9\n"))
    assert str(verify().flaw) == f"{file.name}:9: was altered: its signature does not match"


def test_what_is_no_checkpoint_outside_is_found(sealed, verify, checkpoints_dir):
    (file,) = checkpoints_dir.iterdir()
    file.write_text("x\n\ny\n\n")
    assert verify().flaw.place == "checkpoints outside"


def test_the_first_of_several_flaws_is_named(sealed, session, verify):
    session.execute(delete(audit_checkpoints).where(checkpoints.tree_size == 8))
    session.execute(update(audit_events).where(events.seq == 11).values(outcome="x"))
    session.execute(update(audit_events).where(events.seq == 3).values(outcome="x"))
    assert verify().flaw.place == "event 3"


def test_a_row_that_was_put_in_behind_the_seal_is_found_on_sqlite(
    audit_log, keys, sqlite_database, checkpoints_dir
):
    """The row is genuine: it was taken away before it was sealed, and put back later."""
    write_events(audit_log, sqlite_database, 4)
    drop_triggers(sqlite_database)
    with sqlite_database.session() as session:
        taken = dict(event(session, 2)._mapping)
        session.execute(delete(audit_events).where(events.seq == 2))
        Sealer(sqlite_database, keys, checkpoints_dir).seal_now()
        session.execute(insert(audit_events), taken)
        flaw = verify_database(session, keys, checkpoints_dir).flaw
    assert str(flaw) == "event 2: was put in behind the seal"


def test_verifying_changes_nothing(sealed, session, verify):
    verify()
    assert session.execute(select(func.count()).select_from(audit_events)).scalar_one() == 12
    assert not session.in_transaction
