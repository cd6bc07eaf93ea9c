"""Bring the files of a run or logged model, one after the other, in constant memory."""

from __future__ import annotations

from dataclasses import dataclass

from app import imports
from app.artifacts import Upload, normalize_directory, normalize_path
from app.cli.importing import lists
from app.cli.importing.lists import Owner
from app.cli.importing.messages import FileInfo
from app.cli.importing.source import SourceError, quoted
from app.cli.importing.work import Work
from app.imports import Origin

_MAX_SIZE = 2**53
_NAMES_AT_ONCE = 1000


@dataclass(slots=True)
class Files:
    """How many files there are over there, of how many bytes, and whether all are here."""

    count: int = 0
    size: int = 0
    all_here: bool = True

    @property
    def counted(self) -> dict[str, int]:
        """The two numbers by their names in the report."""
        return {"files": self.count, "bytes": self.size}


def bring_files(work: Work, owner: Owner) -> Files:
    """Bring the files that are not here yet; what cannot be brought is told and left out."""
    total = Files()
    problems = len(work.problems)
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        listed: list[FileInfo] = []
        for one in lists.files(work.source, owner, folder):
            with work.bringing(f"{owner[0].value} {owner[1]}, {one.path[:200]!r}"):
                total.count += not one.is_dir
                _check(folder, one)
                if one.is_dir:
                    waiting.append(one.path)
                else:
                    total.size += one.file_size or 0
                    listed.append(one)
        for at in range(0, len(listed), _NAMES_AT_ONCE):
            _bring_missing(work, owner, folder, listed[at : at + _NAMES_AT_ONCE])
    total.all_here = len(work.problems) == problems
    return total


def _bring_missing(work: Work, owner: Owner, folder: str, listed: list[FileInfo]) -> None:
    with work.unit() as caller:
        names = [_name(one) for one in listed]
        here = imports.find_files(caller, work.into, owner, normalize_directory(folder), names)
    for one in listed:
        if here.get(_name(one)) != (one.file_size or 0):
            with work.bringing(f"{owner[0].value} {owner[1]}, {one.path!r}"):
                _bring_file(work, owner, one.path, one.file_size or 0)


def _bring_file(work: Work, owner: Owner, path: str, size: int) -> None:
    at, query = _address(owner, path)
    with work.source.open(at, size, **query) as body, work.unit() as caller:
        upload = Upload("", path, body, size, body.content_type)
        imports.bring_file(caller, work.vault, work.into, owner, upload)


def _address(owner: Owner, path: str) -> tuple[str, dict[str, str]]:
    kind, source_id = owner
    if kind is Origin.RUN:
        return "/get-artifact", {"run_id": source_id, "path": path}
    at = f"/ajax-api/2.0/mlflow/logged-models/{quoted(source_id)}/artifacts/files"
    return at, {"artifact_file_path": path}


def _name(listed: FileInfo) -> str:
    """Return its name as it is kept here: in Unicode's normal form C."""
    return normalize_path(listed.path).rpartition("/")[2]


def _check(folder: str, listed: FileInfo) -> None:
    parent, _, name = listed.path.rpartition("/")
    if parent != folder or not name:
        msg = f"it was listed as if it were in the folder {folder!r}"
        raise SourceError(msg)
    normalize_path(listed.path)
    if not 0 <= (listed.file_size or 0) <= _MAX_SIZE:
        msg = f"no file has {listed.file_size} bytes"
        raise SourceError(msg)
