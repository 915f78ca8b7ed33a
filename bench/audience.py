"""Customers in and audiences out: the product's importer, then the preview against the join table.

    python -m bench.audience [--quick] [--customers N]

A bank with ten branches and 200 employees gets a made-up GB18030 file through the importer
(its own process, whose memory is read), then the expression of the tutorial is previewed as
the app role under row-level security, interleaved with set operations on the join table.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from bench.figures import figure, peak_rss_mb, percentile, say
from bench.house import Here, import_alone, open_house, running_house, small_bank
from sqlalchemy import text

from contenthub.customers import actions_uploads, jobs, queries_preview, queries_uploads, tagexpr
from contenthub.customers.demo import write_customers
from contenthub.customers.headers import guess_mapping
from contenthub.customers.sheets import open_sheet
from contenthub.db import Read, TenantId, new_id
from contenthub.settings import Settings
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.web.house import House

EXPR = "(银发 and 代发工资) and not refused(理财) and aum >= 50000"
TOPIC = "wealth"
BRANCHES, EMPLOYEES = 10, 200
ROUNDS, CALLS = 5, 20

# The same question of the truth rows: set operations, the best plain SQL was found to do.
JOIN = """
select count(*) from (
  select customer_no from customer_tags where tenant_id = :t and tag_id = :silver
  intersect
  select customer_no from customer_tags where tenant_id = :t and tag_id = :payroll
  intersect
  select no from customers where tenant_id = :t and aum_fen >= 5000000
  except
  select customer_no from refusals where tenant_id = :t and topic = 'wealth'
) matched
"""
# … and the waterfall a preview shows, so that both answer the same.
JOIN_REACHABLE = """
select count(*) filter (where c.owner_id is not null and c.external_userid <> ''),
       count(distinct c.owner_id) filter (where c.external_userid <> '')
from customers c where c.tenant_id = :t and c.no in (
  select customer_no from customer_tags where tenant_id = :t and tag_id = :silver
  intersect
  select customer_no from customer_tags where tenant_id = :t and tag_id = :payroll
  intersect
  select no from customers where tenant_id = :t and aum_fen >= 5000000
  except
  select customer_no from refusals where tenant_id = :t and topic = 'wealth'
)
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 customers")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--import-job", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.import_job:
        asyncio.run(_import_process(*asked.import_job))
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
        say("importing in a worker of its own")
        told = await asyncio.to_thread(import_alone, here, "bench.audience", tenant, job_id)
        name = f"import_{count // 1000}k"
        detail = {**told, "rows": count, "mb": round(path.stat().st_size / 1e6, 1)}
        figure(f"customers.{name}_seconds", told["seconds"], "s", better="lower", detail=detail)
        figure(
            "customers.import_rss_mb", told["rss_mb"], "MB", better="lower", detail={"rows": count}
        )
        await _race(house, tenant, count)


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


async def _import_process(tenant: str, job_id: str) -> None:
    async with open_house(Settings.from_env()) as house:
        before = peak_rss_mb()
        started = time.perf_counter()
        bank = TenantId(UUID(tenant))
        await jobs.import_file(house.database, bank, job_id=job_id)
        took = time.perf_counter() - started
        async with house.database.reading(bank) as db:
            job = await queries_uploads.upload(db, UUID(job_id))
        if job.state != "done":
            raise RuntimeError(f"{job.state}: {job.message}")
        told = {
            "seconds": round(took, 2),
            "rss_mb": round(peak_rss_mb(), 1),
            "rss_before_mb": round(before, 1),
            "added": job.result["added"],
            "failed": job.result["failed"],
            "cpu_seconds": round(time.process_time(), 2),
        }
        print(json.dumps(told))


async def _race(house: House, tenant: TenantId, count: int) -> None:
    """Preview and join in turns, each call a transaction of its own, as a request is."""
    engine = house.database
    tags = await _tags(house, tenant)
    facts = {"t": tenant, "silver": tags["银发"], "payroll": tags["代发工资"]}
    ours: list[float] = []
    joins: list[float] = []
    node = tagexpr.parse(EXPR)
    at = datetime.now(UTC)
    matched = reachable = employees = -1
    for turn in range(ROUNDS + 1):
        for _ in range(CALLS):
            started = time.perf_counter()
            async with engine.reading(tenant) as db:
                found = await queries_preview.preview(db, node, topic=TOPIC, at=at)
            took = (time.perf_counter() - started) * 1000
            if turn:
                ours.append(took)
            matched, reachable = len(found.audience.matched), len(found.audience.reachable)
            employees = found.employees
        for _ in range(CALLS):
            started = time.perf_counter()
            async with engine.reading(tenant) as db:
                answer = await _join(db, facts)
            took = (time.perf_counter() - started) * 1000
            if turn:
                joins.append(took)
            if answer != (matched, reachable, employees):
                raise RuntimeError(f"the join says {answer}, the index {matched, reachable}")
        say(f"round {turn} of {ROUNDS}")
    detail = {
        "customers": count,
        "matched": matched,
        "reachable": reachable,
        "employees": employees,
        "median_ms": round(statistics.median(ours), 2),
        "calls": len(ours),
    }
    figure("audience.preview_p95_ms", percentile(ours, 0.95), "ms", better="lower", detail=detail)
    ratio = statistics.median(joins) / statistics.median(ours)
    figure(
        "audience.vs_join",
        ratio,
        "x",
        detail={
            "join_median_ms": round(statistics.median(joins), 2),
            "join_p95_ms": round(percentile(joins, 0.95), 2),
            "ours_median_ms": round(statistics.median(ours), 2),
        },
    )


async def _tags(house: House, tenant: TenantId) -> dict[str, UUID]:
    async with house.database.reading(tenant) as db:
        rows = await db.execute(
            text("select name, id from tags where tenant_id = :t"), {"t": tenant}
        )
        return {name: tag_id for name, tag_id in rows}


async def _join(db: Read, facts: Mapping[str, object]) -> tuple[int, int, int]:
    matched = (await db.execute(text(JOIN), facts)).scalar_one()
    reachable, employees = (await db.execute(text(JOIN_REACHABLE), facts)).one()
    return int(matched), int(reachable), int(employees)


if __name__ == "__main__":
    main()
