"""Casbin's traps, each of which would answer wrongly or not at all."""

import sys
import threading
from collections.abc import Iterator

import casbin
import pytest

from app.access import Operation, obtain
from app.access.engine import OWN, Slice, SliceRow
from app.config import shipped
from app.db import Database
from app.errors import NotFoundError
from tests.access.conftest import World
from tests.factories import caller_for, make_group, make_model, make_user
from tests.factories import grant as given

BOB, TEAM, WINE, ML = "b" * 32, "e" * 32, "1" * 32, "2" * 32
SUBJECT = frozenset({BOB, TEAM})
EXECUTE = frozenset({"EXECUTE", "role:reader"})


def _judge(*rows: SliceRow, chain=frozenset({WINE, ML}), owned=frozenset({WINE}), sub=SUBJECT):
    return Slice(sub, rows).judge(EXECUTE, chain, owned)


@pytest.fixture
def hasty() -> Iterator[None]:
    """Let threads take turns a thousand times as often."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(interval)


def test_a_grant_on_the_chain_is_held_and_named() -> None:
    row = (TEAM, "role:reader", ML, "allow")
    assert _judge((BOB, "SELECT", WINE, "allow"), row) == (True, row)


@pytest.mark.parametrize(
    "row",
    [
        ("c" * 32, "EXECUTE", WINE, "allow"),
        (BOB, "SELECT", WINE, "allow"),
        (BOB, "EXECUTE", "3" * 32, "allow"),
        (BOB, OWN, ML, "allow"),
        (BOB, "EXECUTE", WINE, "perhaps"),
    ],
)
def test_a_row_that_does_not_match_confers_nothing(row: SliceRow) -> None:
    assert not _judge(row).held


def test_a_deny_wins_wherever_it_stands() -> None:
    allow, deny = (BOB, "EXECUTE", WINE, "allow"), (TEAM, "role:reader", ML, "deny")
    assert _judge(allow, deny) == (False, deny)
    assert _judge(deny, allow) == (False, deny)


def test_an_owner_holds_what_is_its_own() -> None:
    assert _judge((BOB, OWN, WINE, "allow")).held


def test_a_bare_enforcer_says_yes_to_nobody_about_nothing() -> None:
    """The trap that the next test is about, so that we learn when it is gone."""
    bare = casbin.Enforcer(str(shipped("policies", "model.conf")), enable_log=False)
    assert bare.enforce("", "", "", "")


def test_no_rows_and_empty_ids_are_never_a_yes() -> None:
    nothing = frozenset({""})
    assert not Slice(nothing, []).judge(nothing, nothing, nothing).held
    blank = ("", "EXECUTE", WINE, "allow")
    assert not _judge(blank, sub=frozenset({""})).held
    assert not _judge((BOB, "EXECUTE", "", "allow"), chain=frozenset({""})).held


def test_a_slice_knows_nothing_of_another() -> None:
    mine = Slice(SUBJECT, [(BOB, "EXECUTE", WINE, "allow")])
    other = Slice(SUBJECT, [(BOB, "EXECUTE", ML, "deny")])
    chain = frozenset({WINE, ML})
    assert mine.judge(EXECUTE, chain, chain).held
    assert not other.judge(EXECUTE, chain, chain).held
    assert mine.judge(EXECUTE, chain, chain).held


def test_names_with_commas_and_quotes_never_reach_casbin(world: World) -> None:
    group = make_group(world.session, 'a, "b", c', world.bob)
    model = make_model(world.session, world.ml, 'x, y", z', world.alice)
    given(world.session, world.prod, group, "role:reader")
    assert obtain(world.call(world.bob), Operation.MODEL_VERSION_LOAD, model.id).name == model.name


def test_groups_nest_deeper_than_casbin_follows(world: World) -> None:
    group = make_group(world.session, "g0", world.bob)
    for depth in range(1, 15):
        group = make_group(world.session, f"g{depth}", group)
    given(world.session, world.prod, group, "role:reader")
    obtain(world.call(world.bob), Operation.MODEL_VERSION_LOAD, world.wine.id)


@pytest.mark.usefixtures("hasty")
def test_eight_threads_get_no_wrong_answer(world: World, database: Database) -> None:
    users = [make_user(world.session, f"user{number}") for number in range(8)]
    models = [make_model(world.session, world.ml, f"m{number}", world.root) for number in range(8)]
    for user, model in zip(users, models, strict=True):
        given(world.session, world.prod, user, "USE CATALOG", "USE SCHEMA")
        given(world.session, model, user, "EXECUTE")
    world.session.commit()
    wrong: list[object] = []

    def ask(number: int) -> None:
        with database.session() as session:
            caller = caller_for(session, users[number])
            for turn in range(120):
                asked = turn % 8
                try:
                    obtain(caller, Operation.MODEL_VERSION_LOAD, models[asked].id)
                    found = True
                except NotFoundError:
                    found = False
                if found is not (asked == number):
                    wrong.append((number, asked))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
