"""The ``Caller``: a principal in a workspace, within one request and one unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NewType

from app.db import Session

PrincipalId = NewType("PrincipalId", str)
WorkspaceId = NewType("WorkspaceId", str)


class PrincipalKind(StrEnum):
    """What a principal is; groups hold grants but never call."""

    USER = "user"
    GROUP = "group"
    SERVICE_PRINCIPAL = "service_principal"


class Outcome(StrEnum):
    """How a decided operation ended."""

    ALLOWED = "allowed"
    DENIED = "denied"
    HIDDEN = "hidden"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who can hold a grant; the id is for ever, the name may come back as another's."""

    id: PrincipalId
    kind: PrincipalKind
    name: str


@dataclass(frozen=True, slots=True)
class WorkspaceRef:
    """The workspace that a request works in, with the home of its short names."""

    id: WorkspaceId
    name: str
    catalog_id: str
    home_schema_id: str


@dataclass(frozen=True, slots=True)
class Request:
    """What the log keeps of the request; ``scope`` holds a token's operation patterns.

    ``token_used_at`` is when the token was last noted as used, in milliseconds since 1970 UTC.
    """

    id: str
    address: str = ""
    agent: str = ""
    token_id: str | None = None
    scope: tuple[str, ...] = ("*",)
    token_used_at: int | None = None


@dataclass(slots=True)
class Entry:
    """One line for the audit log: a decision, completed by the effect that followed from it."""

    operation: str
    outcome: Outcome
    determined_by: str
    securable_id: str | None = None
    securable_name: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def undone(self, error: BaseException | None) -> Entry:
        """Return the entry as it is when its work was undone: what was allowed has failed.

        The details then name the class of ``error``.
        """
        if self.outcome is not Outcome.ALLOWED:
            return self
        told = {} if error is None else {"error": type(error).__name__}
        return replace(self, outcome=Outcome.FAILED, details={**self.details, **told})


class Ledger:
    """What one request has decided and done, in order; written to the log before it is answered."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Append a decision."""
        self.entries.append(entry)

    def complete(
        self,
        operation: str,
        securable_id: str | None,
        securable_name: str | None,
        details: Mapping[str, Any],
    ) -> None:
        """Fill the effect of ``operation`` into its latest decision.

        Raises LookupError if the operation was never decided: nothing happens undecided.
        """
        for entry in reversed(self.entries):
            if entry.operation == operation and entry.outcome is Outcome.ALLOWED:
                if securable_id is not None:
                    entry.securable_id = securable_id
                if securable_name is not None:
                    entry.securable_name = securable_name
                entry.details.update(details)
                return
        msg = f"{operation} has an effect but no decision"
        raise LookupError(msg)

    def undo(self, error: BaseException, *, since: int) -> None:
        """Note that what was decided from entry ``since`` on was undone, and the rest was not."""
        self.entries[since:] = [entry.undone(error) for entry in self.entries[since:]]

    @property
    def has_success(self) -> bool:
        """True once an operation of this request was allowed."""
        return any(entry.outcome is Outcome.ALLOWED for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, where, in which request; ``now`` is in milliseconds since 1970 UTC."""

    principal: Principal
    workspace: WorkspaceRef | None
    session: Session
    request: Request
    now: int
    groups: frozenset[PrincipalId] = frozenset()
    on_behalf_of: Principal | None = None
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def principals(self) -> frozenset[str]:
        """The ids that grants to this caller may stand under: its own and its groups'."""
        return self.groups | {self.principal.id}
