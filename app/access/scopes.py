"""The first step of every list: what a caller holds on containers, and so on all that is in them.

A zone is a part of the tree in which one rule comes out alike for all securables of a kind, but for
what is granted on each of them. There are few zones, however many securables there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from app.access.engine import OWN
from app.access.policy import Privilege, PrivilegeRule, Rule, policy
from app.access.slices import Subject
from app.db import Effect, Session
from app.securables import LEAVES, Kind, Securable
from app.securables.lookup import METASTORE_ID

# CROSS JOIN makes SQLite begin with the principals, whatever its statistics say.
_STATEMENT = """WITH pr(id) AS (
 SELECT group_id FROM group_closure WHERE member_id = :principal UNION ALL SELECT :principal),
 held(id, kind, catalog_id, item, effect) AS (
 SELECT g.securable_id, g.kind, g.catalog_id, g.item, g.effect
  FROM pr CROSS JOIN grants g
  WHERE g.principal_id = pr.id AND g.kind IN ({above}) AND g.item IN ({items})
  AND (g.expires_at IS NULL OR g.expires_at > :now)
 UNION ALL
 SELECT s.id, s.kind, s.catalog_id, 'OWN', 'allow' FROM pr CROSS JOIN securables s
  WHERE s.owner_id = pr.id AND s.kind IN ({above}))
SELECT held.id, held.kind, held.catalog_id, held.item, held.effect,
 c.isolated AND NOT EXISTS (SELECT 1 FROM catalog_bindings b
  WHERE b.catalog_id = c.id AND b.workspace_id = :workspace {only_writable})
FROM held LEFT JOIN securables c ON c.id = held.catalog_id
UNION ALL
SELECT DISTINCT '', '', '', g.item, '', false FROM pr CROSS JOIN grants g
 WHERE g.principal_id = pr.id AND g.kind = '{kind}' AND g.effect = 'deny'
 AND (g.expires_at IS NULL OR g.expires_at > :now)"""


@dataclass(frozen=True, slots=True)
class Zone:
    """What holds in a part of the tree: privileges for all in it, or only where held singly."""

    throughout: frozenset[Privilege]
    singly: frozenset[Privilege]


WHOLE = Zone(frozenset(Privilege), frozenset())
"""The zone in which everything is permitted."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The zones of a caller for one rule and kind.

    ``elsewhere`` is the zone of all that is in none of ``catalogs`` and ``schemas``; its catalogs'
    bindings have yet to be looked at. A schema is listed where its zone is not its catalog's.
    ``denied_items`` are denied on some securables of the kind themselves.
    """

    elsewhere: Zone
    catalogs: dict[str, Zone]
    schemas: dict[str, Zone]
    denied_items: frozenset[str]

    def zone_of(self, schema: Securable) -> Zone:
        """Return the zone that a schema is in."""
        above = self.catalogs.get(schema.catalog_id or "", self.elsewhere)
        return self.schemas.get(schema.id, above)


def fetch_scope(session: Session, subject: Subject, rule: Rule, kind: Kind) -> Scope:
    """Return the zones in which ``rule`` permits, in one statement."""
    if not rule.privileges:
        return Scope(WHOLE, {}, {}, frozenset())
    held = _Held()
    parameters = {
        "principal": subject.principal_id,
        "workspace": subject.workspace_id or "",
        "now": subject.now,
    }
    for container, level, catalog, *item, shut in session.fetch(_sql(rule, kind), parameters):
        held.add(container, level, catalog, (item[0], item[1]), bound=not shut)
    zones = _Zones(held, rule, kind)
    catalogs = {catalog: zones.of((catalog,)) for catalog in held.catalogs}
    elsewhere = zones.of(())
    schemas = {}
    for schema, catalog in held.schemas.items():
        zone = zones.of((schema, catalog))
        if zone != catalogs.get(catalog, elsewhere):
            schemas[schema] = zone
    return Scope(elsewhere, catalogs, schemas, frozenset(held.denied_items))


class _Held:
    """The rows of the scope statement, by container."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[str, str]]] = {}
        self.bound: dict[str, bool] = {}
        self.catalogs: set[str] = set()
        self.schemas: dict[str, str] = {}
        self.denied_items: set[str] = set()

    def add(
        self, container: str, kind: str, catalog: str, held: tuple[str, str], *, bound: bool
    ) -> None:
        if not container:
            self.denied_items.add(held[0])
            return
        self.rows.setdefault(container, []).append(held)
        if kind == Kind.METASTORE:
            return
        self.bound[catalog] = bound
        if kind == Kind.CATALOG:
            self.catalogs.add(container)
        else:
            self.schemas[container] = catalog

    def is_denied_singly(self, privilege: Privilege) -> bool:
        return not self.denied_items.isdisjoint(policy().items[privilege])

    def verdict(
        self, privilege: PrivilegeRule, chain: Iterable[str], owned: Iterable[str]
    ) -> bool | None:
        """Return what ``policies/model.conf`` says of these rows: None if none matches."""
        items = policy().items[privilege.privilege]
        found = None
        for container in chain:
            for item, effect in self.rows.get(container, ()):
                if item in items or (item == OWN and container in owned):
                    if effect == "deny":
                        return False
                    found = True
        return found


class _Zones:
    """Works out the zone of a container as ``decisions`` does for a securable in it."""

    def __init__(self, held: _Held, rule: Rule, kind: Kind) -> None:
        self._held = held
        self._privileges = [policy().privileges[name] for name in rule.privileges]
        self._kind = kind
        self._known: dict[tuple[tuple[frozenset[tuple[str, str]], ...], bool], Zone] = {}

    def of(self, containers: tuple[str, ...]) -> Zone:
        """Return the zone of a container, given as its id and that of the catalog above it.

        Containers on which the same is held are alike, and there are few ways to be.
        """
        rows = tuple(frozenset(self._held.rows.get(container, ())) for container in containers)
        likeness = (rows, not containers or self._held.bound[containers[-1]])
        if likeness not in self._known:
            self._known[likeness] = self._work_out(containers)
        return self._known[likeness]

    def _work_out(self, containers: tuple[str, ...]) -> Zone:
        throughout: set[Privilege] = set()
        singly: set[Privilege] = set()
        for privilege in self._privileges:
            reach = (*containers, METASTORE_ID) if privilege.everywhere else containers
            verdict = self._held.verdict(privilege, reach, reach if privilege.everywhere else ())
            if verdict is False:
                continue
            if self._from_metastore(privilege):
                throughout.add(privilege.privilege)
            elif self._is_open(privilege, containers):
                (throughout if verdict else singly).add(privilege.privilege)
        if any(not self._held.is_denied_singly(privilege) for privilege in throughout):
            return WHOLE
        return Zone(frozenset(throughout), frozenset(singly))

    def _from_metastore(self, privilege: PrivilegeRule) -> bool:
        root = (METASTORE_ID,)
        return privilege.everywhere and self._held.verdict(privilege, root, root) is True

    def _is_open(self, privilege: PrivilegeRule, containers: tuple[str, ...]) -> bool:
        """Tell whether bindings and USE privileges let the privilege count in the containers."""
        if containers and not self._held.bound[containers[-1]]:
            return False
        if not privilege.use_needed:
            return True
        if not containers:
            return not _is_below_catalog(self._kind)
        catalog, schemas = containers[-1:], containers[:-1]
        return self._may_use(privilege, Privilege.USE_CATALOG, catalog, catalog) and (
            self._kind not in LEAVES
            or self._may_use(privilege, Privilege.USE_SCHEMA, containers, schemas)
        )

    def _may_use(
        self,
        privilege: PrivilegeRule,
        use: Privilege,
        chain: tuple[str, ...],
        owned: tuple[str, ...],
    ) -> bool:
        if self._held.verdict(policy().privileges[use], chain, owned):
            return True
        reach = (*chain, METASTORE_ID)
        return privilege.everywhere and self._held.verdict(privilege, reach, reach) is True


@cache
def _sql(rule: Rule, kind: Kind) -> str:
    """Return the statement for what is held on containers, and under an empty id for the items
    that are denied on securables of the kind themselves. All that is in it comes from policies/.
    """
    above = [Kind.METASTORE, *([Kind.CATALOG] if _is_below_catalog(kind) else [])]
    above += [Kind.SCHEMA] if kind in LEAVES else []
    items = items_of(*rule.privileges, Privilege.USE_CATALOG, Privilege.USE_SCHEMA)
    return _STATEMENT.format(
        kind=kind,
        above=_quoted(above),
        items=_quoted(sorted(items)),
        only_writable="" if rule.effect is Effect.READ else "AND NOT b.read_only",
    )


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def items_of(*privileges: Privilege) -> frozenset[str]:
    """Return the items of grants that confer one of ``privileges``."""
    return frozenset[str]().union(*(policy().items[privilege] for privilege in privileges))


def _is_below_catalog(kind: Kind) -> bool:
    return kind is Kind.SCHEMA or kind in LEAVES
