"""A pool of connections to PostgreSQL that finds out in time when the server has gone."""

import time
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

TRUSTED_SECONDS = 2.0
"""A connection used so recently, and not known to be closed, is lent without being asked."""
OPEN_SECONDS = 3.0
"""A database that has not begun a transaction by then is away; letting go takes 2 s more."""
POOL_WAIT_SECONDS = 5.0
"""Who gets no free connection by then is told to come again, before they give the page up."""

PARALLEL_FROM = "20000"
"""Helpers of a statement take 10 to 20 ms to start, more than the counts of a list of 10,000 items
take without them; PostgreSQL's own 1000 had them started for those. Reports over millions of rows
cost far more than this and still get theirs."""


class Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection whose transactions begin within OPEN_SECONDS or fail.

    A PostgreSQL that is stopped, not gone, keeps its sockets and answers nothing: without this
    a request would wait for as long as it is stopped. What runs once a transaction has begun is
    the statement_timeout's affair.
    """

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:  # noqa: ASYNC109  # asyncpg's signature
        """Run a statement; one that begins or ends a transaction has its own deadline."""
        if timeout is None and query.startswith(("BEGIN", "ROLLBACK")):
            timeout = OPEN_SECONDS
        done: str = await super().execute(query, *args, timeout=timeout)
        return done

    async def fetchrow(
        self,
        query: str,
        *args: object,
        timeout: float | None = None,  # noqa: ASYNC109  # asyncpg's signature
        record_class: type | None = None,
    ) -> object:
        """Return the first row; the pool's question whether anybody is there has a deadline."""
        if timeout is None and query == ";":
            timeout = OPEN_SECONDS
        return await super().fetchrow(query, *args, timeout=timeout, record_class=record_class)


def open_engine(url: str, pool_size: int) -> AsyncEngine:
    """Return the pool of one role's connections; nothing connects before it is used."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=POOL_WAIT_SECONDS,
        hide_parameters=True,  # names and phones stay out of the errors that are logged
        connect_args={
            "timeout": OPEN_SECONDS,
            "connection_class": Connection,
            "server_settings": {
                "application_name": "contenthub",
                "statement_timeout": "60000",
                "lock_timeout": "15000",
                "idle_in_transaction_session_timeout": "120000",
                "parallel_setup_cost": PARALLEL_FROM,
            },
        },
    )
    for moment in ("connect", "checkin"):
        event.listen(engine.sync_engine, moment, _note_use)
    event.listen(engine.sync_engine, "checkout", _ask_if_idle)
    return engine


def _note_use(_connection: object, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _ask_if_idle(connection: Any, record: Any, _proxy: object) -> None:
    # SQLAlchemy's own pre-ping costs three round trips each time that a connection is lent,
    # as many as the whole rest of a small page. A server that has gone closes its sockets, and
    # one that hangs is found by the deadline of BEGIN; what neither tells of takes minutes.
    if connection.driver_connection.is_closed():
        raise DisconnectionError
    if time.monotonic() - record.info["used_at"] >= TRUSTED_SECONDS:
        try:
            connection.ping()
        except connection.dbapi.Error as error:
            raise DisconnectionError from error
