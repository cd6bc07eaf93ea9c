from dataclasses import replace

import pytest

from app.db import Session
from app.errors import ConflictError, NotFoundError, PermissionDeniedError
from app.identity import Caller, Principal
from app.namespace import (
    Binding,
    bind_catalog,
    create_catalog,
    create_schema,
    create_workspace,
    get_catalog,
    isolate_catalog,
    list_bindings,
    open_catalog,
    unbind_catalog,
)
from tests.factories import caller_for, grant


@pytest.fixture
def bob_at_work(session: Session, root: Caller, bob: Principal, team: Principal) -> Caller:
    """Bob in the workspace ``vision``, granted all of the isolated catalog ``main``."""
    workspace = create_workspace(root, "vision", members=("bob",))
    catalog = create_catalog(root, "main")
    grant(session, catalog, team, "role:contributor")
    isolate_catalog(root, "main")
    return caller_for(session, bob, workspace.ref)


def test_an_isolated_catalog_is_hidden_where_it_is_not_bound(root: Caller, bob_at_work: Caller):
    with pytest.raises(NotFoundError):
        get_catalog(bob_at_work, "main")
    bind_catalog(root, "main", "vision")
    assert get_catalog(bob_at_work, "main").isolated
    with pytest.raises(NotFoundError):
        get_catalog(replace(bob_at_work, workspace=None), "main")


def test_a_binding_can_be_for_reading_alone(root: Caller, bob_at_work: Caller):
    bind_catalog(root, "main", "vision", read_only=True)
    assert get_catalog(bob_at_work, "main").name == "main"
    with pytest.raises(PermissionDeniedError, match="read-only"):
        create_schema(bob_at_work, "main", "lab")
    bind_catalog(root, "main", "vision")
    assert create_schema(bob_at_work, "main", "lab").name == "lab"


def test_unbound_is_hidden_at_the_next_request(root: Caller, bob_at_work: Caller):
    bind_catalog(root, "main", "vision")
    unbind_catalog(root, "main", "vision")
    with pytest.raises(NotFoundError):
        get_catalog(bob_at_work, "main")
    with pytest.raises(NotFoundError):
        unbind_catalog(root, "main", "vision")


def test_an_open_catalog_is_reached_from_anywhere(root: Caller, bob_at_work: Caller):
    open_catalog(root, "main")
    assert get_catalog(bob_at_work, "main").name == "main"


def test_bindings_are_listed_by_name(root: Caller, bob_at_work: Caller):
    bind_catalog(root, "main", "vision", read_only=True)
    bind_catalog(root, "main", "default")
    assert list_bindings(root, "main") == [Binding("default", False), Binding("vision", True)]


def test_a_workspace_keeps_its_own_catalog_to_itself(root: Caller, bob_at_work: Caller):
    with pytest.raises(ConflictError):
        open_catalog(root, "vision")
    with pytest.raises(ConflictError):
        unbind_catalog(root, "vision", "vision")
    with pytest.raises(ConflictError):
        bind_catalog(root, "vision", "vision", read_only=True)


def test_who_may_use_a_catalog_may_not_bind_it(root: Caller, bob_at_work: Caller):
    bind_catalog(root, "main", "vision")
    with pytest.raises(PermissionDeniedError):
        bind_catalog(bob_at_work, "main", "default")
