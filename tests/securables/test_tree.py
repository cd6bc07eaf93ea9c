"""The spine changes: names are unique among the living, drops are soft, ids are for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from app import access, securables
from app.access import Operation
from app.db import Database, Session
from app.errors import AlreadyExistsError, ConflictError, NotFoundError
from app.identity import Caller
from app.securables import FullName, Kind, Securable
from tests.factories import (
    caller_for,
    grant,
    make_catalog,
    make_metastore,
    make_schema,
    make_user,
)

MODEL = FullName.parse("prod.wine.quality")


@dataclass(frozen=True, slots=True)
class Tree:
    """A catalog with a schema with a model, all owned by root, who calls."""

    session: Session
    root: Caller
    bob: Caller
    catalog: Securable
    schema: Securable
    model: Securable

    def find(self, caller: Caller, name: FullName = MODEL) -> Securable:
        return access.obtain(
            caller, Operation.REGISTERED_MODEL_READ, name, kind=Kind.REGISTERED_MODEL
        )


@pytest.fixture
def tree(database: Database) -> Iterator[Tree]:
    with database.session() as session:
        session.begin()
        root, bob = make_user(session, "root"), make_user(session, "bob")
        metastore = make_metastore(session, root)
        catalog = make_catalog(session, metastore, "prod", root)
        schema = make_schema(session, catalog, "wine", root)
        caller = caller_for(session, root)
        model = securables.add(caller, Kind.REGISTERED_MODEL, schema, "quality")
        grant(session, catalog, bob, "role:reader")
        yield Tree(session, caller, caller_for(session, bob), catalog, schema, model)


def test_what_is_added_is_found_where_it_is_and_owned_by_who_added_it(tree: Tree):
    found = tree.find(tree.root)
    assert (found.id, found.full_name, found.owner_id) == (
        tree.model.id,
        MODEL,
        tree.root.principal.id,
    )
    assert found.chain == (tree.model.id, tree.schema.id, tree.catalog.id)


def test_a_name_is_taken_once_among_the_living_of_a_kind(tree: Tree):
    securables.add(tree.root, Kind.EXPERIMENT, tree.schema, "quality")
    with pytest.raises(AlreadyExistsError):
        securables.add(tree.root, Kind.REGISTERED_MODEL, tree.schema, "quality")


def test_a_rename_keeps_the_id_and_the_grants(tree: Tree):
    grant(tree.session, tree.model, tree.bob.principal, "CREATE MODEL VERSION")
    securables.rename(tree.root, tree.model, "taste")
    renamed = FullName.parse("prod.wine.taste")
    assert tree.find(tree.bob, renamed).id == tree.model.id
    may = access.obtain(tree.bob, Operation.MODEL_VERSION_CREATE, renamed)
    assert may.id == tree.model.id
    with pytest.raises(NotFoundError):
        tree.find(tree.bob)


def test_a_container_renamed_takes_what_is_in_it_along(tree: Tree):
    securables.rename(tree.root, tree.catalog, "production")
    assert tree.find(tree.bob, FullName.parse("production.wine.quality")).id == tree.model.id


def test_what_is_not_empty_needs_force(tree: Tree):
    with pytest.raises(ConflictError) as caught:
        securables.drop(tree.root, tree.catalog)
    assert caught.value.field == "force"
    securables.drop(tree.root, tree.catalog, force=True)
    with pytest.raises(NotFoundError):
        tree.find(tree.root)


def test_undrop_brings_back_what_went_together_and_nothing_that_went_before(tree: Tree):
    older = securables.add(tree.root, Kind.REGISTERED_MODEL, tree.schema, "older")
    securables.drop(tree.root, older)
    securables.drop(tree.root, tree.schema, force=True)
    securables.undrop(tree.root, tree.schema)
    assert tree.find(tree.bob).id == tree.model.id
    with pytest.raises(NotFoundError):
        tree.find(tree.root, FullName.parse("prod.wine.older"))


def test_a_dropped_name_is_free_and_then_cannot_be_undropped(tree: Tree):
    securables.drop(tree.root, tree.model)
    fresh = securables.add(tree.root, Kind.REGISTERED_MODEL, tree.schema, "quality")
    assert fresh.id != tree.model.id
    with pytest.raises(AlreadyExistsError):
        securables.undrop(tree.root, tree.model)


def test_what_lies_in_something_dropped_cannot_be_undropped_alone(tree: Tree):
    securables.drop(tree.root, tree.model)
    securables.drop(tree.root, tree.schema)
    with pytest.raises(ConflictError):
        securables.undrop(tree.root, tree.model)


def test_what_is_not_in_the_trash_cannot_be_undropped(tree: Tree):
    with pytest.raises(ConflictError):
        securables.undrop(tree.root, tree.model)


def test_a_grant_on_what_was_dropped_holds_again_after_undrop(tree: Tree):
    securables.drop(tree.root, tree.model)
    with pytest.raises(NotFoundError):
        tree.find(tree.bob)
    securables.undrop(tree.root, tree.model)
    assert tree.find(tree.bob).id == tree.model.id


def test_a_new_owner_owns_and_the_old_one_no_longer(tree: Tree):
    owned = securables.transfer(tree.root, tree.model, tree.bob.principal.id)
    assert tree.find(tree.bob).owner_id == owned.owner_id == tree.bob.principal.id


@pytest.mark.parametrize("container", ["schema", "catalog"])
def test_nothing_is_put_into_what_another_is_dropping(
    tree: Tree, database: Database, container: str
):
    tree.session.commit()
    tree.session.begin()
    securables.drop(tree.root, getattr(tree, container), force=True)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(_add_late, database, tree)
        tree.session.commit()
        with pytest.raises(ConflictError):
            late.result(timeout=30)


def test_what_another_is_adding_makes_a_schema_not_empty(tree: Tree, database: Database):
    empty = securables.add(tree.root, Kind.SCHEMA, tree.catalog, "empty")
    tree.session.commit()
    tree.session.begin()
    securables.add(tree.root, Kind.REGISTERED_MODEL, empty, "new")
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(_drop_late, database, tree, empty)
        tree.session.commit()
        with pytest.raises(ConflictError):
            late.result(timeout=30)


def _add_late(database: Database, tree: Tree) -> None:
    with database.session() as session:
        session.begin()
        caller = caller_for(session, tree.root.principal)
        securables.add(caller, Kind.REGISTERED_MODEL, tree.schema, "late")
        session.commit()


def _drop_late(database: Database, tree: Tree, schema: Securable) -> None:
    with database.session() as session:
        session.begin()
        securables.drop(caller_for(session, tree.root.principal), schema)
        session.commit()
