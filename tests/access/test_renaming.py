"""Grants are on what a thing is, not on what it is called."""

import pytest

from app import securables
from app.access import Operation, obtain, visible_page
from app.errors import NotFoundError
from app.securables import FullName, Kind
from tests.access.conftest import World
from tests.factories import grant as given
from tests.factories import make_model

LOAD = Operation.MODEL_VERSION_LOAD
NEW_NAMES = {"prod": "live.ml.wine", "ml": "prod.science.wine", "wine": "prod.ml.port"}


@pytest.fixture
def renamed(world: World, request: pytest.FixtureRequest) -> FullName:
    """Bob's group may load wine; then it, or what it is in, gets another name."""
    given(world.session, world.prod, world.readers, "USE CATALOG")
    given(world.session, world.ml, world.readers, "USE SCHEMA")
    given(world.session, world.wine, world.readers, "EXECUTE")
    new = FullName.parse(NEW_NAMES[request.param])
    thing = getattr(world, request.param)
    leaf = new.parts[["prod", "ml", "wine"].index(request.param)]
    securables.rename(world.call(world.root), thing, leaf)
    return new


@pytest.mark.parametrize("renamed", NEW_NAMES, indirect=True)
def test_what_is_granted_is_granted_under_the_new_name(world: World, renamed: FullName) -> None:
    found = obtain(world.call(world.bob), LOAD, renamed, kind=Kind.REGISTERED_MODEL)
    assert (found.id, found.full_name) == (world.wine.id, renamed)


@pytest.mark.parametrize("renamed", NEW_NAMES, indirect=True)
def test_the_old_name_leads_nowhere(world: World, renamed: FullName) -> None:
    with pytest.raises(NotFoundError):
        obtain(world.call(world.bob), LOAD, world.wine.full_name, kind=Kind.REGISTERED_MODEL)


@pytest.mark.parametrize("renamed", NEW_NAMES, indirect=True)
def test_lists_show_the_new_name(world: World, renamed: FullName) -> None:
    page = visible_page(world.call(world.bob), LOAD, Kind.REGISTERED_MODEL)
    assert [item.full_name for item in page.items] == [renamed]


@pytest.mark.parametrize("renamed", ["wine"], indirect=True)
def test_who_takes_the_old_name_takes_no_grants(world: World, renamed: FullName) -> None:
    make_model(world.session, world.ml, "wine", world.charlie)
    with pytest.raises(NotFoundError):
        obtain(world.call(world.bob), LOAD, world.wine.full_name, kind=Kind.REGISTERED_MODEL)
