"""Bring the schema to head, one node at a time."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

LOCK = "select pg_advisory_lock(hashtext('contenthub.migrate'))"
UNLOCK = "select pg_advisory_unlock(hashtext('contenthub.migrate'))"


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for the migrations shipped in this package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the newest revision this package knows."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


async def migrate_async(owner_url: str) -> str:
    """Upgrade the database at `owner_url` to head under an advisory lock; return the revision."""
    engine = create_async_engine(owner_url)
    try:
        async with engine.connect() as connection:
            # A DDL statement that cannot get its lock in 4 s gives way to traffic.
            await connection.execute(text("set lock_timeout = '0'"))
            await connection.execute(text(LOCK))
            await connection.execute(text("set lock_timeout = '4s'"))
            await connection.commit()
            try:
                await connection.run_sync(_upgrade)
                await connection.commit()
            finally:
                await connection.rollback()
                await connection.execute(text(UNLOCK))
                await connection.commit()
            return await connection.run_sync(_current)
    finally:
        await engine.dispose()


def migrate(owner_url: str) -> str:
    """Upgrade the database at `owner_url` to head; return the revision it is at."""
    return asyncio.run(migrate_async(owner_url))


def _upgrade(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")


def _current(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""
