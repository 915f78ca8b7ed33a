"""Idea: the blobs of a batch: parts drawn, stored, and put together as one archive."""

import csv
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from contenthub.posters import rendering, ziparchive
from contenthub.posters.pool import Pool
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.ziparchive import Entry
from contenthub.storage import Storage

_JPEG_PART = "application/octet-stream"


class Row(msgspec.Struct, frozen=True):
    """A person without a poster, for the list of errors."""

    no: str
    name: str
    branch: str
    reason: str


@dataclass(frozen=True, slots=True)
class Work:
    """What one part needs: the base, its people's plans by file name, and who is left out."""

    base: PosterPlan
    plans: list[tuple[str, PosterPlan]]
    problems: list[Row]
    seen: int
    after: str


class PartIndex(msgspec.Struct):
    """What a stored part holds; kept beside it until the archive is whole."""

    size_bytes: int
    entries: list[Entry]
    problems: list[Row]


def folder(tenant: UUID, job_id: UUID) -> str:
    """Return where in the object store a batch keeps its blobs."""
    return f"{tenant}/posters/{job_id}/"


def zip_key(tenant: UUID, job_id: UUID) -> str:
    """Return the key of a batch's finished archive."""
    return folder(tenant, job_id) + "posters.zip"


async def draw_part(
    storage: Storage, pool: Pool, work: Work
) -> tuple[list[tuple[str, bytes]], list[Row]]:
    """Return a part's files, and everybody who has none with the reason."""
    people = [await rendering.with_photo(storage, plan) for _, plan in work.plans]
    files: list[tuple[str, bytes]] = []
    problems = list(work.problems)
    drawn = await pool.draw(people)
    for (name, _), personal, poster in zip(work.plans, people, drawn, strict=True):
        if isinstance(poster, bytes):
            files.append((name, poster))
        else:
            problems.append(Row(personal.no, personal.name, personal.branch, poster))
    return files, problems


async def store_part(  # what a part is, and where and when it belongs
    storage: Storage,
    where: str,
    part_no: int,
    *,
    files: Sequence[tuple[str, bytes]],
    problems: list[Row],
    at: datetime,
) -> None:
    """Keep a part and its index; the same part stored again replaces itself."""
    data, entries = ziparchive.part(files, at=at)
    index = PartIndex(len(data), entries, problems)
    await storage.put(_part(where, part_no), data, mime=_JPEG_PART)
    await storage.put(_index(where, part_no), msgspec.json.encode(index), mime="application/json")


async def assemble(storage: Storage, where: str, parts: int, *, at: datetime) -> str:
    """Put the parts together as `posters.zip`; return the key of the error list, or nothing.

    One part at a time is in memory. Raises Invalid for an archive over ZIP's limits.
    """
    indexes = [
        msgspec.json.decode(await storage.get(_index(where, no)), type=PartIndex)
        for no in range(parts)
    ]
    end = ziparchive.directory([(i.size_bytes, i.entries) for i in indexes], at=at)
    with tempfile.TemporaryDirectory(prefix="contenthub-zip-") as scratch:
        path = Path(scratch) / "posters.zip"
        with path.open("wb") as archive:
            for no in range(parts):
                archive.write(await storage.get(_part(where, no)))
            archive.write(end)
        await storage.put_file(where + "posters.zip", path, mime="application/zip")
    errors_key = ""
    rows = [row for index in indexes for row in index.problems]
    if rows:
        errors_key = where + "errors.csv"
        await storage.put(errors_key, _csv(rows), mime="text/csv")
    for no in range(parts):
        await storage.delete(_part(where, no))
    return errors_key


async def clear(storage: Storage, where: str) -> None:
    """Delete every blob of a batch."""
    for key in await storage.keys(where):
        await storage.delete(key)


def _part(where: str, no: int) -> str:
    return f"{where}part-{no:05d}.bin"


def _index(where: str, no: int) -> str:
    return f"{where}part-{no:05d}.json"


def _csv(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["工号", "姓名", "机构", "没有生成的原因"])
    lines.writerows(
        [_plain(row.no), _plain(row.name), _plain(row.branch), row.reason] for row in rows
    )
    # With a BOM, so that a spreadsheet reads it as UTF-8.
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(text: str) -> str:
    """Return text that a spreadsheet will not run as a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
