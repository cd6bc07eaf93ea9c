from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Literal

import pytest
from sqlalchemy import select
from typing_extensions import override

from app.db import Database, Session
from app.errors import TooManyRequestsError
from app.identity import PasswordVerifier, Principal
from app.identity.passwords import set_password_hash
from app.identity.tables import attempts
from app.identity.throttle import WINDOW, Throttle, Try
from tests.factories import NOW, make_user
from tests.identity.hashing import SECURITY, CountingHasher, make_verifier

PASSWORD = "correct horse battery"
ATTACKER, HOME = "192.0.2.66", "192.0.2.1"


@pytest.fixture
def alice(session: Session, verifier: PasswordVerifier) -> Principal:
    made = make_user(session, "alice")
    set_password_hash(session, made.id, verifier.hash(PASSWORD, "alice"), NOW)
    return made


def guess(
    session: Session,
    verifier: PasswordVerifier,
    name: str = "alice",
    address: str = ATTACKER,
    now: int = NOW,
) -> None:
    assert verifier.verify(session, name, "a wrong guess", address=address, now=now) is None


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_three_wrong_guesses_are_enough_for_any_name(
    session: Session,
    verifier: PasswordVerifier,
    hasher: CountingHasher,
    alice: Principal,
    name: str,
):
    for _ in range(3):
        guess(session, verifier, name)
    with pytest.raises(TooManyRequestsError) as caught:
        verifier.verify(session, name, PASSWORD, address=ATTACKER, now=NOW)
    assert caught.value.retry_after == WINDOW // 1000
    assert hasher.verified == 3


def test_spelling_the_name_otherwise_gains_no_guess(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    for name in ("alice", "ALICE", "ａｌｉｃｅ "):
        guess(session, verifier, name)
    with pytest.raises(TooManyRequestsError):
        guess(session, verifier, " Alice")


def test_the_owner_elsewhere_still_gets_in_while_guesses_go_on(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    for _ in range(3):
        guess(session, verifier)
    assert verifier.verify(session, "alice", PASSWORD, address=HOME, now=NOW)
    with pytest.raises(TooManyRequestsError):
        guess(session, verifier)


def test_an_attack_from_many_addresses_gets_one_guess_from_each(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    for last in range(3):
        guess(session, verifier, address=f"198.51.100.{last}")
    guess(session, verifier, address="198.51.100.9")
    with pytest.raises(TooManyRequestsError):
        guess(session, verifier, address="198.51.100.9")


def test_one_address_cannot_try_many_accounts(session: Session, verifier: PasswordVerifier):
    for number in range(6):
        guess(session, verifier, f"user{number}")
    with pytest.raises(TooManyRequestsError):
        guess(session, verifier, "user6")


def test_the_addresses_of_one_ipv6_network_are_one(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    for last in range(3):
        guess(session, verifier, address=f"2001:db8::{last}")
    with pytest.raises(TooManyRequestsError):
        guess(session, verifier, address="2001:db8::ffff")


def test_a_right_password_excuses_the_slips_before_it(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    for _ in range(2):
        guess(session, verifier)
        guess(session, verifier)
        assert verifier.verify(session, "alice", PASSWORD, address=ATTACKER, now=NOW)
        set_password_hash(session, alice.id, verifier.hash(PASSWORD, "alice"), NOW)


def test_after_fifteen_minutes_it_begins_anew(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    for _ in range(3):
        guess(session, verifier)
    assert verifier.verify(session, "alice", PASSWORD, address=ATTACKER, now=NOW + WINDOW)


def test_a_remembered_password_needs_no_throttle_and_no_write(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    assert verifier.verify(session, "alice", PASSWORD, address=ATTACKER, now=NOW)
    for _ in range(3):
        guess(session, verifier)
    before = session.execute(select(attempts)).all()
    assert verifier.verify(session, "alice", PASSWORD, address=ATTACKER, now=NOW)
    assert session.execute(select(attempts)).all() == before


def test_what_was_typed_as_a_name_is_not_kept(session: Session, verifier: PasswordVerifier):
    guess(session, verifier, "my-actual-password")
    assert "my-actual-password" not in str(session.execute(select(attempts)).all())


def test_old_failures_are_forgotten(session: Session, verifier: PasswordVerifier):
    guess(session, verifier, "one")
    guess(session, verifier, "two", now=NOW + WINDOW)
    starts = session.execute(select(attempts.c.window_start)).scalars().all()
    assert set(starts) == {NOW + WINDOW}


def test_an_ipv4_address_is_itself_in_whatever_form(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    for address in ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"):
        guess(session, verifier, address=address)
    with pytest.raises(TooManyRequestsError):
        guess(session, verifier, address="::ffff:c000:201")


class SlowHasher(CountingHasher):
    """Compares once so many are at it, or a moment later."""

    def __init__(self, at_once: int) -> None:
        super().__init__()
        self._together = Barrier(at_once, timeout=0.2)

    @override
    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        with suppress(BrokenBarrierError):
            self._together.wait()
        return super().verify(hash, password)


def sign_in_at_once(
    database: Database, hasher: CountingHasher, tries: Sequence[tuple[str, str]]
) -> list[bool]:
    """Try names and passwords from one address at one moment; each in a process of its own.

    Return for each whether it got in; a throttled one did not.
    """

    def sign_in(name: str, password: str) -> bool:
        with database.session() as session, suppress(TooManyRequestsError):
            verifier = make_verifier(hasher)
            return bool(verifier.verify(session, name, password, address=ATTACKER, now=NOW))
        return False

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(sign_in, *zip(*tries, strict=True)))


def test_guesses_at_the_same_moment_are_as_few_as_one_after_the_other(
    database: Database, alice: Principal
):
    hasher = SlowHasher(8)
    assert not any(sign_in_at_once(database, hasher, [("alice", "a wrong guess")] * 8))
    assert hasher.verified == 3


def test_guesses_for_many_accounts_at_the_same_moment_are_those_of_one_address(
    database: Database, alice: Principal
):
    hasher = SlowHasher(12)
    tries = [(f"user{number}", "a wrong guess") for number in range(12)]
    assert not any(sign_in_at_once(database, hasher, tries))
    assert hasher.verified == 6


def test_the_owner_gets_in_however_often_at_the_same_moment_and_under_attack(
    database: Database, session: Session, verifier: PasswordVerifier, alice: Principal
):
    for last in range(3):
        guess(session, verifier, address=f"198.51.100.{last}")
    assert all(sign_in_at_once(database, SlowHasher(5), [("alice", PASSWORD)] * 5))


def test_a_right_password_leaves_nothing_counted(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    assert verifier.verify(session, "alice", PASSWORD, address=ATTACKER, now=NOW)
    assert not session.execute(select(attempts)).all()


def test_a_right_password_excuses_no_guess_that_is_on_its_way(session: Session):
    throttle = Throttle(SECURITY)
    attacker, owner = (Try("alice", address, NOW) for address in (ATTACKER, HOME))
    assert throttle.reserve(session, attacker)
    assert throttle.reserve(session, owner)
    throttle.excuse(session, owner)
    throttle.blame(session, attacker)
    assert {(row.failures, row.pending) for row in session.execute(select(attempts))} == {(1, 0)}


def test_a_try_that_never_ended_counts_until_the_window_does(session: Session):
    throttle = Throttle(SECURITY)
    for _ in range(3):
        assert throttle.reserve(session, Try("alice", ATTACKER, NOW))
    assert not throttle.reserve(session, Try("alice", ATTACKER, NOW))
    assert throttle.reserve(session, Try("alice", HOME, NOW))
    assert throttle.reserve(session, Try("alice", ATTACKER, NOW + WINDOW))
