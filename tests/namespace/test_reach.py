"""Who may: people, through whatever groups and from whatever workspace."""

from dataclasses import replace

import pytest

from app.access import METASTORE, Operation, Terms, explain, grant
from app.accounts import disable_principal
from app.db import Session
from app.errors import PermissionDeniedError
from app.identity import Caller, Principal
from app.namespace import (
    bind_catalog,
    create_catalog,
    create_workspace,
    isolate_catalog,
    list_able,
)
from app.securables import FullName, Kind
from tests.factories import caller_for

MAIN = FullName.of("main")


@pytest.fixture
def main(root: Caller, alice: Principal, bob: Principal, team: Principal) -> FullName:
    """A catalog that bob may use through his group, and alice by herself."""
    create_catalog(root, "main")
    for who in (alice.name, team.name):
        grant(root, MAIN, who, "USE CATALOG", kind=Kind.CATALOG)
    return MAIN


def able(caller: Caller, *, operation: Operation = Operation.CATALOG_READ) -> list[str]:
    found = list_able(caller, operation, MAIN, kind=Kind.CATALOG)
    return [one.principal.name for one in found.items]


def test_the_members_of_a_group_are_who_may(root: Caller, main: FullName):
    assert {"alice", "bob"} <= set(able(root))
    assert "charlie" not in able(root)
    assert "team" not in able(root)


def test_it_is_told_by_what(root: Caller, main: FullName, team: Principal):
    found = list_able(root, Operation.CATALOG_READ, main, kind=Kind.CATALOG)
    (because,) = [one.because for one in found.items if one.principal.name == "bob"]
    assert because.startswith("USE CATALOG")
    assert "team" in because


def test_who_is_denied_or_disabled_may_not(root: Caller, main: FullName, bob: Principal):
    denied = Terms(effect="deny")
    grant(root, main, "bob", "USE CATALOG", kind=Kind.CATALOG, terms=denied)
    disable_principal(root, "alice")
    assert not {"alice", "bob"} & set(able(root))


def test_a_grant_that_has_ended_lets_nobody_in(root: Caller, main: FullName, charlie: Principal):
    soon = Terms(expires_at=root.now + 60_000)
    grant(root, main, "charlie", "USE CATALOG", kind=Kind.CATALOG, terms=soon)
    assert "charlie" in able(root)
    assert "charlie" not in able(replace(root, now=root.now + 60_000))


def test_an_isolated_catalog_is_reached_from_the_workspaces_bound_to_it(
    root: Caller, main: FullName
):
    isolate_catalog(root, "main")
    assert not {"alice", "bob"} & set(able(root))
    create_workspace(root, "vision", members=("bob",))
    bind_catalog(root, "main", "vision")
    assert "bob" in able(root)
    assert "alice" not in able(root)


def test_whoever_manages_the_metastore_works_in_any_workspace(
    root: Caller, main: FullName, charlie: Principal
):
    for place, kind in ((main, Kind.CATALOG), (METASTORE, Kind.METASTORE)):
        grant(root, place, "charlie", "MANAGE", kind=kind)
    isolate_catalog(root, "main")
    assert "charlie" in able(root)


def test_it_goes_on_where_a_page_ended(root: Caller, main: FullName):
    seen: list[str] = []
    token = ""
    for _ in range(10):
        found = list_able(
            root, Operation.CATALOG_READ, main, kind=Kind.CATALOG, page_token=token, limit=1
        )
        seen += [one.principal.name for one in found.items]
        token = found.next_token
        if not token:
            break
    assert seen == able(root)


def test_it_says_what_an_explanation_says(
    root: Caller, main: FullName, session: Session, charlie: Principal
):
    for name in ("admin", "alice", "bob", "charlie"):
        explained = explain(root, name, Operation.CATALOG_READ, main, kind=Kind.CATALOG)
        assert explained.is_allowed == (name in able(root))


def test_only_whoever_may_read_the_grants_is_told(session: Session, main: FullName, bob: Principal):
    with pytest.raises(PermissionDeniedError):
        able(caller_for(session, bob))
