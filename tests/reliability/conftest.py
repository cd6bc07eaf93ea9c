"""The database that a served home of these tests uses, by the engine that the run is about."""

import pytest


@pytest.fixture
def served_database_url(engine_name: str, request: pytest.FixtureRequest) -> str | None:
    """None for SQLite, which then lies in the home folder; else the URL of an empty database."""
    if engine_name == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres_url")
    return url
