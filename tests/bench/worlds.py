"""Large namespaces made by bulk statements, and callers of five kinds in them."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert

from app.access.tables import grants
from app.db import Database, Session
from app.db.metadata import new_id
from app.identity import Caller, Principal, PrincipalKind, Request
from app.identity.caller import PrincipalId
from app.identity.principals import groups_of
from app.identity.tables import closure, memberships, principals
from app.securables import METASTORE_ID
from app.securables.tables import securables

CATALOGS = 10
SCHEMAS_PER_CATALOG = 100
_BATCH = 5_000
_NOW = 1_700_000_000_000


@dataclass(frozen=True)
class World:
    """The ids of what was made, in the order of making."""

    root: str
    users: list[str]
    groups: list[str]
    catalogs: list[str]
    schemas: list[str]
    models: list[str]


def make_world(database: Database, *, models: int, direct_grants: int) -> World:
    """Fill an empty database: models evenly over 1,000 schemas, direct grants to 1,000 users."""
    with database.session() as session:
        session.begin()
        world = _make_people_and_containers(session, models)
        _insert(session, securables, _model_rows(world))
        _insert(session, grants, _direct_grants(world, direct_grants))
        _insert(session, grants, _use_grants(world))
        session.commit()
        session.driver_execute("ANALYZE")
    return world


def caller_for(database: Database, principal_id: str) -> Caller:
    """Return a Caller in no workspace, with a session of its own."""
    session = database.session()
    return Caller(
        principal=Principal(PrincipalId(principal_id), PrincipalKind.USER, "bench"),
        workspace=None,
        session=session,
        request=Request(new_id()),
        now=time.time_ns() // 1_000_000,
        groups=groups_of(session, principal_id),
    )


def five_callers(database: Database, world: World) -> dict[str, str]:
    """Grant what makes five kinds of caller, and return their ids by kind."""
    one_percent, everything, by_schema, typical, nothing = world.users[-5:]
    with database.session() as session:
        session.begin()
        step = max(1, len(world.models) // 100)
        few = range(0, len(world.models), max(1, step // max(1, step // 100)))
        _insert(
            session,
            grants,
            (_grant(world, index, one_percent, "EXECUTE") for index in few if index % 100 == 0),
        )
        for user, item, ids in (
            (by_schema, "role:reader", world.schemas[::10]),
            (everything, "role:reader", world.catalogs),
            (typical, "EXECUTE", world.schemas[5:25]),
        ):
            _insert(session, grants, (_container_grant(world, id_, user, item) for id_ in ids))
        entered = [one_percent, by_schema, typical]
        _insert(
            session,
            grants,
            (
                _container_grant(world, catalog, user, item)
                for user in entered
                for catalog in world.catalogs
                for item in ("USE CATALOG", "USE SCHEMA")
            ),
        )
        first = world.groups[world.users.index(typical) % 12]
        more = [group for group in world.groups if group != first]
        _insert(session, closure, [{"member_id": typical, "group_id": group} for group in more])
        session.commit()
    return {
        "1 % by direct grants": one_percent,
        "everything": everything,
        "10 % by schema grants": by_schema,
        "typical, in 12 groups": typical,
        "nothing": nothing,
    }


def _make_people_and_containers(session: Session, models: int) -> World:
    root, *users = (new_id() for _ in range(1_006))
    groups = [new_id() for _ in range(12)]
    rows = [_principal(root, "root", "user")]
    rows += [_principal(user, f"user{index}", "user") for index, user in enumerate(users)]
    rows += [_principal(group, f"group{index}", "group") for index, group in enumerate(groups)]
    _insert(session, principals, rows)
    belongs = [{"group_id": groups[i % 12], "member_id": user} for i, user in enumerate(users)]
    _insert(session, memberships, ({**row, "added_at": _NOW} for row in belongs))
    _insert(session, closure, belongs)
    catalogs = [new_id() for _ in range(CATALOGS)]
    schemas = [new_id() for _ in range(CATALOGS * SCHEMAS_PER_CATALOG)]
    world = World(root, users, groups, catalogs, schemas, [new_id() for _ in range(models)])
    _insert(session, securables, [_securable(METASTORE_ID, "metastore", "m", root)])
    _insert(
        session,
        securables,
        (
            {**_securable(id_, "catalog", f"c{i}", root), "parent_id": METASTORE_ID}
            | {"catalog_id": id_}
            for i, id_ in enumerate(catalogs)
        ),
    )
    _insert(
        session,
        securables,
        (
            {**_securable(id_, "schema", f"s{i}", root), "schema_id": id_}
            | dict.fromkeys(("parent_id", "catalog_id"), catalogs[i // SCHEMAS_PER_CATALOG])
            for i, id_ in enumerate(schemas)
        ),
    )
    return world


def _model_rows(world: World) -> Iterator[dict[str, Any]]:
    for index, id_ in enumerate(world.models):
        schema = index % len(world.schemas)
        yield {
            **_securable(id_, "registered_model", f"m{index}", world.root),
            "parent_id": world.schemas[schema],
            "schema_id": world.schemas[schema],
            "catalog_id": world.catalogs[schema // SCHEMAS_PER_CATALOG],
        }


def _direct_grants(world: World, number: int) -> Iterator[dict[str, Any]]:
    holders = world.users[:-5] + world.groups
    for index in range(number):
        model = index % len(world.models)
        holder = holders[(index // len(world.models) * 7 + index) % len(holders)]
        yield _grant(world, model, holder, "EXECUTE")


def _use_grants(world: World) -> Iterator[dict[str, Any]]:
    for group in world.groups:
        for catalog in world.catalogs:
            yield _container_grant(world, catalog, group, "USE CATALOG")
            yield _container_grant(world, catalog, group, "USE SCHEMA")


def _grant(world: World, model: int, holder: str, item: str) -> dict[str, Any]:
    schema = model % len(world.schemas)
    return {
        "securable_id": world.models[model],
        "principal_id": holder,
        "item": item,
        "kind": "registered_model",
        "schema_id": world.schemas[schema],
        "catalog_id": world.catalogs[schema // SCHEMAS_PER_CATALOG],
        "granted_by": world.root,
        "granted_at": _NOW,
    }


def _container_grant(world: World, id_: str, holder: str, item: str) -> dict[str, Any]:
    is_catalog = id_ in world.catalogs
    schema = None if is_catalog else world.schemas.index(id_)
    return {
        "securable_id": id_,
        "principal_id": holder,
        "item": item,
        "kind": "catalog" if is_catalog else "schema",
        "schema_id": None if is_catalog else id_,
        "catalog_id": id_ if schema is None else world.catalogs[schema // SCHEMAS_PER_CATALOG],
        "granted_by": world.root,
        "granted_at": _NOW,
    }


def _principal(id_: str, name: str, kind: str) -> dict[str, Any]:
    return {"id": id_, "kind": kind, "name": name, "created_at": _NOW}


def _securable(id_: str, kind: str, name: str, owner: str) -> dict[str, Any]:
    return {
        "id": id_,
        "kind": kind,
        "name": name,
        "owner_id": owner,
        "created_at": _NOW,
        "created_by": owner,
        "updated_at": _NOW,
        "updated_by": owner,
    }


def _insert(session: Session, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        session.execute(insert(table), batch)
