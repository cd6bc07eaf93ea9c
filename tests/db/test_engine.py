"""How the connections of the pool are set up."""

import pytest

from app.db import Database


@pytest.mark.parametrize("setting", ["enable_incremental_sort", "jit"])
def test_postgres_plans_no_work_that_pays_off_only_in_minutes(postgres_url: str, setting: str):
    database = Database(postgres_url)
    with database.session() as session:
        assert session.driver_execute(f"SHOW {setting}").scalar_one() == "off"
    database.dispose()
