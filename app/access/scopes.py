"""The first step of every list: what a caller holds on containers, and so on all that is in them.

A zone is a part of the tree in which one rule comes out alike for all securables of a kind, but for
what is granted on each of them. There are few zones, however many securables there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    and_,
    exists,
    false,
    literal,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from app.access.engine import OWN
from app.access.policy import Privilege, PrivilegeRule, Rule, policy
from app.access.slices import Subject
from app.access.tables import catalog_bindings, grants
from app.db import Effect, Session
from app.securables import LEAVES, Kind, Securable
from app.securables.lookup import METASTORE_ID
from app.securables.tables import securables

_CATALOG = securables.alias("the_catalog")
_BINDING = catalog_bindings.alias("the_binding")
_DENY: ColumnElement[str] = literal_column(
    "'deny'"
)  # not a parameter, for the sake of the partial index


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
    for row in session.execute(_rows_statement(subject, rule, kind)):
        held.add(
            row.securable_id, row.kind, row.catalog_id, (row.item, row.effect), bound=not row.shut
        )
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


def _rows_statement(subject: Subject, rule: Rule, kind: Kind) -> CompoundSelect[Any]:
    """Select what is held on containers, and under an empty id the items denied on the kind."""
    above = [Kind.METASTORE.value]
    above += [Kind.CATALOG.value] if _is_below_catalog(kind) else []
    above += [Kind.SCHEMA.value] if kind in LEAVES else []
    wanted = [*rule.privileges, Privilege.USE_CATALOG, Privilege.USE_SCHEMA]
    items = sorted(items_of(*wanted))
    g, s, c = grants.c, securables.c, _CATALOG.c
    shut = is_shut(subject, rule, _CATALOG).label("shut")
    granted = select(g.securable_id, g.kind, g.catalog_id, g.item, g.effect, shut)
    granted = granted.select_from(grants.outerjoin(_CATALOG, c.id == g.catalog_id))
    owned = select(s.id, s.kind, s.catalog_id, literal(OWN), literal("allow"), shut)
    owned = owned.select_from(securables.outerjoin(_CATALOG, c.id == s.catalog_id))
    empty = literal("")
    denied = select(empty, empty, empty, g.item, empty, false()).distinct()
    return union_all(
        granted.where(g.kind.in_(above), g.item.in_(items), *in_force(subject, grants)),
        owned.where(s.kind.in_(above), s.owner_id.in_(subject.principals)),
        denied.where(g.kind == kind.value, g.effect == _DENY, *in_force(subject, grants)),
    )


def items_of(*privileges: Privilege) -> frozenset[str]:
    """Return the items of grants that confer one of ``privileges``."""
    return frozenset[str]().union(*(policy().items[privilege] for privilege in privileges))


def in_force(subject: Subject, held: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that a grant is to the subject and has not expired."""
    expires_at = held.c.expires_at
    return (
        held.c.principal_id.in_(subject.principals),
        or_(expires_at.is_(None), expires_at > subject.now),
    )


def is_shut(subject: Subject, rule: Rule, catalog: FromClause) -> ColumnElement[bool]:
    """Return the condition that a catalog is closed to the subject's workspace for the rule."""
    binding = exists().where(
        _BINDING.c.catalog_id == catalog.c.id,
        _BINDING.c.workspace_id == (subject.workspace_id or ""),
    )
    if rule.effect is not Effect.READ:
        binding = binding.where(_BINDING.c.read_only.is_(False))
    return and_(catalog.c.isolated, not_(binding))


def _is_below_catalog(kind: Kind) -> bool:
    return kind is Kind.SCHEMA or kind in LEAVES
