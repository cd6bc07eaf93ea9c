"""Two versions of a model side by side: what was measured, chosen, tagged and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from app import registry
from app.artifacts import list_files
from app.edge import caller
from app.registry import ModelVersion
from app.securables import FullName
from app.tracking.runs.found import find_runs
from app.tracking.values import Run
from app.web.blueprint import web
from app.web.filters import measure, size
from app.web.models import ModelHead, model_head
from app.web.partials import render
from app.web.versions import version_number

_MOST_FOLDERS = 200
_SHOWN_OF_HASH = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """What two versions say under one name; None where a version says nothing."""

    name: str
    left: str | None
    right: str | None

    @property
    def is_changed(self) -> bool:
        """Whether the two differ."""
        return self.left != self.right


@dataclass(frozen=True, slots=True)
class Side:
    """A version with its run, if the reader may read that; ``files`` is None to who may not."""

    version: ModelVersion
    run: Run | None
    files: Mapping[str, str] | None

    @property
    def metrics(self) -> dict[str, str]:
        """What its run measured last, as text."""
        return {each.key: measure(each.value) for each in self.run.metrics} if self.run else {}

    @property
    def params(self) -> dict[str, str]:
        """What its run was given."""
        return dict(self.run.params) if self.run else {}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One aspect of two versions."""

    title: str
    pairs: tuple[Pair, ...]

    @property
    def changed(self) -> int:
        """How many of the pairs differ."""
        return sum(pair.is_changed for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two versions compared; ``left`` and ``right`` are None until both are chosen."""

    head: ModelHead
    left: Side | None
    right: Side | None
    comparisons: tuple[Comparison, ...]

    @property
    def is_without_files(self) -> bool:
        """Whether the files are left out, because the reader may not list them."""
        return self.left is not None and self.left.files is None


@web.get("/models/<object:name>/compare")
def compare_model_versions(name: FullName) -> str:
    """Compare two versions; ``left`` and ``right`` stand in the address."""
    head = model_head(name, "Versions")
    left = version_number(request.args.get("left", ""))
    right = version_number(request.args.get("right", ""))
    if not left or not right:
        return render("compare.html", page=ComparePage(head, None, None, ()))
    versions = [registry.get_version(caller(), name, number) for number in (left, right)]
    runs = find_runs(caller(), [version.run_id for version in versions if version.run_id])
    sides = [_side(head, version, runs.get(version.run_id or "")) for version in versions]
    page = ComparePage(head, sides[0], sides[1], _compare(sides[0], sides[1]))
    return render("compare.html", page=page)


def _side(head: ModelHead, version: ModelVersion, run: Run | None) -> Side:
    return Side(version, run, None if head.lack else _hashes(head, version))


def _compare(left: Side, right: Side) -> tuple[Comparison, ...]:
    aspects = [
        Comparison("Metrics", _pairs(left.metrics, right.metrics)),
        Comparison("Parameters", _pairs(left.params, right.params)),
        Comparison("Tags", _pairs(left.version.tags, right.version.tags)),
    ]
    if left.files is not None and right.files is not None:
        aspects.append(Comparison("Files", _pairs(left.files, right.files)))
    return tuple(aspects)


def _pairs(left: Mapping[str, str], right: Mapping[str, str]) -> tuple[Pair, ...]:
    return tuple(
        Pair(name, left.get(name), right.get(name)) for name in sorted(left.keys() | right.keys())
    )


def _hashes(head: ModelHead, version: ModelVersion) -> dict[str, str]:
    """Return the size and the beginning of the hash of each file of a version, by its path."""
    name, found = head.model.full_name, dict[str, str]()
    waiting = [*registry.list_version_files(caller(), name, version.version).items]
    folders = 0
    while waiting:
        file = waiting.pop()
        if not file.is_dir:
            found[file.path] = f"{file.sha256.hex()[:_SHOWN_OF_HASH]}, {size(file.size)}"
        elif folders < _MOST_FOLDERS:
            folders += 1
            waiting += list_files(caller(), version.container, file.path).items
    return found
