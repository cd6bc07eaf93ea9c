"""A house for a test that changes it, and one for a whole file of tests that change nothing."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.application import Template
from tests.policies.conftest import everything
from tests.security.home import House, opened

__all__ = ["everything", "house", "shared_house"]


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
