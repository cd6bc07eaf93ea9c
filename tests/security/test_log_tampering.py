"""The log of a home that was served, altered by somebody with the database or folder in hand."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from sqlalchemy import delete, make_url, select, update

from app.audit.tables import audit_checkpoints, audit_events, audit_leaves
from app.config import load_settings
from app.db import Database, Session
from tests.audit.events import drop_triggers
from tests.cli.command import Command
from tests.loose import LooseDatabase
from tests.postgres import ThrowawayPostgres
from tests.serving import Served


@dataclass(frozen=True, slots=True)
class Log:
    """A copy of the home that was served, and the command on it."""

    home: Path
    database: Database
    command: Command

    def verify(self) -> tuple[int, str]:
        result = self.command.run("audit", "verify")
        return result.exit_code, result.output


@pytest.fixture(scope="module")
def served_home(
    module_database_url: str | None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str | None]:
    """A home that was served, used and ended; its log is sealed."""
    home = tmp_path_factory.mktemp("logged") / "home"
    with Served(home, database_url=module_database_url) as server:
        for number in range(12):
            server.ok("POST", "/api/2.0/mlflow/experiments/create", {"name": f"exp {number}"})
    return home, module_database_url


@pytest.fixture
def log(
    served_home: tuple[Path, str | None], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Log]:
    home, url = served_home
    copy = shutil.copytree(home, tmp_path / "home")
    settings = {"MUNIMENT_HOME": str(copy)}
    if url is None:
        database = LooseDatabase(load_settings(copy, {}).database_url)
    else:
        postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
        template = make_url(url).database or ""
        made = postgres.create_database(f"log_{uuid.uuid4().hex}", template=template)
        settings["MUNIMENT_DATABASE_URL"] = made
        database = LooseDatabase(made)
    drop_triggers(database)
    yield Log(copy, database, Command(settings))
    database.dispose()


def leaf(session: Session, index: int) -> int:
    """Return the number of the event at a leaf."""
    found: int = session.execute(
        select(audit_leaves.c.seq).where(audit_leaves.c.leaf_index == index)
    ).scalar_one()
    return found


def edit_row(session: Session, seq: int) -> None:
    this = audit_events.c.seq == seq
    session.execute(update(audit_events).where(this).values(principal_name="mallory"))


def delete_row(session: Session, seq: int) -> None:
    session.execute(delete(audit_events).where(audit_events.c.seq == seq))


def swap_rows(session: Session, seq: int) -> None:
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        this = audit_events.c.seq == old
        session.execute(update(audit_events).where(this).values(seq=new))


def delete_row_and_leaf(session: Session, seq: int) -> None:
    delete_row(session, seq)
    session.execute(delete(audit_leaves).where(audit_leaves.c.seq == seq))


@pytest.mark.slow
def test_the_log_of_a_served_home_is_sound(log: Log):
    verdict = orjson.loads(log.command.run("audit", "verify", "--json").stdout)
    assert (verdict["sound"], verdict["unsealed"]) == (True, 0)


@pytest.mark.slow
@pytest.mark.parametrize("tamper", [edit_row, delete_row, swap_rows, delete_row_and_leaf])
def test_a_row_that_was_touched_is_named(log: Log, tamper: Callable[[Session, int], None]):
    with log.database.session() as session:
        seq = leaf(session, 7)
        tamper(session, seq)
    code, said = log.verify()
    assert code == 1
    assert "NOT sound. First bad place: " in said
    place = said.partition("First bad place: ")[2]
    assert f"event {seq}" in place or "leaf 7" in place


@pytest.mark.slow
def test_the_first_of_several_bad_places_is_named(log: Log):
    with log.database.session() as session:
        first, second = leaf(session, 4), leaf(session, 9)
        edit_row(session, second)
        edit_row(session, first)
    verdict = orjson.loads(log.command.run("audit", "verify", "--json").stdout)
    assert verdict["sound"] is False
    assert str(first) in verdict["flaw"]


def edit_checkpoint(session: Session, size: int) -> None:
    this = audit_checkpoints.c.tree_size == size
    body = session.execute(select(audit_checkpoints.c.body).where(this)).scalar_one()
    changed = body.replace(f"\n{size}\n", f"\n{size - 1}\n", 1)
    assert changed != body
    session.execute(update(audit_checkpoints).where(this).values(body=changed))


def delete_checkpoint(session: Session, size: int) -> None:
    session.execute(delete(audit_checkpoints).where(audit_checkpoints.c.tree_size == size))


@pytest.mark.slow
@pytest.mark.parametrize("tamper", [edit_checkpoint, delete_checkpoint])
def test_a_checkpoint_that_was_touched_is_named(log: Log, tamper: Callable[[Session, int], None]):
    with log.database.session() as session:
        sizes = select(audit_checkpoints.c.tree_size).order_by(audit_checkpoints.c.tree_size)
        size = session.execute(sizes).scalars().all()[-1]
        tamper(session, size)
    code, said = log.verify()
    assert code == 1
    place = said.partition("NOT sound. First bad place: ")[2]
    assert "checkpoint" in place, said


@pytest.mark.slow
def test_checkpoints_taken_away_are_missed(log: Log):
    """Cutting the log short, with all that speaks of it in the database, leaves the folder."""
    with log.database.session() as session:
        kept = leaf(session, 5)
        session.execute(delete(audit_events).where(audit_events.c.seq > kept))
        session.execute(delete(audit_leaves).where(audit_leaves.c.seq > kept))
        session.execute(delete(audit_checkpoints).where(audit_checkpoints.c.tree_size > 6))
    code, said = log.verify()
    assert (code, "NOT sound" in said) == (1, True)
