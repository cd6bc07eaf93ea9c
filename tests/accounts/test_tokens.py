from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts import (
    create_group,
    create_service_principal,
    create_token,
    list_own_tokens,
    list_tokens,
    revoke_token,
)
from app.crypto.tokens import is_secret
from app.db import Session, all_items
from app.errors import ConflictError, InvalidParameterError, NotFoundError, PermissionDeniedError
from app.identity import Caller
from app.identity.authentication import authenticate_token
from app.identity.tables import tokens
from tests.factories import NOW, caller_for, make_user
from tests.loose import LooseDatabase


def with_scope(session: Session, caller: Caller, *scope: str) -> Caller:
    return caller_for(session, caller.principal, scope=scope)


def test_a_token_of_ones_own_is_shown_once(session: Session, alice: Caller):
    made = create_token(alice, name="laptop")
    assert is_secret(made.secret)
    (listed,) = list_own_tokens(alice).items
    assert (listed.id, listed.name, listed.scope) == (made.id, "laptop", ("*",))
    assert made.secret.startswith(listed.hint)
    assert made.secret not in str(session.execute(select(tokens)).all())
    assert made.secret not in str(alice.ledger.entries)
    found = authenticate_token(session, made.secret, NOW)
    assert found
    assert found.principal == alice.principal


def test_no_token_is_in_clear_in_the_database_file(sqlite_url: str, tmp_path: Path):
    database = LooseDatabase(sqlite_url)
    with database.session() as session:
        made = create_token(caller_for(session, make_user(session, "alice")))
        session.commit()
    database.dispose()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert made.secret.encode() not in stored


def test_an_administrator_makes_one_for_a_service_principal(session: Session, root: Caller):
    robot = create_service_principal(root, "robot")
    made = create_token(root, principal="robot", scope=("run.*",))
    found = authenticate_token(session, made.secret, NOW)
    assert found
    assert (found.principal, found.scope) == (robot, ("run.*",))


def test_a_group_has_no_tokens(root: Caller):
    create_group(root, "team")
    with pytest.raises(ConflictError):
        create_token(root, principal="team")


@pytest.mark.parametrize(
    "held, wanted",
    [
        (("*",), ("read", "run.*", "token.create")),
        (("own_token.*", "run.*"), ("run.*",)),
        (("own_token.*", "run.*"), ("run.create", "run.read")),
        (("own_token.*", "r*"), ("run.*",)),
        (("own_token.*", "read"), ("read",)),
        (("own_token.*", "read"), ("audit.read",)),
    ],
    ids=str,
)
def test_a_scope_may_be_as_wide_as_the_one_in_use(
    session: Session, alice: Caller, held: tuple[str, ...], wanted: tuple[str, ...]
):
    made = create_token(with_scope(session, alice, *held), scope=wanted)
    found = authenticate_token(session, made.secret, NOW)
    assert found
    assert found.scope == wanted


@pytest.mark.parametrize(
    "held, wanted",
    [
        (("own_token.*", "run.*"), "*"),
        (("own_token.*", "run.*"), "r*"),
        (("own_token.*", "run.*"), "read"),
        (("own_token.*", "run.*"), "*.create"),
        (("own_token.*", "run.*"), "artifact.read"),
        (("own_token.*", "read"), "run.create"),
        (("own_token.*", "read"), "run.*"),
        (("own_token.create",), "own_token.*"),
    ],
    ids=str,
)
def test_a_scope_is_never_wider_than_the_one_in_use(
    session: Session, alice: Caller, held: tuple[str, ...], wanted: str
):
    with pytest.raises(PermissionDeniedError):
        create_token(with_scope(session, alice, *held), scope=(wanted,))
    assert list_own_tokens(alice).items == []


def test_a_narrow_token_makes_narrow_ones_unasked(session: Session, alice: Caller):
    create_token(with_scope(session, alice, "own_token.*", "run.*"))
    assert list_own_tokens(alice).items[0].scope == ("own_token.*", "run.*")


@pytest.mark.parametrize("pattern", ["", "nothing.*", "run", "run.[a-z]*", "?", "run.create extra"])
def test_a_scope_that_names_nothing_is_refused(alice: Caller, pattern: str):
    with pytest.raises(InvalidParameterError) as caught:
        create_token(alice, scope=(pattern,))
    assert caught.value.field == "scope"


def test_a_token_without_the_operation_makes_none(session: Session, alice: Caller):
    with pytest.raises(PermissionDeniedError):
        create_token(with_scope(session, alice, "read"), scope=("read",))


def test_a_token_does_not_outlive_the_one_that_made_it(session: Session, alice: Caller):
    first = create_token(alice, expires_at=NOW + 1000)
    by_token = replace(alice, request=replace(alice.request, token_id=first.id))
    assert create_token(by_token).expires_at == NOW + 1000
    assert create_token(by_token, expires_at=NOW + 10).expires_at == NOW + 10
    with pytest.raises(PermissionDeniedError):
        create_token(by_token, expires_at=NOW + 1001)


@pytest.mark.parametrize("moment", [NOW, NOW - 1, 0, -1])
def test_a_token_expires_later(alice: Caller, moment: int):
    with pytest.raises(InvalidParameterError) as caught:
        create_token(alice, expires_at=moment)
    assert caught.value.field == "expires_at"


def test_a_revoked_token_is_dead_at_the_next_request(session: Session, alice: Caller):
    made = create_token(alice)
    revoke_token(alice, made.id)
    assert authenticate_token(session, made.secret, NOW) is None
    assert list_own_tokens(alice).items == []
    with pytest.raises(NotFoundError):
        revoke_token(alice, made.id)


def test_somebody_elses_token_looks_absent_to_a_stranger(alice: Caller, charlie: Caller):
    made = create_token(alice)
    messages = []
    for token_id in (made.id, "f" * 32):
        with pytest.raises(NotFoundError) as caught:
            revoke_token(charlie, token_id)
        messages.append(caught.value.message.replace(token_id, "X"))
    assert messages[0] == messages[1]
    assert len(list_own_tokens(alice).items) == 1


def test_an_administrator_sees_and_revokes_anybodys(root: Caller, alice: Caller):
    made = create_token(alice, name="laptop")
    assert [token.id for token in list_tokens(root, "alice").items] == [made.id]
    revoke_token(root, made.id)
    assert list_tokens(root).items == []


@pytest.mark.parametrize("name", ["x" * 256, "a\nb"])
def test_a_name_that_does_not_print_is_refused(alice: Caller, name: str):
    with pytest.raises(InvalidParameterError) as caught:
        create_token(alice, name=name)
    assert caught.value.field == "name"


def test_tokens_come_in_pages_that_are_the_whole_once(root: Caller, alice: Caller):
    made = [create_token(alice).id for _ in range(5)]
    create_token(root)
    mine = all_items(lambda token: list_own_tokens(alice, limit=2, page_token=token))
    assert [token.id for token in mine] == made[::-1]
    of_alice = all_items(lambda token: list_tokens(root, "alice", limit=2, page_token=token))
    assert of_alice == mine
    assert len(all_items(lambda token: list_tokens(root, limit=3, page_token=token))) == 6


def test_a_page_of_tokens_is_bounded_and_its_token_checked(alice: Caller):
    for _ in range(2):
        create_token(alice)
    assert len(list_own_tokens(alice, limit=0).items) == 1
    with pytest.raises(InvalidParameterError):
        list_own_tokens(alice, page_token="x")
