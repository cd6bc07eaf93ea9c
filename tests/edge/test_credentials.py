"""Who calls: every credential that is not good is refused alike, and the next request knows."""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import argon2
import pytest
from sqlalchemy import update
from typing_extensions import override
from werkzeug.test import TestResponse

from app import accounts
from app.config import SecuritySettings
from app.crypto.tokens import new_secret
from app.db.metadata import now_millis
from app.edge.work import unit_of_work
from app.factory import create_app
from app.identity import PasswordVerifier
from app.identity.principals import end_principal, find_principal
from app.identity.tables import tokens
from app.namespace.steward import steward
from tests.application import ALICE, BOB, PASSWORD, ROOT
from tests.security.home import House, identified, said

PATH = "/api/2.0/mlflow/registered-models/search"
OTHER_PASSWORD = "another long passphrase"


ELSEWHERE = "192.0.2.9"


def call(house: House, header: str | None, address: str = "127.0.0.1", **more: str) -> TestResponse:
    headers = ({} if header is None else {"Authorization": header}) | more
    client = house.app.test_client(use_cookies=False)
    origin = {"REMOTE_ADDR": address}
    return client.get(PATH, headers=headers, environ_base=origin, buffered=True)


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def give_token(house: House, name: str) -> tuple[str, str]:
    """Return a new token's secret and id."""
    with unit_of_work(house.services, steward(house.database.session())) as caller:
        made = accounts.create_token(caller, principal=name)
    return made.secret, made.id


def give_password(house: House, name: str, password: str) -> None:
    with unit_of_work(house.services, steward(house.database.session())) as caller:
        accounts.set_password(caller, house.services.passwords, name, password)


class CountingHasher(argon2.PasswordHasher):
    """A real argon2id, cheap, that counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.asked = 0

    @override
    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.asked += 1
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
def quick_house(house: House, hasher: CountingHasher) -> House:
    """A house whose account is throttled after three failures, and whose hashing is counted."""
    security: SecuritySettings = replace(
        house.services.settings.security, account_attempts=3, address_attempts=5
    )
    services = replace(house.services, passwords=PasswordVerifier(security, hasher=hasher))
    return replace(house, app=create_app(services))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_is_a_bearers(shared_house: House, scheme: str):
    assert call(shared_house, f"{scheme} {shared_house.template.tokens[ALICE]}").status_code == 200


def test_a_password_is_basic(shared_house: House):
    assert call(shared_house, basic("admin", PASSWORD)).status_code == 200


def test_a_token_stands_in_for_the_password_of_its_own_user_alone(shared_house: House):
    token = shared_house.template.tokens[ALICE]
    assert call(shared_house, basic(ALICE, token)).status_code == 200
    assert call(shared_house, basic(BOB, token)).status_code == 401
    assert call(shared_house, basic("admin", token)).status_code == 401


BAD = {
    "unknown token": "Bearer " + new_secret(),
    "a token that is none": "Bearer ../../etc/passwd",
    "not ASCII": "Bearer tök",
    "two tokens": "Bearer a b",
    "malformed base64": "Basic %%%",
    "no colon": "Basic " + base64.b64encode(b"admin").decode(),
    "not UTF-8": "Basic " + base64.b64encode(b"\xff:\xff").decode(),
    "a NUL": basic("adm\0in", "pass\0word"),
    "wrong password": basic("admin", "wrong"),
    "empty password": basic("admin", ""),
    "unknown user": basic("nobody", PASSWORD),
    "empty user": basic("", PASSWORD),
    "a group": basic("readers", PASSWORD),
    "a very long password": basic("admin", "x" * 2900),
    "an oversize header": "Bearer " + "x" * 5000,
}
NONE = {
    "none": None,
    "empty": "",
    "another scheme": "Digest username=admin",
    "a scheme alone": "Bearer",
    "an empty token": "Bearer  ",
    "no scheme": "nothing",
}


@pytest.mark.parametrize("header", BAD.values(), ids=BAD)
def test_a_bad_credential_is_refused_like_any_other(shared_house: House, header: str):
    answer = call(shared_house, header)
    assert answer.status_code == 401
    assert answer.mimetype == "application/json"
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.data == call(shared_house, "Bearer no").data


@pytest.mark.parametrize("header", NONE.values(), ids=NONE)
def test_without_a_credential_one_is_asked_for(shared_house: House, header: str | None):
    answer = call(shared_house, header)
    assert answer.status_code == 401
    assert said(answer)["error_code"] == "UNAUTHENTICATED"
    assert "WWW-Authenticate" in answer.headers


def test_whoever_calls_cannot_say_so_in_another_header(shared_house: House):
    names = ("X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "X-Actor")
    answer = call(shared_house, None, **dict.fromkeys(names, "admin"))
    assert answer.status_code == 401


def test_an_expired_and_a_revoked_token_are_no_more(house: House):
    living, token_id = give_token(house, ALICE)
    expired, expired_id = give_token(house, ALICE)
    assert call(house, f"Bearer {living}").status_code == 200
    assert call(house, f"Bearer {expired}").status_code == 200
    with house.arranging() as session:
        this = tokens.c.id == expired_id
        session.execute(update(tokens).where(this).values(expires_at=now_millis()))
    with unit_of_work(house.services, steward(house.database.session())) as caller:
        accounts.revoke_token(caller, token_id)
    refused = call(house, f"Bearer {living}")
    assert refused.status_code == 401
    assert call(house, f"Bearer {expired}").data == refused.data


def test_a_disabled_and_a_deleted_user_are_nobody(house: House):
    give_password(house, ALICE, OTHER_PASSWORD)
    credentials = [f"Bearer {house.template.tokens[ALICE]}", basic(ALICE, OTHER_PASSWORD)]
    assert [call(house, one).status_code for one in credentials] == [200, 200]
    with unit_of_work(house.services, steward(house.database.session())) as caller:
        accounts.disable_principal(caller, ALICE)
    refused = [call(house, one) for one in credentials]
    with unit_of_work(house.services, steward(house.database.session())) as caller:
        accounts.enable_principal(caller, ALICE)
    assert [call(house, one).status_code for one in credentials] == [200, 200]
    with house.arranging() as session:
        end_principal(session, find_principal(session, ALICE, field="user"), 1)
    refused += [call(house, one) for one in credentials]
    assert {answer.status_code for answer in refused} == {401}
    assert len({answer.data for answer in refused}) == 1


def test_a_password_is_hashed_once_and_a_changed_one_counts_at_once(
    quick_house: House, hasher: CountingHasher
):
    good = basic("admin", PASSWORD)
    assert [call(quick_house, good).status_code for _ in range(3)] == [200, 200, 200]
    assert hasher.asked == 1
    give_password(quick_house, "admin", OTHER_PASSWORD)
    assert call(quick_house, good).status_code == 401
    assert call(quick_house, basic("admin", OTHER_PASSWORD)).status_code == 200


def test_a_token_in_place_of_a_password_is_never_hashed(quick_house: House, hasher: CountingHasher):
    token = quick_house.template.tokens[ALICE]
    assert call(quick_house, basic(ALICE, token)).status_code == 200
    assert hasher.asked == 0


@pytest.mark.parametrize("name", ["admin", "nobody"])
def test_guessing_is_slowed_down_for_known_and_unknown_names_alike(
    quick_house: House, hasher: CountingHasher, name: str
):
    wrong = [said(call(quick_house, basic(name, "wrong")))["message"] for _ in range(4)]
    assert ["Too many failed" in words for words in wrong] == [False, False, False, True]
    asked = hasher.asked
    answer = call(quick_house, basic(name, PASSWORD))
    # No 429: MLflow's client would sleep for the minutes that it told of.
    assert answer.status_code == 401
    assert said(answer)["error_code"] == "UNAUTHENTICATED"
    assert re.search("wait for ([1-9]|[1-8][0-9]{1,2}|900) seconds", said(answer)["message"])
    assert "Retry-After" not in answer.headers
    assert hasher.asked == asked
    assert call(quick_house, f"Bearer {quick_house.template.tokens[ROOT]}").status_code == 200


def test_an_address_that_tries_many_names_has_to_wait(quick_house: House):
    tried = [said(call(quick_house, basic(f"user{n}", "wrong")))["message"] for n in range(6)]
    assert ["Too many failed" in words for words in tried] == [False] * 5 + [True]


LOGGED: Mapping[str, tuple[str, str]] = {
    "a password": (basic("admin", "secret-guess"), "admin"),
    "a name in another spelling": (basic(" Admin ", "secret-guess"), "admin"),
    "a password for a name": (basic("secret-guess", ""), ""),
    "a token": ("Bearer mun_secret-guess", ""),
    "a token for a name": (basic(new_secret(), ""), ""),
}


@pytest.mark.parametrize("header,name", LOGGED.values(), ids=LOGGED)
def test_a_bad_credential_is_in_the_log_under_the_name_of_whom_it_claimed(
    shared_house: House, header: str, name: str
):
    request_id, sent = identified()
    call(shared_house, header, ELSEWHERE, **sent)
    (event,) = shared_house.events(request_id)
    assert (event.outcome, event.operation) == ("denied", "session.create")
    assert (event.principal_id, event.principal_name) == (None, name)
    assert "secret-guess" not in repr(event)


def test_a_malformed_credential_is_in_the_log_too(shared_house: House):
    for header in ("Basic %%%", "Bearer " + "x" * 5000):
        request_id, sent = identified()
        call(shared_house, header, ELSEWHERE, **sent)
        assert [event.outcome for event in shared_house.events(request_id)] == ["denied"]


def test_a_throttled_attempt_is_in_the_log(quick_house: House):
    for _ in range(3):
        call(quick_house, basic("admin", "wrong"))
    request_id, sent = identified()
    assert call(quick_house, basic("admin", "wrong"), **sent).status_code == 401
    (event,) = quick_house.events(request_id)
    assert (event.outcome, event.determined_by) == ("denied", "throttled")


def test_a_workspace_that_one_is_not_in_is_in_the_log(shared_house: House):
    request_id, sent = identified()
    sent["X-MLFLOW-WORKSPACE"] = "elsewhere"
    call(shared_house, f"Bearer {shared_house.template.tokens[ROOT]}", **sent)
    (event,) = shared_house.events(request_id)
    assert (event.outcome, event.operation) == ("hidden", "workspace.read")
    assert event.securable_name == "elsewhere"
