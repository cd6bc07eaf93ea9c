"""Keys that an index finds, and conditions on lists of any length, on both engines."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, MetaData, Table, insert, select

from app.db import Database, Session
from app.db.finds import MOST, Finder, among, find_common
from app.db.metadata import name_type
from app.db.reach import Reach
from tests.any_search import REAL_DATABASE

NUMBERS = (-1, 0, 7, 2**62)
TEXTS = ("", "a", "it's", "[1]", '"', "ж", "😀", "NULL")
tables = MetaData()
things = Table("things", tables, Column("number", BigInteger), Column("text", name_type(9)))
BELOW = Finder("SELECT number FROM things WHERE number < :end")
FROM = Finder("SELECT number FROM things WHERE number >= :start AND number IN_LIST(:listed)")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    tables.create_all(database.engine)
    with database.session() as session:
        session.begin()
        yield session


@pytest.fixture
def ten(session: Session) -> Session:
    add(session, things.c.number, range(10))
    return session


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


@REAL_DATABASE
@given(
    ends=st.lists(st.integers(0, 12), max_size=2),
    starts=st.lists(st.tuples(st.integers(0, 12), st.sets(st.integers(0, 12))), max_size=2),
    few=st.integers(0, 6),
    more=st.integers(0, 6),
)
def test_nothing_that_several_leads_have_in_common_is_left_out(ten, ends, starts, few, more):
    ten.reach = Reach(looked_up=few, read=few + more)
    leads = [BELOW.asking(end=end) for end in ends]
    leads += [FROM.asking(start=start, listed=sorted(listed)) for start, listed in starts]
    told = [{n for n in range(10) if n < end} for end in ends]
    told += [{n for n in listed if start <= n < 10} for start, listed in starts]
    found = find_common(ten, leads)
    if found is not None:
        assert len(set(found)) == len(found) <= few
        assert set.intersection(*told) <= set(found) <= set.union(*told)
    assert (found is not None) >= any(len(one) <= few for one in told)


def test_what_two_indexes_tell_too_much_of_is_few_where_both_tell_it(ten):
    leads = [BELOW.asking(end=6), FROM.asking(start=4, listed=list(range(10)))]
    ten.reach = Reach(looked_up=2, read=6)
    assert sorted(find_common(ten, leads) or []) == [4, 5]
    for reach in (Reach(looked_up=1, read=6), Reach(looked_up=2, read=5)):
        ten.reach = reach
        assert find_common(ten, leads) is None
