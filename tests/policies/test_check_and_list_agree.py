"""What ``obtain`` allows, what lists show and what the rules say are one, in any world.

A seed that fails is printed; add it to seeds.txt, which every run begins with.
"""

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, select

from app.access import Operation, list_seen, obtain, policy, visible, visible_names, visible_page
from app.access.conditions import permitted
from app.access.scopes import fetch_scope
from app.access.slices import Subject
from app.db import Database, Session
from app.errors import NotFoundError, PermissionDeniedError
from app.identity import Caller
from app.securables import LEAVES, Kind
from app.securables.lookup import from_row
from app.securables.tables import securables
from tests.factories import caller_for
from tests.policies.naive import may
from tests.policies.random_worlds import KINDS, WORKSPACES, RandomWorld

WORLDS, PARTS = 2000, 8
KEPT = [int(line) for line in (Path(__file__).parent / "seeds.txt").read_text().split()]
RULES = [(operation, kind) for operation, kind in policy().rules if kind in KINDS]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_check_list_and_rules_agree(session: Session, part: int) -> None:
    seeds = KEPT if part == 0 else []
    for seed in [*seeds, *(random.getrandbits(48) for _ in range(WORLDS // PARTS))]:
        session.begin()
        _compare(RandomWorld(session, seed), seed)
        session.rollback()


def _compare(world: RandomWorld, seed: int) -> None:
    for _ in range(2):
        caller = caller_for(
            world.session,
            world.draw.choice(world.users),
            world.draw.choice([None, *WORKSPACES]),
            now=world.rows.now,
        )
        for operation, kind in world.draw.sample(RULES, 2):
            assert kind is not None
            deleted = world.draw.random() < 0.2
            expected = _expected(world, caller, operation, kind, deleted=deleted)
            told = f"seed {seed}: {operation} on {kind}"
            assert _checked(world, caller, operation, kind, deleted=deleted) == expected, told
            for condition in (
                visible(caller, operation, kind, deleted=deleted),
                _of_many(caller, operation, kind, deleted=deleted),
            ):
                listed = world.session.execute(select(securables.c.id).where(condition))
                assert sorted(listed.scalars()) == expected, told
            few = list_seen(caller, operation, kind, most=1000)
            assert few is None or set(expected) <= set(few), told
            if not deleted:
                assert _paged(world, caller, operation, kind) == expected, told
                if kind in LEAVES:
                    _compare_names(world, caller, operation, kind, expected)
        world.change()


def _places(world: RandomWorld, kind: Kind, *, deleted: bool) -> list[str]:
    rows = world.rows.securables.values()
    return sorted(
        row["id"] for row in rows if row["kind"] == kind and (deleted or not row["deleted_at"])
    )


def _expected(
    world: RandomWorld, caller: Caller, operation: Operation, kind: Kind, *, deleted: bool
) -> list[str]:
    workspace = caller.workspace.id if caller.workspace else None
    who = caller.principal.id
    places = _places(world, kind, deleted=deleted)
    return [place for place in places if may(world.rows, who, workspace, operation, place)]


def _checked(
    world: RandomWorld, caller: Caller, operation: Operation, kind: Kind, *, deleted: bool
) -> list[str]:
    allowed: list[str] = []
    for place in _places(world, kind, deleted=True):
        with suppress(NotFoundError, PermissionDeniedError):
            allowed.append(obtain(caller, operation, place, kind=kind, deleted=deleted).id)
    return allowed


def _of_many(
    caller: Caller, operation: Operation, kind: Kind, *, deleted: bool
) -> ColumnElement[bool]:
    """Return the condition that ``visible`` is where more is seen than there is in these worlds."""
    subject, rule = Subject.of(caller), policy().rule(operation, kind)
    scope = fetch_scope(caller.session, subject, rule, kind)
    return permitted(subject, rule, kind, scope, deleted=deleted)


def _paged(world: RandomWorld, caller: Caller, operation: Operation, kind: Kind) -> list[str]:
    size = world.draw.choice([1, 3, 100])
    found: list[str] = []
    after = ""
    while True:
        page = visible_page(caller, operation, kind, after, size)
        found += [item.id for item in page.items]
        after = page.next_token
        if not after:
            return found
        assert len(page.items) == size


def _compare_names(
    world: RandomWorld, caller: Caller, operation: Operation, kind: Kind, expected: list[str]
) -> None:
    """Hold the list of one schema by name against what is expected everywhere."""
    rows = world.session.execute(select(securables).where(securables.c.kind == Kind.SCHEMA.value))
    schema = from_row(world.draw.choice(rows.all()), "", "")
    found: list[str] = []
    after = ""
    while True:
        page = visible_names(caller, operation, kind, schema, after, 2)
        found += [item.name for item in page.items]
        after = page.next_token
        if not after:
            break
    here = [world.rows.securables[place] for place in expected]
    assert found == sorted(row["name"] for row in here if row["schema_id"] == schema.id), schema
