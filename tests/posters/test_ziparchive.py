"""Archives that are made while they are read open in other people's readers."""

import io
import random
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from contenthub.posters import archive, ziparchive
from contenthub.posters.archive import Archive, Manifest
from contenthub.posters.checksums import SplicedSums
from contenthub.posters.splice import interleaved
from contenthub.posters.ziparchive import Entry, Layout, Part
from contenthub.storage import DiskStorage

AT = datetime(2026, 11, 26, 10, 30, 8)  # noqa: DTZ001  # a wall clock, as ZIP keeps it
SHARED = (b"head", b"", b"middle" * 9, b"end")
WHERE = "bank/posters/job/"
Files = Sequence[tuple[str, list[bytes]]]


async def _archive(
    folder: Path, *parts: Files, shared: Sequence[bytes] = SHARED, note: bytes = b""
) -> Archive:
    storage = DiskStorage(folder)
    sums, listed = SplicedSums(shared), []
    for number, files in enumerate(parts):
        entries = [_entry(name, own, sums, shared) for name, own in files]
        listed.append(Part(f"part-{number}.bin", entries))
        data = b"".join(piece for _, own in files for piece in own)
        await storage.put(WHERE + listed[-1].name, data, mime="")
    if note:
        entry = Entry("名单.csv", zlib.crc32(note), len(note), (len(note),), is_spliced=False)
        listed.append(Part("errors.csv", [entry]))
        await storage.put(WHERE + "errors.csv", note, mime="")
    await archive.keep_shared(storage, WHERE, shared)
    return await archive.opened(storage, await archive.keep(storage, WHERE, Manifest(AT, listed)))


def _entry(name: str, own: list[bytes], sums: SplicedSums, shared: Sequence[bytes]) -> Entry:
    sizes = tuple(map(len, own))
    return Entry(name, sums.of(own), sum(map(len, shared)) + sum(sizes), sizes)


async def _bytes(made: Archive, first: int = 0, last: int | None = None) -> bytes:
    end = made.size_bytes - 1 if last is None else last
    return b"".join([block async for block in made.read(first, end)])


async def test_parts_become_one_archive_with_chinese_names(tmp_path: Path) -> None:
    first = [("城关支行/0231-王小明.jpg", [b"1", b"22"]), ("城关支行/0232-李娜.jpg", [b"", b"x"])]
    last = [("柳河支行/0300-刘洋.jpg", [b"three", b"", b"4"])]
    made = await _archive(tmp_path, first, last, note="原因".encode())
    data = await _bytes(made)
    assert len(data) == made.size_bytes
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == [*(name for name, _ in (*first, *last)), "名单.csv"]
        for name, own in (*first, *last):
            assert opened.read(name) == interleaved(SHARED, own)
        assert opened.read("名单.csv") == "原因".encode()
        assert opened.infolist()[0].date_time == (2026, 11, 26, 10, 30, 8)
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-t", str(path)], capture_output=True, check=True
    )
    assert b"Done testing" in listed.stdout


async def test_any_part_of_it_can_be_read_alone(tmp_path: Path) -> None:
    dice = random.Random(5)
    files = [
        (f"{no}.jpg", [dice.randbytes(dice.randrange(9)) for _ in range(3)]) for no in range(9)
    ]
    made = await _archive(tmp_path, files[:4], files[4:], note=b"note")
    whole = await _bytes(made)
    for _ in range(120):
        first = dice.randrange(len(whole))
        last = dice.randrange(first, len(whole))
        assert await _bytes(made, first, last) == whole[first : last + 1]


async def test_an_archive_of_nothing_is_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(await _bytes(await _archive(tmp_path)))) as opened:
        assert opened.namelist() == []


def test_a_checksum_of_pieces_is_that_of_the_file() -> None:
    dice = random.Random(7)
    shared = [dice.randbytes(size) for size in (1, 0, 700, 4096)]
    sums = SplicedSums(shared)
    for _ in range(50):
        own = [dice.randbytes(dice.randrange(300)) for _ in range(dice.randrange(3, 5))]
        assert sums.of(own) == zlib.crc32(interleaved(shared, own))


@pytest.mark.parametrize("count", [3, 66_000])
def test_beyond_4_gb_and_65_535_files_it_is_a_zip64(count: int) -> None:
    size = 2**31 if count == 3 else 1
    entries = [Entry(f"{no}.jpg", no, size, (size,), is_spliced=False) for no in range(count)]
    layout = Layout([Part("p", entries)], at=AT)
    with zipfile.ZipFile(_Sparse(layout)) as opened:
        found = opened.infolist()
        assert len(found) == count
        assert found[-1].header_offset == layout.places[-1].start
        assert found[-1].file_size == size


class _Sparse(io.RawIOBase):
    """An archive whose content is nothing but zeros, and its real directory behind them."""

    def __init__(self, layout: Layout) -> None:
        self._directory, self._size, self._at = layout.directory, layout.size_bytes, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: bytearray, /) -> int:  # type: ignore[override]
        start = self._at - (self._size - len(self._directory))
        data = self._directory[start : start + len(into)]
        into[: len(data)] = data
        self._at += len(data)
        return len(data)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("城关支行", "城关支行"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a:b*c?"d"|e', "a_b_c_d_e"),
        ("\x00\x1f", "_"),
        ("...", "_"),
        ("字" * 200, "字" * 80),
    ],
)
def test_names_lead_nowhere_else(text: str, safe: str) -> None:
    assert ziparchive.safe_name(text) == safe
