"""Customers in: a bank's file through the product's importer.

    python -m bench.customers [--quick] [--customers N]

A bank with ten branches and 200 employees gets a made-up GB18030 file through the importer
(its own process, whose memory is read).
"""

import argparse
import asyncio
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from bench.figures import figure, say
from bench.house import (
    DATABASE,
    Here,
    do_import,
    import_alone,
    open_house,
    running_house,
    small_bank,
)

from contenthub.customers import actions_uploads, jobs
from contenthub.customers.demo import write_customers
from contenthub.customers.headers import guess_mapping
from contenthub.customers.sheets import open_sheet
from contenthub.db import TenantId, new_id
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.web.house import House

BRANCHES, EMPLOYEES = 10, 200


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 customers")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--import-job", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.import_job:
        do_import(jobs.import_file, *asked.import_job)
        return
    count = 10_000 if asked.quick else asked.customers
    with running_house() as here:
        asyncio.run(_bench(here, count))


async def _bench(here: Here, count: int) -> None:
    async with open_house(here.settings) as house:
        bank = await small_bank(house, employees=0)
        tenant = bank.tenant
        employees = await add_staff(house, tenant, bank.branch.id)
        path = here.directory / "customers.csv"
        say(f"writing {count:,} customers")
        codes = [(f"{n:02}00", f"第{n}支行") for n in range(1, BRANCHES + 1)]
        home = {no: code for no, code in employees.items()}
        write_customers(path, count=count, branches=codes, employees=list(home), seed=1, home=home)
        job_id = await queue_import(house, tenant, path, bank.author)
        # As autovacuum leaves it within a minute: without, a staff member is looked for by branch.
        here.postgres.sql("analyze", DATABASE)
        say("importing in a worker of its own")
        told = await asyncio.to_thread(import_alone, here, "bench.customers", tenant, job_id)
        name = "import_million" if count == 1_000_000 else f"import_{count // 1000}k"
        detail = {**told, "rows": count, "mb": round(path.stat().st_size / 1e6, 1)}
        figure(f"customers.{name}_seconds", told["seconds"], "s", better="lower", detail=detail)
        figure(
            "customers.import_rss_mb", told["rss_mb"], "MB", better="lower", detail={"rows": count}
        )


async def add_staff(house: House, tenant: TenantId, head_id: UUID) -> dict[str, str]:
    """Add branches and employees; return staff number -> branch code."""
    at = datetime.now(UTC)
    async with house.database.unit_of_work(tenant) as db:
        head = next(b for b in await tenants_queries.branches(db) if b.id == head_id)
        made: dict[str, str] = {}
        for n in range(1, BRANCHES + 1):
            branch = await tenants.open_branch(
                db, f"{n:02}00", f"第{n}支行", kind="branch", parent=head, at=at
            )
            for k in range(EMPLOYEES // BRANCHES):
                no = f"8{n:02}{k:02}"
                db.add(
                    Staff(
                        tenant_id=tenant,
                        id=new_id(),
                        branch_id=branch.id,
                        staff_no=no,
                        login=f"e{no}",
                        name=f"员工{no}",
                        roles=["employee"],
                        qualification_no=f"YX-{no}",
                        authorised_until=date(2099, 12, 31),
                        created_at=at,
                        updated_at=at,
                    )
                )
                made[no] = branch.code
        return made


async def queue_import(house: House, tenant: TenantId, path: Path, by: Staff) -> UUID:
    at, job_id = datetime.now(UTC), new_id()
    sheet = open_sheet(path, path.name)
    key = f"{tenant}/imports/{job_id}.csv"
    await house.storage.put_file(key, path, mime="text/csv")
    mapping = guess_mapping(sheet.headers)
    upload = actions_uploads.Upload(
        job_id=job_id,
        source_key=key,
        filename=path.name,
        sha256=sha256(path.read_bytes()).hexdigest(),
        size_bytes=path.stat().st_size,
        encoding=sheet.encoding,
        headers=sheet.headers,
        row_count=sheet.row_count,
        preview=[],
    )
    async with house.database.unit_of_work(tenant) as db:
        actions_uploads.start_upload(db, upload, mapping, by=by, at=at)
        await db.flush()
        await actions_uploads.confirm_upload(db, job_id, mapping, dry_run=False, by=by, at=at)
    return job_id


if __name__ == "__main__":
    main()
