"""Everything of a bank written into one ZIP, table by table, a batch in memory at a time.

All tables are read in one snapshot, so that a change made meanwhile is in all of them or in
none; files come from the store after it has closed. Read with the app's role, so that
row-level security itself keeps other banks out.
"""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import ARRAY, Text, cast, column, func, literal_column, select, text
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import JSONB

from contenthub.db import Database, Read, TenantId
from contenthub.storage import Storage
from contenthub.tenants import bankarchive, queries
from contenthub.tenants.masking import mask_phone
from contenthub.tenants.sealing import Keyring, keyring

BATCH = 2000
_COLUMNS = """
select c.relname, array_agg(a.attname::text order by a.attnum)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
  and exists (select 1 from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')
group by c.relname order by c.relname
"""


@dataclass
class Archive:
    """A ZIP being written, with the count and digest of all that went in."""

    zip: zipfile.ZipFile
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    async def add(self, name: str, parts: AsyncIterator[bytes]) -> None:
        """Write one file from its parts."""
        digest, size = sha256(), 0
        with self.zip.open(name, "w", force_zip64=True) as file:
            async for part in parts:
                await asyncio.to_thread(file.write, part)
                digest.update(part)
                size += len(part)
        self.files[name] = {"bytes": size, "sha256": digest.hexdigest()}


async def write_archive(
    database: Database,
    storage: Storage,
    tenant: TenantId,
    path: Path,
    *,
    is_clear: bool,
    at: datetime,
) -> dict[str, int]:
    """Write all of a bank into a ZIP at `path`; return rows by table.

    Names and phones are masked unless `is_clear`; secrets are never in it.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        archive = Archive(made)
        async with database.snapshot(tenant) as db:
            bank = await queries.bank(db)
            facts = {"slug": bank.slug, "name": bank.name, "full_name": bank.full_name}
            tables = [(row[0], list(row[1])) for row in await db.execute(text(_COLUMNS))]
            for table, columns in tables:
                if not bankarchive.is_left_out(table):
                    await _table(db, archive, table, columns, is_clear=is_clear)
            await _own_row(db, tenant, archive)
        for key in await storage.keys(f"{tenant}/"):
            name = key.split("/", 1)[1]
            if not name.startswith("exports/"):
                await archive.add(f"objects/{name}", _whole(storage, key))
        made.writestr("README.txt", bankarchive.README)
        made.writestr(
            "manifest.json",
            bankarchive.manifest(
                facts, at=at, is_clear=is_clear, rows=archive.rows, files=archive.files
            ),
        )
    return archive.rows


async def _whole(storage: Storage, key: str) -> AsyncIterator[bytes]:
    yield await storage.get(key)


async def _own_row(db: Read, tenant: TenantId, archive: Archive) -> None:
    async def parts() -> AsyncIterator[bytes]:
        found = await db.execute(
            text("select to_jsonb(b) from banks b where id = :t"), {"t": tenant}
        )
        yield bankarchive.line(found.scalar_one())

    await archive.add("tables/banks.jsonl", parts())
    archive.rows["banks"] = 1


async def _table(
    db: Read, archive: Archive, table: str, columns: list[str], *, is_clear: bool
) -> None:
    sealed = bankarchive.opened(table, columns) if is_clear else []
    ring = keyring(db)
    tenant = db.info["tenant_id"]
    hidden = [c for c in columns if bankarchive.hidden(table, c)]
    rows = sql_table(table, *(column(name) for name in columns)).alias("t")
    whole = func.to_jsonb(literal_column("t"), type_=JSONB)
    shown = whole.op("-", return_type=JSONB())(cast(hidden, ARRAY(Text)))
    query = select(shown, *(rows.c[name] for name in sealed)).where(rows.c.tenant_id == tenant)
    count = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal count
        found = await db.stream(query, execution_options={"yield_per": BATCH})
        async for batch in found.partitions(BATCH):
            count += len(batch)
            hide = None if is_clear else bankarchive.masked(table)
            yield _lines(batch, table, sealed, ring=ring, tenant=tenant, hide=hide)

    await archive.add(f"tables/{table}.jsonl", parts())
    archive.rows[table] = count


def _lines(
    batch: Iterable[Any],
    table: str,
    sealed: list[str],
    *,
    ring: Keyring,
    tenant: Any,
    hide: str | None,
) -> bytes:
    lines = []
    for row in batch:
        facts = row[0]
        if hide is not None:
            facts[hide] = mask_phone(str(facts.get(hide) or ""))
        for number, name in enumerate(sealed, start=1):
            word = name.removesuffix("_sealed")
            if row[number]:
                place = f"{table}.{word}:{facts['id']}"
                facts[word] = ring.open(tenant, place, row[number])
        lines.append(bankarchive.line(facts))
    return b"".join(lines)
