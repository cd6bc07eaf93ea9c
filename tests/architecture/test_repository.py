"""The repository as a whole: its top level, its locks, and what no tracked file may name."""

import json
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, read, repository_files, text_files

TOP_LEVEL = {
    "app",
    "config",
    "docs",
    "migrations",
    "policies",
    "tests",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
}
LOCKS = sorted((ROOT / "config" / "requirements").glob("*.txt"))
REGISTRIES = re.compile(r"(pypi|pythonhosted|npmjs|yarnpkg)\.(org|com)|unpkg\.com|jsdelivr\.net")
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(home|root|work|mnt)/[a-z]\w*/")


def test_the_top_level_holds_nothing_new():
    top = {path.parts[0] for path in repository_files()}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("pattern", [REGISTRIES, MACHINE_PATH], ids=["registry", "machine path"])
def test_no_file_names_a(pattern: re.Pattern[str]):
    here = Path(__file__).relative_to(ROOT)
    assert [
        f"{path}: {found.group()}"
        for path in text_files()
        if path != here and (found := pattern.search(read(path)))
    ] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_python_lock_pins_and_hashes_every_package(lock: Path):
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", text).strip())
    assert entries
    assert [
        e for e in entries if not re.match(r"[\w.\[\]-]+==\S+", e) or "--hash=sha256:" not in e
    ] == []
    assert "://" not in text


def test_the_browser_lock_hashes_every_package():
    lock = read(Path("config/browser/package-lock.json"))
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "sha512-" not in entry["integrity"]] == []
    assert "resolved" not in lock


def test_the_smaller_locks_are_parts_of_the_larger_ones():
    pins = {path.stem: set(re.findall(r"(?m)^\S+==\S+", path.read_text())) for path in LOCKS}
    assert pins["serve"] <= pins["demo"] <= pins["dev"]


def test_the_gate_is_make_check_and_nothing_else():
    assert read(Path(".ci/run")).splitlines()[1:] == ['cd "$(dirname "$0")/.." && exec make check']
