"""What an import works with: the source, units of work, and what it saw and could not bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from app import imports
from app.artifacts import Vault
from app.cli.importing.source import Source, SourceError
from app.errors import (
    AlreadyExistsError,
    ConflictError,
    IncompleteUploadError,
    InvalidParameterError,
    LengthRequiredError,
    NotFoundError,
    PermissionDeniedError,
    TooLargeError,
)
from app.identity import Caller
from app.imports import Brought, Import, Origin
from app.namespace import full_name
from app.securables import FullName

_OF_ONE_THING = (
    AlreadyExistsError,
    ConflictError,
    IncompleteUploadError,
    InvalidParameterError,
    LengthRequiredError,
    NotFoundError,
    PermissionDeniedError,
    SourceError,
    TooLargeError,
)


@dataclass(slots=True)
class Work:
    """One import from its start to its report; ``unit`` opens a unit of work of its owner."""

    source: Source
    into: Import
    vault: Vault
    unit: Callable[[], AbstractContextManager[Caller]]
    tell: Callable[[str], None]
    keeps_full_names: bool
    seen: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def place(self, caller: Caller, name: str) -> FullName:
        """Return where something of that name goes."""
        return full_name(caller, name) if self.keeps_full_names else self.into.schema.child(name)

    def known(self, kind: Origin, source_ids: list[str]) -> dict[str, Brought]:
        """Return what is here already, or begun, of things of a kind."""
        with self.unit() as caller:
            return imports.find_brought(caller, self.into, kind, source_ids)

    @contextmanager
    def bringing(self, what: str) -> Iterator[None]:
        """Bring one thing; if it cannot be brought, say so and let the rest go on."""
        try:
            yield
        except _OF_ONE_THING as error:
            self.problems.append(f"{what}: {error}")
            self.tell(f"Not brought: {what}: {error}")
