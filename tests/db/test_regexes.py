"""Regular expressions that cannot be made to go back and forth."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import column, literal, select, union_all

from app.db import Database
from app.db.predicates import Operator, compare
from app.db.regexes import compile_regex
from app.errors import InvalidParameterError

PARTS = ["a", "b", "1", ".", "*", "+", "?", "|", "(", ")", "^", "$", "[ab]", "[^a-c]", r"\d", r"\W"]
PARTS += ["{2}", "{1,2}", "{2,}"]


@given(st.lists(st.sampled_from(PARTS), max_size=7), st.text("ab1 _\n", max_size=6))
def test_what_is_understood_means_what_it_means_to_python(parts: list[str], text: str):
    pattern = "".join(parts)
    try:
        ours = compile_regex(pattern)
    except ValueError:
        return
    theirs = re.compile(pattern.replace("$", r"\Z"), re.DOTALL | re.ASCII)
    assert ours.found_in(text) == (theirs.search(text) is not None)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*a){12}$", "a{50}{2}"])
def test_no_pattern_takes_long(pattern: str):
    began = time.process_time()
    try:
        compile_regex(pattern).found_in("a" * 20_000 + "!")
    except ValueError:
        return
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "pattern",
    [
        *("(", ")", "*", "[", "[b-a]", "a{2", "a{9,1}", "a{51}", "a**", "^*", "(?i)a"),
        *(r"\1", r"\b", "\\", "a" * 201, "(" * 12 + "a" + ")" * 12, "((a{50}){50}){2}"),
    ],
)
def test_what_is_not_understood_is_refused(pattern: str):
    with pytest.raises(ValueError, match=r"\w"):
        compile_regex(pattern)
    with pytest.raises(InvalidParameterError, match="regular expression"):
        compare(column("a"), Operator.RLIKE, pattern)


@pytest.mark.parametrize(
    "pattern, expected",
    [("^a.*c$", "abc"), (r"\d{2}", "x12"), ("^(x|ab)", "abc x12"), ("B", ""), (r"[\d]$", "x12")],
)
def test_both_engines_find_the_same(database: Database, pattern: str, expected: str):
    rows = [select(literal(one).label("text")) for one in ("abc", "x12", "")]
    texts = union_all(*rows).subquery()
    condition = compare(texts.c.text, Operator.RLIKE, pattern)
    with database.session() as session:
        found = session.execute(select(texts.c.text).where(condition).order_by(texts.c.text))
        assert " ".join(found.scalars()) == expected
