"""What a served home keeps, after it was used and ended: no secret in any form, for nobody else."""

import base64
import http.client
import json
import re
import secrets
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from app.config import load_settings
from app.crypto import LocalKeyProvider, load_or_create_root_key
from app.crypto.private_file import read_file
from app.db import Database
from app.db.metadata import metadata
from tests.serving import ADMIN_PASSWORD, ADMIN_TOKEN, Served

API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = re.compile(r'class="secret">([^<]+)<')
OTHER_PASSWORD = "hunter-" + secrets.token_hex(12)


class Used:
    """A home in which everything secret was done once; ``secrets`` tells what must not be seen."""

    def __init__(self, home: Path, database_url: str | None, passphrase: str) -> None:
        self.home, self.passphrase, self.database_url = home, passphrase, database_url
        self.settings = {"MUNIMENT_KEYS_PASSPHRASE": passphrase} if passphrase else {}
        self.secrets: dict[str, bytes] = {
            "the administrator's token": ADMIN_TOKEN.encode(),
            "the administrator's password": ADMIN_PASSWORD.encode(),
            "another password": OTHER_PASSWORD.encode(),
        }
        if passphrase:
            self.secrets["the passphrase"] = passphrase.encode()
        with Served(home, database_url=database_url, settings=self.settings) as server:
            self._use(server)
            self.seen_alive = self.find(self.secrets)
        self._read_keys()

    def find(self, wanted: Mapping[str, bytes]) -> list[str]:
        """Return where a secret stands, as it is, in base64 or in hexadecimal digits."""
        contents = {str(path): path.read_bytes() for path in self.home.rglob("*") if path.is_file()}
        contents["the database"] = self._dump()
        return [
            f"{what} in {where}"
            for where, content in contents.items()
            for what, secret in wanted.items()
            if any(form in content for form in forms(secret))
            and not (what == "the root key" and where.endswith("root.key"))
        ]

    def _use(self, server: Served) -> None:
        self._store_files(server)
        self._sign_in_and_out(server)
        self._use_keys(server)
        self._make_webhook(server)
        for credential in ("the-mistyped-token", ADMIN_PASSWORD):
            answer = server.call("GET", f"{API}/experiments/get?experiment_id=1", token=credential)
            assert answer.status == 401
        self.secrets["a mistyped token"] = b"the-mistyped-token"

    def _store_files(self, server: Served) -> None:
        server.ok("POST", f"{API}/experiments/create", {"name": "secretive"})
        run = server.ok("POST", f"{API}/runs/create", {"experiment_id": "1"})
        folder = f"{FILES}/1/{run['run']['info']['run_id']}/artifacts"
        for name, copies in (("small", 1), ("large", 20_000)):
            marker = f"MARKER-{secrets.token_hex(16)}".encode()
            self.secrets[f"a {name} file"] = marker
            server.ok("PUT", f"{folder}/{name}", marker * copies)
            assert server.call("GET", f"{folder}/{name}").content == marker * copies
        refused = f"MARKER-{secrets.token_hex(16)}".encode()
        self.secrets["a refused file"] = refused
        assert server.call("PUT", f"{folder}/../x", refused * 5000).status == 400
        broken = b'{"run_id": "' + refused
        answer = server.call("POST", f"{API}/runs/log-batch", broken, headers=JSON)
        assert answer.status == 400

    def _sign_in_and_out(self, server: Served) -> None:
        made = server.call("POST", "/profile/tokens", b"name=t", headers=FORM)
        found = SECRET.search(made.content.decode())
        assert found is not None
        self.secrets["a token"] = found[1].encode()
        assert server.call("GET", "/profile", token=found[1]).status == 200
        people = server.call("GET", "/people").content.decode()
        principal = re.search(r"/people/([0-9a-f]{32})", people)
        assert principal is not None
        self.secrets["a cookie"] = _sign_in(server, ADMIN_PASSWORD).encode()
        form = urlencode({"password": OTHER_PASSWORD}).encode()
        answer = server.call("POST", f"/people/{principal[1]}/password", form, headers=FORM)
        assert answer.status == 303, answer.content
        assert _sign_in(server, ADMIN_PASSWORD) == ""
        assert _sign_in(server, OTHER_PASSWORD) != ""
        basic = base64.b64encode(f"admin:{OTHER_PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        assert server.call("GET", f"{API}/experiments/search", headers=headers).status == 200
        self.secrets["a Basic header"] = basic.encode()

    def _make_webhook(self, server: Served) -> None:
        event = {"entity": "MODEL_VERSION", "action": "CREATED"}
        wanted = {"name": "ear", "url": "https://localhost/", "events": [event]}
        first, second = (f"MARKER-{secrets.token_hex(16)}" for _ in range(2))
        self.secrets["a webhook's secret"] = second.encode()
        self.secrets["a webhook's former secret"] = first.encode()
        made = server.ok("POST", f"{API}/webhooks", wanted | {"secret": first})
        path = f"{API}/webhooks/{made['webhook']['webhook_id']}"
        server.ok("PATCH", path, {"secret": second})
        assert server.ok("POST", f"{path}/test")["result"]["success"] is False

    def _use_keys(self, server: Served) -> None:
        for path, form in (
            ("/keys", b"name=ours"),
            ("/keys/ours/catalogs", b"catalog=default"),
            ("/keys/ours/rotate", b""),
        ):
            assert server.call("POST", path, form, headers=FORM).status == 303

    def _read_keys(self) -> None:
        """Add what the key files hold, opened as the server does."""
        keys = self.home / "keys"
        root = load_or_create_root_key(keys / "root.key", self.passphrase or None)
        self.secrets["the root key"] = root._secret
        document, _ = read_file(keys / "audit.json")
        for name, secret in json.loads(root.open("audit keys", document)).items():
            self.secrets[f"the log's {name}"] = base64.b64decode(secret)
        keyring = LocalKeyProvider(keys / "keyring.json", root)._read()
        for kek_id, kek in keyring.keks.items():
            for version, material in kek.material.items():
                self.secrets[f"key {kek_id}/{version}"] = material
        assert len(keyring.keks) > 1

    def _dump(self) -> bytes:
        settings = load_settings(
            self.home, {"MUNIMENT_DATABASE_URL": self.database_url} if self.database_url else {}
        )
        database = Database(settings.database_url)
        with database.session() as session:
            rows = [
                tuple(value.hex() if isinstance(value, bytes) else value for value in row)
                for table in metadata.sorted_tables
                for row in session.execute(select(table))
            ]
        database.dispose()
        return repr(rows).encode()


JSON = {"Content-Type": "application/json"}


def forms(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield base64.b64encode(secret).rstrip(b"=")
    yield base64.urlsafe_b64encode(secret).rstrip(b"=")
    yield secret.hex().encode()


def _sign_in(server: Served, password: str) -> str:
    """Return the secret of the browser session's cookie; nothing, if it was refused."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = urlencode({"name": "admin", "password": password})
    connection.request("POST", "/sign-in", body, FORM)
    cookie = connection.getresponse().getheader("Set-Cookie") or ""
    connection.close()
    return cookie.partition("=")[2].partition(";")[0]


@pytest.fixture(
    scope="module", params=["", "a passphrase that nobody guesses"], ids=["file", "words"]
)
def used(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_database_url: Callable[[], str | None],
) -> Used:
    home = tmp_path_factory.mktemp("secretive") / "home"
    return Used(home, new_database_url(), request.param)


@pytest.mark.slow
def test_no_secret_is_anywhere_in_the_home_or_in_what_the_server_says(used: Used):
    assert (used.home / "server.log").stat().st_size > 0
    assert len(used.secrets) > 12
    assert used.seen_alive == []
    assert used.find(used.secrets) == []


@pytest.mark.slow
def test_the_search_finds_what_is_there(used: Used):
    assert used.find({"an experiment": b"secretive"}) != []
    planted = used.home / "planted"
    planted.write_bytes(b"xx" + base64.b64encode(used.secrets["a token"]))
    assert used.find(used.secrets) == [f"a token in {planted}"]
    planted.unlink()


@pytest.mark.slow
def test_the_home_is_for_its_owner_alone(used: Used):
    loose = [
        f"{path.relative_to(used.home)} {stat.filemode(path.stat().st_mode)}"
        for path in used.home.rglob("*")
        if path.stat().st_mode & 0o077 and path.name != "server.log"
    ]
    assert loose == []


@pytest.mark.slow
def test_nothing_deleted_is_left_in_the_pages_of_the_database(used: Used):
    """A revoked secret was stored as a hash, so that not even a free page holds it."""
    if used.database_url is None:
        with sqlite3.connect(used.home / "muniment.db") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    assert used.find(used.secrets) == []
