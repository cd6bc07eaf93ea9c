import threading
from dataclasses import replace

import pytest
from sqlalchemy import update
from typing_extensions import override

from app.crypto.tokens import new_secret
from app.db import Database, Session
from app.errors import InvalidParameterError, TooManyRequestsError
from app.identity import Authenticated, PasswordVerifier, Principal, Request
from app.identity.authentication import authenticate_token, note_use
from app.identity.passwords import set_password_hash
from app.identity.tables import principals, tokens
from app.identity.tokens import NewToken, insert_token
from tests.factories import NOW, add_member, caller_for, make_group, make_user
from tests.identity.hashing import CountingHasher, make_verifier
from tests.loose import LooseSession

PASSWORD = "correct horse battery"
HERE = "192.0.2.1"


@pytest.fixture
def alice(session: Session, verifier: PasswordVerifier) -> Principal:
    made = make_user(session, "alice")
    set_password_hash(session, made.id, verifier.hash(PASSWORD, "alice"), NOW)
    return made


def sign_in(
    session: Session,
    verifier: PasswordVerifier,
    name: str = "alice",
    password: str = PASSWORD,
    address: str = HERE,
) -> Authenticated | None:
    return verifier.verify(session, name, password, address=address, now=NOW)


def give_token(session: Session, principal: Principal, **more) -> str:
    secret = new_secret()
    insert_token(session, NewToken(principal, secret, **more), now=NOW, created_by=None)
    return secret


def change(session: Session, principal: Principal, **values: int | None) -> None:
    session.execute(update(principals).where(principals.c.id == principal.id).values(**values))


@pytest.mark.parametrize("name", ["alice", "Alice", " ALICE ", "ａｌｉｃｅ"])
def test_alice_signs_in_however_she_spells_herself(
    session: Session, verifier: PasswordVerifier, alice: Principal, name: str
):
    found = sign_in(session, verifier, name)
    assert found
    assert (found.principal, found.scope, found.token_id) == (alice, ("*",), None)


def test_a_verified_password_costs_no_second_hash(
    session: Session, verifier: PasswordVerifier, hasher: CountingHasher, alice: Principal
):
    for _ in range(5):
        assert sign_in(session, verifier)
    assert hasher.verified == 1


@pytest.mark.parametrize(
    "name", ["nobody", "alice", "disabled", "deleted", "passwordless", "\0", "x" * 999]
)
def test_whoever_fails_costs_one_hash_and_gets_one_answer(
    session: Session,
    verifier: PasswordVerifier,
    hasher: CountingHasher,
    alice: Principal,
    name: str,
):
    for state in ("disabled", "deleted"):
        other = make_user(session, state)
        set_password_hash(session, other.id, verifier.hash(PASSWORD, state), NOW)
        change(session, other, **{f"{state}_at": NOW})
    make_user(session, "passwordless")
    password = "wrong" if name == "alice" else PASSWORD
    assert sign_in(session, verifier, name, password) is None
    assert hasher.verified == 1


def test_a_known_name_and_an_unknown_one_run_the_same_statements(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    assert isinstance(session, LooseSession)
    runs = []
    for name in ("alice", "nobody"):
        session.sent.clear()
        assert sign_in(session, verifier, name, "wrong") is None
        # How durable commits are is told a connection once.
        runs.append([sql for sql in map(str, session.sent) if not sql.startswith("PRAGMA")])
    assert runs[0] == runs[1]
    assert any("FROM principals" in statement for statement in runs[0])


def test_a_changed_password_is_true_for_the_next_request_of_every_process(
    database: Database, verifier: PasswordVerifier, alice: Principal
):
    other = make_verifier()
    with database.session() as one, database.session() as two:
        assert sign_in(one, verifier)
        assert sign_in(two, other)
        set_password_hash(one, alice.id, verifier.hash("a new good passphrase", "alice"), NOW)
        assert sign_in(one, verifier) is None
        assert sign_in(two, other) is None
        assert sign_in(two, other, password="a new good passphrase")


@pytest.mark.parametrize("state", ["disabled_at", "deleted_at"])
def test_an_ended_principal_is_refused_at_the_next_request(
    session: Session, verifier: PasswordVerifier, alice: Principal, state: str
):
    secret = give_token(session, alice)
    assert sign_in(session, verifier)
    assert authenticate_token(session, secret, NOW)
    change(session, alice, **{state: NOW})
    assert sign_in(session, verifier) is None
    assert authenticate_token(session, secret, NOW) is None


def test_groups_come_with_the_credential(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    team = make_group(session, "team", alice)
    company = make_group(session, "company", team)
    secret = give_token(session, alice)
    wanted = {team.id, company.id}
    by_token, by_password = authenticate_token(session, secret, NOW), sign_in(session, verifier)
    assert by_token
    assert by_password
    assert by_token.groups == by_password.groups == wanted
    late = make_group(session, "late")
    add_member(session, late, alice)
    again = authenticate_token(session, secret, NOW)
    assert again
    assert again.groups == {*wanted, late.id}


def test_a_token_ends_when_it_expires_or_is_revoked(session: Session, alice: Principal):
    expiring = give_token(session, alice, expires_at=NOW + 1)
    assert authenticate_token(session, expiring, NOW)
    assert authenticate_token(session, expiring, NOW + 1) is None
    revoked = give_token(session, alice)
    session.execute(update(tokens).values(revoked_at=NOW))
    assert authenticate_token(session, revoked, NOW) is None


@pytest.mark.parametrize("secret", ["", "mun_", "\0", "\ud800", "é" * 30, "x" * 100_000])
def test_what_is_no_token_is_nobodys(session: Session, alice: Principal, secret: str):
    assert authenticate_token(session, secret, NOW) is None


def test_a_token_in_the_place_of_a_password_is_its_owners_alone(
    session: Session, verifier: PasswordVerifier, hasher: CountingHasher, alice: Principal
):
    secret = give_token(session, alice, scope=("read",))
    make_user(session, "bob")
    found = sign_in(session, verifier, "alice", secret)
    assert found
    assert found.scope == ("read",)
    assert hasher.verified == 0
    assert sign_in(session, verifier, "bob", secret) is None


def test_a_group_never_calls(session: Session, verifier: PasswordVerifier):
    make_group(session, "team")
    assert sign_in(session, verifier, "team", "") is None


def test_use_is_noted_once_a_minute(session: Session, alice: Principal):
    secret = give_token(session, alice)

    def use(now: int) -> int | None:
        found = authenticate_token(session, secret, now)
        assert found
        caller = caller_for(session, alice, now=now)
        request = Request(id="r", token_id=found.token_id, token_used_at=found.token_used_at)
        note_use(replace(caller, request=request))
        again = authenticate_token(session, secret, now)
        return again.token_used_at if again else None

    assert [use(NOW), use(NOW + 59_999), use(NOW + 60_000)] == [NOW, NOW, NOW + 60_000]


class BlockedHasher(CountingHasher):
    """Tells when a hash begins and ends it when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.let_go.set()

    @override
    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.begun.release()
        assert self.let_go.wait(5)
        return super().hash(password, salt=salt)


def test_two_hashes_are_made_at_once_and_no_third():
    hasher = BlockedHasher()
    verifier = make_verifier(hasher)
    hasher.let_go.clear()
    threads = [threading.Thread(target=verifier.hash, args=(PASSWORD, "alice")) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert hasher.begun.acquire(timeout=5)
    assert hasher.begun.acquire(timeout=5)
    assert not hasher.begun.acquire(timeout=0.05)
    hasher.let_go.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "password1234",
        "Password!2345",
        "aaaaaaaaaaaaaa",
        "abababababababab",
        "1234567890123",
        "qwertyuiopas",
        "321098765432",
        "alice's own secret",
        "x" * 1025,
        "\ud800" * 12,
    ],
)
def test_a_password_that_is_guessed_first_is_refused(verifier: PasswordVerifier, weak: str):
    with pytest.raises(InvalidParameterError) as caught:
        verifier.hash(weak, "alice@example.org")
    assert caught.value.field == "password"


@pytest.mark.parametrize("password", ["", "\ud800", "x" * 100_000])
def test_what_is_no_password_fails_like_a_wrong_one(
    session: Session,
    verifier: PasswordVerifier,
    hasher: CountingHasher,
    alice: Principal,
    password: str,
):
    assert sign_in(session, verifier, password=password) is None
    assert hasher.verified == 1


def test_a_hash_that_is_none_fails_like_a_wrong_password(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    set_password_hash(session, alice.id, "imported from elsewhere", NOW)
    assert sign_in(session, verifier) is None


def test_what_is_remembered_is_bounded(verifier: PasswordVerifier):
    for number in range(10_001):
        verifier._remember(number.to_bytes(4, "big"))
    assert len(verifier._verified) == 10_000
    assert not verifier._is_remembered((0).to_bytes(4, "big"))


class Taken(threading.BoundedSemaphore):
    """Turns that all others have."""

    @override
    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        return False


def test_who_finds_no_turn_is_told_when_to_come_back(
    session: Session, verifier: PasswordVerifier, alice: Principal
):
    verifier._turns = Taken()
    with pytest.raises(TooManyRequestsError) as caught:
        sign_in(session, verifier)
    assert caught.value.retry_after == 5
