"""Examples of policy: worlds in ``policies/assertions/*.yaml``, and what has to hold in them.

A file describes principals, securables and grants, then says of callers what they are ``allowed``,
``denied`` (it is visible, the operation is not permitted) or not told of (``hidden``), and what
their ``lists`` hold. Checks are made by ``obtain`` and lists by ``visible``, as for any request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError as DatabaseIntegrityError

from app.access.obtain import obtain
from app.access.operations import Operation
from app.access.visible import visible
from app.access.worlds import World
from app.config import shipped
from app.db import Database, Session
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.identity import Caller
from app.securables import Kind
from app.securables.tables import securables

_OUTCOMES = ("allowed", "denied", "hidden")
_WORDS = frozenset({"who", "workspace", "scope", "lists", *_OUTCOMES})
_SECTIONS = frozenset({"users", "groups", "workspaces", "securables", "grants", "assertions"})


@dataclass(frozen=True, slots=True)
class Result:
    """One example: where it is written, what it says, what was expected and what came out."""

    file: str
    says: str
    expected: str
    found: str
    because: str = ""

    @property
    def holds(self) -> bool:
        """True if it came out as expected."""
        return self.expected == self.found


def run_assertions(database: Database, files: tuple[Path, ...] = ()) -> list[Result]:
    """Play every file of examples, or ``files``, and return what came of each example.

    The database has to be migrated and empty, and is left so. Raises InvalidParameterError for a
    file that is no YAML, or names what it does not describe.
    """
    results: list[Result] = []
    for path in files or sorted(shipped("policies", "assertions").glob("*.yaml")):
        with database.session() as session:
            session.begin()
            try:
                described = yaml.safe_load(path.read_text(encoding="utf-8"))
                results += _play(path.name, session, described)
            except DatabaseIntegrityError as error:
                msg = f"{path.name}: something is described twice"
                raise InvalidParameterError(msg, field=path.name) from error
            except (yaml.YAMLError, AttributeError, LookupError, TypeError, ValueError) as error:
                msg = f"{path.name}: {type(error).__name__}: {error}"
                raise InvalidParameterError(msg, field=path.name) from error
            session.rollback()
    return results


def _play(file: str, session: Session, described: Mapping[str, Any]) -> Iterator[Result]:
    _check_words(file, "the file", described, _SECTIONS)
    world = World(session, described)
    for example in described["assertions"]:
        _check_words(file, "an assertion", example, _WORDS)
        who, workspace = example["who"], example.get("workspace")
        caller = world.caller(who, workspace, tuple(example.get("scope", ("*",))))
        speaker = f"{who} in {workspace}" if workspace else who
        for expected in _OUTCOMES:
            for name, operations in example.get(expected, {}).items():
                for operation in operations:
                    found, because = _ask(caller, Operation(operation), world.place(name))
                    yield Result(file, f"{speaker}: {operation} {name}", expected, found, because)
        for operation, names in example.get("lists", {}).items():
            listed = str(_list(caller, Operation(operation)))
            yield Result(file, f"{speaker} lists {operation}", str(sorted(names)), listed)


def _check_words(file: str, where: str, described: Any, known: frozenset[str]) -> None:
    """Refuse misspelt words, which would otherwise assert nothing.

    Raises InvalidParameterError.
    """
    if not isinstance(described, Mapping):
        msg = f"{file}: {where} is not a mapping"
        raise InvalidParameterError(msg, field=file)
    if unknown := sorted(set(described) - known):
        msg = f"{file}: {where} has the unknown words {', '.join(map(str, unknown))}"
        raise InvalidParameterError(msg, field=file)


def _ask(caller: Caller, operation: Operation, place: tuple[str, Kind]) -> tuple[str, str]:
    securable_id, kind = place
    try:
        obtain(caller, operation, securable_id, kind=kind)
        outcome = "allowed"
    except PermissionDeniedError:
        outcome = "denied"
    except NotFoundError:
        outcome = "hidden"
    return outcome, caller.ledger.entries[-1].determined_by


def _list(caller: Caller, operation: Operation) -> list[str]:
    """Return the names of what a caller sees of the kind that an operation reads."""
    kind = Kind(operation.partition(".")[0])
    seen = select(securables.c.name).where(visible(caller, operation, kind))
    return sorted(caller.session.execute(seen).scalars())
