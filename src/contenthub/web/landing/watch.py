"""Hears of items and banks whose pages have changed, so that a recall or a suspension takes
effect as it commits.

Without it (the database is away, or a pooler that passes no notifications on) a page is at
most thirty seconds old (targets.SECONDS).
"""

import asyncio
import contextlib
import logging
from uuid import UUID

import asyncpg

from contenthub import log
from contenthub.db import Database
from contenthub.library.actions_signals import CHANNEL
from contenthub.web.landing.targets import Targets

RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0)


class Watch:
    """Listens for one process, for as long as it runs."""

    def __init__(self, database: Database, targets: Targets) -> None:
        self._database = database
        self._targets = targets
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self.is_listening = asyncio.Event()
        """Set while changes are heard."""

    def start(self) -> None:
        """Begin to listen; a second call changes nothing."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._database.listen(CHANNEL, self._heard, ready=self._ready)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.event("watch.lost", level=logging.WARNING, error=repr(error)[:200])
            self.is_listening.clear()
            wait = RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]
            self._failures += 1
            await asyncio.sleep(wait)

    def _ready(self) -> None:
        self._failures = 0
        self._targets.doubt()
        self.is_listening.set()

    def _heard(self, said: str) -> None:
        with contextlib.suppress(ValueError):  # a payload that is none of ours
            self._targets.forget(UUID(said))
