import pytest

from tests.application import PASSWORD
from tests.web.world import Reader


def test_an_anonymous_reader_is_led_to_the_sign_in_and_back(anonymous: Reader):
    answer = anonymous.get("/models/ml.prod.detector?x=1")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/models/ml.prod.detector?x%3D1"


def test_a_partial_asked_for_without_a_session_leads_the_whole_page_there(anonymous: Reader):
    answer = anonymous.get("/search?q=x", htmx=True)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_a_name_and_its_password_open_a_session(anonymous: Reader):
    form = {"name": "admin", "password": PASSWORD, "next": "/keys"}
    answer = anonymous.submit_without_token("/sign-in", **form)
    assert answer.status_code == 303
    assert answer.location == "/keys"
    assert anonymous.get("/keys").status_code == 200


def test_the_cookie_is_for_our_own_requests_alone(anonymous: Reader):
    answer = anonymous.submit_without_token("/sign-in", name="admin", password=PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("name", ["admin", "nobody", ""])
def test_a_wrong_password_gets_one_answer_for_all_names(anonymous: Reader, name: str):
    answer = anonymous.submit_without_token("/sign-in", name=name, password="wrong")
    assert answer.status_code == 401
    assert "do not go together" in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "elsewhere",
    [
        *(
            "https://example.test/",
            "//example.test",
            "/\\example.test",
            "javascript:x",
            "/a\nb",
            "x",
        ),
        *("//[", "//[::1", "http://["),
    ],
)
def test_signing_in_leads_nowhere_else(anonymous: Reader, elsewhere: str):
    form = {"name": "admin", "password": PASSWORD, "next": elsewhere}
    assert anonymous.submit_without_token("/sign-in", **form).location == "/"


def test_signing_out_ends_the_session(alice: Reader):
    assert alice.submit("/sign-out").location == "/sign-in"
    assert alice.get("/").status_code == 303


def test_the_form_is_shown_whatever_it_is_to_lead_to(anonymous: Reader):
    assert anonymous.get("/sign-in?next=//[").status_code == 200
