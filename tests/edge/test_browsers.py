"""Browser sessions: how one begins, what it is good for, and everything that ends it."""

from dataclasses import replace
from http.cookies import SimpleCookie
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select, update

from app import accounts
from app.crypto.tokens import new_secret
from app.db.metadata import now_millis
from app.edge.browser import COOKIE
from app.edge.work import unit_of_work
from app.factory import create_app
from app.identity.tables import tokens
from app.namespace.steward import steward
from tests.application import ALICE, PASSWORD, ROOT
from tests.edge.browser import ADMIN, Browser, age_sessions, the_session
from tests.policies import routes
from tests.policies.routes.row import fill
from tests.policies.test_every_route_is_covered import PUBLIC
from tests.security.home import House

HOUR = 3_600_000
MINUTE = 60_000
READS = [path for method, path, *_ in routes.MLFLOW if method == "GET"]
FORMS = [(path, body) for method, path, body, _ in routes.PAGES if method == "POST"]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "null"},
    {"Origin": "http://[oops"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense"},
]


@pytest.fixture
def browser(house: House) -> Browser:
    """The administrator's, signed in."""
    made = Browser(house)
    assert made.sign_in().status_code == 303
    return made


@pytest.fixture(scope="module")
def shared_browser(shared_house: House) -> Browser:
    made = Browser(shared_house)
    assert made.sign_in().status_code == 303
    return made


@pytest.mark.parametrize("path", READS)
def test_a_cookie_opens_no_api(shared_house: House, shared_browser: Browser, path: str):
    status = shared_browser.get(path.format(**shared_house.names)).status_code
    is_public = ("GET", path) in PUBLIC
    assert status == (200 if is_public else 401)


def test_a_page_takes_a_token_too(shared_house: House):
    assert shared_house.person(ALICE).get("/profile").status_code == 200


def test_a_bad_token_is_not_made_good_by_a_cookie(shared_browser: Browser):
    assert shared_browser.get("/profile", Authorization="Bearer no").status_code != 200


@pytest.mark.parametrize("path,body", FORMS, ids=[path for path, _ in FORMS])
def test_no_form_is_taken_without_what_its_page_was_given(
    shared_house: House, shared_browser: Browser, path: str, body: dict[str, str]
):
    if path == "/sign-in":
        return
    path = path.format(**shared_house.names)
    form = fill(body, shared_house.names)
    before = shared_house.digest()
    token = shared_browser.csrf_token()
    wrong = [{}, {"csrf_token": ""}, {"csrf_token": token[:-1]}, {"csrf_token": token + "é"}]
    for more in wrong:
        assert shared_browser.post(path, **form, **more).status_code == 403
    for headers in FOREIGN:
        answer = shared_browser.post_from(headers, path, **form, csrf_token=token)
        assert answer.status_code == 403
    assert shared_house.digest() == before


def test_a_form_from_our_own_page_is_taken(browser: Browser):
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    token = browser.csrf_token()
    answer = browser.post_from(own, "/profile/theme", theme="dark", csrf_token=token)
    assert answer.status_code == 303
    scripted = {**own, "X-CSRF-Token": token}
    assert browser.post_from(scripted, "/profile/theme", theme="light").status_code == 303


def test_what_another_sessions_pages_were_given_does_not_do(house: House, browser: Browser):
    other = Browser(house)
    other.sign_in()
    answer = browser.post("/profile/theme", theme="dark", csrf_token=other.csrf_token())
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", FOREIGN, ids=[str(one) for one in FOREIGN])
def test_no_other_site_uses_a_credential_that_the_browser_adds(
    shared_house: House, headers: dict[str, str]
):
    before = shared_house.digest()
    for path, message in (
        ("/api/2.0/mlflow/experiments/create", {"name": "ml.prod.forged"}),
        ("/ajax-api/2.0/mlflow/registered-models/create", {"name": "ml.prod.forged"}),
    ):
        answer = shared_house.person(ALICE).send("POST", path, json=message, headers=headers)
        assert answer.status_code == 403
    answer = shared_house.person(ROOT).send("POST", "/keys", data={"name": "k"}, headers=headers)
    assert answer.status_code == 403
    assert shared_house.digest() == before


@pytest.mark.parametrize("headers", FOREIGN, ids=[str(one) for one in FOREIGN])
def test_no_other_site_signs_somebody_in(shared_house: House, headers: dict[str, str]):
    form = {"name": ADMIN, "password": PASSWORD}
    answer = Browser(shared_house).post_from(headers, "/sign-in", **form)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_a_session_planted_beforehand_is_never_the_one_signed_in(house: House):
    victim = Browser(house)
    victim.secret = planted = new_secret("muns_")
    victim.sign_in()
    assert victim.is_signed_in()
    assert victim.secret != planted
    attacker = Browser(house)
    attacker.secret = planted
    assert not attacker.is_signed_in()


def test_signing_in_again_ends_the_session_before(house: House, browser: Browser):
    earlier = Browser(house)
    earlier.secret = browser.secret
    assert earlier.is_signed_in()
    browser.sign_in()
    assert browser.is_signed_in()
    assert not earlier.is_signed_in()


def test_a_session_is_dead_everywhere_after_sign_out(house: House, browser: Browser):
    replay = Browser(house)
    replay.secret = browser.secret
    assert browser.post("/sign-out", csrf_token=browser.csrf_token()).status_code == 303
    assert browser.secret == ""
    assert not replay.is_signed_in()


def test_a_changed_password_ends_every_session(house: House, browser: Browser):
    other = Browser(house)
    other.sign_in()
    form = {"old_password": PASSWORD, "new_password": "quite another passphrase"}
    browser.post("/profile/password", **form, csrf_token=browser.csrf_token())
    assert (browser.is_signed_in(), other.is_signed_in()) == (False, False)
    assert other.sign_in("quite another passphrase").status_code == 303


def test_a_disabled_user_has_no_session_and_an_old_one_stays_dead(house: House):
    with unit_of_work(house.services, steward(house.database.session())) as caller:
        accounts.set_password(caller, house.services.passwords, ALICE, PASSWORD)
    browser = Browser(house)
    browser.post("/sign-in", name=ALICE, password=PASSWORD)
    assert browser.is_signed_in()
    with unit_of_work(house.services, steward(house.database.session())) as caller:
        accounts.disable_principal(caller, ALICE)
    assert not browser.is_signed_in()
    with unit_of_work(house.services, steward(house.database.session())) as caller:
        accounts.enable_principal(caller, ALICE)
        accounts.delete_principal(caller, ALICE)
    assert not browser.is_signed_in()


def test_an_idle_session_ends(house: House, browser: Browser):
    age_sessions(house, seen_at=now_millis() - 8 * HOUR)
    assert not browser.is_signed_in()


def test_a_used_session_does_not_go_idle(house: House, browser: Browser):
    seen = now_millis() - 7 * HOUR
    age_sessions(house, seen_at=seen)
    assert browser.is_signed_in()
    assert the_session(house).seen_at > seen + 6 * HOUR


def test_an_old_session_ends_however_much_it_is_used(house: House, browser: Browser):
    age_sessions(house, created_at=now_millis() - 168 * HOUR)
    assert not browser.is_signed_in()


def test_a_session_is_noted_as_used_once_a_minute_at_most(house: House, browser: Browser):
    seen = now_millis() - MINUTE // 2
    age_sessions(house, seen_at=seen)
    browser.get("/profile")
    assert the_session(house).seen_at == seen


@pytest.mark.parametrize("address", ["http://localhost", "https://localhost"])
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(shared_house: House, address: str):
    answer = Browser(shared_house, address=address).sign_in()
    cookie = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["domain"] == ""
    assert bool(cookie["secure"]) is address.startswith("https")
    assert int(cookie["max-age"]) == 168 * 3600


def test_the_cookie_is_secure_wherever_the_settings_say_so(shared_house: House):
    settings = shared_house.services.settings
    always = replace(settings, security=replace(settings.security, secure_cookies="always"))
    services = replace(shared_house.services, settings=always)
    answer = Browser(replace(shared_house, app=create_app(services))).sign_in()
    assert "Secure" in answer.headers["Set-Cookie"]


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    " //evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/..//evil.example",
    "/.//evil.example",
    "/a\r\nSet-Cookie: x=y",
    "?next=//evil.example",
    "@evil.example",
    "https:///evil.example",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_signing_in_leads_to_no_other_host(shared_house: House, wanted: str):
    browser = Browser(shared_house)
    form = browser.client.get("/sign-in", query_string={"next": wanted}, buffered=True)
    assert 'href="https://evil' not in form.text
    location = browser.sign_in(next=wanted).location
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert urlsplit(urljoin("http://localhost/sign-in", location)).netloc == "localhost"
    assert not set(location) & set("\r\n\t\\")


@pytest.mark.parametrize(
    "secret", ["", "x", "muns_" + "x" * 5000, "é", "a;b", '"', "muns_%00", "../../etc/passwd"]
)
def test_a_cookie_that_opens_nothing_leads_to_the_sign_in(shared_house: House, secret: str):
    answer = shared_house.app.test_client(use_cookies=False).get(
        "/profile", headers={"Cookie": f"{COOKIE}={secret}"}
    )
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")


def test_a_session_of_a_token_makes_no_token_beyond_it(house: House):
    """Whoever found a token that ends would have one for ever otherwise."""
    with house.arranging() as session:
        session.begin()
        session.execute(update(tokens).values(expires_at=now_millis() + 60_000))
        session.commit()
    browser = Browser(house)
    browser.sign_in(house.template.tokens[ALICE], name=ALICE)
    assert browser.is_signed_in()
    form = {"name": "for ever", "csrf_token": browser.csrf_token()}
    assert browser.post("/profile/tokens", **form, days="30").status_code == 403
    assert browser.post("/profile/tokens", **form).status_code == 200
    with house.arranging() as session:
        assert None not in session.execute(select(tokens.c.expires_at)).scalars().all()


def test_a_session_ends_when_its_token_is_revoked(house: House):
    browser = Browser(house)
    browser.sign_in(house.template.tokens[ALICE], name=ALICE)
    assert browser.is_signed_in()
    with house.arranging() as session:
        session.begin()
        session.execute(update(tokens).values(revoked_at=now_millis()))
        session.commit()
    assert not browser.is_signed_in()


def test_who_has_a_password_may_sign_in_with_a_token_too(house: House):
    browser = Browser(house)
    browser.sign_in(house.template.tokens["root"])
    assert browser.is_signed_in()


def test_a_token_that_only_reads_opens_no_session(house: House):
    with house.arranging() as session:
        session.begin()
        session.execute(update(tokens).values(scope="read"))
        session.commit()
    browser = Browser(house)
    assert browser.sign_in(house.template.tokens[ALICE], name=ALICE).status_code == 403
    assert not browser.is_signed_in()
