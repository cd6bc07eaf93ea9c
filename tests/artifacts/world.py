"""A vault on a temporary folder, with a cast and two catalogs to store files in."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app import access
from app.access import Operation
from app.artifacts import LocalBlobStore, Upload, Vault, open_file, store_file
from app.crypto import LocalKeyProvider, RootKey
from app.db import Database, Session
from app.identity import Caller, Principal
from app.keys import KeyRing, ensure_metastore_key
from app.securables import Securable
from tests import factories

RUN = "run:" + "a" * 32
VERSION = "version:" + "b" * 32 + "/1"
SEGMENT = 65_536


def make_key_ring(folder: Path) -> KeyRing:
    return KeyRing(LocalKeyProvider(folder / "keys" / "keyring.json", RootKey(bytes(range(32)))))


def make_vault(folder: Path, *, max_bytes: int = 0) -> Vault:
    store = LocalBlobStore(folder / "blobs")
    return Vault(store, make_key_ring(folder), max_bytes=max_bytes)


@dataclass
class World:
    """Alice owns the catalogs ``ml``, with an experiment, and ``prod``, with a model."""

    folder: Path
    database: Database
    session: Session
    vault: Vault
    root: Principal
    alice: Principal
    charlie: Principal
    ml: Securable
    prod: Securable
    experiment: Securable
    model: Securable

    def caller(self, who: Principal | None = None, *, now: int = factories.NOW) -> Caller:
        """Return the caller of a new request; alice's if nobody is named."""
        return factories.caller_for(self.session, who or self.alice, now=now)

    def authorizer(self, caller: Caller) -> Callable[[], Securable]:
        return lambda: access.obtain(
            caller, Operation.ARTIFACT_WRITE, self.experiment.id, kind=self.experiment.kind
        )

    def put(self, content: bytes, path: str = "model/weights.bin", container: str = RUN) -> str:
        """Store a file of the experiment and return the id of its blob's file on disk."""
        caller = self.caller()
        upload = Upload(container, path, io.BytesIO(content), len(content), "text/plain")
        before = set(self.blob_files())
        store_file(caller, self.vault, self.authorizer(caller), upload)
        self.session.commit()
        return next(iter(set(self.blob_files()) - before)).name

    def get(
        self,
        path: str = "model/weights.bin",
        container: str = RUN,
        byte_range: tuple[int, int | None] | None = None,
    ) -> bytes:
        opened = open_file(self.caller(), self.vault, container, path, byte_range)
        return b"".join(opened.chunks)

    def blob_files(self) -> list[Path]:
        """Return every file in the store, finished or not."""
        return [path for path in (self.folder / "blobs").rglob("*") if path.is_file()]

    def blob_file(self, blob_id: str) -> Path:
        return self.folder / "blobs" / blob_id[:2] / blob_id[2:4] / blob_id


def make_world(folder: Path, database: Database) -> World:
    session = database.session()
    root, alice, charlie = (factories.make_user(session, n) for n in ("root", "alice", "charlie"))
    metastore = factories.make_metastore(session, root)
    ml, prod = (factories.make_catalog(session, metastore, n, alice) for n in ("ml", "prod"))
    runs, models = (factories.make_schema(session, each, "default", alice) for each in (ml, prod))
    vault = make_vault(folder)
    ensure_metastore_key(factories.caller_for(session, root), vault.key_ring)
    session.commit()
    return World(
        folder=folder,
        database=database,
        session=session,
        vault=vault,
        root=root,
        alice=alice,
        charlie=charlie,
        ml=ml,
        prod=prod,
        experiment=factories.make_experiment(session, runs, "trial", alice),
        model=factories.make_model(session, models, "fraud", alice),
    )
