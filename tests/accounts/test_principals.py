import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app import access, accounts
from app.access import Operation
from app.accounts import (
    add_member,
    create_group,
    create_service_principal,
    create_token,
    create_user,
    delete_principal,
    describe_principal,
    disable_principal,
    enable_principal,
    get_principal,
    list_members,
    list_own_groups,
    list_principals,
    remove_member,
    rename_principal,
)
from app.db import Database, Session
from app.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.identity import Caller, Outcome, PrincipalKind
from app.identity.authentication import authenticate_token
from app.identity.principals import groups_of
from app.identity.tables import principals
from tests.factories import NOW, caller_for, grant, make_catalog, make_group

ADMINISTRATION: dict[str, Callable[[Caller], object]] = {
    "create_user": lambda caller: create_user(caller, "new"),
    "create_group": lambda caller: create_group(caller, "new"),
    "create_service_principal": lambda caller: create_service_principal(caller, "new"),
    "rename_principal": lambda caller: rename_principal(caller, "alice", "new"),
    "describe_principal": lambda caller: describe_principal(caller, "alice", "new"),
    "disable_principal": lambda caller: disable_principal(caller, "alice"),
    "enable_principal": lambda caller: enable_principal(caller, "alice"),
    "delete_principal": lambda caller: delete_principal(caller, "alice"),
    "get_principal": lambda caller: get_principal(caller, "alice"),
    "list_principals": list_principals,
    "add_member": lambda caller: add_member(caller, "admins", "charlie"),
    "remove_member": lambda caller: remove_member(caller, "admins", "root"),
    "list_members": lambda caller: list_members(caller, "admins"),
    "create_token": lambda caller: create_token(caller, principal="root"),
    "list_tokens": accounts.list_tokens,
}


@pytest.mark.parametrize("name", ADMINISTRATION)
def test_a_stranger_administers_nobody(alice: Caller, charlie: Caller, name: str):
    with pytest.raises(PermissionDeniedError):
        ADMINISTRATION[name](charlie)
    assert charlie.ledger.entries[-1].outcome is Outcome.DENIED


def test_a_new_user_is_in_nothing(session: Session, root: Caller):
    made = create_user(root, "Bob@Example.ORG ", display_name="Bob")
    person = get_principal(root, "bob@example.org")
    assert person.principal == made
    assert (person.display_name, person.created_at, person.disabled_at) == ("Bob", NOW, None)
    assert groups_of(session, made.id) == frozenset()
    assert root.ledger.entries[-2].details["principal"] == "bob@example.org"


@pytest.mark.parametrize("variant", ["alice", "ALICE", "ａｌｉｃｅ", " alice "])
@pytest.mark.parametrize("create", [create_user, create_group, create_service_principal])
def test_nobody_takes_a_name_that_looks_like_another(
    root: Caller, alice: Caller, variant: str, create: Callable[[Caller, str], object]
):
    with pytest.raises(AlreadyExistsError):
        create(root, variant)


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 256, "workspace:default", "Workspace:x"])
def test_a_bad_name_is_refused(root: Caller, name: str):
    with pytest.raises(InvalidParameterError):
        create_group(root, name)


def test_a_deleted_name_that_comes_back_is_someone_else(session: Session, root: Caller):
    first = create_user(root, "bob")
    metastore = access.obtain(root, Operation.PRINCIPAL_READ, access.METASTORE)
    catalog = make_catalog(session, metastore, "main", root.principal)
    grant(session, catalog, first, "USE CATALOG")
    delete_principal(root, "bob")
    second = create_user(root, "bob")
    assert first.id != second.id
    with pytest.raises(NotFoundError):
        access.obtain(caller_for(session, second), Operation.CATALOG_READ, catalog.id)


def test_deleting_ends_tokens_and_memberships_at_every_level(session: Session, root: Caller):
    bob = create_user(root, "bob")
    for group in ("team", "company"):
        create_group(root, group)
    add_member(root, "team", "bob")
    add_member(root, "company", "team")
    token = create_token(root, principal="bob")
    delete_principal(root, "team")
    assert groups_of(session, bob.id) == frozenset()
    assert list_members(root, "company", effective=True).items == []
    delete_principal(root, "bob")
    assert authenticate_token(session, token.secret, NOW) is None


def test_a_disabled_token_works_again_when_enabled(session: Session, root: Caller, alice: Caller):
    token = create_token(alice)
    disable_principal(root, "alice")
    assert authenticate_token(session, token.secret, NOW) is None
    enable_principal(root, "alice")
    assert authenticate_token(session, token.secret, NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: disable_principal(root, "root"),
        lambda root: delete_principal(root, "root"),
        lambda root: delete_principal(root, "admins"),
        lambda root: remove_member(root, "admins", "root"),
    ],
    ids=["disabled", "deleted", "group deleted", "taken out"],
)
def test_the_last_administrator_stays(
    session: Session, root: Caller, change: Callable[[Caller], None]
):
    add_member(root, "admins", create_group(root, "empty").name)
    disable_principal(root, create_user(root, "other").name)
    add_member(root, "admins", "other")
    session.commit()
    with pytest.raises(ConflictError, match="Nobody would be left"):
        change(root)
    session.rollback()
    assert root.principal in list_members(root, "admins").items


def test_the_last_but_one_administrator_may_go(root: Caller, alice: Caller):
    add_member(root, "admins", "alice")
    delete_principal(root, "root")


def test_a_group_is_not_disabled(root: Caller):
    with pytest.raises(ConflictError, match="is a group"):
        disable_principal(root, "admins")


def test_a_cycle_is_refused_by_name(root: Caller):
    for name in ("team", "company"):
        create_group(root, name)
    add_member(root, "company", "team")
    with pytest.raises(ConflictError, match="'team' would contain itself, through 'company'"):
        add_member(root, "team", "company")


def test_effective_members_come_through_groups(root: Caller, alice: Caller):
    for name in ("team", "company"):
        create_group(root, name)
    add_member(root, "team", "alice")
    add_member(root, "company", "team")
    direct = [member.name for member in list_members(root, "company").items]
    effective = [member.name for member in list_members(root, "company", effective=True).items]
    assert (direct, effective) == (["team"], ["alice", "team"])
    assert [group.name for group in list_own_groups(alice)] == ["company", "team"]


def test_a_rename_keeps_the_id(session: Session, root: Caller, alice: Caller):
    renamed = rename_principal(root, "alice", "Alicia")
    assert (renamed.id, renamed.name) == (alice.principal.id, "alicia")
    row = session.execute(select(principals).where(principals.c.id == renamed.id)).one()
    assert row.name == "alicia"
    with pytest.raises(AlreadyExistsError):
        rename_principal(root, "alicia", "ROOT")


def test_principals_are_listed_by_name_in_pages(root: Caller, alice: Caller, charlie: Caller):
    names, token = [], ""
    while True:
        page = list_principals(root, page_token=token, limit=2)
        names += [person.principal.name for person in page.items]
        token = page.next_token
        if not token:
            break
    assert names == ["admins", "alice", "charlie", "root"]


@pytest.mark.parametrize(
    "query, found",
    [("ALI", ["alice"]), ("straße", ["alice"]), ("%", []), ("_", []), ("100%", [])],
)
def test_principals_are_found_by_a_part_of_their_names(
    root: Caller, alice: Caller, query: str, found: list[str]
):
    describe_principal(root, "alice", "Alice of the Hauptstraße")
    page = list_principals(root, query=query)
    assert [person.principal.name for person in page.items] == found


def test_principals_are_listed_by_kind(root: Caller, alice: Caller):
    page = list_principals(root, kind=PrincipalKind.GROUP)
    assert [person.principal.name for person in page.items] == ["admins"]


def test_a_bad_page_token_is_refused(root: Caller):
    with pytest.raises(InvalidParameterError):
        list_principals(root, page_token="bad")


def test_two_administrators_cannot_disable_each_other_at_once(
    database: Database, session: Session, root: Caller, alice: Caller
):
    add_member(root, "admins", "alice")
    session.commit()
    ready = threading.Barrier(2, timeout=5)

    def disable(pair: tuple[Caller, Caller]) -> bool:
        caller, other = pair
        with database.session() as own:
            ready.wait()
            try:
                disable_principal(caller_for(own, caller.principal), other.principal.name)
            except ConflictError:
                return False
            own.commit()
            return True

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(disable, [(root, alice), (alice, root)])) == [False, True]


@pytest.mark.parametrize("display_name", ["x" * 256, "a\nb", "a\0"])
def test_a_display_name_is_short_and_prints(root: Caller, display_name: str):
    with pytest.raises(InvalidParameterError) as caught:
        create_user(root, "bob", display_name=display_name)
    assert caught.value.field == "display_name"


def test_the_group_of_a_workspace_is_changed_with_the_workspace(session: Session, root: Caller):
    make_group(session, "workspace:vision")
    for change in (
        lambda: rename_principal(root, "workspace:vision", "new"),
        lambda: delete_principal(root, "workspace:vision"),
    ):
        with pytest.raises(ConflictError, match="the workspace"):
            change()


def test_whoever_is_not_in_a_group_cannot_be_taken_out(root: Caller, alice: Caller):
    with pytest.raises(NotFoundError):
        remove_member(root, "admins", "alice")


def test_a_principal_is_found_by_its_id_too(root: Caller, alice: Caller):
    assert get_principal(root, alice.principal.id).principal == alice.principal
    with pytest.raises(NotFoundError):
        get_principal(root, "f" * 32)
