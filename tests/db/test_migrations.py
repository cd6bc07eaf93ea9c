"""The migrations lead to the tables, on both engines, whoever runs them and however often."""

import importlib
import pkgutil
import subprocess
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

import app
from app.db import Database, metadata
from app.db.migrations import migrate
from app.errors import ConflictError


def load_tables() -> None:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


def test_an_empty_database_at_the_head_has_the_tables_of_the_code(database: Database):
    load_tables()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(database: Database):
    before = set(inspect(database.engine).get_table_names())
    migrate(database)
    assert set(inspect(database.engine).get_table_names()) == before


def test_several_processes_may_migrate_at_once(database_url: str):
    databases = [Database(database_url) for _ in range(4)]
    threads = [threading.Thread(target=migrate, args=(one,)) for one in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with databases[0].session() as session:
        versions = session.driver_execute("SELECT count(*) FROM alembic_version").scalar_one()
    assert versions == 1
    for one in databases:
        one.dispose()


def test_migrating_needs_nothing_of_the_code_above_the_database():
    statement = "import sys, app.db; sys.exit('app.access' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", statement], check=False).returncode == 0


def test_a_database_of_a_later_release_is_left_alone(database: Database):
    with database.session() as session:
        session.begin()
        session.driver_execute("UPDATE alembic_version SET version_num = '9999'")
        session.commit()
    for _ in range(2):
        with pytest.raises(ConflictError, match="9999"):
            migrate(database)
