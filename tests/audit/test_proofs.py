"""Proofs from the log in the database."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.audit.checkpoints import Checkpoint
from app.audit.proofs import prove_consistency, prove_event, stored_range, verify_consistency
from app.audit.tables import audit_checkpoints
from app.crypto import AuditKeys
from app.errors import NotFoundError
from tests.audit.events import write_events


@pytest.fixture
def sealed(audit_log, database, sealer):
    """Eleven events under checkpoints of 4, 8 and 11 leaves."""
    for count in (4, 4, 3):
        write_events(audit_log, database, count)
        sealer.seal_now()


@pytest.mark.parametrize("seq", range(1, 12))
def test_an_event_is_proved_by_the_first_checkpoint_that_signs_it(sealed, session, keys, seq):
    proof = prove_event(session, seq)
    assert proof.holds(keys.public_key)
    assert Checkpoint.parse(proof.signed.text).tree_size == min(11, -(-seq // 4) * 4)


def test_a_proof_is_of_one_event_and_one_key(sealed, session, keys):
    proof, other = prove_event(session, 3), prove_event(session, 4)
    assert not replace(proof, leaf_hash=other.leaf_hash).holds(keys.public_key)
    assert not replace(proof, leaf_index=other.leaf_index).holds(keys.public_key)
    assert not proof.holds(AuditKeys(bytes(32), bytes(32)).public_key)


def test_an_event_that_is_not_sealed_has_no_proof_yet(sealed, session, audit_log, database):
    write_events(audit_log, database, 1)
    with pytest.raises(NotFoundError):
        prove_event(session, 12)


def test_each_checkpoint_is_proved_to_continue_those_before(sealed, session):
    rows = session.execute(select(audit_checkpoints.c.body)).scalars()
    checkpoints = sorted(map(Checkpoint.parse, rows), key=lambda c: c.tree_size)
    for first in checkpoints:
        for second in checkpoints[checkpoints.index(first) :]:
            path = prove_consistency(stored_range(session), first.tree_size, second.tree_size)
            assert verify_consistency(
                first.tree_size, second.tree_size, first.root_hash, second.root_hash, path
            )
