"""A thousand tampers: any value of any sealed row changed to another, or any row taken away."""

import random

import pytest
from sqlalchemy import LargeBinary, String, delete, select, update

from app.audit.tables import audit_checkpoints, audit_events, audit_leaves
from app.audit.verify import verify_database
from app.db import Effect
from tests.audit.events import drop_triggers, write_events

TABLES = (audit_events, audit_leaves, audit_checkpoints)
ROUNDS = 200


@pytest.fixture
def sealed(audit_log, database, sealer):
    """Sixteen events under checkpoints of 4, 8, 12 and 16 leaves, and no triggers left."""
    for _ in range(4):
        write_events(audit_log, database, 4)
        sealer.seal_now()
    drop_triggers(database)


def another(dice: random.Random, column, value):
    """Return a value of the column's type that differs from the one given."""
    if isinstance(column.type, LargeBinary):
        at = dice.randrange(len(value))
        return value[:at] + bytes([value[at] ^ (1 << dice.randrange(8))]) + value[at + 1 :]
    if isinstance(column.type, String):
        if not value:
            return "x"
        at = dice.randrange(len(value))
        return value[:at] + ("y" if value[at] == "x" else "x") + value[at + 1 :]
    return (value or 0) + dice.choice((1, -1, 1_000)) if value != 1 else 2_000


def tamper(dice: random.Random, session) -> str:
    """Change or delete something and say what."""
    table = dice.choice(TABLES)
    rows = session.execute(select(table)).all()
    row = dice.choice(rows)
    (primary_key,) = table.primary_key
    this = primary_key == row._mapping[primary_key]
    if dice.random() < 0.2:
        session.execute(delete(table).where(this))
        return f"{table} {row} deleted"
    column = dice.choice(list(table.columns))
    new = another(dice, column, row._mapping[column])
    taken = {other._mapping[column] for other in rows}
    if (column.primary_key or column.unique) and new in taken:
        new = max(taken) + 1
    session.execute(update(table).where(this).values({column: new}))
    return f"{column} of {row} changed to {new!r}"


@pytest.mark.parametrize("seed", range(5))
def test_every_tamper_is_found(sealed, session, keys, checkpoints_dir, seed):
    dice = random.Random(seed)
    assert verify_database(session, keys, checkpoints_dir).is_sound
    for _ in range(ROUNDS):
        session.begin(Effect.WRITE)
        what = tamper(dice, session)
        assert not verify_database(session, keys, checkpoints_dir).is_sound, what
        session.rollback()
    assert verify_database(session, keys, checkpoints_dir).is_sound
