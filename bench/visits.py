"""Share-link visits: ours (group commit, before Litestar) against one ORM commit a visit.

    python -m bench.visits [--quick]

Three servers run at once on the same uvicorn (uvloop, httptools, one worker) and the same
PostgreSQL: the whole product; a Litestar handler that does SELECT + INSERT + COMMIT through
the async ORM and answers with the same page; and a bare ASGI hello. They are loaded one at
a time, interleaved, over 64 keep-alive connections. The baseline works as a role that
row-level security does not bind and knows its bank, which only makes it faster.
Then the product is loaded while its web process is killed with SIGKILL, and every visit
whose page arrived whole is looked for in the table.
"""

import argparse
import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bench.figures import figure, percentile, say
from bench.house import Here, open_house, running_house, small_bank
from bench.load import Round, cpu_seconds, free_port, load, until_up
from sqlalchemy import text

from contenthub.sharing import actions, jobs
from contenthub.sharing.codes import RANDOM_BYTES, code_from

BROWSER = (
    "Mozilla/5.0 (Linux; Android 13; V2055A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/111.0 Mobile Safari/537.36 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN"
)
CHANNELS = ("wecom", "moments", "group", "poster", "sms")
SERVERS = ("ours", "orm", "hello")
_TOKEN = re.compile(rb'data-beacon-token="([\w-]+)"')


@dataclass
class Server:
    """One serving process."""

    name: str
    port: int
    child: "subprocess.Popen[bytes]"


def start(name: str, here: Here, *, port: int = 0) -> Server:
    """Start one of SERVERS as a process of its own."""
    port = port or free_port()
    command = [sys.executable, "-m", "bench.visits_servers", name, str(port)]
    return Server(name, port, subprocess.Popen(command, env=here.environment()))


async def make_codes(here: Here) -> list[str]:
    """Return the codes of a hundred links of twenty employees."""
    at = datetime.now(UTC)
    async with open_house(here.settings) as house:
        bank = await small_bank(house, employees=20)
        async with house.database.unit_of_work(bank.tenant) as db:
            links = [
                await actions.make_link(
                    db,
                    bank.item,
                    employee=employee,
                    channel=channel,
                    at=at,
                    code=code_from(os.urandom(RANDOM_BYTES)),
                )
                for employee in bank.employees
                for channel in CHANNELS
            ]
            return [link.code for link in links]


def requests_of(codes: list[str]) -> list[bytes]:
    """Return one GET per code as a returning visitor's phone sends it."""
    return [
        (
            f"GET /s/{code} HTTP/1.1\r\nHost: hub.test\r\nUser-Agent: {BROWSER}\r\n"
            f"Accept: text/html\r\nCookie: ch_v={n:032x}\r\n\r\n"
        ).encode()
        for n, code in enumerate(codes)
    ]


@dataclass
class Seen:
    """One server in one round, with the CPU time its whole tree took."""

    round: Round
    app_us: float
    postgres_us: float


async def compare(here: Here, codes: list[str], *, seconds: float, rounds: int) -> None:
    """Load the three servers in turns and print the ratios."""
    requests = requests_of(codes)
    servers = [start(name, here) for name in SERVERS]
    seen: dict[str, list[Seen]] = {name: [] for name in SERVERS}
    try:
        for server in servers:
            await until_up(server.port)
            await load(server.port, requests, seconds=1.5)
        for turn in range(rounds):
            for server in servers:
                seen[server.name].append(await _turn(here, server, requests, seconds))
            say(f"visits: round {turn + 1} of {rounds}")
    finally:
        for server in servers:
            server.child.terminate()
            server.child.wait(20)
    _print_ratios(seen)


async def _turn(here: Here, server: Server, requests: list[bytes], seconds: float) -> Seen:
    app, postgres = cpu_seconds(server.child.pid), cpu_seconds(here.postgres.pid)
    found = await load(server.port, requests, seconds=seconds)
    if set(found.statuses) != {200} or found.broken:
        raise SystemExit(f"{server.name} answered {found.statuses}, broken {found.broken}")
    each = 1e6 / found.answers
    return Seen(
        found,
        (cpu_seconds(server.child.pid) - app) * each,
        (cpu_seconds(here.postgres.pid) - postgres) * each,
    )


def _print_ratios(seen: dict[str, list[Seen]]) -> None:
    rate = {name: statistics.median(s.round.rate for s in turns) for name, turns in seen.items()}
    detail: dict[str, Any] = {}
    for name, turns in seen.items():
        waits = [w for s in turns for w in s.round.waits_ms]
        detail |= {
            f"{name}_per_second": round(rate[name]),
            f"{name}_p50_ms": round(percentile(waits, 0.5), 2),
            f"{name}_p99_ms": round(percentile(waits, 0.99), 2),
            f"{name}_app_us": round(statistics.median(s.app_us for s in turns)),
            f"{name}_postgres_us": round(statistics.median(s.postgres_us for s in turns)),
        }
    detail |= {"connections": 64, "rounds": len(seen["ours"]), "load": "asyncio, one process"}
    figure("visits.redirect_vs_orm", rate["ours"] / rate["orm"], "x", detail=detail)
    # The Python load generator slows a bare hello more than us, so the rate alone would
    # flatter: the CPU time of the serving process is the stricter of the two.
    by_cpu = detail["hello_app_us"] / detail["ours_app_us"] if detail["ours_app_us"] else 1.0
    by_rate = rate["ours"] / rate["hello"]
    figure(
        "visits.redirect_vs_hello",
        min(by_cpu, by_rate),
        "ratio",
        detail={"by_cpu": round(by_cpu, 3), "by_rate": round(by_rate, 3)},
    )


async def kill(here: Here, codes: list[str], *, kills: int, seconds: float) -> None:
    """Kill the web process under load; print acknowledged visits lost and counted twice."""
    before = await _counted(here)
    server = start("ours", here)
    acknowledged: set[bytes] = set()

    def keep(answer: bytes) -> None:
        found = _TOKEN.search(answer)
        assert found is not None
        acknowledged.add(urlsafe_b64decode(found[1] + b"==")[:16])

    await until_up(server.port)
    try:
        running = asyncio.create_task(
            load(server.port, requests_of(codes), seconds=seconds, connections=48, keep=keep)
        )
        for n in range(kills):
            await asyncio.sleep(seconds / (kills + 1))
            server.child.send_signal(signal.SIGKILL)
            server.child.wait()
            server = start("ours", here, port=server.port)
            say(f"visits: kill -9 number {n + 1} of {kills}")
        found = await running
    finally:
        server.child.kill()
        server.child.wait()
    await _drain(here)
    stored = await _stored(here)
    lost = len([visit for visit in acknowledged if UUID(bytes=visit) not in stored])
    rows, counted, _ = await _counted(here)
    detail = {
        "acknowledged": len(acknowledged),
        "stored": len(stored),
        "kills": kills,
        "broken_connections": found.broken,
    }
    figure("visits.lost", lost, "rows", better="lower", detail=detail)
    twice = (counted - before[1]) - (rows - before[0])
    detail = {"rows": rows, "counted_by_link": counted}
    figure("visits.duplicated", abs(twice), "rows", better="lower", detail=detail)


async def _drain(here: Here) -> None:
    async with open_house(here.settings) as house:
        waiting, batches, started = await _waiting(here), 0, time.perf_counter()
        await jobs.drain_visits(house.database, jobs.ALL_BANKS)  # type: ignore[arg-type]  # no bank
        batches = waiting
    took = time.perf_counter() - started
    rows, *_ = await _counted(here)
    say(f"visits: drained {batches} batches in {took:.1f} s; {rows} rows in all")


async def _waiting(here: Here) -> int:
    async with open_house(here.settings) as house, house.database.platform_unit_of_work() as db:
        return int(await db.scalar(text("select count(*) from visit_inbox")) or 0)


async def _counted(here: Here) -> tuple[int, int, int]:
    async with open_house(here.settings) as house, house.database.platform_unit_of_work() as db:
        row = (
            await db.execute(
                text(
                    "select (select count(*) from visits where kind = 'fetch' and dwell_ms = 0), "
                    "(select coalesce(sum(fetches), 0) from link_stats), "
                    "(select coalesce(sum(fetches), 0) from employee_days)"
                )
            )
        ).one()
        return int(row[0]), int(row[1]), int(row[2])


async def _stored(here: Here) -> set[UUID]:
    async with open_house(here.settings) as house, house.database.platform_unit_of_work() as db:
        return set((await db.scalars(text("select id from visits where kind = 'fetch'"))).all())


def main() -> None:
    """Print the figures of visits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter rounds, for a smoke test")
    quick = parser.parse_args().quick
    with running_house() as here:
        codes = asyncio.run(make_codes(here))
        asyncio.run(
            compare(here, codes, seconds=2 if quick else 6, rounds=3),
        )
        asyncio.run(_drain(here))
        asyncio.run(kill(here, codes, kills=2 if quick else 5, seconds=10 if quick else 30))


if __name__ == "__main__":
    main()
