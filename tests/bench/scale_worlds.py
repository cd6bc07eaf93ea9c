"""A world of a size: an experiment of many runs, a run of many points, and many models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from app.access.tables import grants
from app.db import Database, Session
from app.db.metadata import new_id
from app.identity import Caller
from app.identity.tables import principals
from app.securables.tables import tags
from app.tracking.tables import experiments, params
from tests.bench.fillings import (
    FIRST_PK,
    fill_points,
    fill_registry,
    fill_runs,
    param_row,
    run_id,
)
from tests.bench.worlds import (
    NOW,
    World,
    caller_for,
    container_grant,
    five_callers,
    load,
    load_securables,
    make_world,
    model_grant,
    principal_row,
    securable_row,
)

NUMBER = 1
HISTORY_KEY = "curve"
READERS = ("a reader of all", "a reader of 1 %", "a reader of ten", "their owner")
_FEW = 10
_RARE = 50
"""So many runs have the rare parameter, and so many models the tag, whatever the size."""


@dataclass(frozen=True)
class ScaleWorld:
    """A database of a size, with sessions of callers by what they are."""

    database: Database
    size: int
    callers: dict[str, Caller]

    @property
    def points(self) -> int:
        """How many points the run of points has."""
        return 10 * self.size

    @property
    def run_of_points(self) -> str:
        """The id of the run with the long history."""
        return run_id(0)

    def caller(self, name: str) -> Caller:
        """Return a caller as at the beginning of a request."""
        caller = self.callers[name]
        caller.ledger.entries.clear()
        return caller

    def close(self) -> None:
        """Give the connections back."""
        for caller in self.callers.values():
            caller.session.close()
        self.database.dispose()


def make_scale_world(database: Database, size: int) -> ScaleWorld:
    """Fill an empty database to a size."""
    world = make_world(database, models=size, direct_grants=size)
    readers = _readers(world, five_callers(database, world))
    owner = world.users[0]
    with database.session() as session:
        session.begin()
        fill_registry(session, world.models, world.pipeline)
        few = principal_row(readers["a reader of ten"], "few", "user")
        load(session, principals, [few])
        load(session, grants, _few_grants(world, readers["a reader of ten"]))
        load(session, tags, _rare_tags(world))
        _make_experiment(session, world, owner)
        fill_runs(session, NUMBER, owner, size)
        load(session, params, _rare_params(size))
        fill_points(session, FIRST_PK, HISTORY_KEY, 10 * size)
        session.commit()
        if not session.is_sqlite:
            session.driver_execute("ANALYZE")
    callers = {name: caller_for(database, one) for name, one in readers.items()}
    callers["its owner"] = caller_for(database, owner)
    return ScaleWorld(database, size, callers)


def _readers(world: World, five: dict[str, str]) -> dict[str, str]:
    ids = five["everything"], five["1 % by direct grants"], new_id(), world.pipeline
    return dict(zip(READERS, ids, strict=True))


def _few_grants(world: World, reader: str) -> Iterator[dict[str, Any]]:
    for catalog in world.catalogs:
        yield container_grant(world, catalog, reader, "USE CATALOG")
        yield container_grant(world, catalog, reader, "USE SCHEMA")
    for index in range(0, len(world.models), len(world.models) // _FEW):
        yield model_grant(world, index, reader, "EXECUTE")


def _rare_tags(world: World) -> Iterator[dict[str, Any]]:
    for index in range(0, len(world.models), len(world.models) // _RARE):
        tag = {"tag_name": "team", "value": "seven", "set_at": NOW, "set_by": world.pipeline}
        yield {"securable_id": world.models[index], **tag}


def _rare_params(size: int) -> Iterator[dict[str, Any]]:
    for index, number in enumerate(range(0, size, size // _RARE)):
        yield param_row(NUMBER, number, "rare", str(index % 10))


def _make_experiment(session: Session, world: World, owner: str) -> None:
    id_ = new_id()
    places = {"parent_id": world.schemas[0], "schema_id": world.schemas[0]}
    row = securable_row(id_, "experiment", "scale", owner) | places
    load_securables(session, lambda: iter([row | {"catalog_id": world.catalogs[0]}]))
    session.execute(insert(experiments), {"number": NUMBER, "securable_id": id_})
