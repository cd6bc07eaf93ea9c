"""Runs the migrations on the connection, and in the transaction, that ``app.db.migrate`` opened."""

from alembic import context

from app.db import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=context.config.attributes.get("include_object"),
)
with context.begin_transaction():
    context.run_migrations()
