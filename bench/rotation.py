"""How fast a bank's data key is rotated while people go on reading and writing.

    python -m bench.rotation [--rows 1000000]

Customers with truly sealed names and phones are copied in, the key is rotated by the worker's
own job, and all the while a writer renames customers and a reader opens them.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
from bench.figures import figure, percentile, say
from bench.house import Here, SmallBank, open_house, running_house, small_bank
from sqlalchemy import text

from contenthub.customers.models import Customer
from contenthub.db import TenantId, new_id
from contenthub.tenants import (
    actions_bankkeys,
    actions_rotation,
    jobs_keys,
    queries,
    queries_bankkeys,
)
from contenthub.web.house import House

STEP = 50_000
OLDER = (
    "update long_jobs set lease_until = lease_until - interval '1 minute'",
    "update bank_keys set created_at = created_at - interval '1 minute', "
    "activated_at = activated_at - interval '1 minute'",
)
COLUMNS = (
    "tenant_id no id name_sealed name_masked name_index phone_sealed phone_masked phone_index "
    "gender aum_fen branch_id owner_id external_userid crm_no stage created_at updated_at"
).split()


async def fill_sealed(house: House, bank: SmallBank, *, rows: int) -> None:
    """Copy `rows` customers in whose names and phones are sealed by the bank's present key."""
    url = house.settings.owner_database_url.replace("+asyncpg", "", 1)
    owner = await asyncpg.connect(url)
    try:
        await owner.execute("select set_config('app.tenant_id', $1, false)", str(bank.tenant))
        # COPY does not pass row-level security; the app role never does this.
        await owner.execute("alter table customers no force row level security")
        for first in range(1, rows + 1, STEP):
            part = list(_rows(house, bank, first, min(first + STEP, rows + 1)))
            await owner.copy_records_to_table("customers", records=part, columns=COLUMNS)
        await owner.execute("alter table customers force row level security")
        await owner.execute("analyze customers")
    finally:
        await owner.close()


def _rows(house: House, bank: SmallBank, first: int, last: int) -> Iterator[tuple[Any, ...]]:
    ring, tenant, at = house.keyring, bank.tenant, datetime.now(UTC)
    for no in range(first, last):
        row_id, phone = new_id(), f"139{no:08d}"
        yield (
            tenant,
            no,
            row_id,
            ring.seal(tenant, f"customers.name:{row_id}", f"客户{no}"),
            "客*",
            ring.index(tenant, f"客户{no}"),
            ring.seal(tenant, f"customers.phone:{row_id}", phone),
            "139****0001",
            ring.index(tenant, phone),
            "",
            0,
            bank.branch.id,
            bank.employees[0].id,
            "",
            "",
            "added",
            at,
            at,
        )


async def rotate(house: House, tenant: TenantId) -> tuple[int, float, int]:
    """Rotate the bank's key by the worker's job; return rows, seconds, and passes.

    The waits for other processes to hear of the key are skipped by setting clocks back.
    """
    async with house.database.unit_of_work(tenant) as db:
        job = await actions_rotation.start_rotation(db, by=None, at=datetime.now(UTC))
    await _older(house, tenant)
    began = time.perf_counter()
    while True:
        await jobs_keys.rotate_keys(house.database, tenant, job_id=str(job.id))
        async with house.database.reading(tenant) as read:
            found = await queries.long_job(read, job.id)
        if found.state != "running":
            took = time.perf_counter() - began
            return found.done, took, int(found.result["passes"])
        await _older(house, tenant)


async def _older(house: House, tenant: TenantId) -> None:
    async with house.database.unit_of_work(tenant) as db:
        for statement in OLDER:
            await db.execute(text(statement))


async def first_key(house: House, tenant: TenantId) -> None:
    """Let the bank have its first data key at once."""
    async with house.database.unit_of_work(tenant) as db:
        await actions_bankkeys.make_key(db, by=None, at=datetime.now(UTC))
    await _older(house, tenant)
    async with house.database.unit_of_work(tenant) as db:
        await actions_bankkeys.activate_key(db, at=datetime.now(UTC))
        await house.keyring.reload(db, tenant)


async def rotation_rows_per_second(house: House, bank: SmallBank, *, rows: int) -> None:
    """Print how many rows a second a rotation seals anew, with a reader and writer at work."""
    await first_key(house, bank.tenant)
    say(f"sealing {rows} customers")
    await fill_sealed(house, bank, rows=rows)
    names: dict[int, str] = {}
    took_ms: list[float] = []
    ended = asyncio.Event()
    worker = asyncio.create_task(_work(house, bank.tenant, rows, names, took_ms, ended=ended))
    say("rotating")
    done, seconds, passes = await rotate(house, bank.tenant)
    ended.set()
    await worker
    wrong = await _wrong(house, bank.tenant, names)
    async with house.database.reading(bank.tenant) as read:
        key = await queries_bankkeys.active_key(read)
        left = await queries_bankkeys.stale_rows(read, house.keyring.current(bank.tenant))
    figure(
        "tenants.rotation_rows_per_second",
        done / seconds,
        "rows/s",
        detail={
            "rows": done,
            "seconds": round(seconds, 1),
            "passes": passes,
            "edits_meanwhile": len(took_ms),
            "edit_p95_ms": round(percentile(took_ms, 95), 1),
            "edits_lost": wrong,
            "rows_left": left,
            "cipher": key.cipher if key else "",
        },
    )


async def _work(  # what it writes to is what is judged afterwards
    house: House,
    tenant: TenantId,
    rows: int,
    names: dict[int, str],
    took_ms: list[float],
    *,
    ended: asyncio.Event,
) -> None:
    turn = 0
    while not ended.is_set():
        no = turn * 7919 % rows + 1
        began = time.perf_counter()
        async with house.database.unit_of_work(tenant) as db:
            row = await db.get_one(Customer, (tenant, no), with_for_update=True)
            place = f"customers.name:{row.id}"
            house.keyring.open(tenant, place, row.name_sealed)
            names[no] = f"改名{turn}"
            row.name_sealed = house.keyring.seal(tenant, place, names[no])
        took_ms.append((time.perf_counter() - began) * 1000)
        turn += 1
        await asyncio.sleep(0.02)


async def _wrong(house: House, tenant: TenantId, names: dict[int, str]) -> int:
    async with house.database.reading(tenant) as db:
        wrong = 0
        for no, name in names.items():
            row = await db.get_one(Customer, (tenant, no))
            place = f"customers.name:{row.id}"
            wrong += house.keyring.open(tenant, place, row.name_sealed) != name
        return wrong


async def _main(here: Here, rows: int) -> None:
    async with open_house(here.settings) as house:
        bank = await small_bank(house)
        async with house.database.unit_of_work(bank.tenant) as db:
            admin = await queries.staff(db, bank.author.id)
            admin.roles = ["author", "bank_admin"]
        await rotation_rows_per_second(house, bank, rows=rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with running_house() as running:
        asyncio.run(_main(running, asked.rows))
