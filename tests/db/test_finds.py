"""Keys that an index finds, and conditions on lists of any length, on both engines."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, insert, select

from app.db import Database, Session
from app.db.finds import MOST, Finder, among
from app.db.metadata import name_type

NUMBERS = (-1, 0, 7, 2**62)
TEXTS = ("", "a", "it's", "[1]", '"', "ж", "😀", "NULL")
tables = MetaData()
things = Table("things", tables, Column("number", BigInteger), Column("text", name_type(9)))
BELOW = Finder("SELECT number FROM things WHERE number < :end")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    tables.create_all(database.engine)
    with database.session() as session:
        session.begin()
        yield session


def add(session: Session, column: Column[Any], have) -> None:
    session.execute(insert(things), [{column.name: one} for one in have])


@pytest.mark.parametrize("column, have", [(things.c.number, NUMBERS), (things.c.text, TEXTS)])
def test_what_is_in_a_list_is_among_it_and_nothing_else(session: Session, column, have):
    add(session, column, have)
    for wanted in ([], have, *([one] for one in have)):
        found = session.execute(select(column).where(among(column, wanted))).scalars()
        assert sorted(found) == sorted(wanted)


def test_a_list_may_be_longer_than_a_statement_has_parameters(session: Session):
    add(session, things.c.number, NUMBERS)
    condition = among(things.c.number, range(100_000))
    assert sorted(session.execute(select(things.c.number).where(condition)).scalars()) == [0, 7]


def test_few_are_found_and_many_are_not(session: Session):
    add(session, things.c.number, range(2 * MOST))
    assert sorted(BELOW.find(session, end=MOST) or []) == list(range(MOST))
    assert BELOW.find(session, end=MOST + 1) is None
    assert BELOW.find(session, end=0) == []
