"""Budgets: what does not fit on some screens does more than one thing.

Migrations are free of them: one is a list of tables, and reads best as one.
"""

import ast
from collections.abc import Iterator

from tests.architecture.tree import python_files, read

FILE_LINES = 400
FUNCTION_LINES = 50
FOLDERS = ("app", "config", "tests")


def functions_with_lengths() -> Iterator[tuple[str, int]]:
    for path in python_files(*FOLDERS):
        for node in ast.walk(ast.parse(read(path))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield f"{path}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_no_file_is_longer_than_400_lines():
    lengths = {str(path): len(read(path).splitlines()) for path in python_files(*FOLDERS)}
    assert {path: size for path, size in lengths.items() if size > FILE_LINES} == {}


def test_no_function_is_longer_than_50_lines():
    lengths = dict(functions_with_lengths())
    assert {where: size for where, size in lengths.items() if size > FUNCTION_LINES} == {}
