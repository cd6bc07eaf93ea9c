"""The line for SQLite's one writer: who waits is next, and nothing that goes wrong closes it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import Database
from app.db.writers import Line

LONG = 20.0
HOLD = """
import sys
from pathlib import Path
from app.db.writers import Line
Line(Path(sys.argv[1])).enter(20)
print("in", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "muniment.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{path}")
    with made.session() as session:
        session.driver_execute("CREATE TABLE seen (who TEXT)")
    yield made
    made.dispose()


def write(database: Database, who: str) -> None:
    with database.session() as session:
        session.begin()
        session.driver_execute("INSERT INTO seen VALUES (?)", (who,))
        session.commit()


def is_free(path: Path) -> bool:
    line = Line(path)
    is_ours = line.enter(1)
    if is_ours:
        line.leave()
    line.close()
    return is_ours


def test_who_waits_writes_when_the_writer_has_committed(database: Database):
    with database.session() as first:
        first.begin()
        first.driver_execute("INSERT INTO seen VALUES ('first')")
        second = threading.Thread(target=write, args=(database, "second"))
        second.start()
        second.join(0.01)
        assert second.is_alive()
        first.commit()
        second.join(LONG)
    with database.session() as session:
        rows = session.driver_execute("SELECT who FROM seen ORDER BY rowid").scalars()
    assert rows == ["first", "second"]


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_every_end_of_a_transaction_lets_the_next_one_write(
    database: Database, path: Path, end: str
):
    session = database.session()
    session.begin()
    getattr(session, end)()
    assert is_free(path)
    session.close()


def test_a_connection_that_is_closed_in_the_middle_lets_the_next_one_write(
    database: Database, path: Path
):
    session = database.session()
    session.begin()
    session.connection.invalidate()
    session.close()
    assert is_free(path)


def test_a_process_that_is_killed_is_out_of_the_line(path: Path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"in\n"
    line = Line(path)
    assert not line.enter(0.01)
    holder.kill()
    holder.communicate()
    assert is_free(path)
    line.close()


def test_who_has_waited_long_enough_goes_on_to_sqlite(database: Database, path: Path):
    stuck, next_one = Line(path), Line(path)
    assert stuck.enter(LONG)
    assert not next_one.enter(0.01)
    with database.session() as session:
        assert session.driver_execute("BEGIN IMMEDIATE").rowcount == -1
        session.driver_execute("ROLLBACK")
    stuck.close()
    next_one.close()


def test_threads_of_a_process_write_one_after_the_other(database: Database):
    threads = [threading.Thread(target=write, args=(database, str(n))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    with database.session() as session:
        assert session.driver_execute("SELECT count(*) FROM seen").scalar_one() == 20
