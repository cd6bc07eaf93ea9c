"""One decision, and the first page of what one may see, at a thousand to a million."""

import random

from app.access import Operation, obtain, visible_page
from app.db import Database
from app.securables import Kind
from tests.bench.figures import Figure, Report, median_seconds
from tests.bench.worlds import World, caller_for, five_callers, make_world

DECISION_GOAL = {"sqlite": 100.0, "postgres": 250.0}
PAGE_GOAL = 5.0
_SIZES = {"1k": 1_000, "100k": 100_000, "1M": 1_000_000}
_PAGED = {"100k", "1M"}


def measure_size(report: Report, database: Database, engine: str, size: str) -> None:
    """Fill an empty database to a size and measure decisions and pages in it."""
    number = _SIZES[size]
    world = make_world(database, models=number, direct_grants=number)
    _measure_decisions(report, database, engine, size, world)
    if size in _PAGED:
        _measure_pages(report, database, engine, size, world)


def _measure_decisions(
    report: Report, database: Database, engine: str, size: str, world: World
) -> None:
    rng = random.Random(1)
    holder = world.users[3]
    caller = caller_for(database, holder)
    held = [model for index, model in enumerate(world.models[:50_000]) if _holds(index, world, 3)]
    asked = [rng.choice(held) for _ in range(1_000)]

    def decide(i: int) -> None:
        caller.ledger.entries.clear()
        obtain(caller, Operation.MODEL_VERSION_LOAD, asked[i % 1_000], kind=Kind.REGISTERED_MODEL)

    seconds = median_seconds(decide, 3_000)
    caller.session.close()
    goal = DECISION_GOAL[engine]
    report.add(Figure(f"a decision at {size} grants", engine, seconds * 1e6, "µs", goal))


def _holds(index: int, world: World, user: int) -> bool:
    return index % (len(world.users) - 5 + len(world.groups)) == user


def _measure_pages(
    report: Report, database: Database, engine: str, size: str, world: World
) -> None:
    for kind, principal in five_callers(database, world).items():
        caller = caller_for(database, principal)

        def page(_i: int, caller=caller) -> None:
            caller.ledger.entries.clear()
            visible_page(caller, Operation.REGISTERED_MODEL_READ, Kind.REGISTERED_MODEL, limit=100)

        seconds = median_seconds(page, 100)
        caller.session.close()
        name = f"first page of {size} models, {kind}"
        report.add(Figure(name, engine, seconds * 1e3, "ms", PAGE_GOAL))
