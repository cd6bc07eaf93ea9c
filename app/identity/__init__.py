"""Who calls: principals, how they are proved, and the ``Caller`` that every use-case is given."""

from app.identity.authentication import Authenticated, PasswordVerifier
from app.identity.caller import (
    Caller,
    Entry,
    Ledger,
    Outcome,
    Principal,
    PrincipalKind,
    Request,
    WorkspaceRef,
)

__all__ = [
    "Authenticated",
    "Caller",
    "Entry",
    "Ledger",
    "Outcome",
    "PasswordVerifier",
    "Principal",
    "PrincipalKind",
    "Request",
    "WorkspaceRef",
]
