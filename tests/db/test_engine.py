"""How the connections of the pool are set up."""

from app.db import Database


def test_postgres_compiles_no_statement(postgres_url: str):
    database = Database(postgres_url)
    with database.session() as session:
        assert session.driver_execute("SHOW jit").scalar_one() == "off"
    database.dispose()
