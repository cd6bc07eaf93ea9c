"""Granting, revoking and handing over; and the ways to gain more than one has."""

from typing import Any

import pytest
from sqlalchemy import select

from app.access import METASTORE, Operation, Terms, grant, obtain, revoke, transfer_owner
from app.access.tables import grants as grants_table
from app.errors import (
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.securables import Kind
from app.securables.tables import securables
from tests.access.conftest import World
from tests.factories import NOW, make_group
from tests.factories import grant as given

LOAD = Operation.MODEL_VERSION_LOAD


def _rows(world: World) -> list[tuple[Any, ...]]:
    columns = ("principal_id", "item", "effect", "expires_at", "reason")
    rows = world.session.execute(select(*(grants_table.c[name] for name in columns)))
    return [tuple(row) for row in rows]


def _let_in(world: World, *names: str) -> None:
    """Let principals through the catalog and the schema, and no further."""
    for name in names:
        given(world.session, world.prod, getattr(world, name), "USE CATALOG", "USE SCHEMA")


def test_bob_loads_what_is_granted_to_his_group(world: World) -> None:
    _let_in(world, "alice", "readers")
    grant(world.call(world.alice), world.wine.id, "readers", "EXECUTE")
    assert obtain(world.call(world.bob), LOAD, world.wine.id).name == "wine"


def test_a_revoke_is_true_for_the_next_question(world: World) -> None:
    _let_in(world, "alice", "readers")
    grant(world.call(world.alice), world.wine.id, "readers", "EXECUTE")
    assert revoke(world.call(world.alice), world.wine.id, "readers", "EXECUTE")
    with pytest.raises(NotFoundError):
        obtain(world.call(world.bob), LOAD, world.wine.id)


def test_a_grant_ends_when_it_expires(world: World) -> None:
    _let_in(world, "alice", "bob")
    terms = Terms(expires_at=NOW + 1)
    grant(world.call(world.alice), world.wine.id, "bob", "EXECUTE", terms=terms)
    obtain(world.call(world.bob), LOAD, world.wine.id)
    with pytest.raises(NotFoundError):
        obtain(world.call(world.bob, now=NOW + 1), LOAD, world.wine.id)


def test_granting_again_changes_the_terms(world: World) -> None:
    caller = world.call(world.root)
    grant(caller, world.wine.id, "bob", "EXECUTE", terms=Terms(NOW + 5, "a trial"))
    grant(caller, world.wine.id, "bob", "EXECUTE", terms=Terms(reason="for good"))
    assert _rows(world) == [(world.bob.id, "EXECUTE", "allow", None, "for good")]


def test_a_grant_knows_the_place_of_its_securable(world: World) -> None:
    grant(world.call(world.root), world.wine.id, "bob", "EXECUTE")
    row = world.session.execute(select(grants_table)).one()
    assert (row.kind, row.schema_id, row.catalog_id) == (
        "registered_model",
        world.ml.id,
        world.prod.id,
    )


def test_an_expiry_in_the_past_is_refused(world: World) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        grant(world.call(world.root), world.wine.id, "bob", "EXECUTE", terms=Terms(NOW))
    assert caught.value.field == "expires_at"


def test_an_unknown_effect_is_refused(world: World) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        grant(world.call(world.root), world.wine.id, "bob", "EXECUTE", terms=Terms(effect="maybe"))
    assert caught.value.field == "effect"


@pytest.mark.parametrize(
    "item", ["EXECUTE ALL", "role:nobody", "SELECT", "CREATE CATALOG", "role:auditor", ""]
)
def test_an_item_that_does_not_fit_a_model_is_refused(world: World, item: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        grant(world.call(world.root), world.wine.id, "bob", item)
    assert caught.value.field == "privilege"
    assert not _rows(world)


@pytest.mark.parametrize(
    "item,stored",
    [("execute", "EXECUTE"), ("APPLY_TAG", "APPLY TAG"), ("Role:Reader", "role:reader")],
)
def test_an_item_is_stored_in_one_spelling(world: World, item: str, stored: str) -> None:
    grant(world.call(world.root), world.wine.id, "bob", item)
    assert [row[1] for row in _rows(world)] == [stored]


def test_a_principal_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError, match="mallory"):
        grant(world.call(world.root), world.wine.id, "mallory", "EXECUTE")


def test_revoking_what_is_not_there_takes_nothing(world: World) -> None:
    assert not revoke(world.call(world.root), world.wine.id, "bob", "EXECUTE")


def test_revoking_above_leaves_what_is_granted_below(world: World) -> None:
    caller = world.call(world.root)
    grant(caller, world.prod.id, "bob", "EXECUTE")
    grant(caller, world.wine.id, "bob", "EXECUTE")
    revoke(caller, world.prod.id, "bob", "EXECUTE")
    assert len(_rows(world)) == 1


def test_the_log_is_told_what_changed_and_for_whom(world: World) -> None:
    caller = world.call(world.root)
    grant(caller, world.wine.id, "bob", "EXECUTE", terms=Terms(reason="he asked"))
    (entry,) = caller.ledger.entries
    assert (entry.operation, entry.securable_name) == ("grant.change", "prod.ml.wine")
    assert entry.details == {
        "change": "grant",
        "principal": "bob",
        "item": "EXECUTE",
        "effect": "allow",
        "expires_at": None,
        "reason": "he asked",
        "to_oneself": False,
    }


class TestEscalation:
    def test_a_stranger_grants_nothing_and_learns_nothing(self, world: World) -> None:
        with pytest.raises(NotFoundError):
            grant(world.call(world.charlie), world.wine.id, "charlie", "EXECUTE")

    @pytest.mark.parametrize("grantee", ["bob", "readers", "charlie"])
    def test_a_reader_grants_to_nobody(self, world: World, grantee: str) -> None:
        _let_in(world, "readers")
        given(world.session, world.wine, world.readers, "EXECUTE", "APPLY TAG")
        with pytest.raises(PermissionDeniedError) as caught:
            grant(world.call(world.bob), world.wine.id, grantee, "EXECUTE")
        assert caught.value.privilege == "MANAGE"

    def test_nobody_takes_what_it_may_not_have_through_its_group(self, world: World) -> None:
        _let_in(world, "bob")
        given(world.session, world.wine, world.bob, "EXECUTE")
        with pytest.raises(PermissionDeniedError):
            grant(world.call(world.bob), world.wine.id, "readers", "MANAGE")

    def test_a_contributor_is_no_manager(self, world: World) -> None:
        given(world.session, world.prod, world.readers, "role:contributor")
        with pytest.raises(PermissionDeniedError):
            grant(world.call(world.bob), world.ml.id, "bob", "role:manager")

    def test_an_owner_takes_nothing_above_what_it_owns(self, world: World) -> None:
        _let_in(world, "alice")
        with pytest.raises(PermissionDeniedError):
            grant(world.call(world.alice), world.prod.id, "alice", "EXECUTE")

    def test_a_catalogs_manager_is_none_of_the_metastore(self, world: World) -> None:
        given(world.session, world.prod, world.bob, "role:manager")
        with pytest.raises(PermissionDeniedError):
            grant(world.call(world.bob), METASTORE, "bob", "CREATE CATALOG")

    def test_nobody_makes_itself_owner(self, world: World) -> None:
        _let_in(world, "readers")
        given(world.session, world.wine, world.readers, "EXECUTE")
        for owner in ("bob", "readers"):
            with pytest.raises(PermissionDeniedError):
                transfer_owner(world.call(world.bob), world.wine.id, owner)
        found = obtain(world.call(world.root), Operation.REGISTERED_MODEL_READ, world.wine.id)
        assert found.owner_id == world.alice.id

    def test_an_expired_manager_grants_nothing(self, world: World) -> None:
        _let_in(world, "bob")
        given(world.session, world.wine, world.bob, "MANAGE", expires_at=NOW)
        with pytest.raises(NotFoundError):
            grant(world.call(world.bob), world.wine.id, "bob", "EXECUTE")

    def test_a_manager_who_is_denied_manage_grants_nothing(self, world: World) -> None:
        _let_in(world, "bob")
        given(world.session, world.prod, world.bob, "role:manager")
        given(world.session, world.ml, world.readers, "MANAGE", effect="deny")
        with pytest.raises(PermissionDeniedError):
            grant(world.call(world.bob), world.wine.id, "bob", "APPLY TAG")

    def test_a_narrow_token_grants_nothing(self, world: World) -> None:
        with pytest.raises(PermissionDeniedError, match="token"):
            grant(world.call(world.root, scope=("read",)), world.wine.id, "bob", "EXECUTE")

    def test_an_owner_cannot_lock_out_the_metastores_managers(self, world: World) -> None:
        _let_in(world, "alice")
        for item in ("MANAGE", "role:manager"):
            with pytest.raises(PermissionDeniedError):
                grant(
                    world.call(world.alice), world.ml.id, "root", item, terms=Terms(effect="deny")
                )
            with pytest.raises(PermissionDeniedError):
                revoke(world.call(world.alice), world.ml.id, "root", item, effect="deny")

    def test_the_metastores_managers_may_deny_manage(self, world: World) -> None:
        terms = Terms(effect="deny")
        grant(world.call(world.root), world.ml.id, "bob", "MANAGE", terms=terms)
        assert _rows(world) == [(world.bob.id, "MANAGE", "deny", None, "")]

    def test_who_grants_to_itself_or_its_group_is_told_to_the_log(self, world: World) -> None:
        given(world.session, world.prod, world.readers, "role:manager")
        caller = world.call(world.bob)
        grant(caller, world.wine.id, "bob", "APPLY TAG")
        grant(caller, world.wine.id, "readers", "APPLY TAG")
        assert [entry.details["to_oneself"] for entry in caller.ledger.entries] == [True, True]


class TestTransfer:
    def test_the_new_owner_owns_and_the_old_one_does_not(self, world: World) -> None:
        _let_in(world, "alice", "bob")
        transfer_owner(world.call(world.alice), world.wine.id, "bob")
        obtain(world.call(world.bob), LOAD, world.wine.id)
        with pytest.raises(PermissionDeniedError):
            obtain(world.call(world.alice), LOAD, world.wine.id)
        owner = select(securables.c.owner_id).where(securables.c.id == world.wine.id)
        assert world.session.execute(owner).scalar_one() == world.bob.id

    def test_a_group_can_own(self, world: World) -> None:
        _let_in(world, "readers")
        transfer_owner(world.call(world.root), world.wine.id, "readers")
        obtain(world.call(world.bob), Operation.REGISTERED_MODEL_DELETE, world.wine.id)

    def test_a_kind_that_is_not_the_securables_is_not_found(self, world: World) -> None:
        with pytest.raises(NotFoundError, match="Table"):
            transfer_owner(world.call(world.root), world.wine.id, "bob", kind=Kind.TABLE)

    def test_the_log_is_told_of_both_owners(self, world: World) -> None:
        caller = world.call(world.root)
        transfer_owner(caller, world.wine.id, "root")
        (entry,) = caller.ledger.entries
        assert entry.details == {"owner": "root", "former": world.alice.id, "to_oneself": True}


def test_groups_within_groups_hold_what_the_outer_one_is_granted(world: World) -> None:
    everybody = make_group(world.session, "everybody", world.readers)
    given(world.session, world.prod, everybody, "role:reader")
    obtain(world.call(world.bob), LOAD, world.wine.id)


def test_the_metastore_is_not_handed_to_a_group_that_nobody_is_in(world: World) -> None:
    make_group(world.session, "empty")
    with pytest.raises(ConflictError, match="Nobody would be left"):
        transfer_owner(world.call(world.root), METASTORE, "empty")
    transfer_owner(world.call(world.root), METASTORE, "readers")
