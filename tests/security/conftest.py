"""A house for a test that changes it, and one for a whole file of tests that change nothing."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.application import Template
from tests.policies.conftest import everything
from tests.postgres import ThrowawayPostgres
from tests.security.home import House, opened

__all__ = ["everything", "house", "module_database_url", "new_database_url", "shared_house"]


@pytest.fixture
def house(
    everything: tuple[Template, Mapping[str, str]],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[House]:
    with opened(request, everything, tmp_path / "home") as one:
        yield one


@pytest.fixture(scope="module")
def shared_house(
    everything: tuple[Template, Mapping[str, str]],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    with opened(request, everything, tmp_path_factory.mktemp("shared")) as one:
        yield one


@pytest.fixture(scope="module")
def new_database_url(
    engine_name: str, request: pytest.FixtureRequest
) -> Iterator[Callable[[], str | None]]:
    """A maker: None for SQLite, which then lies in the home; else the URL of an empty database."""
    if engine_name == "sqlite":
        yield lambda: None
        return
    postgres: ThrowawayPostgres = request.getfixturevalue("postgres")
    template: str = request.getfixturevalue("migrated_template")
    made: list[str] = []

    def make() -> str:
        made.append(f"served_{uuid.uuid4().hex}")
        return postgres.create_database(made[-1], template=template)

    yield make
    for name in made:
        postgres.drop_database(name)


@pytest.fixture(scope="module")
def module_database_url(new_database_url: Callable[[], str | None]) -> str | None:
    return new_database_url()
