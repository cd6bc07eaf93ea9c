"""Names are found in all their spellings, in the order of code points."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.db import Database, Session
from app.db.letters import fold
from app.db.metadata import new_id
from app.securables import Kind
from app.securables.spellings import find_spellings
from app.securables.tables import securables
from tests.factories import make_catalog, make_experiment, make_metastore, make_schema, make_user

NAMES = (
    "a",
    "A",
    "ab",
    "Ab",
    "aB",
    "AB",
    "abc",
    "aBC",
    "b",
    "é",
    "É",
    "ÉB",
    "a.b",
    "a b",
    "ß",
    "zz",
)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as session:
        alice = make_user(session, "alice")
        catalog = make_catalog(session, make_metastore(session, alice), "main", alice)
        schema = make_schema(session, catalog, "ml", alice)
        for name in NAMES:
            make_experiment(session, schema, name, alice)
        yield session


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("abcABCéÉßz. "), min_size=1, max_size=3) | st.sampled_from(NAMES))
def test_every_spelling_of_a_name_is_found(session: Session, text: str):
    expected = sorted(name for name in NAMES if fold(name) == fold(text))
    assert find_spellings(session, Kind.EXPERIMENT, text) == expected


def test_spellings_that_take_many_steps_to_find_are_not(session: Session):
    columns = select(
        *(column for column in securables.columns if column.name not in {"id", "name"})
    )
    row = dict(session.execute(columns.where(securables.c.name == "zz")).mappings().one())
    spelled = ["".join(letters) for letters in product("aA", "bB", "cC", "dD", "eE", "fF")]
    session.execute(insert(securables), [row | {"id": new_id(), "name": one} for one in spelled])
    assert find_spellings(session, Kind.EXPERIMENT, "abcdef") is None
    assert find_spellings(session, Kind.EXPERIMENT, "ZZ") == ["zz"]
