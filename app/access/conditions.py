"""A scope as SQL: the condition over ``securables`` that holds where a rule permits."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, true

from app.access.policy import Rule
from app.access.scopes import WHOLE, Scope, Zone, items_of
from app.access.slices import Subject
from app.access.tables import catalog_bindings, grants
from app.db import Effect
from app.securables import Kind
from app.securables.tables import securables

_CATALOG = securables.alias("catalog_of")
_BINDING = catalog_bindings.alias("the_binding")
_HELD = grants.alias("held")
_OF_KIND = {kind: securables.c.kind == kind.value for kind in Kind}
_LIVING = {
    kind: and_(of_kind, securables.c.deleted_at.is_(None)) for kind, of_kind in _OF_KIND.items()
}


def permitted(
    subject: Subject, rule: Rule, kind: Kind, scope: Scope, *, deleted: bool
) -> ColumnElement[bool]:
    """Return the condition that a securable is of ``kind``, and ``rule`` permits it.

    Those in the trash are left out unless ``deleted``.
    """
    of_kind = (_OF_KIND if deleted else _LIVING)[kind]
    return and_(of_kind, _Conditions(subject, rule, scope).anywhere())


class _Conditions:
    """Turns the zones of a scope into SQL."""

    def __init__(self, subject: Subject, rule: Rule, scope: Scope) -> None:
        self._subject = subject
        self._rule = rule
        self._scope = scope

    def anywhere(self) -> ColumnElement[bool]:
        scope = self._scope
        zones = {*scope.catalogs.values(), *scope.schemas.values()}
        if zones <= {WHOLE} and scope.elsewhere == WHOLE:
            return true()
        parts = [and_(self._region(zone), self._holds(zone)) for zone in zones]
        parts.append(and_(self._elsewhere(), self._holds(scope.elsewhere, open_only=True)))
        return or_(*parts)

    def _region(self, zone: Zone) -> ColumnElement[bool]:
        scope = self._scope
        catalogs = [catalog for catalog, found in scope.catalogs.items() if found == zone]
        schemas = [schema for schema, found in scope.schemas.items() if found == zone]
        others = [schema for schema, found in scope.schemas.items() if found != zone]
        parts = []
        if catalogs:
            inside = securables.c.catalog_id.in_(catalogs)
            parts.append(and_(inside, *_not_in(securables.c.schema_id, others)))
        if schemas:
            parts.append(securables.c.schema_id.in_(schemas))
        return or_(*parts)

    def _elsewhere(self) -> ColumnElement[bool]:
        return and_(
            true(),
            *_not_in(securables.c.catalog_id, self._scope.catalogs),
            *_not_in(securables.c.schema_id, self._scope.schemas),
        )

    def _holds(self, zone: Zone, *, open_only: bool = False) -> ColumnElement[bool]:
        """Return the condition that one of the zone's privileges is held.

        With ``open_only`` what is not held throughout counts in catalogs open to the workspace.
        """
        if zone == WHOLE:
            return true()
        denied = self._scope.denied_items
        throughout = [not_(self._granted("deny", items_of(name))) for name in zone.throughout]
        plain = {name for name in zone.singly if denied.isdisjoint(items_of(name))}
        singly = [self._held_singly(items_of(*plain))] if plain else []
        singly += [
            and_(self._held_singly(items), not_(self._granted("deny", items)))
            for items in (items_of(name) for name in zone.singly - plain)
        ]
        held_singly = or_(false(), *singly)
        if open_only:
            held_singly = and_(held_singly, not_(self._is_in_shut_catalog()))
        return or_(false(), *throughout, held_singly)

    def _held_singly(self, items: frozenset[str]) -> ColumnElement[bool]:
        owned = securables.c.owner_id.in_(self._subject.principals)
        return or_(owned, self._granted("allow", items))

    def _granted(self, effect: str, items: frozenset[str]) -> ColumnElement[bool]:
        # The item as an expression: each of many would else be looked up by itself in the index.
        return exists().where(
            _HELD.c.securable_id == securables.c.id,
            (_HELD.c.item + "").in_(sorted(items)),
            _HELD.c.effect == effect,
            *_in_force(self._subject),
        )

    def _is_in_shut_catalog(self) -> ColumnElement[bool]:
        # The kind says nothing new, but PostgreSQL would look for isolated ones among everything.
        return exists().where(
            _CATALOG.c.id == securables.c.catalog_id,
            _CATALOG.c.kind == Kind.CATALOG.value,
            _is_shut(self._subject, self._rule),
        )


def _in_force(subject: Subject) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that a grant is to the subject and has not expired."""
    expires_at = _HELD.c.expires_at
    return (
        _HELD.c.principal_id.in_(subject.principals),
        or_(expires_at.is_(None), expires_at > subject.now),
    )


def _is_shut(subject: Subject, rule: Rule) -> ColumnElement[bool]:
    """Return the condition that a catalog is closed to the subject's workspace for the rule."""
    binding = exists().where(
        _BINDING.c.catalog_id == _CATALOG.c.id,
        _BINDING.c.workspace_id == (subject.workspace_id or ""),
    )
    if rule.effect is not Effect.READ:
        binding = binding.where(_BINDING.c.read_only.is_(False))
    return and_(_CATALOG.c.isolated, not_(binding))


def _not_in(column: ColumnElement[str], ids: Collection[str]) -> list[ColumnElement[bool]]:
    return [column.not_in(ids)] if ids else []
