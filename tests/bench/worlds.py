"""Large namespaces made by bulk statements, and callers of five kinds in them."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Table

from app.access.tables import grants
from app.db import Database, Session
from app.db.metadata import new_id
from app.identity import Caller, Principal, PrincipalKind, Request
from app.identity.caller import PrincipalId
from app.identity.principals import groups_of
from app.identity.tables import closure, memberships, principals
from app.securables import METASTORE_ID
from app.securables.pieces import pieces_of
from app.securables.tables import name_pieces, securables

CATALOGS = 10
SCHEMAS_PER_CATALOG = 100
OWNED_BY_PIPELINE = 10
NOW = 1_700_000_000_000


@dataclass(frozen=True)
class World:
    """The ids of what was made, in the order of making.

    ``root`` owns the metastore and the catalogs, ``pipeline`` every tenth model, as what registers
    models by itself does; users own the schemas and the other models in turn.
    """

    root: str
    pipeline: str
    users: list[str]
    groups: list[str]
    catalogs: list[str]
    schemas: list[str]
    models: list[str]


def make_world(database: Database, *, models: int, direct_grants: int) -> World:
    """Fill an empty database: models evenly over 1,000 schemas, direct grants to 1,000 users."""
    with database.session() as session:
        lift_checks(session)
        session.begin()
        world = _make_people_and_containers(session, models)
        load_securables(session, lambda: _model_rows(world))
        load(session, grants, chain(_direct_grants(world, direct_grants), _use_grants(world)))
        session.commit()
        if not database.is_sqlite:  # what autovacuum does by itself; SQLite has no such thing
            session.driver_execute("ANALYZE")
    database.dispose()
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
    first = world.groups[world.users.index(typical) % 12]
    with database.session() as session:
        session.begin()
        load(session, grants, _grants_of_callers(world))
        others = [group for group in world.groups if group != first]
        load(session, closure, ({"group_id": one, "member_id": typical} for one in others))
        session.commit()
    return {
        "1 % by direct grants": one_percent,
        "everything": everything,
        "10 % by schema grants": by_schema,
        "typical, in 12 groups": typical,
        "nothing": nothing,
    }


def _grants_of_callers(world: World) -> Iterator[dict[str, Any]]:
    one_percent, everything, by_schema, typical, _ = world.users[-5:]
    for index in range(0, len(world.models), 101):
        yield model_grant(world, index, one_percent, "EXECUTE")
    for id_ in world.schemas[::10]:
        yield container_grant(world, id_, by_schema, "role:reader")
    for id_ in world.catalogs:
        yield container_grant(world, id_, everything, "role:reader")
    for id_ in world.schemas[5:25]:
        yield container_grant(world, id_, typical, "EXECUTE")
    for user in (one_percent, by_schema, typical):
        for id_ in world.catalogs:
            yield container_grant(world, id_, user, "USE CATALOG")
            yield container_grant(world, id_, user, "USE SCHEMA")


def _make_people_and_containers(session: Session, models: int) -> World:
    root, pipeline, *users = (new_id() for _ in range(1_007))
    groups = [new_id() for _ in range(12)]
    rows = [principal_row(root, "root", "user"), principal_row(pipeline, "ci", "service_principal")]
    rows += [principal_row(user, f"user{index}", "user") for index, user in enumerate(users)]
    rows += [principal_row(group, f"group{index}", "group") for index, group in enumerate(groups)]
    load(session, principals, rows)
    belongs = [{"group_id": groups[i % 12], "member_id": user} for i, user in enumerate(users)]
    load(session, memberships, ({**row, "added_at": NOW} for row in belongs))
    load(session, closure, belongs)
    catalogs = [new_id() for _ in range(CATALOGS)]
    schemas = [new_id() for _ in range(CATALOGS * SCHEMAS_PER_CATALOG)]
    models_ = [new_id() for _ in range(models)]
    world = World(root, pipeline, users, groups, catalogs, schemas, models_)
    load_securables(session, lambda: _container_rows(world))
    return world


def _container_rows(world: World) -> Iterator[dict[str, Any]]:
    places: dict[str, str | None] = dict.fromkeys(("parent_id", "catalog_id", "schema_id"))
    yield securable_row(METASTORE_ID, "metastore", "m", world.root) | places
    places["parent_id"] = METASTORE_ID
    for index, id_ in enumerate(world.catalogs):
        yield securable_row(id_, "catalog", f"c{index}", world.root) | places | {"catalog_id": id_}
    for index, id_ in enumerate(world.schemas):
        catalog = world.catalogs[index // SCHEMAS_PER_CATALOG]
        places = {"parent_id": catalog, "catalog_id": catalog, "schema_id": id_}
        yield securable_row(id_, "schema", f"s{index}", _owner(world, index)) | places


def _model_rows(world: World) -> Iterator[dict[str, Any]]:
    for index, id_ in enumerate(world.models):
        schema = index % len(world.schemas)
        is_made = index // len(world.schemas) % OWNED_BY_PIPELINE == 0
        owner = world.pipeline if is_made else _owner(world, index * 13)
        yield {
            **securable_row(id_, "registered_model", f"m{index}", owner),
            "parent_id": world.schemas[schema],
            "catalog_id": world.catalogs[schema // SCHEMAS_PER_CATALOG],
            "schema_id": world.schemas[schema],
        }


def _piece_rows(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        for piece in pieces_of(row["name"]):
            yield {"kind": row["kind"], "piece": piece, "securable_id": row["id"]}


def _owner(world: World, index: int) -> str:
    """Return one of the users in turn, but none of the last five, who are what they are granted."""
    return world.users[index % (len(world.users) - 5)]


def _direct_grants(world: World, number: int) -> Iterator[dict[str, Any]]:
    holders = world.users[:-5] + world.groups
    for index in range(number):
        model = index % len(world.models)
        holder = holders[(index // len(world.models) * 7 + index) % len(holders)]
        yield model_grant(world, model, holder, "EXECUTE")


def _use_grants(world: World) -> Iterator[dict[str, Any]]:
    for group in world.groups:
        for catalog in world.catalogs:
            yield container_grant(world, catalog, group, "USE CATALOG")
            yield container_grant(world, catalog, group, "USE SCHEMA")


def model_grant(world: World, model: int, holder: str, item: str) -> dict[str, Any]:
    schema = model % len(world.schemas)
    return {
        "securable_id": world.models[model],
        "principal_id": holder,
        "item": item,
        "kind": "registered_model",
        "schema_id": world.schemas[schema],
        "catalog_id": world.catalogs[schema // SCHEMAS_PER_CATALOG],
        "granted_by": world.root,
        "granted_at": NOW,
    }


def container_grant(world: World, id_: str, holder: str, item: str) -> dict[str, Any]:
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
        "granted_at": NOW,
    }


def principal_row(id_: str, name: str, kind: str) -> dict[str, Any]:
    return {"id": id_, "kind": kind, "name": name, "created_at": NOW}


def securable_row(id_: str, kind: str, name: str, owner: str) -> dict[str, Any]:
    return {
        "id": id_,
        "kind": kind,
        "name": name,
        "owner_id": owner,
        "created_at": NOW,
        "created_by": owner,
        "updated_at": NOW,
        "updated_by": owner,
    }


def lift_checks(session: Session) -> None:
    """Spare the connection, which ends with the making, what a million rows would pay for."""
    if session.is_sqlite:
        session.driver_execute("PRAGMA foreign_keys = OFF")
    else:
        session.driver_execute("SET session_replication_role = replica")


def load_securables(session: Session, rows: Callable[[], Iterator[dict[str, Any]]]) -> None:
    """Write securables, and what they are found by; ``rows`` gives the same rows each time."""
    load(session, securables, rows())
    load(session, name_pieces, _piece_rows(rows()))


def load(session: Session, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows that all have the columns of the first one, the quickest way of the engine."""
    remaining = iter(rows)
    first = next(remaining)
    values = (tuple(row.values()) for row in chain([first], remaining))
    driver: Any = session.connection.connection.driver_connection
    columns = ", ".join(first)
    if session.is_sqlite:
        marks = ", ".join("?" * len(first))
        driver.executemany(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", values)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as to:
        for row in values:
            to.write_row(row)
