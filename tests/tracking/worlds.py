"""A small world for tracking: an experiment of alice's, which bob may read and charlie not see."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import insert

from app.db import Database, Session
from app.identity import Caller, Principal, WorkspaceRef
from app.securables import Securable
from app.tracking.tables import experiments
from tests.factories import (
    NOW,
    caller_for,
    grant,
    make_catalog,
    make_experiment,
    make_group,
    make_metastore,
    make_schema,
    make_user,
    make_workspace,
)


@dataclass(frozen=True)
class World:
    """Whoever is asked for calls in a session of this world; ``commit`` ends their requests."""

    session: Session
    root: Principal
    alice: Principal
    bob: Principal
    charlie: Principal
    schema: Securable
    workspace: WorkspaceRef
    experiment: Securable
    number: str

    def caller(self, who: str = "alice", *, now: int = NOW, home: bool = True) -> Caller:
        principal = getattr(self, who)
        return caller_for(self.session, principal, self.workspace if home else None, now=now)

    def add_experiment(self, name: str, owner: str = "alice") -> str:
        """Make an experiment without asking who may, and return MLflow's id of it."""
        made = make_experiment(self.session, self.schema, name, getattr(self, owner))
        return number_experiment(self.session, made)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """End the request as a door does that got an error: whatever it wrote is undone."""
        try:
            yield
        finally:
            self.session.rollback()


def make_world(database: Database) -> World:
    session = database.session()
    session.begin()
    root, alice, bob, charlie = (
        make_user(session, name) for name in ("root", "alice", "bob", "charlie")
    )
    readers = make_group(session, "readers", bob)
    metastore = make_metastore(session, root)
    catalog = make_catalog(session, metastore, "lab", root)
    schema = make_schema(session, catalog, "default", root)
    grant(session, catalog, alice, "USE CATALOG", "USE SCHEMA", "CREATE EXPERIMENT")
    grant(session, catalog, readers, "USE CATALOG", "USE SCHEMA")
    grant(session, catalog, charlie, "USE CATALOG", "USE SCHEMA")
    experiment = make_experiment(session, schema, "wine", alice)
    grant(session, experiment, readers, "READ EXPERIMENT")
    number = number_experiment(session, experiment)
    session.commit()
    workspace = make_workspace("lab", schema)
    return World(session, root, alice, bob, charlie, schema, workspace, experiment, number)


def number_experiment(session: Session, experiment: Securable) -> str:
    values = {"securable_id": experiment.id}
    statement = insert(experiments).returning(experiments.c.number)
    return str(session.execute(statement, values).scalar_one())
