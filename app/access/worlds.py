"""Small worlds for examples of policy: principals, securables and grants out of plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from app.access.policy import policy
from app.access.tables import catalog_bindings, grants
from app.db import Session
from app.db.metadata import new_id
from app.identity import Caller, Principal, PrincipalKind, Request, WorkspaceRef
from app.identity.caller import WorkspaceId
from app.identity.membership import add_membership
from app.identity.principals import groups_of, insert_principal, new_principal
from app.securables import FullName, Kind
from app.securables.lookup import METASTORE_ID
from app.securables.tables import securables

NOW = 1_800_000_000_000
"""When examples are played, in milliseconds since 1970 UTC."""

ROOT = "metastore"
_EXPIRY = {"never": None, "past": NOW, "future": NOW + 1}


class World:
    """The rows that a file of examples describes, in the session's open transaction.

    Raises KeyError or ValueError where the description names what it does not describe.
    """

    def __init__(self, session: Session, described: Mapping[str, Any]) -> None:
        self._session = session
        self._principals: dict[str, Principal] = {}
        self._workspaces: dict[str, WorkspaceRef] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._add_principals(described)
        for name in described.get("workspaces", ()):
            self._workspaces[name] = WorkspaceRef(WorkspaceId(new_id()), name, "", "")
        for name, facts in described["securables"].items():
            self._add_securable(name, facts)
        for given in described.get("grants", ()):
            self._add_grant(given)

    def caller(self, name: str, workspace: str | None, scope: tuple[str, ...]) -> Caller:
        """Return a caller, in a request of its own."""
        principal = self._principals[name]
        return Caller(
            principal=principal,
            workspace=self._workspaces[workspace] if workspace else None,
            session=self._session,
            request=Request(new_id(), scope=scope),
            now=NOW,
            groups=groups_of(self._session, principal.id),
        )

    def place(self, name: str) -> tuple[str, Kind]:
        """Return the id and the kind of a securable by its name here."""
        row = self._rows[name]
        return row["id"], Kind(row["kind"])

    def _add_principals(self, described: Mapping[str, Any]) -> None:
        groups = described.get("groups", {})
        kinds = dict.fromkeys(described["users"], PrincipalKind.USER)
        kinds |= dict.fromkeys(groups, PrincipalKind.GROUP)
        for name, kind in kinds.items():
            self._principals[name] = insert_principal(
                self._session, new_principal(kind, name), now=NOW, created_by=None
            )
        for name, members in groups.items():
            group = self._principals[name]
            for member in members:
                add_membership(
                    self._session, group, self._principals[member], now=NOW, added_by=None
                )

    def _add_securable(self, name: str, facts: Mapping[str, Any]) -> None:
        kind = Kind(facts.get("kind", ROOT))
        full_name = FullName() if name == ROOT else FullName.parse(name)
        new = METASTORE_ID if kind is Kind.METASTORE else new_id()
        above = self._rows[str(full_name.parent) or ROOT] if full_name.parts else {}
        owner = self._principals[facts["owner"]].id
        self._rows[name] = row = {
            "id": new,
            "kind": kind.value,
            "parent_id": above.get("id"),
            "catalog_id": new if kind is Kind.CATALOG else above.get("catalog_id"),
            "schema_id": new if kind is Kind.SCHEMA else above.get("schema_id"),
            "name": full_name.leaf or ROOT,
            "owner_id": owner,
            "isolated": "bound" in facts,
            "created_at": NOW,
            "created_by": owner,
            "updated_at": NOW,
            "updated_by": owner,
            "deleted_at": NOW if facts.get("trashed") else None,
        }
        self._session.execute(insert(securables), row)
        for workspace, access in facts.get("bound", {}).items():
            binding = {
                "catalog_id": new,
                "workspace_id": self._workspaces[workspace].id,
                "read_only": {"read-only": True, "read-write": False}[access],
                "bound_at": NOW,
                "bound_by": owner,
            }
            self._session.execute(insert(catalog_bindings), binding)

    def _add_grant(self, given: Mapping[str, Any]) -> None:
        row = self._rows[given["at"]]
        for item in given["items"]:
            values = {
                "securable_id": row["id"],
                "principal_id": self._principals[given["to"]].id,
                "item": policy().check_item(item, Kind(row["kind"])),
                "effect": given.get("effect", "allow"),
                "kind": row["kind"],
                "schema_id": row["schema_id"],
                "catalog_id": row["catalog_id"],
                "granted_by": row["owner_id"],
                "granted_at": NOW,
                "expires_at": _EXPIRY[given.get("expires", "never")],
            }
            self._session.execute(insert(grants), values)
