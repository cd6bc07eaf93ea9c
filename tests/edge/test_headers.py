"""Headers of every answer: what a browser may make of it, and which request it was."""

import re

import pytest
from sqlalchemy import text

from app.edge import is_public
from app.edge.headers import CONTENT_SECURITY_POLICY
from tests.application import ALICE
from tests.security.home import House

API = "/api/2.0/mlflow/registered-models/search"
FILES = [
    "/get-artifact?run_id={run}&path=model/MLmodel",
    "/api/2.0/mlflow-artifacts/artifacts/{exp}/{run}/artifacts/model/MLmodel",
    "/model-versions/get-artifact?name={model}&version=1&path=MLmodel",
    "/runs/{run}/files/model/MLmodel",
]
PAGES = ["/sign-in", "/profile", "/models/{model}", "/nothing", "/models/ml.prod.nothing"]
DIRECTIVE = re.compile(r"([a-z-]+) (.+)")


def policy(text: str) -> dict[str, str]:
    found = [DIRECTIVE.fullmatch(part.strip()) for part in text.split(";")]
    return {one[1]: one[2] for one in found if one}


def test_the_policy_of_pages_lets_nothing_in_from_elsewhere():
    found = policy(CONTENT_SECURITY_POLICY)
    assert found["default-src"] == "'none'"
    assert found["frame-ancestors"] == "'none'"
    assert found["base-uri"] == "'none'"
    assert found["form-action"] == "'self'"
    assert found["script-src"] == found["style-src"] == "'self'"
    for forbidden in ("unsafe", "http:", "https:", "*", "blob:"):
        assert forbidden not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", [API, "/version", "/health", "/static/tokens.css", *PAGES, *FILES])
def test_every_answer_says_what_it_is(shared_house: House, path: str):
    with shared_house.person(ALICE).send("GET", path.format(**shared_house.names)) as answer:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Request-ID"]
        assert "Server" not in headers
        assert "Access-Control-Allow-Origin" not in headers
        assert "Strict-Transport-Security" not in headers
        if not path.startswith("/static/"):
            assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [API, "/profile"])
def test_an_answer_that_takes_the_place_of_another_says_so_too(house: House, path: str):
    with house.arranging() as session:
        session.begin()
        session.execute(text("ALTER TABLE audit_events RENAME TO elsewhere"))
        session.commit()
    answer = house.person(ALICE).get(path)
    assert answer.status_code == 503
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.mimetype == "text/html":
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_framed_by_nobody(shared_house: House, path: str):
    headers = shared_house.person(ALICE).send("GET", path.format(**shared_house.names)).headers
    if headers["Content-Type"].startswith("text/html"):
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_nothing_but_bytes(shared_house: House, path: str):
    with shared_house.person(ALICE).send("GET", path.format(**shared_house.names)) as answer:
        found = policy(answer.headers["Content-Security-Policy"])
        assert found["default-src"] == "'none'"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("path", [API, "/profile"])
def test_whoever_came_by_https_is_kept_there(shared_house: House, path: str):
    client = shared_house.app.test_client()
    headers = {"Authorization": f"Bearer {shared_house.template.tokens[ALICE]}"}
    answer = client.get(path, base_url="https://localhost", headers=headers)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize("offered", ["a" * 8, "a" * 64, "0199-ab.CD_9"])
def test_a_request_id_is_kept(shared_house: House, offered: str):
    answer = shared_house.person(ALICE).send("GET", API, headers={"X-Request-ID": offered})
    assert answer.headers["X-Request-ID"] == offered
    assert [event.outcome for event in shared_house.events(offered)] == ["allowed"]


@pytest.mark.parametrize(
    "offered",
    ["", "short", "a" * 65, "<script>alert</script>", "a b c d e f", "aaaaaaaaé", "%0a" * 4],
)
def test_a_request_id_that_is_none_is_replaced(shared_house: House, offered: str):
    answer = shared_house.person(ALICE).send("GET", API, headers={"X-Request-ID": offered})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_a_refusal_names_its_request_too(shared_house: House):
    for path in (API, "/nothing", "/profile", "/api/2.0/mlflow/nothing"):
        headers = {"X-Request-ID": "known-request", "Authorization": "Bearer no"}
        answer = shared_house.person("anonymous").send("GET", path, headers=headers)
        assert answer.headers["X-Request-ID"] == "known-request"


def test_no_method_is_answered_for_another_sites_sake(shared_house: House):
    for path in (API, "/profile", "/sign-in"):
        headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        answer = shared_house.person("anonymous").send("OPTIONS", path, headers=headers)
        assert not any(name.startswith("Access-Control") for name, _ in answer.headers)


def test_only_public_views_answer_options_to_nobody(shared_house: House):
    """Flask answers OPTIONS by itself, past the view, but not past the check of who calls."""
    views = shared_house.app.view_functions
    adapter = shared_house.app.url_map.bind("localhost")
    for path in ("/profile", "/keys", "/audit/export"):
        method = "POST" if path == "/audit/export" else "GET"
        assert not is_public(views[adapter.match(path, method=method)[0]])
        answer = shared_house.person("anonymous").send("OPTIONS", path)
        assert answer.status_code in {303, 401, 403}
