"""A page of search and a page of history, at a size and at a tenth of it.

The time of a page must not grow with what there is beside it: at ten times the size it may take
twice as long. Each question is asked of both worlds by turns.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

from app.db import Database
from app.db.migrations import migrate
from app.namespace import Query, search
from app.protocols.mlflow.filters.expressions import (
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    parse_filter,
    parse_order_by,
)
from app.registry.search import search_models, search_versions
from app.tracking.runs.metrics import MAX_HISTORY_PAGE, get_metric_history
from app.tracking.runs.search import search_runs
from app.tracking.values import Search
from tests.bench.figures import TIMES, Figure, Report
from tests.bench.scale_worlds import HISTORY_KEY, NUMBER, READERS, ScaleWorld, make_scale_world

SIZES = (10_000, 100_000)
"""Runs in one experiment, and models; ten times as many points are in one run."""

_GOAL = 2.0
_SAMPLES = 9
_FEWEST_SAMPLES = 3
_SAMPLING_SECONDS = 6.0
_PAGE = 100

Question = Callable[[ScaleWorld], object]

_RUNS = {
    "runs as they are found": ("", ()),
    "runs by start": ("", ("start_time ASC",)),
    "runs by end": ("", ("end_time DESC",)),
    "runs by name": ("", ("run_name ASC",)),
    "runs by metric": ("", ("metrics.m1 DESC",)),
    "runs by metric, the least first": ("", ("metrics.m1 ASC",)),
    "runs by parameter": ("", ("params.p1 ASC",)),
    "runs by a rare parameter": ("", ("params.rare DESC",)),
    "runs with a metric above 90 %": ("metrics.m1 > 0.9", ()),
    "runs with a metric above 99 %": ("metrics.m1 > 0.99", ()),
    "runs with a parameter": ("params.p1 = 'x'", ()),
    "runs with a rare parameter": ("params.rare = '7'", ()),
    "runs with a metric and a parameter": ("metrics.m1 > 0.9 and params.p1 = 'x'", ()),
    "runs with a metric, by another": ("metrics.m1 > 0.9", ("metrics.m2 DESC",)),
    "runs with a name": ("attributes.run_name = 'run 77'", ()),
    "runs named alike": ("attributes.run_name LIKE 'run 77%'", ()),
    "runs that failed": ("attributes.status = 'FAILED'", ()),
}
_MODELS = {
    "models": "",
    "models with a beginning": "name LIKE 'm99%'",
    "models with a part": "name LIKE '%999%'",
    "models without regard to case": "name ILIKE '%M999%'",
    "as many models with a part": "name LIKE '%{nines}%'",
    "models with a frequent part": "name LIKE '%99%'",
    "models with a part of most": "name LIKE '%9%'",
    "models with two frequent parts": "name LIKE '%12%' AND name LIKE '%98%'",
    "models of no name": "name LIKE '%nothing%'",
    "models with a tag": "tags.team = 'seven'",
}
"""For ``nines`` so many of them stand that as many models of either size have them in a row."""

_TEXTS = {
    "words": "m9 999",
    "all with a frequent word": "m9",
    "all with two frequent words": "99 77",
    "all with a full name": "c9.s999.m{last}",
    "all in a schema": "c9.s999.m",
    "all there is": "",
}


def measure_scale(report: Report, engine: str, urls: Iterator[str]) -> None:
    """Make a world of each size and ask both every question."""
    small, large = (_make(next(urls), size) for size in SIZES)
    for name, question in _questions(small, large).items():
        report.add(_compare(name, engine, question, (small, large)))
    small.close()
    large.close()


def _make(url: str, size: int) -> ScaleWorld:
    database = Database(url)
    migrate(database)
    return make_scale_world(database, size)


def _questions(*worlds: ScaleWorld) -> dict[str, Question]:
    asked: dict[str, Question] = {
        name: partial(_ask_runs, search=_search(condition, order))
        for name, (condition, order) in _RUNS.items()
    }
    for name, order in {"found": (), "ordered by metric": ("metrics.m1 DESC",)}.items():
        asked[f"runs as {name}, from the middle"] = _runs_from_the_middle(worlds, order)
    asked["history"] = partial(_ask_history, token="")
    asked["history from the middle"] = _history_from_the_middle(worlds)
    for reader in READERS:
        for name, condition in _MODELS.items():
            asked[f"{name}, for {reader}"] = _models_alike(worlds, reader, condition)
        asked[f"versions, for {reader}"] = partial(_ask_versions, reader=reader)
        for name, text in _TEXTS.items():
            asked[f"{name}, for {reader}"] = partial(_ask_everything, reader=reader, text=text)
    return asked


def _compare(name: str, engine: str, question: Question, worlds: tuple[ScaleWorld, ...]) -> Figure:
    for world in worlds:
        question(world)
    times: list[list[float]] = [[] for _ in worlds]
    end = time.perf_counter() + _SAMPLING_SECONDS
    while len(times[0]) < _FEWEST_SAMPLES or (
        len(times[0]) < _SAMPLES and time.perf_counter() < end
    ):
        for world, taken in zip(worlds, times, strict=True):
            begun = time.perf_counter()
            question(world)
            taken.append(time.perf_counter() - begun)
    small, large = (min(taken) for taken in times)
    note = f"{small * 1e3:,.1f} ms to {large * 1e3:,.1f} ms"
    return Figure(f"ten times the {name}", engine, large / small, TIMES, _GOAL, note=note)


def _search(condition: str, order: tuple[str, ...], token: str = "", size: int = _PAGE) -> Search:
    return Search(
        filters=parse_filter(condition, RUNS),
        order_by=parse_order_by(order, RUNS),
        max_results=size,
        page_token=token,
    )


def _ask_runs(world: ScaleWorld, search: Search) -> str:
    caller = world.caller("its owner")
    return search_runs(caller, [str(NUMBER)], search).next_token


def _runs_from_the_middle(worlds: tuple[ScaleWorld, ...], order: tuple[str, ...]) -> Question:
    tokens = {
        world.size: _ask_runs(world, _search("", order, size=world.size // 2)) for world in worlds
    }
    return lambda world: _ask_runs(world, _search("", order, tokens[world.size]))


def _ask_history(world: ScaleWorld, token: str, size: int = 1_000) -> str:
    caller = world.caller("its owner")
    run = world.run_of_points
    found = get_metric_history(caller, run, HISTORY_KEY, max_results=size, page_token=token)
    return found.next_token


def _history_from_the_middle(worlds: tuple[ScaleWorld, ...]) -> Question:
    tokens = {}
    for world in worlds:
        token = ""
        for _ in range(world.points // 2 // MAX_HISTORY_PAGE):
            token = _ask_history(world, token, MAX_HISTORY_PAGE)
        tokens[world.size] = token
    return lambda world: _ask_history(world, tokens[world.size])


def _models_alike(worlds: tuple[ScaleWorld, ...], reader: str, condition: str) -> Question:
    """Ask each for as many models as the smaller one has: a long answer is no slower search."""
    sizes = (_ask_models(world, reader, condition, _PAGE) for world in worlds)
    return partial(_ask_models, reader=reader, condition=condition, size=min(sizes) or _PAGE)


def _ask_models(world: ScaleWorld, reader: str, condition: str, size: int) -> int:
    nines = "9" * (len(str(world.size)) - 3)
    comparisons = parse_filter(condition.format(nines=nines), REGISTERED_MODELS)
    return len(search_models(world.caller(reader), comparisons, max_results=size).items)


def _ask_versions(world: ScaleWorld, reader: str) -> int:
    comparisons = parse_filter("", MODEL_VERSIONS)
    return len(search_versions(world.caller(reader), comparisons, max_results=_PAGE).items)


def _ask_everything(world: ScaleWorld, reader: str, text: str) -> int:
    return len(search(world.caller(reader), Query(text.format(last=world.size - 1))).hits)
