import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.db import Database, Session
from app.errors import ConflictError, NotFoundError
from app.identity import Principal, PrincipalKind
from app.identity.membership import add_membership, dissolve, remove_membership
from app.identity.principals import groups_of, insert_principal, new_principal
from app.identity.tables import closure, memberships
from tests.factories import NOW, make_group, make_user

_numbers = count()
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "remove", "dissolve"]), st.integers(0, 5), st.integers(0, 7)
    ),
    max_size=25,
)


def recomputed(session: Session) -> set[tuple[str, str]]:
    """The closure, by walking up from every member."""
    direct = [(row.member_id, row.group_id) for row in session.execute(select(memberships)).all()]
    pairs: set[tuple[str, str]] = set()
    for start, _ in direct:
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for member, group in direct:
                if member == here and (start, group) not in pairs:
                    pairs.add((start, group))
                    waiting.append(group)
    return pairs


def stored(session: Session) -> set[tuple[str, str]]:
    return {(row.member_id, row.group_id) for row in session.execute(select(closure))}


def add(session: Session, group: Principal, member: Principal) -> bool:
    return add_membership(session, group, member, now=NOW, added_by=None)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_the_closure_is_what_a_naive_walk_finds(session: Session, changes):
    world = next(_numbers)
    session.rollback()
    session.begin()
    people = []
    for index in range(8):
        kind = PrincipalKind.GROUP if index < 6 else PrincipalKind.USER
        new = new_principal(kind, f"{world}/{index}")
        people.append(insert_principal(session, new, now=NOW, created_by=None))
    for verb, group, member in changes:
        try:
            if verb == "add":
                add(session, people[group], people[member])
            elif verb == "remove":
                remove_membership(session, people[group], people[member])
            else:
                dissolve(session, people[member])
        except (ConflictError, NotFoundError):
            pass
        assert stored(session) == recomputed(session)
        assert all(member != group for member, group in stored(session))
    session.rollback()


def test_a_group_does_not_contain_itself(session: Session):
    team = make_group(session, "team")
    with pytest.raises(ConflictError, match="contain itself"):
        add(session, team, team)


def test_a_long_way_round_is_a_cycle_too(session: Session):
    first, second, third = (make_group(session, name) for name in ("a", "b", "c"))
    add(session, first, second)
    add(session, second, third)
    with pytest.raises(ConflictError, match="contain itself"):
        add(session, third, first)
    assert groups_of(session, first.id) == frozenset()


def test_nobody_joins_a_user(session: Session):
    alice, bob = make_user(session, "alice"), make_user(session, "bob")
    with pytest.raises(ConflictError, match="is not a group"):
        add(session, alice, bob)


def test_a_second_way_in_stays_when_the_first_goes(session: Session):
    bob = make_user(session, "bob")
    team = make_group(session, "team", bob)
    company = make_group(session, "company", team, bob)
    remove_membership(session, team, bob)
    assert groups_of(session, bob.id) == {company.id}


def test_to_be_in_twice_is_to_be_in_once(session: Session):
    bob = make_user(session, "bob")
    team = make_group(session, "team", bob)
    assert add(session, team, bob) is False
    remove_membership(session, team, bob)
    assert groups_of(session, bob.id) == frozenset()


def test_two_memberships_that_would_make_a_cycle_together_are_not_both_made(database: Database):
    with database.session() as session:
        first, second = make_group(session, "a"), make_group(session, "b")
    ready = threading.Barrier(2, timeout=5)

    def join(pair: tuple[Principal, Principal]) -> bool:
        with database.session() as session:
            ready.wait()
            session.begin()
            try:
                add(session, *pair)
            except ConflictError:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(2) as workers:
        made = list(workers.map(join, [(first, second), (second, first)]))
    assert sorted(made) == [False, True]
    with database.session() as session:
        assert stored(session) == recomputed(session)
