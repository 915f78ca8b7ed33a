"""How fast a workbook of items becomes drafts, and what an export of them costs.

    python -m bench.items [--quick]

The baseline is what one writes first: each row through `write_item` in a transaction of its
own. It is measured on a share of the same rows and counted up, as every row costs the same.
"""

import argparse
import asyncio
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from bench.figures import figure, peak_rss_mb, say
from bench.house import (
    DATABASE,
    Here,
    SmallBank,
    do_import,
    import_alone,
    open_house,
    running_house,
    small_bank,
)

from contenthub.db import new_id
from contenthub.errors import Invalid
from contenthub.library import (
    actions,
    actions_item_uploads,
    itembook,
    itemmerge,
    jobs_items,
    lint,
    queries_rules,
)
from contenthub.library.itemdemo import write_items
from contenthub.library.itemfilter import Filter
from contenthub.web import item_workbooks
from contenthub.web.house import House

BAD_SHARE = 0.02
WARM_ROWS = 1_000
BASE_SHARE = 20
"""One of so many rows goes through the baseline."""


async def queue(house: House, bank: SmallBank, path: Path) -> UUID:
    """Keep the workbook and start its load; return the job."""
    book = itembook.read_book(path, path.name)
    job_id = new_id()
    key = f"{bank.tenant}/imports/{job_id}.xlsx"
    await house.storage.put_file(key, path, mime=jobs_items.XLSX)
    upload = actions_item_uploads.Upload(
        job_id=job_id,
        source_key=key,
        filename=path.name,
        sha256=sha256(path.read_bytes()).hexdigest(),
        kind="",
        row_count=len(book.rows),
        sheets=[],
        skipped={},
    )
    async with house.database.unit_of_work(bank.tenant) as db:
        await actions_item_uploads.start_import(
            db, upload, is_trial=False, is_sent=False, by=bank.author, at=datetime.now(UTC)
        )
    return job_id


async def row_by_row(house: House, bank: SmallBank, path: Path) -> tuple[float, int]:
    """Write some rows, each by itself; return seconds for the whole file and rows done."""
    rows = itembook.read_book(path, path.name).rows[::BASE_SHARE]
    at, done = datetime.now(UTC), 0
    started = time.perf_counter()
    for row in rows:
        try:
            said = itemmerge.said(
                row.cells, row.kind, None, shown={}, named={}, zone="Asia/Shanghai"
            )
            draft = actions.Draft(said.kind, said.topic, said.title, said.fields, said.body)
            async with house.database.unit_of_work(bank.tenant) as db:
                _, revision = await actions.write_item(db, draft, by=bank.author, at=at)
                lint_rules = await queries_rules.rules(db)
                lint.lint(
                    revision.kind, revision.topic, revision.fields, revision.body, rules=lint_rules
                )
            done += 1
        except Invalid:
            continue
    return (time.perf_counter() - started) * BASE_SHARE, done


async def _as_in_use(here: Here, house: House, bank: SmallBank) -> None:
    """Leave some items and their statistics, as the first minutes of a deployment do.

    On tables that were never analyzed PostgreSQL checks a foreign key by the wrong index: the
    first thousand rows of a new deployment's first import take five times as long.
    """
    path = here.directory / "before.xlsx"
    write_items(path, count=WARM_ROWS, on=datetime.now(UTC).date(), seed=2)
    job_id = await queue(house, bank, path)
    await jobs_items.import_items(house.database, bank.tenant, job_id=str(job_id))
    await asyncio.to_thread(here.postgres.sql, "vacuum analyze", DATABASE)


async def _export(house: House, bank: SmallBank, path: Path) -> tuple[float, int]:
    started = time.perf_counter()
    async with house.database.snapshot(bank.tenant) as db:
        await item_workbooks.write_export(db, path, Filter(), zone="Asia/Shanghai")
    return time.perf_counter() - started, path.stat().st_size


async def _main(here: Here, *, is_quick: bool) -> None:
    count = 1_000 if is_quick else 10_000
    path = here.directory / "items.xlsx"
    write_items(path, count=count, on=datetime.now(UTC).date(), bad_share=BAD_SHARE)
    async with open_house(here.settings) as house:
        bank = await small_bank(house, slug="items", employees=0)
        other = await small_bank(house, slug="rows", employees=0)
        say("some rows, each by itself")
        await _as_in_use(here, house, await small_bank(house, slug="before", employees=0))
        base, done = await row_by_row(house, other, path)
        say(f"importing {count} items in a worker of its own")
        told = await asyncio.to_thread(
            import_alone, here, "bench.items", bank.tenant, await queue(house, bank, path)
        )
        say("the same file again: nothing to write")
        again = await asyncio.to_thread(
            import_alone, here, "bench.items", bank.tenant, await queue(house, bank, path)
        )
        took, size = await _export(house, bank, here.directory / "export.xlsx")
    detail = {**told, "rows": count, "row_by_row_seconds": round(base, 1), "row_by_row": done}
    detail |= {"vs_row_by_row": round(base / told["seconds"], 1)}
    name = f"library.import_{count // 1000}k"
    figure(f"{name}_seconds", told["seconds"], "s", better="lower", detail=detail)
    figure(f"{name}_rss_mb", told["rss_mb"], "MB", better="lower", detail={"rows": count})
    figure(f"{name}_again_seconds", again["seconds"], "s", better="lower", detail=again)
    figure(
        f"library.export_{count // 1000}k_seconds",
        took,
        "s",
        better="lower",
        detail={"bytes": size, "rss_mb": round(peak_rss_mb(), 1)},
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--import-job", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.import_job:
        do_import(jobs_items.import_items, *asked.import_job)
    else:
        with running_house() as running:
            asyncio.run(_main(running, is_quick=asked.quick))
