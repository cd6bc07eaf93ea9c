"""A small world for data sets: a cellar in which alice keeps tables, and her experiment elsewhere.

Alice contributes to ``vineyard``; bob may read the tables of the cellar through a group; dora
browses ``vineyard``; charlie enters the cellar and holds nothing there. All of them log runs to an
experiment in ``lab``, which is open to all of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import insert

from app.datasets import Column, Contents, DataTable, create_table
from app.db import Database, Session
from app.identity import Caller, Principal
from app.lineage import Direction, Graph, walk
from app.securables import FullName, Securable
from app.tracking.runs.inputs import log_inputs
from app.tracking.runs.runs import create_run
from app.tracking.tables import experiments
from app.tracking.values import Dataset, DatasetInput
from tests import factories

GRAPES = FullName.of("vineyard", "cellar", "grapes")
CONTENTS = Contents(
    source_type="s3",
    source="s3://bucket/grapes.parquet",
    data_format="PARQUET",
    columns=(Column("sugar", "double", nullable=False), Column("note", "string")),
    digest="d1",
    profile='{"num_rows":3}',
)


@dataclass(frozen=True)
class World:
    """Whoever is asked for calls in a session of this world; ``commit`` ends their requests."""

    session: Session
    people: dict[str, Principal]
    vineyard: Securable
    cellar: Securable
    lab: Securable
    number: str

    def caller(
        self, who: str = "alice", *, now: int = factories.NOW, scope: tuple[str, ...] = ("*",)
    ) -> Caller:
        return factories.caller_for(self.session, self.people[who], now=now, scope=scope)

    def table(self, name: FullName = GRAPES, who: str = "alice") -> DataTable:
        made = create_table(self.caller(who), name, CONTENTS, comment="ripe")
        self.session.commit()
        return made

    def run(self, who: str = "alice") -> str:
        made = create_run(self.caller(who), self.number).info.run_id
        self.session.commit()
        return made

    def log(self, caller: Caller, *names: str, digest: str = "d1", schema: str = "") -> str:
        """Log data sets as the inputs of a new run, end the request, and return the run's id."""
        run_id = self.run(caller.principal.name)
        used = [
            DatasetInput(Dataset(name, digest, "local", '{"uri": "grapes.csv"}', schema))
            for name in names
        ]
        log_inputs(caller, run_id, datasets=used)
        self.session.commit()
        return run_id

    def sources(self, run_id: str, who: str = "root") -> Graph:
        """Return what is known of where a run's data came from."""
        return walk(self.caller(who), f"run:{run_id}", Direction.UPSTREAM, 1)

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
    names = ("root", "alice", "bob", "charlie", "dora")
    people = {name: factories.make_user(session, name) for name in names}
    root = people["root"]
    people["readers"] = readers = factories.make_group(session, "readers", people["bob"])
    metastore = factories.make_metastore(session, root)
    vineyard = factories.make_catalog(session, metastore, "vineyard", root)
    cellar = factories.make_schema(session, vineyard, "cellar", root)
    factories.grant(session, vineyard, people["alice"], "role:contributor")
    factories.grant(session, vineyard, readers, "USE CATALOG", "USE SCHEMA", "SELECT")
    factories.grant(session, vineyard, people["charlie"], "USE CATALOG", "USE SCHEMA")
    factories.grant(session, vineyard, people["dora"], "BROWSE")
    lab = factories.make_catalog(session, metastore, "lab", root)
    default = factories.make_schema(session, lab, "default", root)
    experiment = factories.make_experiment(session, default, "wine", people["alice"])
    for name in names[1:]:
        factories.grant(session, lab, people[name], "USE CATALOG", "USE SCHEMA")
        factories.grant(session, experiment, people[name], "READ EXPERIMENT", "LOG RUN")
    statement = insert(experiments).returning(experiments.c.number)
    number = session.execute(statement, {"securable_id": experiment.id}).scalar_one()
    session.commit()
    return World(session, people, vineyard, cellar, lab, str(number))
