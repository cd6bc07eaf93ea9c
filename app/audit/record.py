"""Note an effect: the decision that allowed it becomes the one event that tells of it."""

from __future__ import annotations

from typing import Any

from app.identity import Caller
from app.securables import Securable


def record(
    caller: Caller, operation: str, securable: Securable | None = None, **details: Any
) -> None:
    """Complete the caller's latest decision of ``operation`` with what was done.

    ``securable`` replaces the subject where the effect is on another than the decision was on, as
    when a model is created in a schema. Details must be JSON and never hold a secret.

    Raises LookupError if nothing of the kind was decided.
    """
    caller.ledger.complete(
        operation,
        securable.id if securable else None,
        str(securable.full_name) if securable else None,
        details,
    )
