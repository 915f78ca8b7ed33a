"""Idea: the blobs of a batch: parts drawn, stored, and listed as one archive."""

import asyncio
import csv
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from contenthub.posters import archive
from contenthub.posters.archive import Manifest
from contenthub.posters.pool import Own, Pool
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.template import Personal
from contenthub.posters.ziparchive import Entry, Part
from contenthub.storage import Storage

PART_PX = 250 * 1080 * 1920
"""Pixels of the posters in one part: what is their own is about 20 MB, in memory and stored."""
PNG_WEIGHT = 5
"""How many times more bytes a PNG has than a JPEG."""
PART_MIN, PART_MAX = 4, 250
LEFT_OUT = "没有生成的员工.csv"
_BINARY = "application/octet-stream"


class Row(msgspec.Struct, frozen=True):
    """A person without a poster, for the list of errors."""

    no: str
    name: str
    branch: str
    reason: str
    staff_id: UUID


class Planned(NamedTuple):
    """One person's poster: whose, its name in the archive, its plan, and on which background."""

    staff_id: UUID
    file: str
    plan: PosterPlan
    background: int


@dataclass(frozen=True, slots=True)
class Work:
    """What one part needs: the bases by background, its people's plans, and who is left out.

    `seen` people up to the staff number `after` are dealt with by it.
    """

    bases: Mapping[int, PosterPlan]
    plans: list[Planned]
    problems: list[Row]
    seen: int
    after: str
    png: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part that was drawn: its files' own bytes, and everybody who has none with the reason."""

    work: Work
    own: bytes
    entries: list[Entry]
    problems: list[Row]


class PartIndex(msgspec.Struct):
    """What a stored part holds; kept beside it until the archive is whole."""

    entries: list[Entry]
    problems: list[Row]


def part_people(layers: Mapping[str, Any], *, png: bool) -> int:
    """Return how many people a part of a saved template's posters has."""
    canvas_px = int(layers["width_px"]) * int(layers["height_px"])
    return max(PART_MIN, min(PART_MAX, PART_PX // canvas_px // (PNG_WEIGHT if png else 1)))


def folder(tenant: UUID, job_id: UUID) -> str:
    """Return where in the object store a batch keeps its blobs."""
    return f"{tenant}/posters/{job_id}/"


async def draw_part(pool: Pool, work: Work, people: Sequence[Personal]) -> Drawn:
    """Return a part's files, and everybody who has none with the reason.

    `people` are those of the plans, with their photos. Raises PaintersKilled.
    """
    blocks: list[bytes] = []
    entries: list[Entry] = []
    problems = list(work.problems)
    drawn = await _posters(pool, work, people)
    for planned, one, poster in zip(work.plans, people, drawn, strict=True):
        if isinstance(poster, str):
            problems.append(Row(one.no, one.name, one.branch, poster, planned.staff_id))
            continue
        sizes = tuple(map(len, poster.own))
        size_bytes = pool.shared_bytes[planned.background] + sum(sizes)
        entries.append(
            Entry(planned.file, poster.crc, size_bytes, sizes, background=planned.background)
        )
        blocks += poster.own
    return Drawn(work, b"".join(blocks), entries, problems)


async def _posters(pool: Pool, work: Work, people: Sequence[Personal]) -> list[Own | str]:
    """Return everybody's own pieces or reason, in their order; all backgrounds are drawn at once.

    Raises PaintersKilled.
    """
    groups: dict[int, list[int]] = {}
    for place, planned in enumerate(work.plans):
        groups.setdefault(planned.background, []).append(place)
    drawn = await asyncio.gather(
        *(pool.draw([people[one] for one in places], no) for no, places in groups.items())
    )
    found = zip(chain.from_iterable(groups.values()), chain.from_iterable(drawn), strict=True)
    return [one for _, one in sorted(found, key=itemgetter(0))]


async def store_part(storage: Storage, where: str, part_no: int, drawn: Drawn) -> None:
    """Keep a part and its index; the same part stored again replaces itself."""
    index = PartIndex(drawn.entries, drawn.problems)
    await storage.put(where + _part(part_no), drawn.own, mime=_BINARY)
    await storage.put(_index(where, part_no), msgspec.json.encode(index), mime="application/json")


async def assemble(storage: Storage, where: str, parts: int, *, at: datetime) -> tuple[str, str]:
    """List the parts as one archive; return its key and that of the error list, or nothing.

    Not one poster is read again. `at` is the bank's wall clock.
    """
    indexes = [
        msgspec.json.decode(await storage.get(_index(where, no)), type=PartIndex)
        for no in range(parts)
    ]
    listed = [Part(_part(no), index.entries) for no, index in enumerate(indexes)]
    errors_key = ""
    rows = [row for index in indexes for row in index.problems]
    if rows:
        errors_key, told = where + "errors.csv", _csv(rows)
        await storage.put(errors_key, told, mime="text/csv")
        entry = Entry(LEFT_OUT, zlib.crc32(told), len(told), (len(told),), is_spliced=False)
        listed.append(Part("errors.csv", [entry]))
    return await archive.keep(storage, where, Manifest(at, listed)), errors_key


async def drop_indexes(storage: Storage, where: str, parts: int) -> None:
    """Delete the parts' indexes of a finished batch: its archive lists them."""
    for no in range(parts):
        await storage.delete(_index(where, no))


async def clear(storage: Storage, where: str) -> None:
    """Delete every blob of a batch."""
    for key in await storage.keys(where):
        await storage.delete(key)


def _part(no: int) -> str:
    return f"part-{no:05d}.bin"


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
