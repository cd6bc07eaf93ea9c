"""Writes the next numbered migration from the difference between the tables and the migrations."""

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

import app
from app.db import Database
from app.db.migrations import alembic_config, migrate


def write_migration(message: str) -> None:
    """Compare a database at the newest revision with every ``tables`` module of ``app``."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'head.db'}")
        migrate(database)
        with database.engine.connect() as connection:
            config = alembic_config(connection)
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            revisions = ScriptDirectory.from_config(config).walk_revisions()
            number = f"{len(list(revisions)) + 1:04d}"
            command.revision(config, message, autogenerate=True, rev_id=number)
        database.dispose()


if __name__ == "__main__":
    write_migration(sys.argv[1])
