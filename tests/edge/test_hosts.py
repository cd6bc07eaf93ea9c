"""The Host header, behind which another name's pages would reach us."""

from dataclasses import replace

import pytest

from app.factory import create_app
from tests.application import ALICE
from tests.security.home import House, said

API = "/api/2.0/mlflow/registered-models/search"
OURS = [
    "localhost",
    "localhost:5000",
    "LOCALHOST:5000",
    "127.0.0.1",
    "127.0.0.1:80",
    "[::1]",
    "[::1]:5000",
]
FOREIGN = [
    "evil.example",
    "evil.example:5000",
    "localhost.evil.example",
    "evil.example#localhost",
    "localhost@evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1:5000/../x",
    "127.0.0.1/x",
    "127.0.0.1:5000?x",
    "127.0.0.1:50000000000",
    "localhost:",
    "localhost:x",
    "localhost:-1",
    "localhost, evil.example",
    "[::1",
    "[::2]:5000",
    "::1",
    "[::1]evil",
    "127.1",
    "2130706433",
    "0x7f.1",
    "",
    " ",
    "é.example",
    "a" * 5000,
]


def status(house: House, host: str, path: str = API) -> int:
    return house.person(ALICE).send("GET", path, headers={"Host": host}).status_code


@pytest.mark.parametrize("host", OURS)
def test_our_own_names_are_answered(shared_house: House, host: str):
    assert status(shared_house, host) == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_refused_everywhere(shared_house: House, host: str):
    person = shared_house.person("anonymous")
    for path in (API, "/health", "/sign-in", "/profile", "/version", "/nothing", "/static/x"):
        answer = person.send("GET", path, headers={"Host": host})
        assert 400 <= answer.status_code < 500, path
    assert said(person.send("GET", API, headers={"Host": host}))["message"]


@pytest.mark.parametrize(
    "allowed,host,expected",
    [
        ("catalog.example", "catalog.example", 200),
        ("catalog.example", "CATALOG.example:8443", 200),
        ("catalog.example", "a.catalog.example", 400),
        ("catalog.example", "catalog.example.", 400),
        ("2001:db8::7", "[2001:db8::7]:5000", 200),
        ("2001:db8::7", "[2001:DB8::7]", 200),
        ("[2001:db8::7]", "[2001:db8::7]:5000", 200),
        ("2001:db8::7", "[2001:db8::8]:5000", 400),
        ("*", "whatever.example", 200),
        ("Catalog.Example", "catalog.example", 200),
    ],
)
def test_the_settings_name_further_hosts(
    shared_house: House, allowed: str, host: str, expected: int
):
    settings = shared_house.services.settings
    settings = replace(settings, server=replace(settings.server, allowed_hosts=(allowed,)))
    services = replace(shared_house.services, settings=settings)
    assert status(replace(shared_house, app=create_app(services)), host) == expected


def test_a_forwarded_host_counts_for_nothing(shared_house: House):
    headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost"}
    answer = shared_house.person(ALICE).send("GET", API, headers=headers)
    assert answer.status_code == 400
    headers = {"Host": "localhost", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}
    answer = shared_house.person(ALICE).send("GET", "/profile", headers=headers)
    assert (answer.status_code, "evil" in answer.text) == (200, False)
