"""Whoever administers for a time gives nothing that lasts longer, to itself or to others."""

from collections.abc import Callable

import pytest

from app import access
from app.access import Terms
from app.accounts import add_member, create_token, create_user, set_hashed_password
from app.db import Session
from app.errors import PermissionDeniedError
from app.identity import Caller
from tests.factories import NOW

END = NOW + 86_400_000


@pytest.fixture
def deputy(session: Session, root: Caller, alice: Caller) -> Caller:
    """Alice, who administers for a day."""
    access.grant(root, access.METASTORE, "alice", "MANAGE", terms=Terms(END))
    return alice


LASTING: dict[str, Callable[[Caller], object]] = {
    "a membership": lambda caller: add_member(caller, "admins", "alice"),
    "a token": lambda caller: create_token(caller, principal="root"),
    "a token that ends later": lambda caller: create_token(
        caller, principal="root", expires_at=END + 1
    ),
    "a password": lambda caller: set_hashed_password(caller, "root", "hash"),
}


@pytest.mark.parametrize("give", LASTING.values(), ids=list(LASTING))
def test_nothing_is_given_that_outlasts_the_right_to_give(
    deputy: Caller, give: Callable[[Caller], object]
):
    with pytest.raises(PermissionDeniedError, match="you manage the metastore until 2027-01-16"):
        give(deputy)


def test_what_ends_in_time_is_given(deputy: Caller):
    create_user(deputy, "dora")
    assert create_token(deputy, principal="dora", expires_at=END).expires_at == END


def test_who_administers_for_good_gives_for_good(root: Caller, alice: Caller):
    add_member(root, "admins", "alice")
    assert create_token(root, principal="alice").expires_at is None
