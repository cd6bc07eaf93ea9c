"""What may be done, and what is lacking for the rest."""

import pytest

from app.access import Operation
from app.access.foresee import foresee, lacking
from app.securables import Kind
from tests.access.conftest import World
from tests.factories import grant as given

LOAD = Operation.MODEL_VERSION_LOAD
READ = Operation.REGISTERED_MODEL_READ


def test_what_may_be_done_is_foreseen_and_not_recorded(world: World) -> None:
    given(world.session, world.prod, world.bob, "BROWSE")
    caller = world.call(world.bob)
    assert foresee(caller, world.wine, READ, LOAD) == {READ}
    assert not caller.ledger.entries


def test_a_narrow_token_narrows_what_is_foreseen(world: World) -> None:
    given(world.session, world.prod, world.alice, "USE CATALOG", "USE SCHEMA")
    caller = world.call(world.alice, scope=("read",))
    assert foresee(caller, world.wine.id, READ, Operation.GRANT_CHANGE) == {READ}


def test_nothing_is_foreseen_of_what_is_not_there(world: World) -> None:
    assert not foresee(world.call(world.root), "f" * 32, READ)


def test_without_a_securable_the_metastore_is_meant(world: World) -> None:
    assert foresee(world.call(world.root), None, Operation.CATALOG_CREATE)


@pytest.mark.parametrize(
    "held,privilege,kind",
    [
        ((), "EXECUTE", Kind.REGISTERED_MODEL),
        (("EXECUTE",), "USE CATALOG", Kind.CATALOG),
        (("EXECUTE", "USE CATALOG"), "USE SCHEMA", Kind.SCHEMA),
    ],
)
def test_what_is_lacking_first_is_told(
    world: World, held: tuple[str, ...], privilege: str, kind: Kind
) -> None:
    given(world.session, world.prod, world.bob, *held)
    lack = lacking(world.call(world.bob), world.wine.id, LOAD)
    assert lack is not None
    assert (lack.privilege, lack.kind) == (privilege, kind)


def test_nothing_is_lacking_for_what_is_permitted(world: World) -> None:
    given(world.session, world.prod, world.bob, "EXECUTE", "USE CATALOG", "USE SCHEMA")
    assert lacking(world.call(world.bob), world.wine.id, LOAD) is None


def test_nothing_is_lacking_on_what_is_not_there(world: World) -> None:
    assert lacking(world.call(world.bob), "f" * 32, LOAD) is None
