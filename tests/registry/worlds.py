"""A small world for the registry: alice's models and runs, and who may do what with them.

Alice contributes to ``team``, the catalog of her workspace, and to ``prod``. Bob may execute
alice's model through a group, dora browses ``team``, charlie enters ``team`` and holds nothing.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import insert

from app import access, registry
from app.access import Operation
from app.artifacts import LocalBlobStore, Upload, Vault, store_file
from app.crypto import LocalKeyProvider, RootKey
from app.db import Database, Session
from app.db.metadata import new_id
from app.identity import Caller, Principal, WorkspaceRef
from app.keys import KeyRing, ensure_metastore_key
from app.registry import ModelVersion, NewVersion
from app.securables import FullName, Kind, Securable
from app.tracking.runs.runs import create_run
from app.tracking.tables import experiments, logged_models
from app.tracking.values import LoggedModelStatus
from tests import factories

WINE = FullName.of("team", "default", "wine")
PROD_WINE = FullName.of("prod", "ml", "wine")
LATER = factories.NOW + 1000


@dataclass
class World:
    """Whoever is asked for calls in a session of this world; ``commit`` ends their requests."""

    database: Database
    session: Session
    vault: Vault
    people: dict[str, Principal]
    workspace: WorkspaceRef
    team: Securable
    home: Securable
    prod: Securable
    production: Securable
    experiment: Securable
    number: int
    blobs: Path

    def caller(self, who: str = "alice", *, now: int = factories.NOW) -> Caller:
        return factories.caller_for(self.session, self.people[who], self.workspace, now=now)

    def commit(self) -> None:
        self.session.commit()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """End the request as a door does that got an error: whatever it wrote is undone."""
        try:
            yield
        finally:
            self.session.rollback()

    def model(self, name: FullName = WINE, **options: object) -> registry.RegisteredModel:
        made = registry.create_model(self.caller(), name, **options)  # type: ignore[arg-type]
        self.commit()
        return made

    def grant(self, who: str, on: registry.RegisteredModel, *items: str) -> None:
        securable = access.obtain(
            self.caller("root"), Operation.GRANT_READ, on.id, kind=Kind.REGISTERED_MODEL
        )
        factories.grant(self.session, securable, self.people[who], *items)
        self.commit()

    def run(self, **files: bytes) -> str:
        """Make a run of alice's with files below ``model/``, and return its id."""
        run_id = create_run(self.caller(), str(self.number)).info.run_id
        self.commit()
        self.put(f"run:{run_id}", files)
        return run_id

    def logged_model(self, run_id: str | None = None, **files: bytes) -> str:
        """Make a logged model of alice's with files at its top, and return its id."""
        model_id = f"m-{new_id()}"
        values = {
            "model_id": model_id,
            "experiment_number": self.number,
            "name": "net",
            "source_run_id": run_id,
            "status": LoggedModelStatus.READY.value,
            "created_by": self.people["alice"].id,
            "created_at": factories.NOW,
            "updated_at": factories.NOW,
        }
        self.session.execute(insert(logged_models), values)
        self.put(f"logged_model:{model_id}", files, folder="")
        return model_id

    def put(self, container: str, files: dict[str, bytes], folder: str = "model/") -> None:
        for name, content in files.items():
            caller = self.caller()
            upload = Upload(container, folder + name, io.BytesIO(content), len(content))
            store_file(caller, self.vault, partial(self._may_write, caller), upload)
            self.commit()

    def version(
        self, name: FullName = WINE, source: str = "", *, who: str = "alice", now: int = LATER
    ) -> ModelVersion:
        """Create a version, of a new run with one file if no source is given."""
        new = NewVersion(source or f"runs:/{self.run(weights=b'heavy')}/model")
        made = registry.create_version(self.caller(who, now=now), self.vault, name, new)
        self.commit()
        return made

    def read(self, who: str, version: ModelVersion, path: str = "weights") -> bytes:
        opened = registry.open_version_file(
            self.caller(who), self.vault, version.model_id, version.version, path
        )
        return b"".join(opened.chunks)

    def _may_write(self, caller: Caller) -> Securable:
        return access.obtain(
            caller, Operation.ARTIFACT_WRITE, self.experiment.id, kind=Kind.EXPERIMENT
        )


def make_world(folder: Path, database: Database) -> World:
    session = database.session()
    session.begin()
    names = ("root", "alice", "bob", "charlie", "dora")
    people = {name: factories.make_user(session, name) for name in names}
    root = people["root"]
    people["readers"] = readers = factories.make_group(session, "readers", people["bob"])
    metastore = factories.make_metastore(session, root)
    team = factories.make_catalog(session, metastore, "team", root)
    prod = factories.make_catalog(session, metastore, "prod", root)
    home = factories.make_schema(session, team, "default", root)
    production = factories.make_schema(session, prod, "ml", root)
    for catalog in (team, prod):
        factories.grant(session, catalog, people["alice"], "role:contributor")
        factories.grant(session, catalog, readers, "USE CATALOG", "USE SCHEMA")
    factories.grant(session, team, people["charlie"], "USE CATALOG", "USE SCHEMA")
    factories.grant(session, team, people["dora"], "BROWSE")
    experiment = factories.make_experiment(session, home, "trial", people["alice"])
    statement = insert(experiments).returning(experiments.c.number)
    number = session.execute(statement, {"securable_id": experiment.id}).scalar_one()
    session.commit()
    provider = LocalKeyProvider(folder / "keys" / "keyring.json", RootKey(bytes(range(32))))
    vault = Vault(LocalBlobStore(folder / "blobs"), KeyRing(provider))
    ensure_metastore_key(factories.caller_for(session, root), vault.key_ring)
    session.commit()
    return World(
        database=database,
        session=session,
        vault=vault,
        people=people,
        workspace=factories.make_workspace("team", home),
        team=team,
        home=home,
        prod=prod,
        production=production,
        experiment=experiment,
        number=number,
        blobs=folder / "blobs",
    )
