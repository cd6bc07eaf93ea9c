"""A database that an older release made is brought to the head with all that is in it."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, LargeBinary, MetaData, Numeric, String, Table, select, text, update

from app.config import shipped
from app.db import Database, metadata
from app.db.migrations import alembic_config, migrate
from app.securables import Kind
from app.securables.pieces import pieces_of
from app.securables.tables import name_pieces, securables
from tests.db.test_migrations import load_tables

Row = dict[str, object]


def revisions_before_the_head() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    newest, *older = ScriptDirectory.from_config(config).walk_revisions()
    assert older or newest.revision == "0001"
    return [script.revision for script in older]


@pytest.fixture
def empty_database(
    engine_name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A database that no migration has touched."""
    if engine_name == "sqlite":
        url = f"sqlite:///{tmp_path / 'older.db'}"
    else:
        url = request.getfixturevalue("postgres").create_database(f"older_{uuid.uuid4().hex}")
    database = Database(url)
    yield database
    database.dispose()


@pytest.mark.parametrize("revision", revisions_before_the_head())
def test_what_an_older_release_wrote_is_there_at_the_head(empty_database: Database, revision: str):
    bring_to(empty_database, revision)
    written = fill(empty_database)
    assert len(written) > 40
    migrate(empty_database)
    assert read(empty_database, written) == written


@pytest.mark.parametrize("revision", revisions_before_the_head())
def test_an_older_database_with_rows_gets_the_tables_of_the_code(
    empty_database: Database, revision: str
):
    bring_to(empty_database, revision)
    fill(empty_database)
    migrate(empty_database)
    load_tables()
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_names_of_an_older_release_are_found_by_their_parts(empty_database: Database):
    bring_to(empty_database, "0003")
    fill(empty_database)
    name = "Straßen-ÖFFNUNG, the 2nd of ΣΊΣΥΦΟΣ / 品質モデル"
    with empty_database.session() as session:
        session.begin()
        named = update(securables).values(name=name, kind=Kind.EXPERIMENT.value)
        session.execute(named)
        session.commit()
    migrate(empty_database)
    with empty_database.session() as session:
        found = session.execute(select(name_pieces)).all()
    assert {row.piece for row in found} == pieces_of(name)
    assert {(row.kind, row.securable_id) for row in found} == {("experiment", "x")}


def test_a_database_of_when_the_first_revision_had_all_of_the_second_is_brought_on(
    empty_database: Database,
):
    bring_to(empty_database, "0002")
    written = fill(empty_database)
    with empty_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    migrate(empty_database)
    assert read(empty_database, written) == written


def bring_to(database: Database, revision: str) -> None:
    with database.session() as session:
        if not session.connection.in_transaction():
            session.connection.begin()
        session.begin()
        command.upgrade(alembic_config(session.connection), revision)
        session.commit()


def fill(database: Database) -> dict[str, Row]:
    """Write a row into each table; all ids are the same, so that each row finds what it needs."""
    tables = MetaData()
    with database.engine.begin() as connection:
        tables.reflect(connection)
        rows = {table.name: row_of(table) for table in tables.sorted_tables}
        del rows["alembic_version"]
        for name, row in rows.items():
            connection.execute(tables.tables[name].insert(), row)
    return rows


def row_of(table: Table) -> Row:
    return {column.name: value_of(column) for column in table.columns if column.computed is None}


def value_of(column: Column[object]) -> object:
    if isinstance(column.type, LargeBinary):
        return b"x"
    if isinstance(column.type, String):
        return "x"
    return 1.0 if isinstance(column.type, Numeric) else column.type.python_type(1)


def read(database: Database, written: dict[str, Row]) -> dict[str, Row]:
    """Return what is now in the columns that were written."""
    tables = MetaData()
    with database.engine.connect() as connection:
        tables.reflect(connection)
        found = {name: connection.execute(tables.tables[name].select()).all() for name in written}
    return {
        name: {column: one._mapping[column] for column in written[name]}
        for name, [one] in found.items()
    }
