"""The coalescer: nothing is acknowledged before it is durable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from sqlalchemy import text

from contenthub.db import new_id
from contenthub.errors import Unavailable
from contenthub.sharing.inbox import (
    FETCH,
    Coalescer,
    Seen,
    Write,
    inbox_sink,
    pack,
    unpack,
)
from contenthub.web.house import House


def seen() -> Seen:
    return Seen(FETCH, b"b" * 16, b"l" * 16, b"i" * 16, b"e" * 16, None, new_id().bytes, 1)


class Disk:
    """A sink whose writes wait for `open`, and that can break."""

    def __init__(self) -> None:
        self.batches: list[list[Seen]] = []
        self.open = asyncio.Event()
        self.breaks = 0

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Write]:
        async def write(batch: list[Seen]) -> None:
            await self.open.wait()
            if self.breaks:
                self.breaks -= 1
                raise OSError("disk")
            self.batches.append(batch)

        yield write


async def test_what_arrives_during_a_flush_is_the_next_batch() -> None:
    disk = Disk()
    inbox = Coalescer(disk)
    first = asyncio.create_task(inbox.submit(seen()))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(inbox.submit(seen())) for _ in range(50)]
    await asyncio.sleep(0.01)
    assert not first.done()
    disk.open.set()
    await asyncio.gather(first, *others)
    assert [len(batch) for batch in disk.batches] == [1, 50]


async def test_a_visitor_who_hangs_up_takes_nobody_along() -> None:
    disk = Disk()
    inbox = Coalescer(disk)
    leaving, staying = (asyncio.create_task(inbox.submit(seen())) for _ in range(2))
    await asyncio.sleep(0.01)
    leaving.cancel()
    disk.open.set()
    await staying
    assert sum(len(batch) for batch in disk.batches) == 2


async def test_a_write_that_breaks_once_is_tried_again() -> None:
    disk = Disk()
    disk.open.set()
    disk.breaks = 1
    await Coalescer(disk).submit(seen())
    assert len(disk.batches) == 1


async def test_a_dead_disk_is_no_acknowledgement_and_the_next_visit_may_work() -> None:
    disk = Disk()
    disk.open.set()
    disk.breaks = 2
    inbox = Coalescer(disk)
    with pytest.raises(Unavailable):
        await inbox.submit(seen())
    await inbox.submit(seen())
    assert len(disk.batches) == 1


async def test_a_hung_disk_is_an_error_for_everybody_who_waits_and_no_longer() -> None:
    disk = Disk()
    inbox = Coalescer(disk, hung_seconds=0.05)
    first = asyncio.create_task(inbox.submit(seen()))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(inbox.submit(seen()))
    for waiting in (first, second):
        with pytest.raises(Unavailable):
            await waiting
    disk.open.set()
    await inbox.submit(seen())
    assert [len(batch) for batch in disk.batches] == [1]


async def test_a_database_that_hangs_is_left_and_asked_again(house: House) -> None:
    inbox = Coalescer(inbox_sink(house.database), hung_seconds=0.3)
    async with house.database.platform_unit_of_work() as db:
        await db.execute(text("delete from visit_inbox"))  # what other tests left
    async with house.database.platform_unit_of_work() as other:
        await other.execute(text("lock table visit_inbox in share mode"))
        with pytest.raises(Unavailable):
            await inbox.submit(seen())
    await inbox.submit(seen())
    async with house.database.platform_unit_of_work() as db:
        kept = await db.scalar(text("select count(*) from visit_inbox"))
        await db.execute(text("delete from visit_inbox"))
    # What was answered is kept. The refused one may be too: its statement waited for the lock
    # in a server that had not yet noticed that nobody listens.
    assert kept in (1, 2)
    assert house.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a queue pool


async def test_too_many_waiting_visits_are_refused_at_once() -> None:
    disk = Disk()
    inbox = Coalescer(disk, waiting_at_most=3)
    first = asyncio.create_task(inbox.submit(seen()))
    await asyncio.sleep(0.01)
    waiting = [first, *(asyncio.create_task(inbox.submit(seen())) for _ in range(3))]
    await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await inbox.submit(seen())
    disk.open.set()
    await asyncio.gather(*waiting)


async def test_an_acknowledged_batch_is_a_row(house: House) -> None:
    mine = [seen() for _ in range(30)]
    inbox = Coalescer(inbox_sink(house.database))
    await asyncio.gather(*(inbox.submit(s) for s in mine))
    async with house.database.platform_unit_of_work() as db:
        rows = (await db.execute(text("select id, packed from visit_inbox"))).all()
        found = {s.id for _, packed in rows for s in unpack(packed)}
        await db.execute(text("delete from visit_inbox"))
    assert {s.id for s in mine} <= found
    assert len(rows) < len(mine)


def test_packing_keeps_every_field_and_damage_is_noticed() -> None:
    batch = [seen(), seen()]
    assert unpack(pack(batch)) == batch
    with pytest.raises(msgspec.DecodeError):
        unpack(pack(batch)[:-3])
