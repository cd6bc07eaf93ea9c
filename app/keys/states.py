"""The states of a key."""

from __future__ import annotations

from enum import StrEnum


class KeyState(StrEnum):
    """Only an enabled key opens or seals; a destroyed one never will again."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    PENDING_DELETION = "pending_deletion"
    DESTROYED = "destroyed"
