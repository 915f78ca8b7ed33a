"""What one web process holds: settings, database, blobs, keys, Redis."""

from dataclasses import dataclass

import httpx
from arq.connections import ArqRedis
from litestar import Request
from litestar.connection import ASGIConnection

from contenthub.db import Database
from contenthub.settings import Settings
from contenthub.storage import Storage
from contenthub.tenants.sealing import Keyring


@dataclass(frozen=True, slots=True)
class House:
    """The parts of a running process, made once by app.py or worker.py."""

    settings: Settings
    database: Database
    storage: Storage
    keyring: Keyring
    redis: ArqRedis
    http: httpx.AsyncClient


def house_of(connection: ASGIConnection | Request) -> House:  # type: ignore[type-arg]  # any connection will do
    """Return the house a connection came to."""
    found = connection.app.state["house"]
    if not isinstance(found, House):
        raise TypeError("the app was made without a house")
    return found
