"""How long a recall takes to reach everything, in a bank where every employee has shared it.

    python -m bench.recall [--quick]

Three thousand employees, each with a link of the item, a task of a running push and a send job
of twenty customers. Two caches of pages stand for two web processes; one worker of the product
runs as a process of its own. Each round recalls an item prepared like that, and the clock starts
when the recall's own transaction has committed.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bench.figures import figure, say
from bench.house import Here, SmallBank, open_house, running_house, small_bank
from sqlalchemy import select, text

from contenthub.library import actions as library
from contenthub.library import actions_reviews, queries
from contenthub.library.actions_copies import copy_item
from contenthub.library.findings import Kept
from contenthub.scheduler import actions as scheduler
from contenthub.sharing.models import Link
from contenthub.tenants.models import DirectoryEntry
from contenthub.web.house import House
from contenthub.web.landing.targets import Targets
from contenthub.web.landing.watch import Watch

EMPLOYEES, CUSTOMERS_EACH, ROUNDS, PROCESSES = 3000, 20, 5, 2
PATIENCE_SECONDS = 60.0

FILL = """
with made as (
  insert into links (tenant_id, id, code, item_id, employee_id, root_id, path, channel,
    push_id, created_at)
  select cast(:t as uuid), x.id, x.code, cast(:i as uuid), x.employee, x.id, '{}', 'wecom',
    cast(:p as uuid), now()
  from (select gen_random_uuid() as id, s.id as employee,
          upper(substr(md5(s.id::text || cast(cast(:i as uuid) as text)), 1, 12)) as code
        from staff s where s.tenant_id = cast(:t as uuid) and 'employee' = any (s.roles)) x
  returning id, code, employee_id
), jobs as (
  insert into send_jobs (tenant_id, id, push_id, step, employee_id, chunk, customers, link_code,
    state, attempt, next_at, msgid, error)
  select cast(:t as uuid), gen_random_uuid(), cast(:p as uuid), 0, m.employee_id, 0,
    cast(:each as int), m.code, 'ready', 0,
    now() + interval '1 day', '', ''
  from made m returning id, employee_id
), tasks as (
  insert into tasks (tenant_id, id, employee_id, kind, source_id, step, due_on, title, detail,
    customers, state, created_at)
  select cast(:t as uuid), gen_random_uuid(), m.employee_id, 'push', cast(:p as uuid), 0,
    current_date, '推送', '{}', cast(:each as int),
    'open', now()
  from made m
)
insert into deliveries (tenant_id, push_id, step, customer_no, employee_id, send_job_id, state,
  reason, updated_at)
select cast(:t as uuid), cast(:p as uuid), 0, row_number() over (), j.employee_id, j.id,
  'planned', '', now()
from jobs j cross join generate_series(1, cast(:each as int))
"""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds from the recall's commit to each consequence."""

    request: float
    pages: float
    carried: float
    told: int
    cancelled: int


@contextmanager
def worker(here: Here) -> Iterator[None]:
    """One worker of the product, as `contenthub worker` starts it."""
    log = here.directory / "worker.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "contenthub", "worker"],
            env=here.environment(),
            stdout=out,
            stderr=out,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@asynccontextmanager
async def caches(house: House) -> AsyncIterator[list[Targets]]:
    """The pages that web processes keep, each with its watch."""
    kept = [Targets(house) for _ in range(PROCESSES)]
    watches = [Watch(house.database, each) for each in kept]
    for watch in watches:
        watch.start()
        await asyncio.wait_for(watch.is_listening.wait(), PATIENCE_SECONDS)
    try:
        yield kept
    finally:
        for watch in watches:
            await watch.stop()


async def shared_by_all(house: House, bank: SmallBank, *, each: int) -> tuple[UUID, str]:
    """Return a live item that every employee has shared and is asked to send, and one code."""
    at = datetime.now(UTC)
    async with house.database.unit_of_work(bank.tenant) as db:
        item, _ = await copy_item(db, bank.item.id, by=bank.author, at=at)
        _, revision = await library.submit(db, item.id, by=bank.author, at=at)
        waiting = (await queries.reviews_of(db, revision.id))[0]
        taken = await actions_reviews.take_review(db, waiting.id, "approve", by=bank.reviewer)
        kept = [Kept(reason="已核对")]
        await library.approve_revision(db, taken, kept=kept, by=bank.reviewer, at=at)
        push = await scheduler.write_push(db, _push(item.id, at), by=bank.author, at=at)
        await scheduler.submit(db, push.id, by=bank.author, at=at)
        waiting = (await queries.reviews_of(db, push.id))[0]
        taken = await actions_reviews.take_review(db, waiting.id, "approve", by=bank.reviewer)
        await scheduler.approve_push(db, taken, by=bank.reviewer, at=at)
        await db.flush()
        facts = {"t": bank.tenant, "i": item.id, "p": push.id, "each": each}
        await db.execute(text(FILL), facts)
        link = await db.scalar(select(Link).where(Link.item_id == item.id).limit(1))
        if link is None:
            raise RuntimeError("nobody shared the item")
        db.add(DirectoryEntry(kind="code", name=link.code, bank_id=bank.tenant, target_id=link.id))
        code = link.code
    return item.id, code


def _push(item_id: UUID, at: datetime) -> scheduler.PushDraft:
    return scheduler.PushDraft(
        title="金秋存款季",
        item_id=item_id,
        expr="aum >= 50000",
        schedule={"kind": "once", "at": (at + timedelta(days=1)).isoformat()},
    )


async def one_round(house: House, bank: SmallBank, kept: list[Targets], *, each: int) -> Took:
    """Recall one prepared item and wait for every consequence."""
    item_id, code = await shared_by_all(house, bank, each=each)
    for cache in kept:
        found = await cache.find(code, at=datetime.now(UTC))
        if found.page is None:
            raise RuntimeError("the page to be recalled was never shown")
    begun = time.perf_counter()
    async with house.database.unit_of_work(bank.tenant) as db:
        await library.recall(db, item_id, reason="利率调整", by=bank.reviewer, at=datetime.now(UTC))
    committed = time.perf_counter()
    pages = asyncio.create_task(_gone(kept, code, committed))
    carried, told, cancelled = await _carried(house, bank, item_id, committed)
    return Took(committed - begun, await pages, carried, told, cancelled)


async def _gone(kept: list[Targets], code: str, since: float) -> float:
    while any(cache.known(code) is not None for cache in kept):
        await asyncio.sleep(0.0005)
        if time.perf_counter() - since > PATIENCE_SECONDS:
            raise TimeoutError("a page outlived its recall")
    return time.perf_counter() - since


async def _carried(
    house: House, bank: SmallBank, item_id: UUID, since: float
) -> tuple[float, int, int]:
    query = text("select told, deliveries from item_stops where item_id = :i")
    while time.perf_counter() - since < PATIENCE_SECONDS:
        async with house.database.reading(bank.tenant) as db:
            row = (await db.execute(query, {"i": item_id})).first()
        if row is not None:
            return time.perf_counter() - since, int(row[0]), int(row[1])
        await asyncio.sleep(0.01)
    raise TimeoutError("the recall was not carried through")


async def measure(here: Here, *, employees: int, each: int, rounds: int) -> None:
    """Print the figures of some recalls."""
    async with open_house(here.settings) as house:
        bank = await small_bank(house, employees=employees)
        async with caches(house) as kept:
            with worker(here):
                took = [await one_round(house, bank, kept, each=each) for _ in range(rounds + 1)]
    took = took[1:]  # the first one also waited for the worker to start
    detail = {
        "employees": employees,
        "deliveries": took[0].cancelled,
        "told": took[0].told,
        "rounds": rounds,
        "worst_pages_ms": round(max(one.pages for one in took) * 1000, 1),
        "worst_carried_ms": round(max(one.carried for one in took) * 1000, 1),
        "request_ms": round(statistics.median(one.request for one in took) * 1000, 1),
    }
    say(str(took))
    pages = statistics.median(one.pages for one in took) * 1000
    carried = statistics.median(one.carried for one in took) * 1000
    figure("library.recall_pages_ms", pages, "ms", better="lower", detail=detail)
    figure("library.recall_carried_ms", carried, "ms", better="lower", detail=detail)


def main() -> None:
    """Measure recalls with the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    with running_house() as here:
        asyncio.run(
            measure(
                here,
                employees=300 if quick else EMPLOYEES,
                each=5 if quick else CUSTOMERS_EACH,
                rounds=2 if quick else ROUNDS,
            )
        )


if __name__ == "__main__":
    main()
