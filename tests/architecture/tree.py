"""The files that belong to the repository: tracked, or new and not ignored."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = {".png", ".ico", ".woff2"}


@cache
def repository_files() -> tuple[Path, ...]:
    """Return the files, relative to the root, in order."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = filter(None, listed.stdout.split("\0"))
    return tuple(sorted(path for path in map(Path, names) if (ROOT / path).is_file()))


def text_files() -> list[Path]:
    """Return those that hold text."""
    return [path for path in repository_files() if path.suffix not in BINARY]


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below some of the top level folders."""
    return [p for p in repository_files() if p.suffix == ".py" and p.parts[0] in folders]


def read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
