"""The only place that assembles the worker: a sweep over PostgreSQL, and a doorbell.

The sweep alone finishes every push. arq only makes a due job start at once instead of
at the next sweep; when Redis is gone the bell is silent and nothing else changes
(design/reliability.md §2).
"""

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from arq.worker import Worker, func
from redis.exceptions import RedisError
from uvicorn.loops.auto import auto_loop_factory

from contenthub import log, queue
from contenthub.customers import jobs as customers_jobs
from contenthub.customers import jobs_checks as customers_jobs_checks
from contenthub.customers import jobs_clubs as customers_jobs_clubs
from contenthub.customers import jobs_lists as customers_jobs_lists
from contenthub.customers import jobs_rules as customers_jobs_rules
from contenthub.customers import jobs_scores as customers_jobs_scores
from contenthub.customers import jobs_tags as customers_jobs_tags
from contenthub.db import TenantId
from contenthub.errors import ContentHubError, Unavailable
from contenthub.kits import jobs as kits_jobs
from contenthub.library import jobs as library_jobs
from contenthub.library import jobs_assets as library_jobs_assets
from contenthub.library import jobs_items as library_jobs_items
from contenthub.library import jobs_rules as library_jobs_rules
from contenthub.library import jobs_words as library_jobs_words
from contenthub.posters import jobs as posters_jobs
from contenthub.posters import jobs_contact as posters_jobs_contact
from contenthub.posters import jobs_published as posters_jobs_published
from contenthub.posters import jobs_staff as posters_jobs_staff
from contenthub.scheduler import actions_heartbeats, queries_health
from contenthub.scheduler import jobs as scheduler_jobs
from contenthub.scheduler import jobs_cadences as scheduler_jobs_cadences
from contenthub.scheduler import jobs_handover as scheduler_jobs_handover
from contenthub.scheduler import jobs_mix as scheduler_jobs_mix
from contenthub.scheduler import jobs_needs as scheduler_jobs_needs
from contenthub.settings import Settings
from contenthub.sharing import jobs as sharing_jobs
from contenthub.sharing import jobs_grants as sharing_jobs_grants
from contenthub.tenants import jobs as tenants_jobs
from contenthub.tenants import jobs_audit_export as tenants_jobs_audit_export
from contenthub.tenants import jobs_banks as tenants_jobs_banks
from contenthub.tenants import jobs_keys as tenants_jobs_keys
from contenthub.tenants import jobs_store as tenants_jobs_store
from contenthub.tenants import jobs_webhooks as tenants_jobs_webhooks
from contenthub.tenants import queries_platform
from contenthub.uploads import jobs as uploads_jobs
from contenthub.web.house import House, close_house, make_house

JOB_MODULES: tuple[object, ...] = (
    customers_jobs,
    customers_jobs_checks,
    customers_jobs_clubs,
    customers_jobs_rules,
    customers_jobs_lists,
    customers_jobs_scores,
    customers_jobs_tags,
    kits_jobs,
    library_jobs,
    library_jobs_assets,
    library_jobs_items,
    library_jobs_rules,
    library_jobs_words,
    posters_jobs,
    posters_jobs_contact,
    posters_jobs_published,
    posters_jobs_staff,
    scheduler_jobs,
    scheduler_jobs_cadences,
    scheduler_jobs_handover,
    scheduler_jobs_mix,
    scheduler_jobs_needs,
    sharing_jobs,
    sharing_jobs_grants,
    tenants_jobs,
    tenants_jobs_audit_export,
    tenants_jobs_banks,
    tenants_jobs_keys,
    tenants_jobs_store,
    tenants_jobs_webhooks,
    uploads_jobs,
)
"""Every room's jobs.py: importing it registers its jobs and sweeps."""

AT_ONCE, BANK_AT_ONCE = 6, 4
"""Short jobs a process works on at the same time, and how many of them for one bank."""
LONG = frozenset(
    {
        "customers.change_tags",
        "customers.check_audience",
        "customers.import_file",
        "library.collect_assets",
        "library.reindex_items",
        "library.rescan_items",
        "posters.draw_batch",
        "posters.import_staff",
        "posters.tidy_files",
        "tenants.erase_bank",
        "tenants.export_audit",
        "tenants.export_bank",
        "tenants.measure_store",
        "tenants.rotate_keys",
        "tenants.verify_audit",
    }
)
"""Jobs that take minutes: they have places of their own, so that no send waits for them."""
WHILE_RESTING = frozenset(
    {
        "posters.publish_posters",
        "scheduler.follow_batch",
        "tenants.erase_bank",
        "tenants.export_bank",
        "tenants.seal_audit",
    }
)
"""What goes on for a bank that is suspended or to be deleted: what was sent is asked about, its
trail is sealed, its data are handed over or erased, its published posters are taken away.
Everything else waits in PostgreSQL."""
OUTSIDE = frozenset({"library.scan_asset", "tenants.send_events"})
"""Jobs that wait for somebody else's server: a slow receiver holds up receivers only."""
LONG_AT_ONCE, LONG_BANK_AT_ONCE = 2, 1
OUTSIDE_AT_ONCE, OUTSIDE_BANK_AT_ONCE = 8, 2
MAX_BACKOFF_SECONDS = 15.0
PUT_BACK_SECONDS = 2.0
"""How long a job that was told to stop may take to say in PostgreSQL where it stands."""


class Lane:
    """Places for jobs; a bank waits for its own share first, so that banks take turns."""

    def __init__(self, at_once: int, bank_at_once: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._banks: defaultdict[UUID, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(bank_at_once)
        )

    @contextlib.asynccontextmanager
    async def place(self, bank: UUID) -> AsyncIterator[None]:
        """Hold one place for a bank's job, as soon as there is one."""
        async with self._banks[bank], self._all:
            yield


class Shift:
    """One worker process at work: runs each due job once at a time, from bell or sweep."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._short = Lane(AT_ONCE, BANK_AT_ONCE)
        self._long = Lane(LONG_AT_ONCE, LONG_BANK_AT_ONCE)
        self._outside = Lane(OUTSIDE_AT_ONCE, OUTSIDE_BANK_AT_ONCE)
        self._running: set[tuple[str, UUID, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._resting: frozenset[UUID] = frozenset()
        self.stopping = asyncio.Event()
        self._report_after = 0.0

    async def ring(self, _ctx: dict[Any, Any], name: str, tenant: str, ids: dict[str, str]) -> None:
        """Answer the doorbell (arq's function): start the job unless it runs already."""
        self.start(name, UUID(tenant), ids)

    def start(self, name: str, tenant: UUID, ids: dict[str, str]) -> None:
        """Start one job in the background; the same one twice at a time is once."""
        key = (name, tenant, repr(sorted(ids.items())))
        if tenant in self._resting and name not in WHILE_RESTING:
            return
        if key in self._running or name not in queue.jobs or self.stopping.is_set():
            return
        self._running.add(key)
        task = asyncio.create_task(self._run(key, name, TenantId(tenant), ids))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _lane(self, name: str) -> Lane:
        if name in LONG:
            return self._long
        return self._outside if name in OUTSIDE else self._short

    async def _run(
        self, key: tuple[str, UUID, str], name: str, tenant: TenantId, ids: dict[str, str]
    ) -> None:
        lane = self._lane(name)
        try:
            async with lane.place(tenant):
                if self.stopping.is_set():
                    return
                log.job.set(name)
                log.tenant.set(str(tenant))
                await queue.jobs[name](self.house.database, tenant, **ids)
        except ContentHubError as error:
            log.event("job.refused", level=logging.WARNING, error=error.detail, ids=ids)
        except Exception:
            # A job that fails stays due in PostgreSQL; the next sweep meets it again.
            logging.getLogger("contenthub").exception("job.failed")
        finally:
            self._running.discard(key)

    async def sweep_forever(self) -> None:
        """Look for due work each `sweep_seconds`, and slower while PostgreSQL is away."""
        pause = self.house.settings.sweep_seconds
        while not self.stopping.is_set():
            try:
                await self.sweep()
                await self._report()
                pause = self.house.settings.sweep_seconds
            except Exception as error:
                pause = min(pause * 2, MAX_BACKOFF_SECONDS)
                log.event("sweep.failed", level=logging.WARNING, error=repr(error)[:200])
            with contextlib.suppress(TimeoutError):
                # Jitter keeps many workers from asking in the same instant.
                await asyncio.wait_for(
                    self.stopping.wait(),
                    pause * random.uniform(0.8, 1.2),  # noqa: S311  # not a secret
                )

    async def sweep(self) -> None:
        """Start every job that PostgreSQL says is due."""
        now, rooms = datetime.now(UTC), deque(queue.sweeps.items())
        async with self.house.database.platform_unit_of_work() as db:
            self._resting = await queries_platform.resting(db)
        while rooms and not self.stopping.is_set():
            try:
                # One transaction for all of them: forty of their own, each second, would be
                # most of what a worker at rest does.
                async with self.house.database.platform_unit_of_work() as db:
                    while rooms and not self.stopping.is_set():
                        name, due = rooms[0]
                        for tenant, ids in await due(db, now):
                            self.start(name, tenant, ids)
                        rooms.popleft()
            except (Unavailable, OSError):
                raise  # PostgreSQL is away for every room: rest and ask again
            except Exception:
                # One room's broken sweep must not leave the other rooms' work undone.
                logging.getLogger("contenthub").exception(
                    "sweep.broken", extra={"fields": {"job": rooms.popleft()[0] if rooms else ""}}
                )

    async def _report(self) -> None:
        """Say every few seconds that this worker sweeps, and what waits (reliability Q14)."""
        if time.monotonic() < self._report_after:
            return
        self._report_after = time.monotonic() + actions_heartbeats.BEAT_SECONDS
        async with self.house.database.platform_unit_of_work() as db:
            waits = await actions_heartbeats.beat(db, f"{socket.gethostname()}:{os.getpid()}")
        if waits.due_seconds > queries_health.STUCK_SECONDS:
            log.event("work.waits", level=logging.WARNING, seconds=waits.due_seconds)

    async def listen_forever(self) -> None:
        """Answer the doorbell for as long as Redis is there; come back when it is."""
        pause = 1.0
        while not self.stopping.is_set():
            worker = Worker(
                functions=[arq_function(self)],
                queue_name=queue.QUEUE,
                redis_pool=self.house.redis,
                handle_signals=False,
                max_jobs=AT_ONCE * 4,
                job_timeout=30,
                keep_result=0,
                max_tries=1,
                poll_delay=0.1,
                queue_read_limit=1000,
                allow_abort_jobs=False,
                health_check_interval=3600,
                job_serializer=queue.encode,
                job_deserializer=queue.decode,
            )
            try:
                await worker.async_run()
            except (RedisError, OSError) as error:
                log.event("doorbell.lost", level=logging.WARNING, error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), pause)
                pause = min(pause * 2, MAX_BACKOFF_SECONDS)
            finally:
                await _hang_up(worker)

    async def work(self, *, grace_seconds: float = 25.0) -> None:
        """Work until told to stop, then let running jobs finish for `grace_seconds`.

        What runs longer is cancelled: a send in flight is recorded as unknown and asked about
        later, anything else stays due in PostgreSQL.
        """
        bell = asyncio.create_task(self.listen_forever())
        sweep = asyncio.create_task(self.sweep_forever())
        await self.stopping.wait()
        bell.cancel()
        working = {sweep, *self._tasks}
        _, late = await asyncio.wait(working, timeout=grace_seconds)
        for task in late:
            task.cancel()
        if late:
            log.event("worker.put_back", jobs=len(late - {sweep}))
            await asyncio.wait(late, timeout=PUT_BACK_SECONDS)
        # A cancellation may be lost between two answers of Redis; the process ends all the same.
        await asyncio.wait({bell}, timeout=PUT_BACK_SECONDS)


def arq_function(shift: Shift) -> Any:
    """Return the one function arq knows: ring a job by its name."""
    return func(shift.ring, name="ring")  # type: ignore[arg-type]  # a bound coroutine method


async def _hang_up(worker: Worker) -> None:
    # arq closes the pool it was given; ours is shared, so only its tasks are ended.
    for task in list(worker.tasks.values()):
        task.cancel()


async def _main(settings: Settings, grace_seconds: float) -> None:
    house = make_house(settings)
    await house.database.check_role()
    shift = Shift(house)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, shift.stopping.set)
    log.event("worker.started")
    try:
        await shift.work(grace_seconds=grace_seconds)
    finally:
        await close_house(house)
    log.event("worker.stopped")


def run(settings: Settings, *, grace_seconds: float = 25.0) -> None:
    """Work until SIGTERM or SIGINT, then at most about `grace_seconds` more; blocks."""
    log.configure(settings.log_level)
    # The loop that the pages are served with: waiting asks less of the processor.
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_main(settings, grace_seconds))
