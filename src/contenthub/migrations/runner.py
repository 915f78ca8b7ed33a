"""Bring the schema to head, one node at a time.

Alembic and SQLAlchemy are imported only to upgrade: every start asks whether there is
anything to do, and hardly ever there is.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

LOCK = "select pg_advisory_lock(hashtext('contenthub.migrate'))"
UNLOCK = "select pg_advisory_unlock(hashtext('contenthub.migrate'))"


def alembic_config(connection: "Connection | None" = None) -> "Config":
    """Return Alembic's configuration for the migrations shipped in this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the newest revision this package knows: files are named by their revision."""
    versions = Path(__file__).parent / "versions"
    return max((path.name.split("_", 1)[0] for path in versions.glob("[0-9]*_*.py")), default="")


async def current(url: str) -> str:
    """Return the revision of the database at `url`, "" when it has no schema yet."""
    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1), timeout=10)
    try:
        if not await connection.fetchval(
            "select to_regclass('public.alembic_version') is not null"
        ):
            return ""
        return str(await connection.fetchval("select version_num from alembic_version") or "")
    finally:
        await connection.close()


async def migrate_async(owner_url: str) -> str:
    """Upgrade the database at `owner_url` to head under an advisory lock; return the revision."""
    if (found := await current(owner_url)) == head():
        return found
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

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
    finally:
        await engine.dispose()
    return await current(owner_url)


def migrate(owner_url: str) -> str:
    """Upgrade the database at `owner_url` to head; return the revision it is at."""
    return asyncio.run(migrate_async(owner_url))


def _upgrade(connection: "Connection") -> None:
    from alembic import command

    command.upgrade(alembic_config(connection), "head")
