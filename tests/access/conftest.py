"""The cast in one small tree: prod.ml.wine, which alice owns."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.db import Database, Session
from app.identity import Caller, Principal
from app.securables import Securable
from tests.factories import (
    NOW,
    caller_for,
    make_catalog,
    make_group,
    make_metastore,
    make_model,
    make_schema,
    make_user,
)


@dataclass(frozen=True)
class World:
    session: Session
    root: Principal
    alice: Principal
    bob: Principal
    charlie: Principal
    readers: Principal
    metastore: Securable
    prod: Securable
    ml: Securable
    wine: Securable

    def call(self, principal: Principal, *, now: int = NOW, scope=("*",)) -> Caller:
        return caller_for(self.session, principal, now=now, scope=scope)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def world(session: Session) -> World:
    """Root owns the metastore and the catalog, alice the schema and the model; bob is a reader."""
    session.begin()
    root, alice = make_user(session, "root"), make_user(session, "alice")
    bob, charlie = make_user(session, "bob"), make_user(session, "charlie")
    metastore = make_metastore(session, root)
    prod = make_catalog(session, metastore, "prod", root)
    ml = make_schema(session, prod, "ml", alice)
    return World(
        session,
        root,
        alice,
        bob,
        charlie,
        make_group(session, "readers", bob),
        metastore,
        prod,
        ml,
        make_model(session, ml, "wine", alice),
    )
