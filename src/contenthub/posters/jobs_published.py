"""Worker entries of published posters: files sent to the public store and taken away again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contenthub import log
from contenthub.db import Database, Platform, TenantId
from contenthub.errors import ContentHubError, Unavailable
from contenthub.posters import actions_published as actions
from contenthub.posters import published, queries_bases, queries_published, rendering
from contenthub.posters.actions_published import File
from contenthub.posters.jobs import new_code
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.storage_public import PublicStore, public_store_of

PORTIONS = 10
"""Of one turn; then other jobs have theirs, and the sweep rings again."""
SENT_AT_ONCE = 4
TIDIED_EVERY = timedelta(days=1)
BASE_RESTS = timedelta(days=7)
"""How long a base that no live design has is kept after it was painted: a push that was approved
with the design before may still ask for it."""
STRAY_AFTER = timedelta(days=1)
NO_STORE = "本系统已不再配置公开存储，删不掉这些文件：请运维恢复 CDN 配置，或在桶里手工删除"
Due = list[tuple[UUID, dict[str, str]]]


@job(actions.JOB)
async def publish_posters(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Compare when it is time (or `look`), then take away and send what is due, in portions."""
    if ids.get("look"):
        async with database.unit_of_work(tenant) as db:
            await actions.look(db, at=datetime.now(UTC))
    for _ in range(PORTIONS):
        async with database.unit_of_work(tenant) as db:
            await actions.look_if_due(db, at=datetime.now(UTC))
        # What must go goes first.
        removed = await _remove_some(database, tenant)
        sent = await _send_some(database, tenant)
        if not removed and not sent:
            return


@sweep(actions.JOB)
async def due_banks(db: Platform, now: datetime) -> Due:
    """Return banks with files to send or take away, and those to be compared again."""
    return [(bank, {}) for bank in await queries_published.banks_due(db, at=now)]


async def _remove_some(database: Database, tenant: TenantId) -> bool:
    async with database.unit_of_work(tenant) as db:
        files = await actions.claim_removals(db, at=datetime.now(UTC))

    async def remove(store: PublicStore, file: File) -> None:
        for name in published.files_of(tenant, file.name):
            await store.delete(name)

    await _each(database, tenant, files, work=remove, record=actions.record_gone)
    return bool(files)


async def _send_some(database: Database, tenant: TenantId) -> bool:
    async with database.unit_of_work(tenant) as db:
        files = await actions.claim_uploads(db, at=datetime.now(UTC), new_code=new_code)
    blobs = storage_of(database.resources)

    async def send(store: PublicStore, file: File) -> None:
        if file.plan is None:
            return
        whole, small = published.files_of(tenant, file.name)
        drawn = await rendering.draw(blobs, file.plan)
        shown = await rendering.draw(blobs, file.plan, width_px=published.SMALL_PX)
        await store.put(whole, drawn, mime="image/jpeg")
        await store.put(small, shown, mime="image/jpeg")

    await _each(database, tenant, files, work=send, record=actions.record_published)
    return bool(files)


async def _each(
    database: Database,
    tenant: TenantId,
    files: list[File],
    *,
    work: Callable[[PublicStore, File], Awaitable[None]],
    record: Callable[..., Awaitable[None]],
) -> None:
    """Do `work` for every file, some at a time, and write down what became of it.

    Once the store does not answer, the rest of the portion is not tried.
    """
    store, places = public_store_of(database.resources), asyncio.Semaphore(SENT_AT_ONCE)
    failed: dict[str, ContentHubError] = {}
    away: list[Unavailable] = [] if store else [Unavailable(NO_STORE)]

    async def do(file: File) -> None:
        async with places:
            try:
                if away or store is None:
                    raise away[0]
                await work(store, file)
            except ContentHubError as error:
                failed[file.name] = error
                if isinstance(error, Unavailable):
                    away.append(error)

    await asyncio.gather(*(do(file) for file in files))
    async with database.unit_of_work(tenant) as db:
        now = datetime.now(UTC)
        await record(db, [one for one in files if one.name not in failed], at=now)
        for file in files:
            if (error := failed.get(file.name)) is not None:
                why = "；".join(getattr(error, "fields", {}).values()) or error.detail
                lasting = not isinstance(error, Unavailable)
                await actions.record_problem(
                    db, [file], why or error.title, at=now, is_lasting=lasting
                )


@job("posters.tidy_files")
async def tidy_files(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Delete stored bases that no design has any more, and public files that no row names.

    Rows whose public files are not there, as after a restore, are planned anew.
    """
    now = datetime.now(UTC)
    old = await _old_bases(database, tenant, now=now)
    stray, lost = await _strays(database, tenant, now=now)
    async with database.unit_of_work(tenant) as db:
        await actions.note_tidied(db, lost=lost, at=now)
    if old or stray or lost:
        log.event("posters.tidied", bases=old, public_files=stray, lost=len(lost))


async def _old_bases(database: Database, tenant: TenantId, *, now: datetime) -> int:
    blobs = storage_of(database.resources)
    found = await blobs.entries(f"{tenant}/posters/base-")
    async with database.reading(tenant) as db:
        kept = await queries_bases.kept_keys(db)
    old = [o.key for o in found if o.modified_at < now - BASE_RESTS and o.key not in kept]
    for key in old:
        await blobs.delete(key)
    return len(old)


async def _strays(database: Database, tenant: TenantId, *, now: datetime) -> tuple[int, list[UUID]]:
    """Delete what no row names; return how much that was, and rows that name what is not there."""
    store = public_store_of(database.resources)
    if store is None:
        return 0, []
    # Before the files are listed: what is published meanwhile is in neither list.
    async with database.reading(tenant) as db:
        told = await queries_published.published_names(db, before=now)
    files = await store.entries(str(tenant))
    async with database.reading(tenant) as db:
        named = await queries_published.file_names(db)
    stray = [o.key for o in files if o.modified_at < now - STRAY_AFTER and o.key not in named]
    for name in stray:
        await store.delete(name)
    there = {one.key for one in files}
    return len(stray), [
        row for row, name in told.items() if not there.issuperset(published.files_of(tenant, name))
    ]


@sweep("posters.tidy_files")
async def banks_to_tidy(db: Platform, now: datetime) -> Due:
    """Return some banks whose files were not tidied for a day."""
    before = now - TIDIED_EVERY
    return [(bank, {}) for bank in await queries_published.banks_to_tidy(db, before=before)]
