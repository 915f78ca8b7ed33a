"""What one process holds: settings, database, blobs, keys, Redis.

Workers and commands have a house too: nothing here imports the web framework.
"""

import ssl
import time
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from sqlalchemy.ext.asyncio import AsyncSession

from contenthub.channels.pace import RedisPace, Window
from contenthub.db import Database
from contenthub.queue import Doorbell, decode, encode
from contenthub.settings import Settings
from contenthub.storage import Storage, open_storage
from contenthub.storage_public import open_public
from contenthub.tenants.sealing import Keyring
from contenthub.web.audit_words import entry_words

if TYPE_CHECKING:
    from litestar import Request
    from litestar.connection import ASGIConnection


@dataclass(frozen=True, slots=True)
class House:
    """The parts of a running process, made once by make_house."""

    settings: Settings
    database: Database
    storage: Storage
    keyring: Keyring
    redis: ArqRedis
    http: httpx.AsyncClient


def make_house(settings: Settings) -> House:
    """Return the parts of one process; nothing connects before it is used."""
    pool = ConnectionPool.from_url(
        settings.redis_url, socket_connect_timeout=2, socket_timeout=5, max_connections=50
    )
    redis = ArqRedis(pool, job_serializer=encode, job_deserializer=decode)
    storage = open_storage(
        settings.storage_url or (Path(settings.data_dir).resolve() / "objects").as_uri(),
        access_key=settings.storage_access_key,
        secret_key=settings.storage_secret_key,
    )
    keyring = Keyring(settings.master_key, settings.master_key_old)
    http = httpx.AsyncClient(
        timeout=httpx.Timeout(15, connect=5), follow_redirects=False, verify=_trusted()
    )
    limits = (Window(60, settings.wecom_minute_calls), Window(3600, settings.wecom_hour_calls))
    database = Database(
        settings.database_url,
        platform_url=settings.platform_database_url,
        pool_size=settings.pool_size,
        after_commit=Doorbell(redis).ring,
        on_open=partial(_load_keys, keyring),
        resources={
            "keyring": keyring,
            "storage": storage,
            "public_store": open_public(settings),
            "redis": redis,
            "settings": settings,
            "http": http,
            "pace": RedisPace(redis, limits),
            "audit_words": entry_words,
        },
    )
    return House(settings, database, storage, keyring, redis, http)


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the certificates of all authorities takes longer than all the rest of a house.
    return httpx.create_ssl_context()


async def _load_keys(keyring: Keyring, session: AsyncSession, bank: UUID) -> None:
    await keyring.ready(session, bank, at_seconds=time.monotonic())


async def close_house(house: House) -> None:
    """Give back what the house holds."""
    await house.http.aclose()
    await house.redis.aclose(close_connection_pool=True)
    await house.database.close()


def house_of(connection: "ASGIConnection | Request") -> House:  # type: ignore[type-arg]  # any connection will do
    """Return the house a connection came to."""
    found = connection.app.state["house"]
    if not isinstance(found, House):
        raise TypeError("the app was made without a house")
    return found
