import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from app.db import Database
from app.db.metadata import name_type
from app.db.predicates import contains

TEXT = st.text(st.sampled_from("aAzZéÉßẞİıσςΣ%_*?[]^-\\.' 1"), max_size=6)


def found(database: Database, subject: str, text: str) -> bool:
    with database.session() as session:
        condition = contains(literal(subject, name_type(50)), text)
        return bool(session.execute(select(condition)).scalar_one())


@pytest.mark.parametrize(
    "subject, text",
    [
        ("Hauptstraße", "STRA"),
        ("ÉCLAIR", "éclair"),
        ("100%", "0%"),
        ("a_b", "_"),
        ("[x]", "[X]"),
        ("a*b?c", "*B?"),
        ("anything", ""),
    ],
)
def test_a_part_is_found_without_regard_to_case(database: Database, subject: str, text: str):
    assert found(database, subject, text)


@pytest.mark.parametrize(
    "subject, text",
    [("axb", "a_b"), ("axb", "a%b"), ("axb", "a*b"), ("x", "[x]"), ("ab", "ba"), ("", "a")],
)
def test_what_is_not_there_is_not_found(database: Database, subject: str, text: str):
    assert not found(database, subject, text)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, TEXT)
def test_it_is_found_wherever_it_is_literally(database: Database, subject: str, text: str):
    assert found(database, subject + text + subject, text)
    assert found(database, (subject + text).swapcase(), "")
