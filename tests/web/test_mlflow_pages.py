"""MLflow's own pages: from the installed package, for whoever is signed in, under their policy."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from app.edge import headers
from app.web.mlflow_pages import CONTENT_SECURITY_POLICY, MLFLOW_PAGES
from tests.security.test_paths import TRICKS
from tests.web.world import Reader

FILES = "/mlflow/static-files"
_SCRIPT = re.compile(r'src="static-files/(static/js/main\.\w+\.js)"')


@pytest.fixture
def bare(application: Flask) -> Iterator[Flask]:
    """A server beside which the package is not installed."""
    folder = application.extensions[MLFLOW_PAGES]
    application.extensions[MLFLOW_PAGES] = None
    yield application
    application.extensions[MLFLOW_PAGES] = folder


def test_whoever_is_signed_in_gets_them(charlie: Reader):
    answer = charlie.get("/mlflow/")
    assert answer.status_code == 200
    script = _SCRIPT.search(answer.text)
    assert script is not None
    assert charlie.get(f"{FILES}/{script[1]}").mimetype == "text/javascript"


def test_an_anonymous_reader_is_led_to_the_sign_in_and_back(anonymous: Reader):
    answer = anonymous.get("/mlflow/")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/mlflow/")


def test_their_address_ends_in_a_slash_that_relative_ones_need(alice: Reader):
    answer = alice.get("/mlflow")
    assert answer.status_code == 308
    assert answer.location.endswith("/mlflow/")


def test_their_policy_is_theirs_alone(alice: Reader):
    theirs = alice.get("/mlflow/").headers
    assert theirs["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    for path in ("/", "/experiments", f"{FILES}/index.html"):
        ours = alice.get(path).headers
        assert ours["Content-Security-Policy"] == headers.CONTENT_SECURITY_POLICY, path


def test_their_policy_lets_no_script_in_that_the_package_does_not_have():
    found = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert found["default-src"] == "'none'"
    assert found["script-src"] == "'self' 'unsafe-eval'"
    assert found["connect-src"] == "'self'"
    assert found["frame-ancestors"] == found["base-uri"] == found["form-action"] == "'none'"
    assert not {"http:", "https:", "*", "data:"} & set(found["script-src"].split())
    assert not {"http:", "https:", "*"} & set(CONTENT_SECURITY_POLICY.split())


def test_nobody_frames_them_and_no_copy_is_kept(alice: Reader):
    answer = alice.get("/mlflow/").headers
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer


def test_their_files_are_kept_by_the_browser(anonymous: Reader):
    answer = anonymous.get(f"{FILES}/favicon.ico")
    assert answer.status_code == 200
    assert "max-age=2419200" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_but_their_files_is_sent(anonymous: Reader):
    tricks = [*TRICKS, "../../../../__init__.py", "..%2f..%2f..%2f__init__.py", "static", "static/"]
    sent = [path for path in tricks if anonymous.get(f"{FILES}/{path}").status_code < 400]
    assert sent == []


def test_without_the_package_the_address_says_how_to_get_it(bare: Flask):
    answer = Reader(bare, "alice").get("/mlflow/")
    assert answer.status_code == 501
    assert "pip install &#39;muniment[mlflow-ui]&#39;" in answer.text
    assert Reader(bare, None).get(f"{FILES}/favicon.ico").status_code == 501


def test_a_way_leads_there_only_if_they_are_there(bare: Flask):
    assert 'href="/mlflow/"' not in Reader(bare, "alice").get("/").text


def test_a_way_leads_there(alice: Reader):
    assert 'href="/mlflow/"' in alice.get("/").text
