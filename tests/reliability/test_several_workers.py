"""What is taken away anywhere, the next request to every worker is refused."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import accounts, keys
from app.access.grants import grant, revoke
from app.config import load_settings
from app.edge.services import Services, build_services
from app.edge.work import unit_of_work
from app.identity import Caller, PrincipalKind
from app.namespace.steward import steward
from app.securables import FullName, Kind
from tests.serving import Served

_API = "/api/2.0/mlflow"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"
_REQUESTS = 12
_FULL = FullName.parse("default.default.shared")
Act = Callable[[Callable[[Caller], object]], None]


class Place:
    """A server of two workers, another process beside it (this one), and bob who may read."""

    def __init__(self, server: Served, services: Services) -> None:
        self.server, self.services = server, services
        server.ok("POST", f"{_API}/experiments/create", {"name": "shared"})
        run = server.ok("POST", f"{_API}/runs/create", {"experiment_id": "1"})
        self.file = f"{_FILES}/1/{run['run']['info']['run_id']}/artifacts/f.bin"
        server.ok("PUT", self.file, b"content")
        self.token = ""
        self.act(self._make_bob)

    def act(self, work: Callable[[Caller], object]) -> None:
        """Do something as the steward, in this process and a transaction of its own."""
        with unit_of_work(self.services, steward(self.services.database.session())) as caller:
            work(caller)

    def statuses(self) -> set[int]:
        """Return what bob gets, asking often enough to reach both workers."""
        paths = [f"{_API}/experiments/get?experiment_id=1", self.file]
        return {
            self.server.call("GET", path, token=self.token).status
            for path in paths
            for _ in range(_REQUESTS)
        }

    def _make_bob(self, caller: Caller) -> None:
        bob = accounts.create_user(caller, "bob")
        assert bob.kind is PrincipalKind.USER
        self.token_id, self.token = _token(caller)
        catalog = FullName.of("default")
        accounts.create_group(caller, "readers")
        accounts.add_member(caller, "readers", "bob")
        accounts.add_member(caller, "workspace:default", "bob")
        revoke(caller, catalog, "workspace:default", "role:contributor", kind=Kind.CATALOG)
        grant(caller, catalog, "readers", "role:reader", kind=Kind.CATALOG)


def _token(caller: Caller) -> tuple[str, str]:
    made = accounts.create_token(caller, principal="bob")
    return made.id, made.secret


@pytest.fixture
def place(tmp_path: Path, served_database_url: str | None) -> Iterator[Place]:
    home = tmp_path / "home"
    environment = {"MUNIMENT_DATABASE_URL": served_database_url} if served_database_url else {}
    with Served(home, workers=2, database_url=served_database_url) as server:
        services = build_services(load_settings(home, environment))
        found = Place(server, services)
        assert found.statuses() == {200}
        yield found
        services.database.dispose()


@pytest.mark.slow
def test_a_revoked_grant_is_refused_by_every_worker(place: Place) -> None:
    catalog = FullName.of("default")
    place.act(lambda c: revoke(c, catalog, "readers", "role:reader", kind=Kind.CATALOG))
    assert place.statuses() == {404}


@pytest.mark.slow
def test_a_member_who_left_is_refused_by_every_worker(place: Place) -> None:
    place.act(lambda c: accounts.remove_member(c, "readers", "bob"))
    assert place.statuses() == {404}


@pytest.mark.slow
def test_a_disabled_user_is_refused_by_every_worker(place: Place) -> None:
    place.act(lambda c: accounts.disable_principal(c, "bob"))
    assert place.statuses() == {401}
    place.act(lambda c: accounts.enable_principal(c, "bob"))
    assert place.statuses() == {200}


@pytest.mark.slow
def test_a_revoked_token_is_refused_by_every_worker(place: Place) -> None:
    place.act(lambda c: accounts.revoke_token(c, place.token_id))
    assert place.statuses() == {401}


@pytest.mark.slow
def test_a_disabled_key_shuts_the_bytes_in_every_worker(place: Place) -> None:
    place.act(lambda c: keys.create_key(c, place.services.vault.key_ring, "own"))
    place.act(lambda c: keys.bind_key(c, FullName.of("default"), FullName.of("own")))
    keys.rewrap_outdated(place.services.database, place.services.vault.key_ring)
    place.act(lambda c: keys.disable_key(c, FullName.of("own")))
    read = [place.server.call("GET", place.file, token=place.token) for _ in range(_REQUESTS)]
    assert {answer.status for answer in read} == {403}
    assert not any(b"content" in answer.content for answer in read)
    place.act(lambda c: keys.enable_key(c, FullName.of("own")))
    assert place.statuses() == {200}
