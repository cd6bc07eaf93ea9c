"""Full names: what is one, how parts are quoted, and what may be a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidParameterError
from app.securables import FullName, check_name, check_short_name, quote_part, split_name

PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    "text,parts",
    [
        ("prod", ("prod",)),
        ("prod.wine.quality", ("prod", "wine", "quality")),
        ("a.b.`x.y`", ("a", "b", "x.y")),
        ("a.b.`/Users/ann/exp 1`", ("a", "b", "/Users/ann/exp 1")),
        ("a.`b``c`", ("a", "b`c")),
        ("a.b.exp 1", ("a", "b", "exp 1")),
    ],
)
def test_a_full_name_is_read(text: str, parts: tuple[str, ...]):
    assert FullName.parse(text).parts == parts


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a.b.c.d", "a.`b", "a.b`c", "a\n.b"])
def test_what_is_none_names_the_field(text: str):
    with pytest.raises(InvalidParameterError) as caught:
        FullName.parse(text, field="full_name")
    assert caught.value.field == "full_name"


@pytest.mark.parametrize("text,levels", [("a", 2), ("a.b", 3), ("a.b.c", 2)])
def test_the_number_of_parts_can_be_demanded(text: str, levels: int):
    with pytest.raises(InvalidParameterError):
        FullName.parse(text, levels=levels)


@given(st.lists(PRINTABLE, min_size=1, max_size=3))
def test_a_name_written_out_is_read_back(parts: list[str]):
    name = FullName.of(*parts)
    assert FullName.parse(str(name)) == name
    assert split_name(".".join(quote_part(part) for part in parts)) == tuple(parts)


def test_parent_child_and_leaf_go_together():
    name = FullName.parse("a.b.c")
    assert name.parent.child(name.leaf) == name
    assert FullName().leaf == ""


@pytest.mark.parametrize("name", ["wine", "Wine-2_b@x", "0", "x" * 255])
def test_a_name_as_unity_catalog_has_it_is_taken(name: str):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " ", "a.b", "a b", "a/b", "a\x00b", "a\tb", "x" * 256, "é", "a`b", "a\u202eb"]
)
def test_any_other_name_is_refused_with_its_field(name: str):
    with pytest.raises(InvalidParameterError) as caught:
        check_name(name, field="new_name")
    assert caught.value.field == "new_name"


@pytest.mark.parametrize("name", ["wine", "/Users/ann/exp 1", "v1.2", "größe", "x" * 500])
def test_a_short_name_may_be_any_printable_text(name: str):
    assert check_short_name(name) == name


@pytest.mark.parametrize("name", ["", "  ", "a\x00", "a\n", "x" * 501, "\ud800"])
def test_a_short_name_is_bounded_and_printable(name: str):
    with pytest.raises(InvalidParameterError):
        check_short_name(name)
