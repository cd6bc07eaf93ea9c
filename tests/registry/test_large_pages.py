"""Pages of versions that are large end early, and are the whole when put together all the same."""

from itertools import chain

import pytest
from sqlalchemy import insert, select

from app import registry
from app.db.filling import MAX_PAGE_CHARACTERS
from app.registry.tables import model_versions
from tests.registry.worlds import World

MANY = 2200
LARGE = "x" * (MAX_PAGE_CHARACTERS // 800)


def make_versions(world: World, large_up_to: int) -> None:
    """Give a model many versions, of which the older ones have a large description."""
    world.model()
    world.version()
    made = dict(world.session.execute(select(model_versions)).one()._mapping)
    rows = [
        made | {"version": number, "description": LARGE if number <= large_up_to else ""}
        for number in range(2, MANY + 1)
    ]
    world.session.execute(insert(model_versions), rows)
    world.commit()


def pages_of(world: World, size: int) -> list[list[int]]:
    """Return the numbers of the versions of each page."""
    pages, token = [], ""
    while True:
        page = registry.search_versions(world.caller(), max_results=size, page_token=token)
        pages.append([version.version for version in page.items])
        if not (token := page.next_token):
            return pages


@pytest.mark.parametrize("size, pages", [(200_000, 1), (MANY, 1), (1100, 2), (1000, 3)])
def test_versions_that_are_small_fill_their_pages(world: World, size: int, pages: int):
    make_versions(world, large_up_to=0)
    found = pages_of(world, size)
    assert len(found) == pages
    assert list(chain.from_iterable(found)) == list(range(MANY, 0, -1))


@pytest.mark.parametrize("large_up_to, longest", [(MANY, 1000), (1000, 2100)])
def test_versions_that_are_large_come_in_shorter_pages(
    world: World, large_up_to: int, longest: int
):
    make_versions(world, large_up_to)
    found = pages_of(world, 200_000)
    assert 1000 <= len(found[0]) <= longest
    assert list(chain.from_iterable(found)) == list(range(MANY, 0, -1))
