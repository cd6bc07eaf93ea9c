"""How the connections of the pool are set up."""

from pathlib import Path
from typing import Any

import pytest

from app.db import Database, Session


@pytest.mark.parametrize(
    "setting, value", [("jit", "off"), ("max_parallel_workers_per_gather", "0")]
)
def test_postgres_takes_no_pains_with_a_statement(postgres_url: str, setting: str, value: str):
    database = Database(postgres_url)
    with database.session() as session:
        assert session.driver_execute(f"SHOW {setting}").scalar_one() == value
    database.dispose()


def test_a_rollback_leaves_statements_prepared(postgres_url: str):
    database = Database(postgres_url)
    with database.session() as session:
        for _ in range(8):
            session.begin()
            session.fetch("SELECT count(*) FROM principals WHERE id = :id", {"id": "x"})
            session.rollback()
        prepared = session.fetch("SELECT count(*) FROM pg_prepared_statements", {})
    assert prepared[0][0] > 0
    database.dispose()


def driver_of(session: Session) -> Any:
    return session.connection.connection.driver_connection


def test_the_connection_given_back_last_is_taken_first(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'pool.db'}")
    first, second = database.session(), database.session()
    both = [driver_of(first), driver_of(second)]
    first.close()
    second.close()
    with database.session() as third:
        assert driver_of(third) is both[1]
    database.dispose()
