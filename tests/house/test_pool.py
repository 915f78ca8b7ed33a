"""T4: fifty banks share five connections; no row of one ever reaches another."""

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.make import make_bank, make_branch

from contenthub.db import Database, TenantId
from contenthub.settings import Settings
from contenthub.web.house import House

BANKS = 50
TURNS = int(os.environ.get("POOL_TURNS", "1500"))
"""`make fuzz` takes 10,000."""
MARK = "insert into counters (tenant_id, name, last_no) values (:t, 'pool', 1) "
MARK += "on conflict (tenant_id, name) do update set last_no = counters.last_no + 1"


class Upset(Exception):
    """What a handler might raise in the middle of its work."""


@dataclass
class Seen:
    """What the turns saw."""

    crossed: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    committed: Counter[TenantId] = field(default_factory=Counter)


async def _look(database: Database, tenant: TenantId, seen: Seen) -> None:
    async with database.reading(tenant) as db:
        found = await db.execute(text("select tenant_id from branches union select id from banks"))
        seen.crossed += [f"{tenant} saw {r[0]}" for r in found if r[0] != tenant]


async def _turn(database: Database, tenant: TenantId, end: str, *, seen: Seen) -> None:
    async with database.unit_of_work(tenant) as db:
        found = await db.execute(text("select tenant_id from branches"))
        others = [str(row[0]) for row in found if row[0] != tenant]
        seen.crossed += [f"{tenant} saw {other}" for other in others]
        await db.execute(text(MARK), {"t": tenant})
        if end == "raise":
            raise Upset
        if end == "sql error":
            await db.execute(text("select 1 / 0"))
        if end == "cancel":
            await db.execute(text("select pg_sleep(5)"))
    seen.committed[tenant] += 1


async def _one(database: Database, tenant: TenantId, end: str, *, seen: Seen) -> None:
    try:
        if end == "look":
            await _look(database, tenant, seen)
        elif end == "cancel":
            await asyncio.wait_for(_turn(database, tenant, end, seen=seen), timeout=0.05)
        else:
            await _turn(database, tenant, end, seen=seen)
    except Upset:
        seen.ends["raised"] += 1
    except TimeoutError:
        seen.ends["cancelled"] += 1
    except DBAPIError:
        seen.ends["sql error"] += 1
    else:
        seen.ends["done"] += 1


@pytest.fixture
async def small_pool(settings: Settings) -> Database:
    return Database(settings.database_url, pool_size=5)


async def test_no_row_crosses_banks_on_a_small_pool(house: House, small_pool: Database) -> None:
    tenants = [await make_bank(house.database) for _ in range(BANKS)]
    for tenant in tenants:
        async with house.database.unit_of_work(tenant) as db:
            await make_branch(db)
    chance = random.Random(7)
    ends = chance.choices(
        ["done", "look", "raise", "sql error", "cancel"], [10, 5, 3, 2, 1], k=TURNS
    )
    seen, gate = Seen(), asyncio.Semaphore(20)

    async def guarded(end: str) -> None:
        async with gate:
            await _one(small_pool, chance.choice(tenants), end, seen=seen)

    await asyncio.gather(*(guarded(end) for end in ends))
    assert seen.crossed == []
    assert sum(seen.ends.values()) == TURNS
    assert seen.ends["cancelled"] > 20
    assert seen.ends["raised"] > 50
    assert seen.ends["sql error"] > 50
    for tenant in tenants:
        # What was cancelled or raised left nothing; what was committed is all there.
        async with small_pool.reading(tenant) as read:
            kept = await read.scalar(text("select last_no from counters where name = 'pool'"))
        assert (kept or 0) == seen.committed[tenant]
    with pytest.raises(DBAPIError, match=r"app\.tenant_id|invalid input syntax"):
        # Every connection has served some bank by now; none remembers it.
        async with small_pool.unscoped_reading() as session:
            await session.execute(text("select * from branches"))
    await small_pool.close()


@pytest.mark.parametrize("table", ["staff", "items", "customers", "pushes", "banks"])
async def test_a_query_without_a_bank_raises(house: House, table: str) -> None:
    with pytest.raises(DBAPIError, match=r"app\.tenant_id|invalid input syntax"):
        async with house.database.unscoped_reading() as session:
            await session.execute(text("select * from " + table))


async def test_a_row_cannot_be_written_for_another_bank(house: House) -> None:
    ours, theirs = await make_bank(house.database), await make_bank(house.database)
    with pytest.raises(Exception, match="没有找到"):
        async with house.database.unit_of_work(ours) as db:
            await db.execute(text(MARK), {"t": theirs})
    async with house.database.reading(theirs) as read:
        assert await read.scalar(text("select count(*) from counters")) == 0


async def test_a_session_level_setting_would_leak_and_this_test_would_see_it(
    settings: Settings, house: House
) -> None:
    tenant = await make_bank(house.database)
    database = Database(settings.database_url, pool_size=1)
    async with database.unscoped_reading() as session:
        await session.execute(
            text("select set_config('app.tenant_id', :t, false)"), {"t": str(tenant)}
        )
        await session.commit()
    async with database.unscoped_reading() as session:
        found = await session.execute(text("select id from banks"))
        assert [row[0] for row in found] == [tenant]
    await database.close()
