"""What the worker entries of every import do alike: errors into a file, files that go."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from contenthub.db import Database, TenantId
from contenthub.storage import storage_of
from contenthub.uploads import actions, queries
from contenthub.uploads.sorts import Sort


async def keep_errors(
    database: Database, tenant: TenantId, job_id: UUID, path: Path, *, write: Callable[..., None]
) -> str:
    """Keep the error file of every worker's batches; return its key, empty without any error.

    `write` adds some (line, field, masked value, message) to the file at `path`; with `head`
    they are the first.
    """
    last_line = 0
    while True:
        async with database.reading(tenant) as db:
            some = await queries.problems(db, job_id, after_line=last_line)
        if not some:
            break
        told = [(p.line, p.field, p.value_shown, p.message) for p in some]
        await asyncio.to_thread(write, path, told, head=last_line == 0)
        last_line = some[-1].line
    if not last_line:
        return ""
    key = f"{tenant}/imports/{job_id}.errors.csv"
    await storage_of(database.resources).put_file(key, path, mime="text/csv")
    return key


async def drop_files(database: Database, tenant: TenantId, sort: Sort, job_id: UUID) -> None:
    """Delete the files of an import that has ended or was never confirmed."""
    async with database.reading(tenant) as db:
        found = await queries.upload(db, sort, job_id)
    storage = storage_of(database.resources)
    for name in sort.files:
        if found.params[name]:
            await storage.delete(found.params[name])
    async with database.unit_of_work(tenant) as db:
        await actions.forget_files(db, sort, job_id)
