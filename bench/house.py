"""Engines, schema and one small bank for a benchmark: as `up` and the tests start them.

with running_house() as here:      # embedded PostgreSQL and Valkey in a directory of its own
    bank = asyncio.run(small_bank(here.settings))
"""

import asyncio
import gc
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from bench.figures import peak_rss_mb
from uvicorn.loops.auto import auto_loop_factory

from contenthub.db import TenantId, Write, new_id
from contenthub.engines_postgres import PostgresEngine, start_postgres
from contenthub.engines_valkey import start_valkey
from contenthub.library import actions as library
from contenthub.library import actions_reviews as reviews
from contenthub.library import queries as library_queries
from contenthub.library.findings import Kept
from contenthub.library.models import Item
from contenthub.migrations.runner import migrate
from contenthub.settings import PREFIX, Settings
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Branch, LongJob, Staff
from contenthub.web.house import House, close_house, make_house

DATABASE = "contenthub_bench"
COUNTED = ("added", "unchanged", "failed")
"""What an import says of its rows."""


@dataclass(frozen=True)
class Here:
    """A benchmark's own engines; gone when it ends."""

    directory: Path
    postgres: PostgresEngine
    settings: Settings

    def environment(self) -> dict[str, str]:
        """Return the environment of a process of the product that works on these engines."""
        mine = {f.name: getattr(self.settings, f.name) for f in fields(self.settings)}
        return {**os.environ, **{PREFIX + name.upper(): str(v) for name, v in mine.items()}}


@dataclass(frozen=True)
class SmallBank:
    """A bank with one head office, one author and reviewer, some employees, one live item."""

    tenant: TenantId
    author: Staff
    reviewer: Staff
    branch: Branch
    employees: list[Staff]
    item: Item


@contextmanager
def running_house(*, pool_size: int = 8) -> Iterator[Here]:
    """Start embedded engines in a fresh directory, with the schema at head; stop them after."""
    directory = Path(tempfile.mkdtemp(prefix="contenthub-bench-"))
    directory.chmod(0o755)  # the engine's own account must pass through
    postgres = start_postgres(directory)
    try:
        valkey = start_valkey(directory)
        try:
            postgres.create_database(DATABASE)
            migrate(postgres.url("contenthub_owner", DATABASE))
            yield Here(
                directory,
                postgres,
                Settings(
                    database_url=postgres.url("contenthub_app", DATABASE),
                    platform_database_url=postgres.url("contenthub_platform", DATABASE),
                    owner_database_url=postgres.url("contenthub_owner", DATABASE),
                    redis_url=valkey.url,
                    storage_url=(directory / "objects").as_uri(),
                    data_dir=directory,
                    master_key=secrets.token_hex(32),
                    pool_size=pool_size,
                ),
            )
        finally:
            valkey.stop()
    finally:
        postgres.stop()
        shutil.rmtree(directory, ignore_errors=True)


def import_alone(here: Here, module: str, tenant: TenantId, job_id: UUID) -> dict[str, float]:
    """Let a process of its own do an import, by a module's `--import-job`; return what it told."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--import-job", str(tenant), str(job_id)],
        env=here.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def do_import(load: Callable[..., Awaitable[None]], tenant: str, job_id: str) -> None:
    """Do an import by its job in this process; print what it took, as `import_alone` reads it."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # as `contenthub worker`
        runner.run(_do_import(load, tenant, job_id))


async def _do_import(load: Callable[..., Awaitable[None]], tenant: str, job_id: str) -> None:
    async with open_house(Settings.from_env()) as house:
        gc.freeze()  # as `contenthub worker` does: what was loaded is not looked through again
        before, started = peak_rss_mb(), time.perf_counter()
        bank = TenantId(UUID(tenant))
        await load(house.database, bank, job_id=job_id)
        took = time.perf_counter() - started
        async with house.database.reading(bank) as db:
            job = await db.get_one(LongJob, (bank, UUID(job_id)))
    if job.state != "done":
        raise RuntimeError(f"{job.state}: {job.message}")
    told: dict[str, float] = {
        "seconds": round(took, 2),
        "rss_mb": round(peak_rss_mb(), 1),
        "rss_before_mb": round(before, 1),
        **{
            name: job.result[name]
            for name in ("added", "unchanged", "failed")
            if name in job.result
        },
        "cpu_seconds": round(time.process_time(), 2),
    }
    print(json.dumps(told))


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Open the product's house in this process, and close it after."""
    house = make_house(settings)
    try:
        yield house
    finally:
        await close_house(house)


async def small_bank(house: House, *, slug: str = "bench", employees: int = 20) -> SmallBank:
    """Open a bank with one live deposit product that a second person approved."""
    at = datetime.now(UTC)
    async with house.database.platform_unit_of_work() as platform:
        tenant = await tenants.open_bank(
            platform,
            slug,
            name="清源农商行",
            full_name="清源农村商业银行股份有限公司",
            hotline="96588",
            at=at,
        )
    async with house.database.unit_of_work(tenant) as db:
        branch = await tenants.open_branch(db, "001", "总行", kind="head", parent=None, at=at)
        author = await _person(db, branch, "author", no=1, at=at)
        reviewer = await _person(db, branch, "reviewer", no=2, at=at)
        people = [
            await _person(db, branch, "employee", no=n, at=at) for n in range(3, employees + 3)
        ]
        item = await _live_item(db, author, reviewer, at=at)
    return SmallBank(tenant, author, reviewer, branch, people, item)


async def _person(db: Write, branch: Branch, role: str, *, no: int, at: datetime) -> Staff:
    person = Staff(
        tenant_id=branch.tenant_id,
        id=new_id(),
        branch_id=branch.id,
        staff_no=f"{no:05d}",
        login=f"user{no}",
        name=f"王小明{no}",
        title="客户经理",
        phone=f"1380000{no:04d}",
        wecom_userid=f"wx{no}",
        qualification_no=f"YX-{no}",
        authorised_until=date(2099, 12, 31),
        roles=[role],
        created_at=at,
        updated_at=at,
    )
    db.add(person)
    await db.flush()
    return person


async def _live_item(db: Write, author: Staff, reviewer: Staff, *, at: datetime) -> Item:
    draft = library.Draft(
        kind="product",
        topic="deposit",
        title="三年期大额存单",
        fields={"summary": "20 万元起存", "rate": 205, "selling_points": ["利率 2.05%", "可转让"]},
        body="<p>到网点办理，存款受存款保险保障。</p>" * 8,
    )
    item, _ = await library.write_item(db, draft, by=author, at=at)
    _, revision = await library.submit(db, item.id, by=author, at=at)
    waiting = (await library_queries.reviews_of(db, revision.id))[0]
    taken = await reviews.take_review(db, waiting.id, "approve", by=reviewer)
    await library.approve_revision(db, taken, kept=[Kept(reason="已核对")], by=reviewer, at=at)
    return item
