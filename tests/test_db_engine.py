"""When a pool asks a connection whether anybody is there, and what it does if not."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contenthub import db_engine
from contenthub.settings import Settings


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    made = db_engine.open_engine(settings.database_url, 1)
    yield made
    await made.dispose()


async def _backend(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(text("select pg_backend_pid()")) or 0)


@pytest.mark.parametrize(("trusted_seconds", "asked"), [(60.0, 0), (0.0, 2)])
async def test_only_a_connection_that_was_idle_is_asked(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, trusted_seconds: float, asked: int
) -> None:
    monkeypatch.setattr(db_engine, "TRUSTED_SECONDS", trusted_seconds)
    questions: list[str] = []
    fetchrow = db_engine.Connection.fetchrow

    async def heard(self: db_engine.Connection, query: str, **over: object) -> object:
        questions.append(query)
        return await fetchrow(self, query, **over)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(db_engine.Connection, "fetchrow", heard)
    assert await _backend(engine) == await _backend(engine)
    assert questions == [";"] * asked


@pytest.mark.parametrize("trusted_seconds", [60.0, 0.0])
async def test_a_connection_that_ended_in_the_pool_is_replaced_unseen(
    engine: AsyncEngine, settings: Settings, monkeypatch: pytest.MonkeyPatch, trusted_seconds: float
) -> None:
    monkeypatch.setattr(db_engine, "TRUSTED_SECONDS", trusted_seconds)
    async with engine.connect() as connection:
        kept = (await connection.get_raw_connection()).driver_connection
        pid = await connection.scalar(text("select pg_backend_pid()"))
    other = db_engine.open_engine(settings.database_url, 1)
    async with other.connect() as connection:
        await connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
    await other.dispose()
    assert kept is not None
    async with asyncio.timeout(30):
        while not kept.is_closed():
            await asyncio.sleep(0.01)
    assert await _backend(engine) not in (0, pid)
