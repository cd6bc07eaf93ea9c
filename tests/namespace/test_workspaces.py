from collections.abc import Callable

import pytest
from sqlalchemy import select

from app import access
from app.access import Operation
from app.db import Session
from app.errors import AlreadyExistsError, ConflictError, NotFoundError, PermissionDeniedError
from app.identity import Authenticated, Caller, Principal
from app.identity.principals import groups_of
from app.identity.tables import principals
from app.namespace import (
    add_workspace_member,
    create_schema,
    create_workspace,
    delete_workspace,
    drop_catalog,
    drop_schema,
    get_workspace,
    list_own_workspaces,
    list_workspace_members,
    list_workspaces,
    remove_workspace_member,
    rename_workspace,
    resolve_workspace,
    set_member_role,
    update_catalog,
    update_workspace,
)
from app.securables import FullName, Kind
from tests.factories import caller_for


def authenticated(session: Session, principal: Principal) -> Authenticated:
    return Authenticated(principal, groups_of(session, principal.id))


def at_work(session: Session, principal: Principal) -> Caller:
    place = resolve_workspace(session, authenticated(session, principal))
    return caller_for(session, principal, place)


def test_a_workspace_has_a_catalog_of_its_own_that_only_its_members_see(
    session: Session, root: Caller, alice: Principal, charlie: Principal
):
    create_workspace(root, "vision", members=("alice",))
    create_workspace(root, "speech", members=("charlie",))
    seen = access.obtain(
        at_work(session, alice), Operation.SCHEMA_READ, FullName.of("vision", "default")
    )
    assert seen.kind is Kind.SCHEMA
    with pytest.raises(NotFoundError):
        access.obtain(
            at_work(session, charlie), Operation.SCHEMA_READ, FullName.of("vision", "default")
        )


def test_a_member_adds_things_but_does_not_own_the_catalog(
    session: Session, root: Caller, alice: Principal
):
    create_workspace(root, "vision", members=("alice",))
    caller = at_work(session, alice)
    assert create_schema(caller, "vision", "lab").owner_id == alice.id
    with pytest.raises(PermissionDeniedError):
        update_catalog(caller, "vision", comment="ours")


def test_a_stranger_cannot_create_a_workspace(session: Session, root: Caller, charlie: Principal):
    with pytest.raises(PermissionDeniedError):
        create_workspace(caller_for(session, charlie), "vision")


@pytest.mark.parametrize("name", ["default", "Default"])
def test_a_taken_name_is_refused(root: Caller, name: str):
    with pytest.raises(AlreadyExistsError):
        create_workspace(root, name)


def test_a_member_of_a_group_that_is_a_member_works_there(
    session: Session, root: Caller, bob: Principal, team: Principal
):
    create_workspace(root, "vision")
    add_workspace_member(root, "vision", "team")
    place = at_work(session, bob).workspace
    assert place is not None
    assert place.name == "vision"


def test_a_member_who_is_taken_out_sees_nothing_at_the_next_request(
    session: Session, root: Caller, alice: Principal
):
    create_workspace(root, "vision", members=("alice",))
    remove_workspace_member(root, "vision", "alice")
    assert resolve_workspace(session, authenticated(session, alice)) is None
    with pytest.raises(NotFoundError):
        resolve_workspace(session, authenticated(session, alice), "vision")


def test_a_foreign_workspace_looks_absent(session: Session, root: Caller, charlie: Principal):
    create_workspace(root, "vision")
    messages = []
    for name in ("vision", "absent"):
        with pytest.raises(NotFoundError) as caught:
            resolve_workspace(session, authenticated(session, charlie), name)
        messages.append(caught.value.message.replace(name, "X"))
        with pytest.raises(NotFoundError):
            get_workspace(caller_for(session, charlie), name)
    assert messages[0] == messages[1]


def test_an_administrator_may_work_anywhere(session: Session, root: Caller):
    create_workspace(root, "vision")
    place = resolve_workspace(session, authenticated(session, root.principal), "vision")
    assert place
    assert place.name == "vision"


def test_without_a_wish_default_comes_first_then_the_first_by_name(
    session: Session, root: Caller, alice: Principal
):
    create_workspace(root, "zoo", members=("alice",))
    create_workspace(root, "ark", members=("alice",))
    who = authenticated(session, alice)
    assert resolve_workspace(session, who).name == "ark"  # type: ignore[union-attr]
    add_workspace_member(root, "default", "alice")
    who = authenticated(session, alice)
    assert resolve_workspace(session, who).name == "default"  # type: ignore[union-attr]


def test_a_workspace_chosen_by_id_that_is_gone_is_as_good_as_none(
    session: Session, root: Caller, alice: Principal
):
    gone = create_workspace(root, "vision", members=("alice",))
    add_workspace_member(root, "default", "alice")
    delete_workspace(root, "vision")
    place = resolve_workspace(session, authenticated(session, alice), workspace_id=gone.id)
    assert place
    assert place.name == "default"


def test_lists_tell_members_their_own_and_administrators_all(
    session: Session, root: Caller, alice: Principal
):
    create_workspace(root, "vision", members=("alice",))
    own = list_own_workspaces(caller_for(session, alice))
    assert [workspace.name for workspace in own] == ["vision"]
    assert [workspace.name for workspace in list_workspaces(root).items] == ["default", "vision"]
    with pytest.raises(PermissionDeniedError):
        list_workspaces(caller_for(session, alice))
    members = list_workspace_members(caller_for(session, alice), "vision")
    assert [member.name for member in members.items] == ["alice"]


def test_a_new_name_moves_the_catalog_and_keeps_the_members(
    session: Session, root: Caller, alice: Principal
):
    create_workspace(root, "vision", members=("alice",))
    rename_workspace(root, "vision", "sight")
    caller = at_work(session, alice)
    assert caller.workspace
    assert caller.workspace.name == "sight"
    found = access.obtain(caller, Operation.CATALOG_READ, FullName.of("sight"))
    assert found.id == caller.workspace.catalog_id


def test_the_role_of_members_is_a_setting(session: Session, root: Caller, alice: Principal):
    create_workspace(root, "vision", members=("alice",))
    set_member_role(root, "vision", "reader")
    with pytest.raises(PermissionDeniedError):
        create_schema(at_work(session, alice), "vision", "lab")


def test_a_workspace_with_something_in_it_needs_force(
    session: Session, root: Caller, alice: Principal
):
    workspace = create_workspace(root, "vision", members=("alice",))
    create_schema(at_work(session, alice), "vision", "lab")
    with pytest.raises(ConflictError):
        delete_workspace(root, "vision")
    delete_workspace(root, "vision", force=True)
    assert groups_of(session, alice.id) == frozenset()
    group = select(principals.c.deleted_at).where(principals.c.id == workspace.group.id)
    assert session.execute(group).scalar_one() == root.now


def test_a_name_can_be_used_again_by_another_workspace(root: Caller):
    first = create_workspace(root, "vision")
    delete_workspace(root, "vision")
    assert create_workspace(root, "vision").id != first.id


def test_the_home_of_a_workspace_cannot_be_renamed_or_dropped_alone(root: Caller):
    with pytest.raises(ConflictError):
        update_catalog(root, "default", new_name="other")
    with pytest.raises(ConflictError):
        drop_catalog(root, "default", force=True)
    with pytest.raises(ConflictError):
        drop_schema(root, "default.default", force=True)


def test_an_administrator_describes_and_reads_any_workspace(root: Caller):
    create_workspace(root, "vision")
    update_workspace(root, "vision", comment="Seeing")
    assert get_workspace(root, "vision").comment == "Seeing"
    with pytest.raises(NotFoundError):
        get_workspace(root, "absent")


def test_a_workspace_chosen_by_id_is_worked_in(session: Session, root: Caller, alice: Principal):
    add_workspace_member(root, "default", "alice")
    vision = create_workspace(root, "vision", members=("alice",))
    for principal in (alice, root.principal):
        who = authenticated(session, principal)
        assert resolve_workspace(session, who, workspace_id=vision.id) == vision.ref


def test_a_workspace_chosen_by_id_that_is_lost_is_left(
    session: Session, root: Caller, alice: Principal
):
    add_workspace_member(root, "default", "alice")
    vision = create_workspace(root, "vision", members=("alice",))
    remove_workspace_member(root, "vision", "alice")
    place = resolve_workspace(session, authenticated(session, alice), workspace_id=vision.id)
    assert place
    assert place.name == "default"


def test_a_member_who_does_not_exist_makes_no_workspace(root: Caller):
    with pytest.raises(NotFoundError) as caught:
        create_workspace(root, "vision", members=("nobody",))
    assert caught.value.field == "members"


@pytest.mark.parametrize(
    "lose",
    [
        lambda caller: remove_workspace_member(caller, "operations", "alice"),
        lambda caller: delete_workspace(caller, "operations", force=True),
    ],
    ids=["left", "deleted"],
)
def test_a_workspace_does_not_take_the_last_administrator_with_it(
    session: Session, root: Caller, alice: Principal, lose: Callable[[Caller], None]
):
    made = create_workspace(root, "operations", members=("alice",))
    access.transfer_owner(root, access.METASTORE, made.group.id)
    with pytest.raises(ConflictError, match="Nobody would be left"):
        lose(at_work(session, alice))


def test_workspaces_and_their_members_come_in_pages(root: Caller, alice: Principal):
    create_workspace(root, "vision", members=("alice", "admin"))
    first = list_workspaces(root, limit=1)
    second = list_workspaces(root, page_token=first.next_token, limit=1)
    assert [one.name for one in (*first.items, *second.items)] == ["default", "vision"]
    members = list_workspace_members(root, "vision", limit=1)
    others = list_workspace_members(root, "vision", page_token=members.next_token, limit=1)
    assert [one.name for one in (*members.items, *others.items)] == ["admin", "alice"]
    assert others.next_token == second.next_token == ""
