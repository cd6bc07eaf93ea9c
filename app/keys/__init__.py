"""Customer-managed keys: what protects stored bytes, and who can take that protection away.

`KeyRing` is the service that `app.artifacts` stores and opens bytes with; the use-cases make,
bind, rotate, disable and destroy keys.
"""

from app.keys.customer_keys import (
    CustomerKey,
    KeyVersion,
    bind_key,
    create_key,
    ensure_metastore_key,
    get_key,
    list_keys,
)
from app.keys.ring import KeyRing, Seal, crypto_errors, scope_of
from app.keys.rotation import count_outdated, rewrap_outdated, rotate_key
from app.keys.states import KeyState
from app.keys.transitions import (
    LONGEST_WAIT,
    SHORTEST_WAIT,
    cancel_destroy,
    destroy_key,
    disable_key,
    due_keys,
    enable_key,
    schedule_destroy,
)

__all__ = [
    "LONGEST_WAIT",
    "SHORTEST_WAIT",
    "CustomerKey",
    "KeyRing",
    "KeyState",
    "KeyVersion",
    "Seal",
    "bind_key",
    "cancel_destroy",
    "count_outdated",
    "create_key",
    "crypto_errors",
    "destroy_key",
    "disable_key",
    "due_keys",
    "enable_key",
    "ensure_metastore_key",
    "get_key",
    "list_keys",
    "rewrap_outdated",
    "rotate_key",
    "schedule_destroy",
    "scope_of",
]
