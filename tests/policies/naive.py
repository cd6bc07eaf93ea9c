"""The rules of access as the design tells them, asked of plain rows in the plainest way.

It shares nothing with the code that it judges but the files in policies/, which it reads itself.
"""

import csv
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from app.config import shipped

METASTORE = "0" * 32
Row = dict[str, Any]


@dataclass
class Rows:
    """All that access rests on. ``now`` is in milliseconds since 1970 UTC."""

    securables: dict[str, Row] = field(default_factory=dict)
    grants: list[Row] = field(default_factory=list)
    bindings: list[Row] = field(default_factory=list)
    memberships: list[tuple[str, str]] = field(default_factory=list)
    now: int = 0


@cache
def _table(name: str) -> list[Row]:
    with shipped("policies", name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def rule(operation: str, kind: str) -> Row:
    return next(
        row
        for row in _table("operations.csv")
        if (row["operation"], row["kind"]) == (operation, kind)
    )


@cache
def _privilege(name: str) -> Row:
    return next(row for row in _table("privileges.csv") if row["privilege"] == name)


@cache
def _confers(item: str, privilege: str) -> bool:
    """A grant is of a privilege, or of a role, which is a set of them."""
    if not item.startswith("role:"):
        return item == privilege
    role = next(row for row in _table("roles.csv") if "role:" + row["role"] == item)
    return privilege in [name.strip() for name in role["privileges"].split("|")]


def principals_of(rows: Rows, who: str) -> set[str]:
    """Somebody is itself, and every group that it is in, transitively."""
    found = {who}
    while more := {group for group, member in rows.memberships if member in found} - found:
        found |= more
    return found


def _chain(rows: Rows, securable: Row) -> list[Row]:
    """The securable and what it is in, up to the catalog. The metastore is no part of a chain."""
    chain = [securable]
    while (above := chain[-1]["parent_id"]) not in {None, METASTORE}:
        chain.append(rows.securables[above])
    return chain


def _holds(rows: Rows, who: set[str], privilege: str, securable: Row) -> bool:
    """Held by a grant here or above, or by owning it; MANAGE and READ AUDIT from whatever is above,
    the metastore too, by owning that as well. A deny anywhere on the way wins.
    """
    places = _chain(rows, securable)
    from_everywhere = _privilege(privilege)["reach"] == "everywhere"
    if from_everywhere and rows.securables[METASTORE] not in places:
        places.append(rows.securables[METASTORE])
    ids = [place["id"] for place in places]
    effects = {
        grant["effect"]
        for grant in rows.grants
        if grant["securable_id"] in ids
        and grant["principal_id"] in who
        and (grant["expires_at"] is None or grant["expires_at"] > rows.now)
        and _confers(grant["item"], privilege)
    }
    owned = places if from_everywhere else [securable]
    is_owner = any(place["owner_id"] in who for place in owned)
    return "deny" not in effects and ("allow" in effects or is_owner)


def _is_open(rows: Rows, catalog: Row, workspace: str | None, effect: str) -> bool:
    """A catalog is open to all workspaces, or isolated to those bound to it."""
    if not catalog["isolated"]:
        return True
    return any(
        (binding["catalog_id"], binding["workspace_id"]) == (catalog["id"], workspace)
        and (effect == "read" or not binding["read_only"])
        for binding in rows.bindings
    )


def _may_pass(rows: Rows, who: set[str], privilege: str, securable: Row) -> bool:
    """USE CATALOG and USE SCHEMA are needed on the way, but not below what one manages."""
    from_everywhere = _privilege(privilege)["reach"] == "everywhere"
    return all(
        _holds(rows, who, f"USE {above['kind'].upper()}", above)
        or (from_everywhere and _holds(rows, who, privilege, above))
        for above in _chain(rows, securable)[1:]
    )


def may(rows: Rows, who: str, workspace: str | None, operation: str, securable_id: str) -> bool:
    """Tell whether a principal may do an operation on a securable."""
    securable = rows.securables[securable_id]
    asked = rule(operation, securable["kind"])
    if asked["privileges"] == "*":
        return True
    everyone = principals_of(rows, who)
    for privilege in (name.strip() for name in asked["privileges"].split("|")):
        if not _holds(rows, everyone, privilege, securable):
            continue
        facts, metastore = _privilege(privilege), rows.securables[METASTORE]
        if facts["reach"] == "everywhere" and _holds(rows, everyone, privilege, metastore):
            return True
        top = _chain(rows, securable)[-1]
        if top["kind"] == "catalog" and not _is_open(rows, top, workspace, asked["effect"]):
            continue
        if facts["use_needed"] == "no" or _may_pass(rows, everyone, privilege, securable):
            return True
    return False
