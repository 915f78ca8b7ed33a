"""A bank's own system in a test: hears events on loopback, keeps them, answers as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from contenthub.db import Database, TenantId
from contenthub.tenants import jobs_webhooks, queries_webhooks

_ALL = 100_000


@dataclass
class Receiver:
    """What came, and what is answered (status, then body)."""

    url: str = ""
    status: int = 200
    body: bytes = b"ok"
    retry_after: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        """The webhook-id of everything heard."""
        return [headers["webhook-id"] for headers, _ in self.heard]


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Open a receiver; it answers at once unless `may_answer` is cleared."""
    found = Receiver()
    found.may_answer.set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])
                if name
            }
            body = await reader.readexactly(int(headers["content-length"]))
            found.heard.append((headers, body))
            found.asked.set()
            await found.may_answer.wait()
            writer.write(f"HTTP/1.1 {found.status} X\r\n".encode())
            if found.retry_after:
                writer.write(f"retry-after: {found.retry_after}\r\n".encode())
            writer.write(b"connection: close\r\n\r\n" + found.body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    try:
        yield found
    finally:
        found.may_answer.set()
        server.close()
        await server.wait_closed()


async def work(database: Database, tenant: TenantId) -> None:
    """Do what the worker's sweep would find for one bank now, without Redis.

    Other tests' banks have left events behind: however many, they are looked past.
    """
    async with database.platform_unit_of_work() as db:
        new = await queries_webhooks.unexpanded_events(db, limit=_ALL)
    for bank, event_id in new:
        if bank == tenant:
            await jobs_webhooks.expand_event(database, tenant, event_id=str(event_id))
    async with database.platform_unit_of_work() as db:
        due = await queries_webhooks.due_endpoints(db, limit=_ALL)
    for bank, endpoint_id in due:
        if bank == tenant:
            await jobs_webhooks.send_events(database, tenant, endpoint_id=str(endpoint_id))
