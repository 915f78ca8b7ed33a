"""What keeping banks apart costs: row-level security, the audit chain, a busy neighbour.

    python -m bench.tenants [--quick]

The hot reads run as the app role under row-level security and, interleaved, as the engine's
superuser, whom it does not bind: the same queries on the same data. A million audit entries
are sealed and verified. One bank's pages are read while its neighbour imports a million
customers in a worker of its own.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from bench.customers import add_staff, queue_import
from bench.figures import figure, percentile, say
from bench.house import Here, SmallBank, open_house, running_house, small_bank
from bench.load import free_port, until_up
from sqlalchemy import text

from contenthub.customers import queries as customers
from contenthub.customers import queries_preview, tagexpr
from contenthub.customers.demo import write_customers
from contenthub.db import Database, Read, TenantId
from contenthub.library import queries_lists as library
from contenthub.library.itemfilter import Filter
from contenthub.tenants import actions_audit, queries, queries_audit
from contenthub.web.house import House
from contenthub.web.sessions import cookie_name, open_session

BANKS, ROUNDS, CALLS = 20, 5, 30
IDLE_SECONDS = 15
PAGES = ("/console/library", "/console/customers", "/console/staff")
SOME_PHONE = "13800000001"

FILL_CUSTOMERS = """
insert into customers (tenant_id, no, id, name_sealed, name_masked, name_index, phone_sealed,
  phone_masked, phone_index, gender, aum_fen, branch_id, owner_id, external_userid, crm_no,
  stage, created_at, updated_at)
select :t, n, gen_random_uuid(), 'x', '王*', substr(sha256(('n' || n % 5000)::bytea), 1, 16), 'x',
  '138****0001', substr(sha256(('p' || n)::bytea), 1, 16), '', n * 997 % 90000000, :b, :o,
  'wm' || n, n::text, 'added', now(), now()
from generate_series(1, cast(:n as int)) n
"""
FILL_AUDIT = """
insert into audit_entries (tenant_id, id, at, actor_id, actor_name, event, subject_kind,
  subject_id, detail)
select :t, (
    lpad(to_hex((extract(epoch from cast(:at as timestamptz)) * 1000)::bigint + n / 1000), 12, '0')
    || '7' || lpad(to_hex(n % 1000), 3, '0') || '8' || substr(md5(n::text), 1, 15))::uuid,
  cast(:at as timestamptz) + n / 1000 * interval '1 millisecond', :b, '王小明',
  'item.approved', 'item', gen_random_uuid(),
  jsonb_build_object('no', n, 'title', '丰收季大额存单')
from generate_series(cast(:first as int), cast(:last as int)) n
"""


async def overhead(here: Here, house: House, banks: list[SmallBank], *, each: int) -> None:
    """Print how many times slower the slowest hot read is under row-level security."""
    url = here.postgres.url("postgres", here.settings.database_url.rsplit("/", 1)[-1])
    free = Database(url, resources=house.database.resources)
    reads = _hot_reads(banks[0], each)
    times: dict[tuple[str, str], list[float]] = {}
    try:
        for turn in range(ROUNDS + 1):
            for name, read in reads.items():
                for side, database in (("rls", house.database), ("free", free)):
                    for _ in range(CALLS):
                        took = await _timed(database, banks[0].tenant, read)
                        if turn:  # the first round warms up
                            times.setdefault((name, side), []).append(took)
    finally:
        await free.close()
    middle = {key: statistics.median(found) for key, found in times.items()}
    ratios = {name: middle[name, "rls"] / middle[name, "free"] for name in reads}
    detail = {f"{name}_x": round(ratio, 2) for name, ratio in ratios.items()}
    detail |= {f"{name}_ms": round(middle[name, "rls"], 2) for name in reads}
    detail |= {"banks": len(banks), "customers_each": each}
    figure("tenants.rls_overhead", max(ratios.values()), "x", better="lower", detail=detail)


async def _timed(
    database: Database, tenant: TenantId, read: Callable[[Read], Awaitable[object]]
) -> float:
    async with database.reading(tenant) as db:
        await db.execute(text("select 1"))  # the connection and the bank's setting are not the read
        started = time.perf_counter()
        await read(db)
        return (time.perf_counter() - started) * 1000


def _hot_reads(bank: SmallBank, each: int) -> dict[str, Callable[[Read], Awaitable[object]]]:
    node = tagexpr.parse("aum >= 500000")
    at = datetime.now(UTC)
    return {
        "customers_page": lambda db: customers.customers(db, after=each // 2),
        "customer_by_phone": lambda db: customers.by_phone(db, SOME_PHONE),
        "own_customers": lambda db: customers.customers(db, owner_ids={bank.employees[0].id}),
        "library_page": lambda db: library.items(db, Filter()),
        "preview": lambda db: queries_preview.preview(db, node, topic="deposit", at=at),
        "people": lambda db: queries.employees(db),
        "audit_page": lambda db: queries_audit.trail(db, queries_audit.Filter()),
    }


async def fill(house: House, bank: SmallBank, *, each: int) -> None:
    """Give a bank customers; they are only read, so what is sealed in them is not."""
    async with house.database.unit_of_work(bank.tenant) as db:
        values = {"t": bank.tenant, "b": bank.branch.id, "o": bank.employees[0].id, "n": each}
        await db.execute(text(FILL_CUSTOMERS), values)


async def audit_million(house: House, bank: SmallBank, *, entries: int) -> None:
    """Print how long it takes to prove that nobody changed a million entries."""
    at = datetime.now(UTC) - timedelta(hours=1)
    step = 100_000
    for first in range(1, entries + 1, step):
        async with house.database.unit_of_work(bank.tenant) as db:
            last = min(first + step - 1, entries)
            values = {"t": bank.tenant, "b": bank.author.id, "at": at, "first": first, "last": last}
            await db.execute(text(FILL_AUDIT), values)
    say("sealing")
    began, seals = time.perf_counter(), 0
    while True:
        async with house.database.unit_of_work(bank.tenant) as db:
            seal = await actions_audit.seal_audit(db, at=datetime.now(UTC))
        if seal is None:
            break
        seals += 1
    sealed = time.perf_counter() - began
    say("verifying")
    began, cpu = time.perf_counter(), time.process_time()
    async with house.database.reading(bank.tenant) as db:
        verdict = await queries_audit.verify(db)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    if not verdict.is_intact or verdict.entries < entries:
        raise SystemExit(f"{verdict.entries} entries, {verdict.problems[:3]}")
    name = "million" if entries == 1_000_000 else f"{entries // 1000}k"
    detail = {
        "entries": verdict.entries,
        "seals": seals,
        "sealing_seconds": round(sealed, 1),
        "cpu_seconds": round(cpu, 1),
    }
    figure(f"tenants.audit_verify_{name}_seconds", took, "s", better="lower", detail=detail)


async def neighbour(here: Here, house: House, banks: list[SmallBank], *, rows: int) -> None:
    """Print how much slower one bank's pages are while its neighbour imports."""
    busy, calm = banks[0], banks[1]
    home = await add_staff(house, busy.tenant, busy.branch.id)
    path = here.directory / "million.csv"
    codes = [(f"{n:02}00", f"第{n}支行") for n in range(1, 11)]
    say(f"writing {rows:,} customers")
    write_customers(path, count=rows, branches=codes, employees=list(home), seed=3, home=home)
    port = free_port()
    web = _start(here, "bench.visits_servers", "ours", str(port))
    worker = None
    try:
        sid = await open_session(house.redis, house.settings, calm.tenant, calm.author.id)
        cookies = {cookie_name(house.settings): sid}
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", cookies=cookies, timeout=30
        ) as client:
            await until_up(port)
            await _visit(client, seconds=3)
            idle = await _visit(client, seconds=IDLE_SECONDS)
            job_id = await queue_import(house, busy.tenant, path, busy.author)
            worker = _start(here, "contenthub", "worker")
            under = await _visit(client, until=lambda: _is_done(house, busy.tenant, job_id))
    finally:
        for process in (web, worker):
            if process is not None:
                process.kill()
                process.wait()
    _tell(idle, under, rows)


def _start(here: Here, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", *words]
    return subprocess.Popen(
        command, env=here.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _tell(idle: list[float], under: list[float], rows: int) -> None:
    calm, loaded = percentile(idle, 0.95), percentile(under, 0.95)
    detail: dict[str, Any] = {
        "idle_p95_ms": round(calm, 1),
        "loaded_p95_ms": round(loaded, 1),
        "idle_median_ms": round(statistics.median(idle), 1),
        "loaded_median_ms": round(statistics.median(under), 1),
        "pages_idle": len(idle),
        "pages_loaded": len(under),
        "imported": rows,
    }
    figure("tenants.neighbour_p95_ratio", loaded / calm, "x", better="lower", detail=detail)


async def _is_done(house: House, tenant: TenantId, job_id: Any) -> bool:
    async with house.database.reading(tenant) as db:
        job = await queries.long_job(db, job_id)
    if job.state == "failed":
        raise SystemExit(job.message)
    return job.state == "done"


async def _visit(
    client: httpx.AsyncClient,
    *,
    seconds: float = 3600,
    until: Callable[[], Awaitable[bool]] | None = None,
) -> list[float]:
    """Read the bank's pages one after another like a person in a hurry; return each wait (ms)."""
    waits: list[float] = []
    end, asked_at = time.monotonic() + seconds, time.monotonic()
    while time.monotonic() < end:
        for page in PAGES:
            started = time.perf_counter()
            answer = await client.get(page)
            waits.append((time.perf_counter() - started) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{page}: {answer.status_code}")
            await asyncio.sleep(0.05)
        if until is not None and time.monotonic() - asked_at > 1:
            asked_at = time.monotonic()
            if await until():
                break
    return waits


async def _bench(here: Here, *, quick: bool) -> None:
    each = 2_000 if quick else 50_000
    async with open_house(here.settings) as house:
        count = 5 if quick else BANKS
        banks = [await small_bank(house, slug=f"bank{n}", employees=3) for n in range(count)]
        say(f"{count} banks of {each:,} customers")
        for bank in banks:
            await fill(house, bank, each=each)
        async with house.database.platform_unit_of_work() as db:
            await db.execute(text("analyze customers"))
        await overhead(here, house, banks, each=each)
        await audit_million(house, banks[2], entries=20_000 if quick else 1_000_000)
        fresh = [await small_bank(house, slug=f"near{n}", employees=3) for n in range(2)]
        await neighbour(here, house, fresh, rows=20_000 if quick else 1_000_000)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small banks, 20,000 rows")
    asked = parser.parse_args()
    with running_house() as here:
        asyncio.run(_bench(here, quick=asked.quick))


if __name__ == "__main__":
    main()
