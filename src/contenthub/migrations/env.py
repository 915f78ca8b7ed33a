"""Alembic's entry: runs on the connection that runner.py opened under its lock."""

from alembic import context

from contenthub.migrations.metadata import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
