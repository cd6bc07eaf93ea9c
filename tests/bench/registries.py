"""The models that the registries of Muniment and of mlflow are compared by."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.access.tables import grants
from app.db import Database, Session
from app.db.metadata import new_id
from app.identity import PrincipalKind
from app.identity.tables import principals
from app.securables import METASTORE_ID
from tests.bench.fillings import fill_registry
from tests.bench.worlds import NOW, load, load_securables, securable_row

_CATALOG, _SCHEMA = "bench", "models"
PLACE = f"{_CATALOG}.{_SCHEMA}."
"""What is before the names of Muniment's."""

_MLFLOW_MODEL = """INSERT INTO registered_models
(name, creation_time, last_updated_time, description) VALUES (?, ?, ?, ?)"""
_MLFLOW_VERSION = """INSERT INTO model_versions
(name, version, creation_time, last_updated_time, description, current_stage, source, status)
VALUES (?, 1, ?, ?, '', 'None', ?, 'READY')"""


def model_name(number: int) -> str:
    """Return the name of a model in either registry."""
    return f"model-{number:05}"


def fill_muniment(database: Database, count: int, reader: str, readable: int) -> None:
    """Register models of the administrator in a catalog, some of them granted to a reader."""
    with database.session() as session:
        session.begin()
        admin = _principal(session, "admin")
        catalog, schema = new_id(), new_id()
        load_securables(session, lambda: _container_rows(catalog, schema, admin))
        ids = [new_id() for _ in range(count)]
        place = {"parent_id": schema, "catalog_id": catalog, "schema_id": schema}
        load_securables(session, lambda: _model_rows(ids, admin, place))
        fill_registry(session, ids, admin)
        load(session, grants, _reader_grants(session, reader, place, ids[:: count // readable]))
        session.commit()


def fill_mlflow(path: Path, count: int) -> None:
    """Register the same models in mlflow's own database."""
    with sqlite3.connect(path) as connection:
        names = [model_name(number) for number in range(count)]
        models = ((name, NOW, NOW, "") for name in names)
        connection.executemany(_MLFLOW_MODEL, models)
        versions = ((name, NOW, NOW, f"s3://models/{name}") for name in names)
        connection.executemany(_MLFLOW_VERSION, versions)
    connection.close()


def _container_rows(catalog: str, schema: str, owner: str) -> Iterator[dict[str, Any]]:
    places = {"parent_id": METASTORE_ID, "catalog_id": catalog, "schema_id": None}
    yield securable_row(catalog, "catalog", _CATALOG, owner) | places
    places = {"parent_id": catalog, "catalog_id": catalog, "schema_id": schema}
    yield securable_row(schema, "schema", _SCHEMA, owner) | places


def _model_rows(ids: Sequence[str], owner: str, place: dict[str, str]) -> Iterator[dict[str, Any]]:
    for number, id_ in enumerate(ids):
        yield securable_row(id_, "registered_model", model_name(number), owner) | place


def _reader_grants(
    session: Session, reader: str, place: dict[str, str], models: Sequence[str]
) -> Iterator[dict[str, Any]]:
    holder = _principal(session, reader)
    catalog = {"catalog_id": place["catalog_id"], "schema_id": None}
    for item in ("USE CATALOG", "USE SCHEMA"):
        yield _grant(place["catalog_id"], "catalog", holder, item) | catalog
    for model in models:
        yield _grant(model, "registered_model", holder, "EXECUTE") | {
            "catalog_id": place["catalog_id"],
            "schema_id": place["schema_id"],
        }


def _grant(securable: str, kind: str, holder: str, item: str) -> dict[str, Any]:
    return {
        "securable_id": securable,
        "principal_id": holder,
        "item": item,
        "kind": kind,
        "granted_by": holder,
        "granted_at": NOW,
    }


def _principal(session: Session, name: str) -> str:
    known = principals.c.name == name, principals.c.kind == PrincipalKind.USER.value
    found: str = session.execute(select(principals.c.id).where(*known)).scalar_one()
    return found
