"""Who holds what on a securable, and what a principal holds anywhere."""

import pytest

from app.access import Operation, Privilege, effective_on, grants_of, grants_on, may, see
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.identity.principals import end_principal
from app.securables import Kind
from tests.access.conftest import World
from tests.factories import NOW, make_group, make_user
from tests.factories import grant as given


def _told(found) -> list[tuple[str, str, str]]:
    return [(it.principal.name, it.item, str(it.full_name)) for it in found]


def test_grants_are_told_with_where_they_are_made_the_nearest_first(world: World) -> None:
    given(world.session, world.prod, world.readers, "role:reader")
    given(world.session, world.wine, world.charlie, "EXECUTE")
    given(world.session, world.metastore, world.charlie, "READ AUDIT", "CREATE CATALOG")
    assert _told(grants_on(world.call(world.root), world.wine.id)) == [
        ("charlie", "EXECUTE", "prod.ml.wine"),
        ("readers", "role:reader", "prod"),
        ("charlie", "READ AUDIT", ""),
    ]
    assert len(grants_on(world.call(world.root), world.metastore.id)) == 2


def test_what_has_expired_is_not_told(world: World) -> None:
    given(world.session, world.wine, world.bob, "EXECUTE", expires_at=NOW)
    assert grants_on(world.call(world.root), world.wine.id) == []


def test_what_the_dead_were_granted_is_not_told_beside_a_namesake(world: World) -> None:
    given(world.session, world.wine, world.charlie, "EXECUTE")
    end_principal(world.session, world.charlie, NOW)
    namesake = make_user(world.session, "charlie")
    assert grants_on(world.call(world.root), world.wine.id) == []
    assert effective_on(world.call(world.root), world.wine.id) == []
    assert grants_of(world.call(world.root), namesake.name).items == []


def test_a_reader_is_told_its_own_and_its_groups_only(world: World) -> None:
    given(world.session, world.prod, world.readers, "role:reader")
    given(world.session, world.wine, world.charlie, "EXECUTE")
    found = grants_on(world.call(world.bob), world.wine.full_name, kind=Kind.REGISTERED_MODEL)
    assert _told(found) == [("readers", "role:reader", "prod")]


def test_a_stranger_is_told_nothing_at_all(world: World) -> None:
    with pytest.raises(NotFoundError, match="Securable"):
        grants_on(world.call(world.charlie), world.wine.id)
    with pytest.raises(NotFoundError, match="Securable"):
        grants_on(world.call(world.root), "f" * 32)


def test_roles_are_spelled_out_with_what_they_rest_on(world: World) -> None:
    given(world.session, world.prod, world.readers, "role:auditor")
    given(world.session, world.ml, world.readers, "BROWSE", effect="deny")
    (held,) = effective_on(world.call(world.root), world.wine.id)
    assert (held.principal.name, held.privilege) == ("readers", Privilege.READ_AUDIT)
    assert _told(held.sources) == [("readers", "role:auditor", "prod")]


def test_a_principals_groups_count_as_its_own(world: World) -> None:
    given(world.session, world.prod, world.readers, "EXECUTE")
    given(world.session, world.wine, world.bob, "APPLY TAG")
    found = effective_on(world.call(world.root), world.wine.id, principal="bob")
    assert [(it.principal.name, it.privilege) for it in found] == [
        ("bob", "EXECUTE"),
        ("bob", "APPLY TAG"),
    ]


def test_who_is_in_ones_groups_is_not_told_by_what_it_holds(world: World) -> None:
    given(world.session, world.prod, world.readers, "role:reader")
    assert effective_on(world.call(world.bob), world.wine.id, principal="bob") != []
    for other in ("alice", "nobody"):
        with pytest.raises(PermissionDeniedError):
            effective_on(world.call(world.bob), world.wine.id, principal=other)


def test_ones_own_grants_are_paged_and_name_only_what_one_sees(world: World) -> None:
    given(world.session, world.wine, world.bob, "EXECUTE", "APPLY TAG")
    assert grants_of(world.call(world.bob)).items == []
    given(world.session, world.prod, world.readers, "USE CATALOG", "USE SCHEMA")
    token, found = "", []
    while True:
        page = grants_of(world.call(world.bob), token=token, limit=1)
        found += page.items
        token = page.next_token
        if not token:
            break
    assert sorted(_told(found)) == [
        ("bob", "APPLY TAG", "prod.ml.wine"),
        ("bob", "EXECUTE", "prod.ml.wine"),
        ("readers", "USE CATALOG", "prod"),
        ("readers", "USE SCHEMA", "prod"),
    ]


def test_a_token_of_another_list_is_refused(world: World) -> None:
    with pytest.raises(InvalidParameterError):
        grants_of(world.call(world.bob), token="bm8")


def test_anothers_grants_are_for_administrators(world: World) -> None:
    everybody = make_group(world.session, "everybody", world.readers)
    given(world.session, world.wine, everybody, "EXECUTE")
    found = grants_of(world.call(world.root), "bob")
    assert _told(found.items) == [("everybody", "EXECUTE", "prod.ml.wine")]
    with pytest.raises(PermissionDeniedError):
        grants_of(world.call(world.bob), "alice")


def test_a_quiet_check_leaves_no_trace(world: World) -> None:
    caller = world.call(world.charlie)
    assert not may(caller, Operation.REGISTERED_MODEL_READ, world.wine.id)
    assert not may(caller, Operation.REGISTERED_MODEL_READ, "f" * 32)
    assert may(world.call(world.alice), Operation.REGISTERED_MODEL_READ, world.wine)
    assert caller.ledger.entries == []


def test_a_name_is_seen_by_its_kind(world: World) -> None:
    assert see(world.call(world.root), world.ml.full_name, kind=Kind.SCHEMA).id == world.ml.id
