"""uvicorn against granian on our two kinds of request: the console's list and a share visit.

Not a bar: it is how docs/decisions/0008 was taken, kept so that it can be taken again.
Granian is installed for development only; without it this module says so and ends.
"""

import argparse
import asyncio
import importlib.util
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from bench.figures import figure, say
from bench.house import Here, open_house, running_house, small_bank
from bench.load import cpu_seconds, free_port, load, until_up
from bench.visits import BROWSER, Server, requests_of

from contenthub.app import create_app
from contenthub.settings import Settings
from contenthub.sharing import actions
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.tenants.models import Staff
from contenthub.web.house import House
from contenthub.web.sessions import cookie_name, open_session

SERVERS = ("uvicorn", "granian")


def factory() -> Any:
    """Return the product's application for a server that asks for a factory."""
    return create_app(Settings.from_env())


def start(name: str, here: Here) -> Server:
    """Start the product under one server, one process of work each."""
    port = free_port()
    if name == "uvicorn":
        command = [sys.executable, "-m", "bench.visits_servers", "ours", str(port)]
    else:
        command = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "asgi",
            "--factory",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
            "--loop",
            "uvloop",
            "--no-access-log",
            "--log-level",
            "error",
            "bench.servers:factory",
        ]
    return Server(name, port, subprocess.Popen(command, env=here.environment()))


async def _requests(here: Here) -> dict[str, list[bytes]]:
    async with open_house(here.settings) as house:
        bank = await small_bank(house, employees=5)
        async with house.database.unit_of_work(bank.tenant) as db:
            link = await actions.make_link(
                db,
                bank.item,
                employee=bank.employees[0],
                channel="wecom",
                at=datetime.now(UTC),
                code=code_from(os.urandom(RANDOM_BYTES)),
            )
        console = await _console_request(house, bank.author)
    return {"visit": requests_of([link.code]), "console_list": [console]}


async def _console_request(house: House, staff: Staff) -> bytes:
    sid = await open_session(house.redis, house.settings, staff.tenant_id, staff.id)  # type: ignore[arg-type]  # a column's UUID is the bank's id
    cookie = f"{cookie_name(house.settings)}={sid}"
    return (
        f"GET /console/library HTTP/1.1\r\nHost: hub.test\r\nUser-Agent: {BROWSER}\r\n"
        f"Accept: text/html\r\nCookie: {cookie}\r\n\r\n"
    ).encode()


async def compare(here: Here, *, seconds: float, rounds: int) -> None:
    """Load both servers in turns on both requests and print their rates."""
    requests = await _requests(here)
    servers = [start(name, here) for name in SERVERS]
    rates: dict[tuple[str, str], list[float]] = {}
    cpu: dict[tuple[str, str], list[float]] = {}
    try:
        for server in servers:
            await until_up(server.port)
            for wanted in requests.values():
                await load(server.port, wanted, seconds=1, connections=16)
        for _ in range(rounds):
            for kind, wanted in requests.items():
                for server in servers:
                    before = cpu_seconds(server.child.pid)
                    found = await load(server.port, wanted, seconds=seconds, connections=32)
                    if set(found.statuses) != {200}:
                        raise SystemExit(f"{server.name} {kind}: {found.statuses}")
                    key = (server.name, kind)
                    rates.setdefault(key, []).append(found.rate)
                    spent = (cpu_seconds(server.child.pid) - before) / found.answers * 1e6
                    cpu.setdefault(key, []).append(spent)
    finally:
        for server in servers:
            server.child.terminate()
            server.child.wait(20)
    for kind in requests:
        ours, other = (statistics.median(rates[name, kind]) for name in SERVERS)
        detail = {
            "uvicorn_rps": round(ours),
            "granian_rps": round(other),
            "uvicorn_cpu_us": round(statistics.median(cpu["uvicorn", kind])),
            "granian_cpu_us": round(statistics.median(cpu["granian", kind])),
            "rounds": rounds,
        }
        figure(
            f"servers.uvicorn_vs_granian_{kind}", ours / other, "x", better="higher", detail=detail
        )


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    if importlib.util.find_spec("granian") is None:
        say("servers: granian is not installed, nothing to compare (pip install granian)")
        return
    with running_house() as here:
        asyncio.run(compare(here, seconds=2 if quick else 4, rounds=2 if quick else 3))


if __name__ == "__main__":
    main()
