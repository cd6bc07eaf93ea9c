"""The tree of everything that a privilege can be granted on: ids, kinds, names, owners, the trash.

``lookup`` finds rows without asking who calls and may be imported by ``app.access`` alone.
"""

from app.securables.kinds import LEAVES, METASTORE_ID, Kind, Securable
from app.securables.names import (
    FullName,
    SecurableId,
    check_comment,
    check_name,
    check_short_name,
    quote_part,
    split_name,
)
from app.securables.pieces import (
    find_by_dotted_text,
    find_by_text,
    leads_by_dotted_text,
    leads_by_text,
)
from app.securables.tree import (
    add,
    backdate,
    bury,
    describe,
    drop,
    rename,
    set_isolated,
    touch,
    transfer,
    undrop,
)

__all__ = [
    "LEAVES",
    "METASTORE_ID",
    "FullName",
    "Kind",
    "Securable",
    "SecurableId",
    "add",
    "backdate",
    "bury",
    "check_comment",
    "check_name",
    "check_short_name",
    "describe",
    "drop",
    "find_by_dotted_text",
    "find_by_text",
    "leads_by_dotted_text",
    "leads_by_text",
    "quote_part",
    "rename",
    "set_isolated",
    "split_name",
    "touch",
    "transfer",
    "undrop",
]
