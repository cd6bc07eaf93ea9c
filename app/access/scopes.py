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

# IN and not JOIN: once SQLite has statistics, it would read a whole table into a Bloom filter.
# The indexes are named because it knows neither how few are denied nor how few own containers.
_STATEMENT = """WITH pr(id) AS (
 SELECT group_id FROM group_closure WHERE member_id = :principal UNION ALL SELECT :principal),
 held(id, kind, catalog_id, item, effect) AS (
 SELECT g.securable_id, g.kind, g.catalog_id, g.item, g.effect
  FROM grants g {by_grantee} WHERE g.principal_id IN (SELECT id FROM pr) AND g.kind IN ({kinds})
  AND g.item IN ({items}) AND (g.expires_at IS NULL OR g.expires_at > :now)
 UNION ALL
 SELECT s.id, s.kind, s.catalog_id, 'OWN', 'allow' FROM securables s {by_owner}
  WHERE s.owner_id IN (SELECT id FROM pr) AND s.kind IN ({kinds}))
SELECT held.id, held.kind, held.catalog_id, held.item, held.effect,
 c.isolated AND NOT EXISTS (SELECT 1 FROM catalog_bindings b
  WHERE b.catalog_id = c.id AND b.workspace_id = :workspace {only_writable})
FROM held LEFT JOIN securables c ON c.id = held.catalog_id"""
_DENIED = """SELECT DISTINCT '', g.kind, '', g.item, '', false FROM grants g {by_denied}
 WHERE g.principal_id IN (SELECT id FROM pr) AND g.kind IN ({kinds}) AND g.effect = 'deny'
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
    """Return the zones in which ``rule`` permits, in two statements at most.

    The first settles it for whoever holds the privilege on the metastore, and may own thousands of
    containers besides.
    """
    if not rule.privileges:
        return Scope(WHOLE, {}, {}, frozenset())
    parameters = {
        "principal": subject.principal_id,
        "workspace": subject.workspace_id or "",
        "now": subject.now,
    }
    held = _Held()
    for row in session.fetch(_root_sql(rule, kind, is_sqlite=session.is_sqlite), parameters):
        held.add(*row)
    zones = _Zones(held, rule, kind)
    elsewhere = zones.of(())
    denied_items = frozenset(held.denied.get(kind, ()))
    if not _containers(kind) or (elsewhere == WHOLE and not held.denied):
        return Scope(elsewhere, {}, {}, denied_items)
    for row in session.fetch(_containers_sql(rule, kind, is_sqlite=session.is_sqlite), parameters):
        held.add(*row)
    catalogs = {catalog: zones.of((catalog,)) for catalog in held.catalogs}
    schemas = {}
    for schema, catalog in held.schemas.items():
        zone = zones.of((schema, catalog))
        if zone != catalogs.get(catalog, elsewhere):
            schemas[schema] = zone
    return Scope(elsewhere, catalogs, schemas, denied_items)


class _Held:
    """The rows of the statements, by container."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[str, str]]] = {}
        self.bound: dict[str, bool] = {}
        self.catalogs: set[str] = set()
        self.schemas: dict[str, str] = {}
        self.denied: dict[str, set[str]] = {}

    def add(
        self, container: str, kind: str, catalog: str, item: str, effect: str, shut: bool | None
    ) -> None:
        if not container:
            self.denied.setdefault(kind, set()).add(item)
            return
        self.rows.setdefault(container, []).append((item, effect))
        if kind == Kind.METASTORE:
            return
        self.bound[catalog] = not shut
        if kind == Kind.CATALOG:
            self.catalogs.add(container)
        else:
            self.schemas[container] = catalog

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
        denied = self._held.denied.get(self._kind, set())
        if any(policy().items[privilege].isdisjoint(denied) for privilege in throughout):
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
            return not _containers(self._kind)
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
def _root_sql(rule: Rule, kind: Kind, *, is_sqlite: bool) -> str:
    """Return the statement for what is held on the metastore, and for the items that are denied
    anywhere below it, under an empty id. All that is in it comes from policies/.
    """
    kinds = _quoted([kind, *_containers(kind)])
    denied = _DENIED.format(kinds=kinds, **_indexes(is_sqlite=is_sqlite))
    return f"{_held_sql(rule, [Kind.METASTORE], is_sqlite=is_sqlite)} UNION ALL {denied}"


@cache
def _containers_sql(rule: Rule, kind: Kind, *, is_sqlite: bool) -> str:
    """Return the statement for what is held on catalogs and schemas."""
    return _held_sql(rule, _containers(kind), is_sqlite=is_sqlite)


def _held_sql(rule: Rule, kinds: Iterable[Kind], *, is_sqlite: bool) -> str:
    items = items_of(*rule.privileges, Privilege.USE_CATALOG, Privilege.USE_SCHEMA)
    return _STATEMENT.format(
        kinds=_quoted(kinds),
        items=_quoted(sorted(items)),
        only_writable="" if rule.effect is Effect.READ else "AND NOT b.read_only",
        **_indexes(is_sqlite=is_sqlite),
    )


def _indexes(*, is_sqlite: bool) -> dict[str, str]:
    return {
        name: f"INDEXED BY {index}" if is_sqlite else ""
        for name, index in (
            ("by_grantee", "ix_grants_principal"),
            ("by_denied", "ix_grants_denied"),
            ("by_owner", "ix_securables_owner"),
        )
    }


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def items_of(*privileges: Privilege) -> frozenset[str]:
    """Return the items of grants that confer one of ``privileges``."""
    return frozenset[str]().union(*(policy().items[privilege] for privilege in privileges))


def _containers(kind: Kind) -> list[Kind]:
    """Return the kinds of container that securables of a kind are in, below the metastore."""
    if kind in LEAVES:
        return [Kind.CATALOG, Kind.SCHEMA]
    return [Kind.CATALOG] if kind is Kind.SCHEMA else []
