"""No setting without a reader, and none that the shipped file does not describe."""

import ast
import dataclasses
import tomllib
from functools import cache
from pathlib import Path
from typing import get_type_hints

import pytest

from app.config import Settings
from tests.architecture.tree import python_files, read

SHIPPED = Path("config/default.toml")
SECTIONS = {
    name: [field.name for field in dataclasses.fields(section)]
    for name, section in get_type_hints(Settings).items()
    if dataclasses.is_dataclass(section)
}
SETTINGS = [f"{section}.{name}" for section, names in SECTIONS.items() for name in names]


@cache
def attributes_read() -> frozenset[str]:
    """Return every name that stands after a dot in the code of the application."""
    return frozenset(
        node.attr
        for path in python_files("app")
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.Attribute)
    )


def test_the_shipped_file_sets_each_of_them_and_no_other():
    tables = tomllib.loads(read(SHIPPED))
    assert {section: sorted(values) for section, values in tables.items()} == {
        section: sorted(names) for section, names in SECTIONS.items()
    }


@pytest.mark.parametrize("setting", SETTINGS)
def test_something_reads(setting: str):
    assert setting.partition(".")[2] in attributes_read()


def test_the_shipped_file_describes_each_of_them():
    described = False
    for line in read(SHIPPED).splitlines():
        if line.startswith("#"):
            described = True
        elif line.startswith("[") or not line:
            described = False
        else:
            assert described, f"no comment stands above {line}"
