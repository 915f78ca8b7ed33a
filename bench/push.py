"""A push under kill -9: planned, delivered to the sandbox, nothing lost, nothing sent twice.

    python -m bench.push [--quick] [--recipients N] [--kills N]

Real processes: embedded engines, the sandbox (2 % of calls fail, employees confirm within a
second), two workers. A random worker is killed with SIGKILL again and again while sends are
under way, and another one started in its place. At the end the sandbox's own books are
compared with the ledger.

Lease and quarantine are shortened so that a run ends soon; the order that makes them safe is
kept: a call that hangs is cut by the sandbox (hang_seconds) long before the lease is over.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from bench.figures import figure, say
from bench.house import Here, SmallBank, open_house, running_house, small_bank
from bench.load import free_port
from sqlalchemy import func, select, text

from contenthub.customers.actions_import import add_batch
from contenthub.customers.rows import CustomerRow
from contenthub.library import actions_reviews
from contenthub.library import queries as library
from contenthub.scheduler import actions, jobs, queries
from contenthub.scheduler.models import Delivery, Push
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.web.house import House

EMPLOYEES = 100
WORKERS = 2
LEASE_SECONDS = 8
QUARANTINE_SECONDS = 4
HANG_SECONDS = 2.0
BATCH_SIZE = 100
"""Recipients a call: small, so that there are many calls to be killed in."""
FAULT_RATE = 0.02
LATENCY_SECONDS = 0.15
IMPORT_BATCH = 2000
SEED = 7
EXPR = "银发 and aum >= 50000"
_PATIENCE_SECONDS = 600.0


@dataclass
class Sandbox:
    """The stand-in WeCom, in a process of its own."""

    url: str
    process: subprocess.Popen[bytes]

    def books(self) -> dict[str, int]:
        """Return what it sent: customers, sends, duplicated."""
        found: dict[str, int] = httpx.get(f"{self.url}/sandbox/deliveries/count", timeout=30).json()
        return found


@contextmanager
def running_sandbox(here: Here) -> Iterator[Sandbox]:
    """Start the sandbox on a free port; stop it after."""
    port = free_port()
    options = {
        "fault_rate": FAULT_RATE,
        "confirm_seconds": [0.2, 1.0],
        "hang_seconds": HANG_SECONDS,
        "dispatch_seconds": 0.2,
        "latency_seconds": LATENCY_SECONDS,
        "seed": SEED,
    }
    code = (
        "import json,sys,pathlib;from contenthub.channels.sandbox.server import serve;"
        "serve('127.0.0.1', int(sys.argv[1]), pathlib.Path(sys.argv[2]), "
        "options=json.loads(sys.argv[3]))"
    )
    state = here.directory / "sandbox"
    state.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(port), str(state), json.dumps(options)]
    )
    made = Sandbox(f"http://127.0.0.1:{port}", process)
    try:
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{made.url}/sandbox/options", timeout=2)
                break
            time.sleep(0.1)
        yield made
    finally:
        process.terminate()
        process.wait(15)


@dataclass
class Crew:
    """The workers, and who dies next."""

    here: Here
    dice: random.Random
    log: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0

    def hire(self) -> None:
        """Start one worker process as `contenthub worker` does."""
        with self.log.open("ab") as out:
            self.workers.append(
                subprocess.Popen(
                    [sys.executable, "-m", "contenthub", "worker"],
                    env=self.here.environment(),
                    stdout=out,
                    stderr=out,
                )
            )

    def kill_one(self) -> None:
        """Kill a random worker as the out-of-memory killer would, and hire another."""
        victim = self.workers.pop(self.dice.randrange(len(self.workers)))
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        self.kills += 1
        self.hire()

    def dismiss(self) -> None:
        """Stop all of them."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(30)


async def fill(house: House, bank: SmallBank, count: int, sandbox: Sandbox) -> None:
    """Connect the bank and import `count` reachable customers, shared among its employees."""
    at = datetime.now(UTC)
    async with house.database.unit_of_work(bank.tenant) as db:
        ours = await tenants_queries.bank(db)
        ours.settings = {"send_from": "00:00", "send_until": "23:59:59.999999"}
        tenants.connect_wecom(
            db, corpid="wwbench", agentid=1, secret="bench", base_url=sandbox.url, at=at
        )
    for start in range(0, count, IMPORT_BATCH):
        rows = [
            CustomerRow(
                line=n,
                name=f"王{n}明",
                phone=f"139{n:08d}",
                owner=bank.employees[n % len(bank.employees)].staff_no,
                aum_fen=8_000_000,
                tags=("银发",),
                external_userid=f"wm{n:08d}",
            )
            for n in range(start, min(start + IMPORT_BATCH, count))
        ]
        async with house.database.unit_of_work(bank.tenant) as db:
            tally = await add_batch(db, rows, dry_run=False, by=bank.author.id, at=at)
        if tally.problems:
            raise RuntimeError(f"import: {tally.problems[:3]}")


async def approved_push(house: House, bank: SmallBank) -> UUID:
    """Write, submit and approve a push that is due already."""
    at = datetime.now(UTC) - timedelta(minutes=10)
    draft = actions.PushDraft(
        title="金秋存款季",
        item_id=bank.item.id,
        expr=EXPR,
        schedule={"kind": "once", "at": (at + timedelta(minutes=9)).isoformat()},
    )
    async with house.database.unit_of_work(bank.tenant) as db:
        push = await actions.write_push(db, draft, by=bank.author, at=at)
        await actions.submit(db, push.id, by=bank.author, at=at)
    async with house.database.unit_of_work(bank.tenant) as db:
        waiting = (await library.reviews_of(db, push.id))[0]
        taken = await actions_reviews.take_review(db, waiting.id, "approve", by=bank.reviewer)
        await actions.approve_push(db, taken, by=bank.reviewer, at=at)
    return push.id


async def look(house: House, bank: SmallBank, push_id: UUID) -> tuple[Push, dict[str, int]]:
    """Return the push and its counts as they stand."""
    async with house.database.reading(bank.tenant) as db:
        return await queries.push(db, push_id), await queries.counts(db, push_id)


async def plan(house: House, bank: SmallBank, push_id: UUID) -> float:
    """Plan the push as a worker does; return the seconds the one transaction took."""
    started = time.monotonic()
    await jobs.expand_push(house.database, bank.tenant, push_id=str(push_id))
    return time.monotonic() - started


async def chaos(house: House, bank: SmallBank, push_id: UUID, crew: Crew, *, kills: int) -> None:
    """Kill workers while sends are under way, then wait for the end."""
    started = time.monotonic()
    next_share = 1 / (kills + 1)
    while True:
        push, counts = await look(house, bank, push_id)
        total = sum(counts.values())
        open_now = counts["planned"] + counts["sending"] + counts["unknown"]
        share = 1 - open_now / total if total else 0.0
        is_mid_call = counts["sending"] > 0
        if crew.kills < kills and total and is_mid_call and share >= next_share * crew.kills:
            crew.kill_one()
            say(f"kill {crew.kills} at {share:.0%}, {counts['sending']} customers mid-call")
        if push.state == "finished":
            return
        if push.state not in ("scheduled", "running"):
            raise RuntimeError(f"the push is {push.state}: {push.paused_reason}")
        if time.monotonic() - started > _PATIENCE_SECONDS:
            raise RuntimeError(f"not finished after {_PATIENCE_SECONDS} s: {counts}")
        await asyncio.sleep(0.1)


async def ledger_books(house: House, bank: SmallBank, push_id: UUID) -> dict[str, int]:
    """Return how many customers the ledger says the channel took, and what was reconciled."""
    taken = Delivery.state.in_(("submitted", "confirmed", "delivered")) | (
        Delivery.reason.in_(("not_friend", "capped_by_wecom", "not_confirmed"))
    )
    async with house.database.reading(bank.tenant) as db:
        rows = await db.scalar(select(func.count()).where(Delivery.tenant_id == bank.tenant, taken))
        reconciled = await db.scalar(
            text("select count(*) from audit_entries where event = 'send.reconciled'")
        )
    return {"taken": int(rows or 0), "reconciled": int(reconciled or 0)}


@asynccontextmanager
async def at_work(here: Here) -> AsyncIterator[Crew]:
    """Have the workers at work; dismissed after."""
    crew = Crew(here, random.Random(SEED), here.directory / "workers.log")
    for _ in range(WORKERS):
        crew.hire()
    try:
        yield crew
    finally:
        crew.dismiss()


async def measure(here: Here, sandbox: Sandbox, *, recipients: int, kills: int) -> None:
    """Run one push through the chaos and print its figures; workers start after the plan."""
    async with open_house(here.settings) as house:
        bank = await small_bank(house, employees=EMPLOYEES)
        say(f"importing {recipients} customers of {EMPLOYEES} employees")
        await fill(house, bank, recipients, sandbox)
        push_id = await approved_push(house, bank)
        started = time.monotonic()
        plan_seconds = await plan(house, bank, push_id)
        say(f"planned in {plan_seconds:.2f} s")
        async with at_work(here) as crew:
            await chaos(house, bank, push_id, crew, kills=kills)
            total_seconds = time.monotonic() - started
        _, counts = await look(house, bank, push_id)
        books = await ledger_books(house, bank, push_id)
    report(
        sandbox.books(),
        books,
        counts,
        recipients=recipients,
        kills=crew.kills,
        seconds=(plan_seconds, total_seconds),
    )


def report(
    outside: dict[str, int],
    books: dict[str, int],
    counts: dict[str, int],
    *,
    recipients: int,
    kills: int,
    seconds: tuple[float, float],
) -> None:
    """Print the figures: the sandbox's books against the ledger's."""
    detail: dict[str, Any] = {
        "recipients": recipients,
        "employees": EMPLOYEES,
        "workers": WORKERS,
        "kills": kills,
        "fault_rate": FAULT_RATE,
        "lease_seconds": LEASE_SECONDS,
        "quarantine_seconds": QUARANTINE_SECONDS,
        "hang_seconds": HANG_SECONDS,
        "batch_size": BATCH_SIZE,
        "sandbox": outside,
        "ledger": {name: n for name, n in counts.items() if n},
        **books,
    }
    lost = recipients - outside["customers"]
    apart = abs(books["taken"] - outside["customers"])
    figure("push.chaos_lost", lost, "rows", better="lower", detail={**detail, "apart": apart})
    figure("push.chaos_duplicated", outside["repeated"], "rows", better="lower", detail=detail)
    figure("push.plan_seconds", seconds[0], "s", better="lower", detail={"n": recipients})
    figure("push.total_seconds", seconds[1], "s", better="lower", detail={"n": recipients})


def main() -> None:
    """Print the figures of `push.`; `--quick` for a smoke test."""
    parser = argparse.ArgumentParser(description="a push under kill -9")
    parser.add_argument("--quick", action="store_true", help="2,000 recipients, 2 kills")
    parser.add_argument("--recipients", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    asked = parser.parse_args()
    recipients = asked.recipients or (2_000 if asked.quick else 20_000)
    kills = asked.kills or (2 if asked.quick else 5)
    with running_house() as here:
        mine = replace(
            here.settings,
            lease_seconds=LEASE_SECONDS,
            quarantine_seconds=QUARANTINE_SECONDS,
            batch_size=BATCH_SIZE,
        )
        here = replace(here, settings=mine)
        with running_sandbox(here) as sandbox:
            asyncio.run(measure(here, sandbox, recipients=recipients, kills=kills))


if __name__ == "__main__":
    main()
