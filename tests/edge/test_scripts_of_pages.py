"""What the scripts of MLflow's pages ask: a session opens it, and no other site's page does."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.db.metadata import now_millis
from app.edge.browser import COOKIE
from tests.application import ALICE
from tests.edge.browser import Browser, age_sessions, the_session
from tests.edge.test_browsers import FOREIGN, MINUTE
from tests.policies import routes
from tests.policies.routes.row import fill
from tests.policies.test_every_route_is_covered import below_pages
from tests.security.home import House, said

API = "/mlflow/ajax-api/2.0/mlflow"
CREATE = f"{API}/experiments/create"
MESSAGE = {"name": "ml.prod.forged"}
OWN = [
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin"},
]
UNTOLD: list[dict[str, str]] = [{}, {"Sec-Fetch-Site": "none"}, {"Referer": "http://localhost/x"}]
CHANGES = [
    (row[0], below_pages(row[1]), row[2])
    for row in routes.MLFLOW
    if row[0] != "GET" and below_pages(row[1])
]


@pytest.fixture(scope="module")
def shared_browser(shared_house: House) -> Browser:
    made = Browser(shared_house)
    assert made.sign_in().status_code == 303
    return made


def send(browser: Browser, headers: dict[str, str], path: str, message: Any) -> TestResponse:
    return browser.client.post(path, json=message, headers=headers, buffered=True)


def test_a_session_reads(shared_browser: Browser):
    answer = shared_browser.get(f"{API}/experiments/get-by-name?experiment_name=ml.prod.exp")
    assert answer.status_code in {200, 404}


@pytest.mark.parametrize("headers", OWN, ids=[str(one) for one in OWN])
def test_a_page_of_ours_changes(house: House, headers: dict[str, str]):
    browser = Browser(house)
    browser.sign_in()
    message = {"name": "from-a-page"}
    assert send(browser, headers, CREATE, message).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN + UNTOLD, ids=[str(one) for one in FOREIGN + UNTOLD])
def test_no_other_page_changes(
    shared_house: House, shared_browser: Browser, headers: dict[str, str]
):
    before = shared_house.digest()
    answer = send(shared_browser, headers, CREATE, MESSAGE)
    assert (answer.status_code, said(answer)["error_code"]) == (403, "PERMISSION_DENIED")
    assert shared_house.digest() == before


@pytest.mark.parametrize("method,path,body", CHANGES, ids=[f"{m} {p}" for m, p, _ in CHANGES])
def test_nothing_changes_by_the_cookie_alone(
    shared_house: House, shared_browser: Browser, method: str, path: str, body: Any
):
    before = shared_house.digest()
    names = shared_house.names
    sent = {"data": body} if isinstance(body, bytes) else {"json": fill(body, names)}
    for headers in (UNTOLD[0], FOREIGN[0], FOREIGN[6]):
        answer = shared_browser.client.open(
            path.format(**names), method=method, headers=headers, buffered=True, **sent
        )
        assert answer.status_code == 403
    assert shared_house.digest() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_no_form_of_another_site_passes_for_a_message(
    shared_house: House, shared_browser: Browser, kind: str
):
    before = shared_house.digest()
    answer = shared_browser.client.post(
        CREATE, data=b'{"name":"ml.prod.forged"}', content_type=kind, buffered=True
    )
    assert answer.status_code == 403
    assert shared_house.digest() == before


def test_a_token_needs_no_page(house: House):
    answer = house.person(ALICE).send("POST", CREATE, json={"name": "ml.prod.by-token"})
    assert answer.status_code == 200


def test_a_bad_token_is_not_made_good_by_a_cookie(shared_browser: Browser):
    path = f"{API}/experiments/search?max_results=1"
    assert shared_browser.get(path, Authorization="Bearer no").status_code == 401


def test_without_a_session_a_script_is_told_in_json_and_no_window_opens(shared_house: House):
    answer = Browser(shared_house).get(f"{API}/experiments/search?max_results=1")
    assert (answer.status_code, said(answer)["error_code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_dead_session_reads_nothing(shared_house: House):
    browser = Browser(shared_house)
    browser.secret = "muns_" + "x" * 43
    assert browser.get(f"{API}/experiments/search?max_results=1").status_code == 401


def test_the_cookie_still_opens_no_api_elsewhere(shared_browser: Browser):
    for path in ("/api/2.0/mlflow", "/ajax-api/2.0/mlflow"):
        assert shared_browser.get(f"{path}/experiments/search?max_results=1").status_code == 401


def test_what_scripts_ask_keeps_the_session_from_going_idle(house: House):
    browser = Browser(house)
    browser.sign_in()
    seen = now_millis() - 2 * MINUTE
    age_sessions(house, seen_at=seen)
    assert browser.get(f"{API}/experiments/search?max_results=1").status_code == 200
    assert the_session(house).seen_at > seen


def test_a_script_chooses_the_workspace_of_its_request(shared_house: House):
    browser = Browser(shared_house)
    browser.sign_in()
    path = f"{API}/experiments/search?max_results=1"
    assert browser.get(path, **{"X-MLFLOW-WORKSPACE": "default"}).status_code == 200
    assert browser.get(path, **{"X-MLFLOW-WORKSPACE": "nowhere"}).status_code == 404


def test_a_refused_change_ends_no_session(shared_browser: Browser):
    send(shared_browser, FOREIGN[0], CREATE, MESSAGE)
    assert shared_browser.is_signed_in()
    assert COOKIE not in send(shared_browser, UNTOLD[0], CREATE, MESSAGE).headers
