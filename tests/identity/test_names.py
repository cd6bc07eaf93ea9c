import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidParameterError
from app.identity.names import canonical_name

FULLWIDTH = "Ａｄｍｉｎ"


@pytest.mark.parametrize(
    "variant",
    [
        "Admin",
        "ADMIN",
        "admin ",
        "\tadmin\n",
        " admin",
        FULLWIDTH,
        "\u3000admin",
    ],
)
def test_what_looks_like_admin_is_admin(variant: str):
    assert canonical_name(variant) == "admin"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "   ",
        "ad\0min",
        "ad\nmin",
        "ad\u200bmin",
        "\u202enimda",
        "admin\u2028x",
        "\ud800",
        "x" * 256,
        "\ufb03" * 250,
    ],
)
def test_a_name_that_hides_something_is_refused(bad: str):
    with pytest.raises(InvalidParameterError) as caught:
        canonical_name(bad)
    assert caught.value.field == "name"


@given(st.text(max_size=60))
def test_a_canonical_name_is_its_own(text: str):
    try:
        name = canonical_name(text)
    except InvalidParameterError:
        return
    assert canonical_name(name) == name


def test_every_character_that_changes_settles():
    for number in range(0x110000):
        character = chr(number)
        if character.casefold() == character == unicodedata.normalize("NFKC", character):
            continue
        try:
            name = canonical_name(f"a{character}")
        except InvalidParameterError:
            continue
        assert canonical_name(name) == name, hex(number)
