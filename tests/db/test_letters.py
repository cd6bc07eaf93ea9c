"""Letters without regard to case, whatever their script."""

import sys

import pytest

from app.db.letters import case_variants, end_of, fold

CASED = [chr(one) for one in range(0x1E944) if not 0xD800 <= one < 0xE000]


def test_the_variants_of_a_letter_fold_alike():
    letters = [one for one in CASED if not one == one.lower() == one.upper()]
    assert len(letters) > 2_000
    assert [one for one in letters if {fold(v) for v in case_variants(one)} != {fold(one)}] == []


@pytest.mark.parametrize("text", ["", "Straße", "İstanbul", "ΣΊΣΥΦΟΣ", "ᾈδης", "ﬁ", "abc"])
def test_a_folded_text_is_as_long_and_folds_no_further(text: str):
    assert (len(fold(text)), fold(fold(text))) == (len(text), fold(text))


@pytest.mark.parametrize(
    "beginning, end",
    [
        ("az", "a{"),
        ("a\ud7ff", "a\ue000"),
        ("b" + chr(sys.maxunicode), "c"),
        (chr(sys.maxunicode), None),
        ("", None),
    ],
)
def test_what_begins_so_ends_before(beginning: str, end: str | None):
    assert end_of(beginning) == end
