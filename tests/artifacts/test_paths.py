"""Paths: every trick of the past is refused, and what is accepted means one thing."""

import itertools
import posixpath
import unicodedata
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.artifacts import normalize_directory, normalize_path
from app.artifacts.paths import MAX_BYTES, MAX_CHARACTERS, MAX_SEGMENT_BYTES
from app.errors import InvalidParameterError

REFUSED = [
    "",
    "/",
    "/etc/passwd",
    "//proc/self/root",
    "..",
    "../../../../../../etc/passwd",
    "a/../b",
    "a/..",
    "./a",
    "a/./b",
    "a//b",
    "a/",
    "...",
    ".. ",
    " ",
    "a/ /b",
    "a\\..\\b",
    "\\\\host\\share",
    "C:/windows",
    "C:",
    "c:file",
    "a/C:/b",
    "file:///etc",
    "file:etc",
    "mlflow-artifacts://host/../etc",
    "http:///#/../../etc/",
    "a#b",
    "a?b",
    ";/../../../etc",
    "artifacts/;/x",
    "a%2e%2e/b",
    "..%2f..%2fetc",
    "%252e%252e%252f",
    "C%3a%5cWindows",
    "a%2Fb",
    "a%5Cb",
    "a\0b",
    "a\nb",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "a\u202egpj.exe",
    "a\ud800b",
    "a\u037eb",
    "a" * (MAX_SEGMENT_BYTES + 1),
    "ü" * (MAX_SEGMENT_BYTES // 2 + 1),
    "/".join(["a"] * MAX_CHARACTERS),
    "/".join(["界" * 80] * (MAX_BYTES // 240 + 1)),
]


@pytest.mark.parametrize("path", REFUSED, ids=ascii)
def test_a_path_is_refused_that_something_could_read_otherwise(path: str):
    with pytest.raises(InvalidParameterError) as refusal:
        normalize_path(path, field="artifact_path")
    assert refusal.value.field == "artifact_path"
    assert path not in refusal.value.message or len(path) < 4


@pytest.mark.parametrize(
    "path",
    [
        "model/MLmodel",
        ".hidden/..a/b..",
        "images/loss+step+25+timestamp+1.png",
        "a b/c (1)/100%.txt",
        "größe/模型.bin",
        "a~/$HOME/*",
    ],
)
def test_an_honest_path_stays_as_it_is(path: str):
    assert normalize_path(path) == path


def test_two_spellings_of_one_text_are_one_path():
    assert normalize_path("cafe\u0301") == normalize_path("caf\u00e9")


def test_the_top_is_a_directory_and_a_last_slash_is_no_matter():
    assert [normalize_directory(text) for text in ("", "a", "a/")] == ["", "a", "a"]


@pytest.mark.parametrize("text", ["/", "a//", "../", "a/../"])
def test_a_directory_is_held_to_the_same_rules(text: str):
    with pytest.raises(InvalidParameterError):
        normalize_directory(text)


def stays_inside(path: str) -> bool:
    """Judge a path as careless readers would: decoded again, split as an address, joined."""
    readings = {path, unquote(path), unquote(unquote(path)), path.replace("\\", "/")}
    readings |= {urlsplit(path).path, urlsplit("x://h/" + path).path.lstrip("/")}
    return all(
        posixpath.normpath(posixpath.join("/base", each)).startswith("/base/") for each in readings
    )


def test_no_short_text_of_dangerous_characters_leads_outside():
    accepted = set()
    for length in range(1, 6):
        for chars in itertools.product("a./\\%2e", repeat=length):
            text = "".join(chars)
            try:
                accepted.add(normalize_path(text))
            except InvalidParameterError:
                continue
    assert accepted
    assert [path for path in accepted if not stays_inside(path)] == []


@given(st.text(st.characters() | st.sampled_from("./\\%25ec:;#?\u0301"), max_size=40))
def test_what_is_accepted_is_normal_inside_and_stable(text: str):
    try:
        path = normalize_path(text)
    except InvalidParameterError:
        return
    assert path == unicodedata.normalize("NFC", text)
    assert normalize_path(path) == path
    assert stays_inside(path)
    assert path.encode().decode() == path
