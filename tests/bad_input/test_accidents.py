"""PostgreSQL restarted and a full disk, met by a person at work: told plainly, nothing lost."""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.personas import Personas, make_personas

from contenthub.engines_postgres import PostgresEngine, start_postgres
from contenthub.library import queries_lists as library
from contenthub.library.itemfilter import Filter
from contenthub.migrations.runner import migrate_async
from contenthub.settings import Settings
from contenthub.web.house import House, close_house, make_house

ITEM = {"kind": "faq", "topic": "deposit", "title": "存款有保险吗", "fields": {"answer": "有。"}}


@pytest.fixture
def own_engine() -> Iterator[tuple[Path, PostgresEngine]]:
    """A PostgreSQL of this test's own, since others must not feel it restart."""
    directory = Path(tempfile.mkdtemp(prefix="contenthub-restart-"))
    directory.chmod(0o755)
    engine = start_postgres(directory)
    yield directory, engine
    engine.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
async def own_house(
    own_engine: tuple[Path, PostgresEngine], settings: Settings
) -> AsyncIterator[House]:
    """A house on that PostgreSQL."""
    _, engine = own_engine
    await migrate_async(engine.owner_url)
    house = make_house(
        replace(
            settings,
            database_url=engine.app_url,
            platform_database_url=engine.platform_url,
            owner_database_url=engine.owner_url,
        )
    )
    yield house
    await close_house(house)


@pytest.mark.slow
async def test_postgres_gone_and_back_loses_nothing_and_needs_no_hand(
    own_engine: tuple[Path, PostgresEngine], own_house: House
) -> None:
    directory, engine = own_engine
    people: Personas = await make_personas(own_house)
    async with people.client(people.ours.author) as client:
        kept = await client.post("/api/v1/items", json=ITEM)
        assert kept.status_code == 201
        engine.stop()
        # A killed postmaster takes every connection of the pool with it.
        refused = await client.post("/api/v1/items", json={**ITEM, "title": "停机时写的"})
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert "数据库" in refused.json()["detail"]
        again = start_postgres(directory)
        try:
            answer = await client.get(f"/api/v1/items/{kept.json()['id']}")
            assert answer.status_code == 200
            listed = (await client.get("/api/v1/items")).json()["items"]
            assert [item["title"] for item in listed] == [ITEM["title"]]
        finally:
            again.stop()


@pytest.mark.slow
async def test_postgres_killed_in_the_middle_keeps_what_was_acknowledged(
    own_engine: tuple[Path, PostgresEngine], own_house: House
) -> None:
    directory, engine = own_engine
    people = await make_personas(own_house)
    acknowledged = []
    async with people.client(people.ours.author) as client:
        for number in range(8):
            answer = await client.post("/api/v1/items", json={**ITEM, "title": f"第 {number} 条"})
            if answer.status_code == 201:
                acknowledged.append(answer.json()["id"])
            if number == 4:
                os.kill(engine.pid, signal.SIGKILL)
        engine.stop()
        again = start_postgres(directory)
        try:
            async with own_house.database.reading(people.ours.tenant) as db:
                found = {str(i.id) for i in await library.items(db, Filter())}
        finally:
            again.stop()
    assert len(acknowledged) >= 5
    assert set(acknowledged) <= found
