"""A browser: it keeps cookies, signs in by the form, and sends back what the page was given."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from sqlalchemy import Row, select, update
from werkzeug.test import TestResponse

from app.edge.browser import COOKIE
from app.identity.tables import browser_sessions
from tests.application import PASSWORD
from tests.security.home import House

ADMIN = "admin"
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """Somebody in front of a browser, signed in or not."""

    def __init__(self, house: House, *, address: str = "http://localhost") -> None:
        self.client: FlaskClient = house.app.test_client()
        self._address = address

    def sign_in(self, password: str = PASSWORD, *, name: str = ADMIN, **form: str) -> TestResponse:
        return self.post("/sign-in", name=name, password=password, **form)

    def get(self, path: str, /, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers, base_url=self._address, buffered=True)

    def post(self, path: str, /, **form: str) -> TestResponse:
        return self.client.post(path, data=form, base_url=self._address, buffered=True)

    def post_from(self, headers: dict[str, str], path: str, /, **form: str) -> TestResponse:
        return self.client.post(path, data=form, headers=headers, buffered=True)

    def csrf_token(self) -> str:
        found = _CSRF.search(self.get("/profile").text)
        assert found is not None
        return found[1]

    @property
    def secret(self) -> str:
        cookie = self.client.get_cookie(COOKIE)
        return cookie.value if cookie else ""

    @secret.setter
    def secret(self, secret: str) -> None:
        self.client.set_cookie(COOKIE, secret)

    def is_signed_in(self) -> bool:
        return self.get("/profile").status_code == 200


def age_sessions(house: House, **values: int) -> None:
    """Set the times of every browser session."""
    with house.arranging() as session:
        session.execute(update(browser_sessions).values(**values))


def the_session(house: House) -> Row[tuple[object, ...]]:
    """Return the one browser session that there is."""
    with house.arranging() as session:
        return session.execute(select(browser_sessions)).one()
