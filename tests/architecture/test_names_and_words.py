"""What nothing here may be called, and what nobody may write."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import python_files, read, repository_files, text_files

DRAWERS = {"util", "utils", "helper", "helpers", "common", "misc", "shared"}
HERE = Path("tests/architecture/test_names_and_words.py")
SENTENCES = {
    "unfinished work": r"\b(TODO|FIXME|XXX)\b",
    "an apology": r"(?i)#.*\b(for now|in production you would|temporary hack|quick fix|legacy)\b",
    "a banner": r"^\s*# ?[-=#*]{3,}",
}


def lines_matching(pattern: str, files: list[Path]) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{path}:{number}: {line.strip()}"
        for path in files
        if path != HERE
        for number, line in enumerate(read(path).splitlines(), start=1)
        if wanted.search(line)
    ]


def test_no_file_is_a_drawer():
    assert [path for path in repository_files() if path.stem.lower() in DRAWERS] == []


@pytest.mark.parametrize("what", SENTENCES)
def test_no_line_holds(what: str):
    code = [p for p in text_files() if p.suffix in {".py", ".js", ".css", ".html", ".toml"}]
    assert lines_matching(SENTENCES[what], code) == []


def test_no_test_pretends():
    # `client.patch(...)` is a request; nothing else of that name is wanted.
    pretence = r"(?i:\bmock|monkeypatch)|(?<!\.)\bpatch\b(?!-)"
    assert lines_matching(pretence, python_files("tests")) == []
