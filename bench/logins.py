"""What a rush of log-ins costs those who are already inside.

    python -m bench.logins [--quick]

A server process of its own. One person reads pages one after another, first alone, then while
a hundred colleagues sign in at the same moment, each from an address of their own, again and
again; quiet and rush alternate. The naive baseline of the same work, argon2id on the event
loop, is what the same hundred hashes take one after another: nobody is answered meanwhile.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time

import httpx
from argon2 import PasswordHasher
from bench.figures import figure, percentile, say
from bench.house import Here, open_house, running_house, small_bank
from bench.load import free_port, until_up
from sqlalchemy import update

from contenthub.tenants import passwords
from contenthub.tenants.models import Staff
from contenthub.web.sessions import cookie_name, open_session

PASSWORD = "correct horse battery staple"
LOGINS, ROUNDS, QUIET_SECONDS = 100, 5, 5.0
PAGES = ("/console/library", "/console/customers", "/console/staff")


async def _read(client: httpx.AsyncClient, *, until: asyncio.Event) -> list[float]:
    """Read pages until told to stop; return each wait in milliseconds."""
    waits: list[float] = []
    while not until.is_set():
        for page in PAGES:
            started = time.perf_counter()
            answer = await client.get(page)
            waits.append((time.perf_counter() - started) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{page}: {answer.status_code}")
            await asyncio.sleep(0.02)
    return waits


async def _sign_in(base_url: str, slug: str, login: str, *, number: int) -> float:
    """Sign one person in from an address of loopback's network; return the wait in seconds."""
    transport = httpx.AsyncHTTPTransport(local_address=f"127.0.1.{number + 1}")
    async with httpx.AsyncClient(base_url=base_url, transport=transport, timeout=120) as client:
        started = time.perf_counter()
        body = {"bank": slug, "login": login, "password": PASSWORD}
        answer = await client.post("/api/v1/login", json=body)
        if answer.status_code != 200:
            raise SystemExit(f"{login}: {answer.status_code} {answer.text}")
        return time.perf_counter() - started


async def _rounds(
    client: httpx.AsyncClient, logins: list[str], *, rounds: int
) -> tuple[list[float], list[float], list[float]]:
    """Return the waits for pages while quiet and in the rush (ms), and for log-ins (s)."""
    quiet: list[float] = []
    rush: list[float] = []
    signing: list[float] = []
    for _ in range(rounds):
        ended = asyncio.Event()
        asyncio.get_running_loop().call_later(QUIET_SECONDS, ended.set)
        quiet += await _read(client, until=ended)
        ended = asyncio.Event()
        reading = asyncio.create_task(_read(client, until=ended))
        signing += await asyncio.gather(
            *(
                _sign_in(str(client.base_url), "bench", login, number=number)
                for number, login in enumerate(logins)
            )
        )
        ended.set()
        rush += await reading
    return quiet, rush, signing


def _one_hash_ms() -> float:
    hasher = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
    took = []
    for _ in range(20):
        started = time.perf_counter()
        hasher.hash(PASSWORD)
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


async def _bench(here: Here, *, quick: bool) -> None:
    count = 20 if quick else LOGINS
    async with open_house(here.settings) as house:
        bank = await small_bank(house, employees=count)
        hashed = await passwords.hashed(PASSWORD)
        async with house.database.unit_of_work(bank.tenant) as db:
            await db.execute(
                update(Staff)
                .where(Staff.tenant_id == bank.tenant, Staff.roles.contains(["employee"]))
                .values(password_hash=hashed)
            )
        sid = await open_session(house.redis, house.settings, bank.tenant, bank.author.id)
        port = free_port()
        command = [sys.executable, "-m", "bench.visits_servers", "ours", str(port)]
        web = subprocess.Popen(
            command, env=here.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            await until_up(port)
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                cookies={cookie_name(house.settings): sid},
                timeout=30,
            ) as client:
                warm = asyncio.Event()
                asyncio.get_running_loop().call_later(2, warm.set)
                await _read(client, until=warm)
                say(f"{count} log-ins at once")
                logins = [person.login for person in bank.employees]
                found = await _rounds(client, logins, rounds=1 if quick else ROUNDS)
        finally:
            web.kill()
            web.wait()
    _tell(*found, count=count)


def _tell(quiet: list[float], rush: list[float], signing: list[float], *, count: int) -> None:
    calm, loaded = percentile(quiet, 0.95), percentile(rush, 0.95)
    one_ms = _one_hash_ms()
    figure(
        "tenants.login_rush_p95_ratio",
        loaded / calm,
        "x",
        better="lower",
        detail={
            "logins_at_once": count,
            "quiet_p95_ms": round(calm, 1),
            "rush_p95_ms": round(loaded, 1),
            "quiet_median_ms": round(statistics.median(quiet), 1),
            "rush_median_ms": round(statistics.median(rush), 1),
            "pages_quiet": len(quiet),
            "pages_rush": len(rush),
            "login_median_seconds": round(statistics.median(signing), 2),
            "login_last_seconds": round(max(signing), 2),
            "naive_everybody_waits_ms": round(count * one_ms),
        },
    )


def main() -> None:
    """Print the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 log-ins, one round")
    asked = parser.parse_args()
    with running_house() as here:
        asyncio.run(_bench(here, quick=asked.quick))


if __name__ == "__main__":
    main()
