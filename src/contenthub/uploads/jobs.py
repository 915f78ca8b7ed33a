"""What the worker entries of every import do alike: the files of an ended one go."""

from uuid import UUID

from contenthub.db import Database, TenantId
from contenthub.storage import storage_of
from contenthub.uploads import actions, queries
from contenthub.uploads.sorts import Sort


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
