"""Small random worlds, in a database and as plain rows, and random changes to both."""

import random
from typing import Any

from sqlalchemy import delete, insert, update

from app.access import policy
from app.access.tables import catalog_bindings, grants
from app.db import Session
from app.errors import ConflictError
from app.identity import Principal, PrincipalKind, WorkspaceRef
from app.identity.caller import PrincipalId, WorkspaceId
from app.identity.membership import add_membership
from app.identity.tables import principals
from app.securables import Kind
from app.securables.tables import securables
from tests.policies.naive import METASTORE, Rows, principals_of

NOW = 1_800_000_000_000
WORKSPACES = [WorkspaceRef(WorkspaceId(name * 32), name, "", "") for name in "ef"]
LEAVES = [Kind.REGISTERED_MODEL, Kind.EXPERIMENT, Kind.TABLE]
KINDS = [Kind.METASTORE, Kind.CATALOG, Kind.SCHEMA, Kind.KEY, *LEAVES]
ITEMS = {
    kind: [
        *(rule.privilege.value for rule in policy().privileges.values() if kind in rule.kinds),
        *(role.item for role in policy().roles.values()),
    ]
    for kind in KINDS
}


class RandomWorld:
    """A world that a seed determines. Ids do not sort by kind, so that pages mix containers."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session = session
        self.draw = random.Random(seed)
        self.rows = Rows(now=NOW)
        self.users = [self._principal(PrincipalKind.USER) for _ in range(3)]
        self.groups = [self._principal(PrincipalKind.GROUP) for _ in range(4)]
        everybody = [*self.users, *self.groups]
        values = [
            {"id": one.id, "kind": one.kind.value, "name": one.name, "created_at": NOW}
            for one in everybody
        ]
        session.execute(insert(principals), values)
        for _ in range(self.draw.randrange(7)):
            self._join(self.draw.choice(self.groups), self.draw.choice(everybody))
        self._grow()
        session.execute(insert(securables), list(self.rows.securables.values()))
        self._insert(catalog_bindings, self.rows.bindings)
        for _ in range(self.draw.randrange(20)):
            self._grant()
        self._insert(grants, self.rows.grants)

    def change(self) -> None:
        """Change one thing, as a request between two others would."""
        change = self.draw.choice(
            [self._regrant, self._reown, self._isolate, self._wait, self._regroup]
        )
        change()

    def _id(self) -> str:
        return f"{self.draw.getrandbits(128):032x}"

    def _principal(self, kind: PrincipalKind) -> Principal:
        new = self._id()
        return Principal(PrincipalId(new), kind, new)

    def _owner(self) -> str:
        return self.draw.choice([*self.users, *self.groups]).id

    def _join(self, group: Principal, member: Principal) -> None:
        closes_a_ring = member.id in principals_of(self.rows, group.id)
        try:
            add_membership(self.session, group, member, now=NOW, added_by=None)
        except ConflictError:
            assert closes_a_ring
            return
        assert not closes_a_ring
        self.rows.memberships.append((group.id, member.id))

    def _grow(self) -> None:
        draw = self.draw
        root = self._add(Kind.METASTORE, None)
        self._add(Kind.KEY, root)
        catalogs = [self._add(Kind.CATALOG, root) for _ in range(draw.randint(1, 3))]
        schemas = [self._add(Kind.SCHEMA, draw.choice(catalogs)) for _ in range(draw.randint(1, 4))]
        for _ in range(draw.randint(1, 7)):
            self._add(draw.choice(LEAVES), draw.choice(schemas))
        for catalog in catalogs:
            for workspace in WORKSPACES:
                if draw.random() < 0.3:
                    self.rows.bindings.append(
                        {
                            "catalog_id": catalog["id"],
                            "workspace_id": workspace.id,
                            "read_only": draw.random() < 0.5,
                            "bound_at": NOW,
                            "bound_by": catalog["owner_id"],
                        }
                    )

    def _add(self, kind: Kind, parent: dict[str, Any] | None) -> dict[str, Any]:
        new = self._id() if parent else METASTORE
        above = parent or {"id": None, "catalog_id": None, "schema_id": None}
        row = self.rows.securables[new] = {
            "id": new,
            "kind": kind.value,
            "parent_id": above["id"],
            "catalog_id": new if kind is Kind.CATALOG else above["catalog_id"],
            "schema_id": new if kind is Kind.SCHEMA else above["schema_id"],
            "name": new[:8],
            "owner_id": self._owner(),
            "isolated": kind is Kind.CATALOG and self.draw.random() < 0.4,
            "created_at": NOW,
            "created_by": METASTORE,
            "updated_at": NOW,
            "updated_by": METASTORE,
            "deleted_at": NOW if parent and self.draw.random() < 0.08 else None,
        }
        return row

    def _grant(self) -> dict[str, Any] | None:
        row = self.draw.choice(list(self.rows.securables.values()))
        new = {
            "securable_id": row["id"],
            "principal_id": self._owner(),
            "item": self.draw.choice(ITEMS[Kind(row["kind"])]),
            "effect": "deny" if self.draw.random() < 0.15 else "allow",
            "kind": row["kind"],
            "schema_id": row["schema_id"],
            "catalog_id": row["catalog_id"],
            "granted_by": METASTORE,
            "granted_at": NOW,
            "expires_at": self.draw.choice([None, None, None, NOW, NOW + 1, NOW + 2]),
        }
        identity = ("securable_id", "principal_id", "item", "effect")
        if any(all(old[name] == new[name] for name in identity) for old in self.rows.grants):
            return None
        self.rows.grants.append(new)
        return new

    def _regrant(self) -> None:
        if self.rows.grants and self.draw.random() < 0.5:
            gone = self.rows.grants.pop(self.draw.randrange(len(self.rows.grants)))
            names = ("securable_id", "principal_id", "item", "effect")
            same = (grants.c[name] == gone[name] for name in names)
            self.session.execute(delete(grants).where(*same))
        elif new := self._grant():
            self.session.execute(insert(grants), new)

    def _reown(self) -> None:
        self._set(self.draw.choice(list(self.rows.securables)), owner_id=self._owner())

    def _isolate(self) -> None:
        rows = self.rows.securables.values()
        catalog = self.draw.choice([row for row in rows if row["kind"] == "catalog"])
        self._set(catalog["id"], isolated=not catalog["isolated"])

    def _wait(self) -> None:
        self.rows.now += 1

    def _regroup(self) -> None:
        self._join(self.draw.choice(self.groups), self.draw.choice([*self.users, *self.groups]))

    def _set(self, securable_id: str, **values: Any) -> None:
        self.rows.securables[securable_id].update(values)
        changed = update(securables).where(securables.c.id == securable_id).values(values)
        self.session.execute(changed)

    def _insert(self, table: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self.session.execute(insert(table), rows)
