"""What the mix of content costs a bank with 200,000 deliveries of the last month.

    python -m bench.mix [--quick]

Twenty firings to ten thousand customers of two hundred employees, each employee's confirmed at a
moment of its own; of the last firing every tenth customer is still to confirm, so that it is
counted from the ledger. The baseline is the same page when nothing has been summed: every
figure from the deliveries themselves. Both must say the same.
"""

import argparse
import asyncio
import re
import statistics
import time
from datetime import UTC, datetime

import asyncpg
import httpx
from bench.figures import figure, percentile, say
from bench.house import DATABASE, Here, SmallBank, open_house, running_house, small_bank

from contenthub.app import create_app
from contenthub.scheduler import jobs_mix
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.web.house import House
from contenthub.web.sessions import cookie_name, open_session

FIRINGS, CUSTOMERS, EMPLOYEES, ROUNDS = 20, 10_000, 200, 8
PAGES = ("?by=segment", "?by=employee", "?by=content")

_PUSHES = """
insert into pushes (tenant_id, id, title, item_id, revision_id, topic, message, expr, schedule,
  fire_at, channel, state, paused_reason, hash, author_id, editors, created_at, updated_at)
select $1, gen_random_uuid(), 'p' || n, $2, $3, case when n % 3 = 0 then 'life' else 'deposit' end,
  '{}', '', '{}', now(), 'sandbox', 'finished', '', 'x', $4, array[$4::uuid], now(), now()
from generate_series(1, $5::int) n returning id
"""
_FIRED = """
insert into occurrences (tenant_id, push_id, fire_at, step, state, planned_at, waterfall)
select $1, $2, now() - make_interval(hours => 30 * $3::int), 1, 'done', now(), '{}'
"""
_SENT = """
insert into deliveries (tenant_id, push_id, step, customer_no, employee_id, state, reason,
  updated_at)
select $1, $2, 1, n, ($4::uuid[])[1 + n % cardinality($4::uuid[])],
  case when $3 = 1 and n % 10 = 0 then 'confirmed' when n % 17 = 0 then 'failed'
       else 'delivered' end, '',
  now() - make_interval(hours => 30 * $3::int - 1, mins => n % cardinality($4::uuid[]))
from generate_series(1, $5::int) n
"""


async def fill(here: Here, bank: SmallBank, *, customers: int) -> None:
    """Write the ledger by the engine's superuser and without triggers: nobody reviewed these."""
    url = here.postgres.url("postgres", DATABASE).replace("+asyncpg", "")
    db = await asyncpg.connect(url)
    try:
        await db.execute("set session_replication_role = replica")
        item, people = bank.item, [one.id for one in bank.employees]
        facts = (item.id, item.live_revision_id, bank.author.id, FIRINGS)
        pushes = [row["id"] for row in await db.fetch(_PUSHES, bank.tenant, *facts)]
        for number, push_id in enumerate(pushes, start=1):
            await db.execute(_FIRED, bank.tenant, push_id, number)
            await db.execute(_SENT, bank.tenant, push_id, number, people, customers)
        await db.execute("analyze deliveries, occurrences, pushes")
    finally:
        await db.close()


async def sum_all(house: House, bank: SmallBank) -> float:
    """Let the worker's job sum all that is over; return the seconds it took."""
    began = time.perf_counter()
    while True:
        async with house.database.platform_unit_of_work() as platform:
            due = await jobs_mix.firings_over(platform, datetime.now(UTC))
        if not due:
            return time.perf_counter() - began
        for tenant, ids in due:
            assert tenant == bank.tenant
            await jobs_mix.sum_received(house.database, bank.tenant, **ids)


async def page_times(
    house: House, bank: SmallBank, reader: Staff, *, rounds: int
) -> tuple[list[float], list[str]]:
    """Return what each page took in ms, and the figures the pages show."""
    app = create_app(house.settings, house)
    sid = await open_session(house.redis, house.settings, bank.tenant, reader.id)
    took: list[float] = []
    shown: list[str] = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://hub.test",
        cookies={cookie_name(house.settings): sid},
    ) as client:
        for turn in range(rounds + 1):
            for page in PAGES:
                began = time.perf_counter()
                answer = await client.get(f"/console/reports/mix{page}")
                if answer.status_code != 200:
                    raise SystemExit(f"{page}: {answer.status_code}")
                if turn:
                    took.append((time.perf_counter() - began) * 1000)
                else:
                    shown += re.findall(r">([\d,]+%?)<", answer.text)
    return took, shown


async def _main(here: Here, *, is_quick: bool) -> None:
    customers = 1_000 if is_quick else CUSTOMERS
    async with open_house(here.settings) as house:
        bank = await small_bank(house, employees=EMPLOYEES)
        async with house.database.unit_of_work(bank.tenant) as db:
            reader = await db.get(Staff, (bank.tenant, bank.author.id))
            assert reader is not None
            reader.roles = ["bank_admin"]
            opened = await tenants.bank(db)
            opened.settings = {**opened.settings, "totp_for": "none"}
        say(f"{FIRINGS * customers} deliveries")
        await fill(here, bank, customers=customers)
        raw, said_raw = await page_times(house, bank, reader, rounds=ROUNDS)
        seconds = await sum_all(house, bank)
        ours, said = await page_times(house, bank, reader, rounds=ROUNDS)
        assert said == said_raw, "sums say something else than the ledger"
        figure(
            "mix.page_p95_ms",
            percentile(ours, 0.95),
            "ms",
            better="lower",
            detail={
                "deliveries": FIRINGS * customers,
                "median_ms": round(statistics.median(ours), 1),
                "ledger_p95_ms": round(percentile(raw, 0.95), 1),
                "ledger_median_ms": round(statistics.median(raw), 1),
                "summing_seconds": round(seconds, 2),
                "still_open": customers,
                "pages": len(ours),
            },
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    with running_house() as running:
        asyncio.run(_main(running, is_quick=asked.quick))
