"""Why somebody may or may not."""

import pytest

from app.access import Operation, Step, explain
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.identity import Outcome
from app.securables import FullName, Kind
from tests.access.conftest import World
from tests.factories import caller_for, make_catalog, make_group, make_model, make_schema
from tests.factories import grant as given

LOAD = Operation.MODEL_VERSION_LOAD


def test_a_grant_to_a_group_within_a_group_is_explained_by_the_way_to_it(world: World) -> None:
    everybody = make_group(world.session, "everybody", world.readers)
    given(world.session, world.prod, everybody, "role:reader")
    found = explain(world.call(world.bob), None, LOAD, world.wine.id)
    assert found.is_allowed
    (branch,) = found.branches
    way = ("bob", "readers", "everybody")
    held = "role:reader is granted to everybody on prod"
    assert branch.steps == (
        Step("EXECUTE on prod.ml.wine", is_met=True, because=held, path=way),
        Step("workspace", is_met=True, because="the catalog is open to the workspace"),
        Step("USE CATALOG on prod", is_met=True, because=held, path=way),
        Step("USE SCHEMA on prod.ml", is_met=True, because=held, path=way),
    )


def test_what_is_missing_and_who_can_give_it_is_told(world: World) -> None:
    given(world.session, world.prod, world.charlie, "BROWSE")
    found = explain(world.call(world.charlie), None, LOAD, world.wine.id)
    assert not found.is_allowed
    assert not found.is_hidden
    assert found.grantors == ("alice", "root")
    assert [step.is_met for step in found.branches[0].steps] == [False, True, False, False]


def test_an_owner_is_explained_as_such(world: World) -> None:
    found = explain(world.call(world.root), None, Operation.REGISTERED_MODEL_DELETE, world.wine.id)
    assert [step.because for step in found.branches[0].steps] == ["root owns the metastore"]


def test_managing_from_above_stands_in_for_use(world: World) -> None:
    given(world.session, world.prod, world.bob, "USE CATALOG", "MANAGE")
    found = explain(world.call(world.bob), None, Operation.REGISTERED_MODEL_DELETE, world.wine.id)
    assert [
        step.because for step in found.branches[0].steps if step.condition.startswith("USE")
    ] == [
        "USE CATALOG is granted to bob on prod",
        "MANAGE is granted to bob on prod",
    ]


def test_a_deny_is_told_apart_from_what_is_not_granted(world: World) -> None:
    given(world.session, world.prod, world.bob, "role:reader")
    given(world.session, world.ml, world.readers, "EXECUTE", effect="deny")
    found = explain(world.call(world.bob), None, LOAD, world.wine.id)
    assert found.branches[0].steps[0].because == "EXECUTE is denied to readers on prod.ml"


def test_a_catalog_that_is_not_bound_is_told(world: World) -> None:
    shut = make_catalog(world.session, world.metastore, "shut", world.root, isolated=True)
    schema = make_schema(world.session, shut, "ml", world.root)
    model = make_model(world.session, schema, "wine", world.root)
    given(world.session, shut, world.bob, "role:reader")
    found = explain(world.call(world.root), "bob", LOAD, model.id)
    assert found.is_hidden
    assert found.branches[0].steps[1] == Step(
        "workspace", is_met=False, because="the catalog is not bound to the workspace"
    )


def test_all_ways_are_weighed_though_one_holds(world: World) -> None:
    found = explain(world.call(world.alice), None, Operation.REGISTERED_MODEL_READ, world.wine.id)
    assert found.is_allowed
    assert len(found.branches) == 6


def test_a_stranger_is_explained_nothing(world: World) -> None:
    with pytest.raises(NotFoundError, match=r"^Securable '[0-9a-f]+' does not exist$"):
        explain(world.call(world.charlie), None, LOAD, world.wine.id)


def test_anothers_rights_are_explained_to_managers_and_auditors_only(world: World) -> None:
    given(world.session, world.prod, world.bob, "role:reader")
    with pytest.raises(PermissionDeniedError):
        explain(world.call(world.bob), "alice", LOAD, world.wine.id)
    given(world.session, world.metastore, world.charlie, "READ AUDIT")
    found = explain(world.call(world.charlie), "bob", LOAD, world.wine.id)
    assert found.is_allowed


def test_an_operation_has_to_fit_the_securable(world: World) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        explain(world.call(world.root), None, Operation.RUN_LOG, world.wine.id)
    assert caught.value.field == "operation"


def test_an_id_that_nothing_has_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError):
        explain(world.call(world.root), None, LOAD, "f" * 32)


def test_a_securable_is_explained_by_its_name(world: World) -> None:
    name = world.wine.full_name
    caller = caller_for(world.session, world.root)
    found = explain(caller, None, LOAD, name, kind=Kind.REGISTERED_MODEL)
    assert found.securable.id == world.wine.id


@pytest.mark.parametrize("kind", [Kind.VOLUME, Kind.FUNCTION, Kind.ENDPOINT])
def test_of_a_kind_that_there_is_nothing_of_everything_is_absent(world: World, kind: Kind) -> None:
    caller = world.call(world.root)
    with pytest.raises(NotFoundError, match="does not exist"):
        explain(caller, None, LOAD, FullName.of("prod", "ml", "wine"), kind=kind)
    assert caller.ledger.entries[-1].outcome is Outcome.HIDDEN


def test_who_may_not_ask_does_not_learn_who_there_is(world: World) -> None:
    given(world.session, world.prod, world.charlie, "BROWSE")
    refusals = []
    for name in ("bob", "nobody"):
        caller = world.call(world.charlie)
        with pytest.raises(PermissionDeniedError) as caught:
            explain(caller, name, LOAD, world.wine.id)
        assert caller.ledger.entries[-1].outcome is Outcome.DENIED
        refusals.append(str(caught.value))
    assert refusals[0] == refusals[1]
