"""A bank that is connected to a real sandbox, with customers and a live item."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.channels.conftest import Running, sandbox
from tests.make import make_live_item
from tests.personas import Personas, Side

from contenthub import queue
from contenthub.customers.actions_import import add_batch
from contenthub.customers.rows import CustomerRow
from contenthub.db import Database, TenantId, Write
from contenthub.library import actions_reviews
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.scheduler import actions, actions_plan, queries
from contenthub.scheduler.jobs import new_code
from contenthub.scheduler.models import Push
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries

__all__ = ["sandbox"]

EXPR = "(银发 and 代发工资) and not refused(理财) and aum >= 50000"


@dataclass
class Desk:
    """One bank at work: its people, its item, its sandbox."""

    people: Personas
    side: Side
    item: Item
    sandbox: Running

    @property
    def database(self) -> Database:
        """The house's database."""
        return self.people.house.database

    async def push(self, at: datetime, **over: Any) -> UUID:
        """Write, submit and approve a push that fires in an hour; return its id."""
        draft: dict[str, Any] = {
            "title": "金秋存款季",
            "item_id": self.item.id,
            "expr": EXPR,
            "schedule": {"kind": "once", "at": (at + timedelta(hours=1)).isoformat()},
            **over,
        }
        async with self.database.unit_of_work(self.side.tenant) as db:
            push = await actions.write_push(
                db, actions.PushDraft(**draft), by=self.side.author, at=at
            )
            await actions.submit(db, push.id, by=self.side.author, at=at)
        async with self.database.unit_of_work(self.side.tenant) as db:
            waiting = (await library.reviews_of(db, push.id))[0]
            taken = await actions_reviews.take_review(
                db, waiting.id, "approve", by=self.side.reviewer
            )
            await actions.approve_push(db, taken, by=self.side.reviewer, at=at)
        return push.id

    async def expand(self, push_id: UUID, at: datetime) -> Push:
        """Plan the due occurrence."""
        async with self.database.unit_of_work(self.side.tenant) as db:
            return await actions_plan.expand(db, push_id, at=at, new_code=new_code)

    async def run(self, name: str, **ids: object) -> None:
        """Run a job as the worker does."""
        await queue.jobs[name](
            self.database, self.side.tenant, **{k: str(v) for k, v in ids.items()}
        )

    async def deliver_all(self, push_id: UUID) -> None:
        """Run the deliver job of every ready send job."""
        async with self.database.reading(self.side.tenant) as db:
            ready = [j.id for j in await queries.send_jobs(db, push_id) if j.state == "ready"]
        for job_id in ready:
            await self.run("scheduler.deliver_batch", send_job_id=job_id)

    async def counts(self, push_id: UUID) -> dict[str, int]:
        """Return the ledger's non-zero counts."""
        async with self.database.reading(self.side.tenant) as db:
            return {k: v for k, v in (await queries.counts(db, push_id)).items() if v}


def row(number: int, owner: str = "", **over: Any) -> CustomerRow:
    """Return a customer who matches EXPR and can be reached."""
    facts: dict[str, Any] = {
        "line": number,
        "name": f"王{number}明",
        "phone": f"139{number:08d}",
        "owner": owner,
        "aum_fen": 8_000_000,
        "tags": ("银发", "代发工资"),
        "external_userid": f"wm{number}",
        **over,
    }
    return CustomerRow(**facts)


async def fill(db: Write, side: Side, *, at: datetime) -> None:
    """Add 20 customers to send to, and one of each kind that is not."""
    owners = [side.employee.staff_no, side.colleague.staff_no]
    rows = [row(n, owners[n % 2]) for n in range(1, 21)]
    rows += [
        row(31, owners[0], refused=("存款",)),
        row(32, owners[0], refused=("理财",)),
        row(33, owners[0], aum_fen=4_999_999),
        row(34, ""),
        row(35, owners[0], external_userid=""),
        row(36, owners[0], tags=("银发",)),
    ]
    tally = await add_batch(db, rows, dry_run=False, by=side.admin.id, at=at)
    assert tally.problems == []
    assert tally.added == 26


@pytest.fixture
async def desk(people: Personas, sandbox: Running) -> Desk:
    """A connected bank, open for messages all day."""
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(TenantId(side.tenant)) as db:
        bank = await tenants_queries.bank(db)
        bank.settings = {"send_from": "00:00", "send_until": "23:59:59.999999"}
        tenants.connect_wecom(
            db, corpid=f"ww{bank.slug}", agentid=1, secret="s3cret", base_url=sandbox.url, at=now
        )
        item = await make_live_item(db, side.author, side.reviewer)
        await fill(db, side, at=now)
    return Desk(people, side, item, sandbox)
