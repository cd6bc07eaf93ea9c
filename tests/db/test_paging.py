"""Page tokens: they come back as they went, and nothing else is taken for one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import decode_token, encode_token
from app.errors import InvalidParameterError

SCALARS = st.one_of(
    st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.lists(SCALARS, min_size=1, max_size=4))
def test_a_token_leads_back_to_its_position(position: list[object]):
    token = encode_token(*position)
    assert decode_token(token, len(position)) == position


def test_no_token_is_no_position():
    assert decode_token("", 2) is None


@pytest.mark.parametrize(
    "token",
    [
        *("x", "!!!!", "A" * 5000, "é"),
        *(encode_token(1), encode_token(1, 2, 3), encode_token([1], 2)),
        *(encode_token("a\0b", 2), encode_token(2**63, 2)),
    ],
)
def test_what_is_no_token_of_the_list_names_the_field(token: str):
    with pytest.raises(InvalidParameterError) as caught:
        decode_token(token, 2, field="page_token")
    assert caught.value.field == "page_token"


@given(st.text(max_size=60))
def test_any_text_is_a_token_or_refused(text: str):
    with suppress(InvalidParameterError):
        decode_token(text, 1)
