"""Pages whose items are large end early, and are the whole when put together all the same."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from app.db import Page, all_items
from app.db.filling import MAX_PAGE_CHARACTERS, read_what_fits
from app.tracking.experiment_search import search_experiments
from app.tracking.logged_model_search import search_logged_models
from app.tracking.logged_models import NewLoggedModel, create_logged_model
from app.tracking.runs.runs import create_run
from app.tracking.runs.search import search_runs
from app.tracking.values import Experiment, LoggedModel, Run, Search
from tests.tracking.worlds import World

LARGE = "x" * 8000
MANY = 120
OF_RUNS = text("""
INSERT INTO run_tags (run_pk, experiment_number, start_time, tag_name, value)
SELECT pk, experiment_number, start_time, :name, :value FROM runs""")
OF_EXPERIMENTS = text("""
INSERT INTO experiment_tags (experiment_number, tag_name, value)
SELECT number, :name, :value FROM experiments""")
OF_MODELS = text("""
INSERT INTO logged_model_tags (model_pk, tag_name, value)
SELECT pk, :name, :value FROM logged_models""")


def echo(rows: Sequence[str]) -> list[str]:
    return list(rows)


def test_small_items_fill_a_page():
    rows = ["small"] * 20_000
    assert read_what_fits(rows, echo, len) == rows


def test_large_items_end_a_page_about_where_it_has_enough():
    rows = ["x" * (MAX_PAGE_CHARACTERS // 1000)] * 20_000
    assert 950 <= len(read_what_fits(rows, echo, len)) <= 1000


def test_items_that_grow_on_the_way_end_it_too():
    rows = ["x"] * 100 + ["x" * 40_000] * 20_000
    assert len(read_what_fits(rows, echo, len)) <= 1100


def test_a_page_of_a_hundred_is_whole_however_large_and_nothing_is_nothing():
    rows = ["x" * (MAX_PAGE_CHARACTERS // 10)] * 100
    assert read_what_fits(rows, echo, len) == rows
    assert read_what_fits([], echo, len) == []


@pytest.fixture
def arranged(world: World) -> World:
    """A hundred and twenty runs, experiments and logged models, each with large tags."""
    for number in range(MANY):
        create_run(world.caller(), world.number, run_name=str(number))
        world.add_experiment(str(number))
        create_logged_model(world.caller(), world.number, NewLoggedModel(name=str(number)))
    size = MAX_PAGE_CHARACTERS // MANY // len(LARGE) + 1
    for name in (str(number) for number in range(size)):
        world.session.execute(OF_RUNS, {"name": name, "value": LARGE})
        world.session.execute(OF_EXPERIMENTS, {"name": name, "value": LARGE})
        world.session.execute(OF_MODELS, {"name": name, "value": LARGE})
    world.session.commit()
    return world


def test_runs_with_large_tags_come_in_shorter_pages(arranged: World):
    pages = []

    def next_page(token: str) -> Page[Run]:
        search = Search(max_results=50_000, page_token=token)
        pages.append(search_runs(arranged.caller(), [arranged.number], search))
        return pages[-1]

    names = [run.info.name for run in all_items(next_page)]
    assert sorted(names) == sorted(str(number) for number in range(MANY))
    assert [len(page.items) > 99 for page in pages] == [True, False]


def test_experiments_with_large_tags_come_in_shorter_pages(arranged: World):
    pages = []

    def next_page(token: str) -> Page[Experiment]:
        search = Search(max_results=50_000, page_token=token)
        pages.append(search_experiments(arranged.caller(), search))
        return pages[-1]

    names = [found.name for found in all_items(next_page)]
    assert sorted(names) == sorted(["wine", *(str(number) for number in range(MANY))])
    assert [len(page.items) > 99 for page in pages] == [True, False]


def test_logged_models_with_large_tags_come_in_shorter_pages(arranged: World):
    pages = []

    def next_page(token: str) -> Page[LoggedModel]:
        search = Search(max_results=1000, page_token=token)
        pages.append(search_logged_models(arranged.caller(), [arranged.number], search))
        return pages[-1]

    names = [found.name for found in all_items(next_page)]
    assert sorted(names) == sorted(str(number) for number in range(MANY))
    assert [len(page.items) > 99 for page in pages] == [True, False]
