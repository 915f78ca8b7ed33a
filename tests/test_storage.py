"""Blobs: the same promises on disk and on a real S3 server."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from contenthub.errors import Invalid, NotFound, Unavailable
from contenthub.settings import Settings
from contenthub.storage import DiskStorage, Storage, check_key, is_full, open_storage
from contenthub.storage_public import open_public
from contenthub.storage_s3 import S3Storage
from tests.s3_server import ACCESS, SECRET, S3Server, s3_server

BANK = "0192f5a0-0000-7000-8000-000000000001"
PICTURE = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3") / "root") as server:
        yield server


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "disk":
        return open_storage((tmp_path / "with space").as_uri())
    server: S3Server = request.getfixturevalue("s3")
    return open_storage(server.url, access_key=ACCESS, secret_key=SECRET)


async def test_what_is_put_is_got_back(storage: Storage) -> None:
    key = f"{BANK}/assets/a.jpg"
    await storage.put(key, PICTURE, mime="image/jpeg")
    assert await storage.get(key) == PICTURE
    await storage.put(key, b"second", mime="image/jpeg")
    assert await storage.get(key) == b"second"


async def test_an_empty_blob_is_a_blob(storage: Storage) -> None:
    await storage.put(f"{BANK}/assets/empty", b"", mime="text/plain")
    assert await storage.get(f"{BANK}/assets/empty") == b""


async def test_an_absent_blob_is_not_found(storage: Storage) -> None:
    with pytest.raises(NotFound, match="不存在"):
        await storage.get(f"{BANK}/assets/nobody.jpg")


async def test_a_deleted_blob_is_gone_and_deleting_again_is_silent(storage: Storage) -> None:
    key = f"{BANK}/assets/gone.jpg"
    await storage.put(key, b"x", mime="image/jpeg")
    await storage.delete(key)
    await storage.delete(key)
    with pytest.raises(NotFound):
        await storage.get(key)


async def test_keys_lists_one_banks_blobs_in_order(storage: Storage) -> None:
    other = BANK[:-1] + "2"
    for key in (f"{BANK}/zips/b.zip", f"{BANK}/zips/a.zip", f"{other}/zips/a.zip"):
        await storage.put(key, b"x", mime="application/zip")
    assert await storage.keys(f"{BANK}/zips/") == [f"{BANK}/zips/a.zip", f"{BANK}/zips/b.zip"]
    assert await storage.keys(f"{BANK}/nothing/") == []


async def test_the_size_of_one_banks_blobs_is_told_without_its_neighbours(
    storage: Storage,
) -> None:
    bank = BANK[:-1] + "7"
    for key in (f"{bank}/photos/a.jpg", f"{bank}/imports/b.zip", f"{bank[:-1]}8/photos/c.jpg"):
        await storage.put(key, b"12345", mime="application/zip")
    assert await storage.size_bytes(f"{bank}/") == 10
    assert await storage.size_bytes(f"{bank}/nothing/") == 0


async def test_blobs_on_disk_are_for_our_own_account_alone(tmp_path: Path) -> None:
    open_to_all = tmp_path / "objects"
    open_to_all.mkdir(mode=0o755)
    for root in (open_to_all, tmp_path / "fresh"):
        storage = DiskStorage(root)
        await storage.put(f"{BANK}/imports/a.csv", b"x", mime="text/csv")
        await storage.put_file(f"{BANK}/imports/b.csv", root / BANK / "imports/a.csv", mime="")
        found = {p.relative_to(root).as_posix(): p.stat().st_mode & 0o777 for p in root.rglob("*")}
        assert found == {
            BANK: 0o700,
            f"{BANK}/imports": 0o700,
            f"{BANK}/imports/a.csv": 0o600,
            f"{BANK}/imports/b.csv": 0o600,
        }
        assert root.stat().st_mode & 0o007 == 0


async def test_a_bank_that_is_gone_leaves_no_folder_behind(tmp_path: Path) -> None:
    storage, other = DiskStorage(tmp_path), BANK[:-1] + "9"
    for key in (f"{BANK}/zips/deep/a.zip", f"{BANK}/photos/b.jpg", f"{other}/photos/c.jpg"):
        await storage.put(key, b"x", mime="")
    torn = tmp_path / BANK / "photos" / ".b.jpg.0123abcd"  # its writer was killed
    torn.write_bytes(b"half a photo")
    await storage.delete(f"{BANK}/zips/deep/a.zip")
    await storage.clear_folders(BANK)
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if BANK in p.parts}
    assert left == {BANK, f"{BANK}/photos", f"{BANK}/photos/b.jpg"}, "what is a blob stays"
    await storage.delete(f"{BANK}/photos/b.jpg")
    for _ in range(2):  # again: nothing more happens
        await storage.clear_folders(BANK)
    assert [p.name for p in tmp_path.iterdir()] == [other]
    assert await storage.keys(f"{other}/") == [f"{other}/photos/c.jpg"]
    for outside in ("", ".", "..", f"{other}/photos"):
        with pytest.raises(Invalid):
            await storage.clear_folders(outside)
    assert await storage.keys(f"{other}/") == [f"{other}/photos/c.jpg"]


async def test_listing_a_folder_looks_at_no_other(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    for name in ("zips/a.zip", "zips/ab.zip", "zips/deep/a.zip", "assets/a.jpg"):
        await storage.put(f"{BANK}/{name}", b"x", mime="")
    seen: list[str] = []
    real = Path.is_file

    def noted(path: Path) -> bool:
        seen.append(path.name)
        return real(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "is_file", noted)
        found = await storage.keys(f"{BANK}/zips/a")
    assert found == [f"{BANK}/zips/a.zip", f"{BANK}/zips/ab.zip"]
    assert "a.jpg" not in seen


async def test_check_passes_while_writes_work(storage: Storage) -> None:
    await storage.check()
    assert await storage.keys("probe/") == []


@pytest.mark.parametrize(
    "key",
    [
        "../etc/passwd",
        "/etc/passwd",
        "bank/../other/x",
        "bank//x",
        "bank/.hidden",
        "bank/X.jpg",
        "bank/名.jpg",
        "bank/a b.jpg",
        "bank/a\x00.jpg",
        "bank",
        "",
        "bank/" + "a" * 300,
    ],
)
async def test_odd_keys_are_refused_before_anything_is_touched(storage: Storage, key: str) -> None:
    with pytest.raises(Invalid, match="存储路径不合法"):
        await storage.put(key, b"x", mime="text/plain")
    with pytest.raises(Invalid):
        await storage.get(key)


def test_a_good_key_passes() -> None:
    assert check_key(f"{BANK}/imports/{BANK}.csv") == f"{BANK}/imports/{BANK}.csv"


@pytest.mark.parametrize(("access", "secret"), [(ACCESS, "wrong"), ("nobody", SECRET)])
async def test_a_wrong_s3_key_is_said_clearly(s3: S3Server, access: str, secret: str) -> None:
    storage = open_storage(s3.url, access_key=access, secret_key=secret)
    with pytest.raises(Unavailable, match="访问密钥"):
        await storage.put(f"{BANK}/assets/x", b"x", mime="text/plain")
    with pytest.raises(Unavailable):
        await storage.check()


async def test_an_s3_server_that_is_gone_is_said_clearly(tmp_path: Path) -> None:
    url = "s3://hub?endpoint=http://127.0.0.1:9"
    storage = open_storage(url, access_key=ACCESS, secret_key=SECRET)
    with pytest.raises(Unavailable, match="没有应答"):
        await storage.get(f"{BANK}/assets/x")


@pytest.mark.parametrize("url", ["", "ftp://x/y", "s3:///nobucket", "data"])
def test_an_unknown_storage_url_names_the_setting(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        open_storage(url)
    assert "CONTENTHUB_STORAGE_URL" in caught.value.fields


async def test_a_write_that_dies_half_way_leaves_the_old_blob(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    key = f"{BANK}/assets/a.jpg"
    await storage.put(key, b"old", mime="image/jpeg")
    aside = tmp_path / BANK / "assets" / ".a.jpg.half"
    aside.write_bytes(b"ne")
    assert await storage.get(key) == b"old"
    assert await storage.keys(BANK) == [key]


_FILL = """
import asyncio, resource, signal, sys
from pathlib import Path
from contenthub.errors import Unavailable
from contenthub.storage import DiskStorage

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    asyncio.run(DiskStorage(Path(sys.argv[1])).put("bank/x/big", b"x" * 9000, mime="text/plain"))
except Unavailable as error:
    sys.exit(42 if "存储" in error.detail else 1)
"""


def test_a_file_that_cannot_grow_leaves_nothing_half_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FILL, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 42, done.stderr
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "tiny"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(where)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only root may mount a full disk; the RLIMIT test covers the rest")
    yield where
    subprocess.run(["umount", str(where)], check=True)


def test_a_disk_without_room_for_the_database_is_full(tiny_disk: Path, tmp_path: Path) -> None:
    assert is_full(tiny_disk)
    assert not is_full(tmp_path)
    assert not is_full(tmp_path / "absent")


async def test_a_full_disk_is_said_and_recovers_by_itself(tiny_disk: Path) -> None:
    storage = DiskStorage(tiny_disk)
    await storage.put(f"{BANK}/a/kept", b"k" * 8000, mime="text/plain")
    with pytest.raises(Unavailable, match="存储空间已满"):
        await storage.put(f"{BANK}/a/big", b"x" * 100_000, mime="text/plain")
    assert await storage.get(f"{BANK}/a/kept") == b"k" * 8000
    assert await storage.keys(BANK) == [f"{BANK}/a/kept"]
    await storage.delete(f"{BANK}/a/kept")
    await storage.put(f"{BANK}/a/again", b"x" * 20_000, mime="text/plain")


async def test_a_file_goes_in_and_comes_out_without_passing_through_memory(
    storage: Storage, tmp_path: Path
) -> None:
    source, back = tmp_path / "客户.csv", tmp_path / "back.csv"
    source.write_bytes(PICTURE * 100)
    key = f"{BANK}/imports/a.csv"
    await storage.put_file(key, source, mime="text/csv")
    await storage.get_file(key, back)
    assert back.read_bytes() == source.read_bytes()
    assert await storage.get(key) == source.read_bytes()


async def test_an_absent_blob_is_no_file_either(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="不存在"):
        await storage.get_file(f"{BANK}/imports/nobody.csv", tmp_path / "x.csv")


async def test_an_s3_server_that_dies_half_way_is_an_outage(tmp_path: Path) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        storage = open_storage(f"s3://hub?endpoint=http://127.0.0.1:{port}", access_key="a")
        with pytest.raises(Unavailable):
            await storage.get("bank/a/b.jpg")


async def test_a_locked_blob_is_kept_also_where_nothing_locks(storage: Storage) -> None:
    key, until = f"{BANK}/audit/seal-1.json", datetime(2029, 11, 26, tzinfo=UTC)
    for _ in range(2):
        await storage.put_locked(key, b"{}", mime="application/json", until=until)
    assert await storage.get(key) == b"{}"
    await storage.delete(key)
    assert await storage.keys(f"{BANK}/audit/") == []


@pytest.mark.parametrize("has_locks", [True, False])
async def test_s3_is_asked_for_a_retention_lock_first(has_locks: bool) -> None:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        if "expect: 100-continue" in head:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readexactly(2)
        asked.append(head)
        refused = "x-amz-object-lock-mode" in head and not has_locks
        body = b"<Error><Code>InvalidRequest</Code></Error>" if refused else b""
        line = b"HTTP/1.1 400 Bad Request" if refused else b"HTTP/1.1 200 OK"
        length = str(len(body)).encode()
        writer.write(line + b"\r\nconnection: close\r\ncontent-length: " + length + b"\r\n\r\n")
        writer.write(body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        storage = open_storage(
            f"s3://hub?endpoint=http://127.0.0.1:{port}", access_key="a", secret_key="b"
        )
        until = datetime(2029, 11, 26, tzinfo=UTC)
        await storage.put_locked("bank/a/b.json", b"{}", mime="application/json", until=until)
    locks = ["x-amz-object-lock-mode: governance" in head for head in asked]
    assert locks == ([True] if has_locks else [True, False])
    assert "x-amz-object-lock-retain-until-date: 2029-11-26t00:00:00z" in asked[0]


async def test_a_part_of_a_blob_is_read_and_its_size_told(storage: Storage) -> None:
    key = f"{BANK}/assets/part.mp4"
    await storage.put(key, PICTURE, mime="video/mp4")
    assert await storage.size_of(key) == len(PICTURE)
    for first, last in ((0, len(PICTURE) - 1), (5, 5), (100, 70_000)):
        got = b"".join([block async for block in storage.read(key, first, last)])
        assert got == PICTURE[first : last + 1]
    with pytest.raises(NotFound):
        await storage.size_of(f"{BANK}/assets/nobody.mp4")
    with pytest.raises(NotFound):
        async for _ in storage.read(f"{BANK}/assets/nobody.mp4", 0, 1):
            pass


async def test_a_blob_is_copied_on_its_own_side(storage: Storage) -> None:
    await storage.put(f"{BANK}/assets/one.jpg", PICTURE, mime="image/jpeg")
    await storage.copy(f"{BANK}/assets/one.jpg", f"{BANK}/kits/two.jpg")
    assert await storage.get(f"{BANK}/kits/two.jpg") == PICTURE
    with pytest.raises(NotFound):
        await storage.copy(f"{BANK}/assets/nobody.jpg", f"{BANK}/kits/three.jpg")


async def test_a_listing_tells_size_and_age(storage: Storage) -> None:
    bank = BANK[:-1] + "6"
    await storage.put(f"{bank}/assets/a.jpg", b"12345", mime="image/jpeg")
    (entry,) = await storage.entries(f"{bank}/assets/")
    assert (entry.key, entry.size_bytes) == (f"{bank}/assets/a.jpg", 5)
    assert abs((datetime.now(UTC) - entry.modified_at).total_seconds()) < 3600


async def test_a_browser_puts_exactly_the_file_it_was_given_an_address_for(s3: S3Server) -> None:
    endpoint = s3.url.split("endpoint=")[1].split("&")[0]
    storage = open_storage(f"{s3.url}&public={endpoint}", access_key=ACCESS, secret_key=SECRET)
    key = f"{BANK}/uploads/film.mp4"
    url = storage.upload_url(key, mime="video/mp4", size_bytes=len(PICTURE), seconds=600)
    headers = {"content-type": "video/mp4"}
    async with httpx.AsyncClient() as client:
        other = url.replace("film.mp4", "other.mp4")
        for wrong_url, wrong_headers, data in (
            (other, headers, PICTURE),
            (url, {"content-type": "text/html"}, PICTURE),
            (url, headers, PICTURE + b"x"),
        ):
            refused = await client.put(wrong_url, content=data, headers=wrong_headers)
            assert refused.status_code >= 400, (wrong_url, refused.text)
        taken = await client.put(url, content=PICTURE, headers=headers)
        assert taken.status_code == 200, taken.text
    assert await storage.get(key) == PICTURE
    plain = open_storage(s3.url, access_key=ACCESS, secret_key=SECRET)
    assert (storage.upload_origin(), plain.upload_origin()) == (endpoint, "")
    assert plain.upload_url(key, mime="video/mp4", size_bytes=1, seconds=600) == ""


async def test_a_public_store_keeps_its_files_below_its_prefix_and_says_how_long_they_keep(
    s3: S3Server, tmp_path: Path
) -> None:
    settings = Settings(
        cdn_url="https://cdn.example.com/p/",
        cdn_storage_url=s3.url.replace("?", "/posters?"),
        cdn_access_key=ACCESS,
        cdn_secret_key=SECRET,
        cdn_cache_seconds=600,
    )
    store = open_public(settings)
    assert store is not None
    await store.put(f"{BANK}/a.jpg", PICTURE, mime="image/jpeg")
    assert (s3.root / "hub" / "posters" / BANK / "a.jpg").read_bytes() == PICTURE
    assert [one.key for one in await store.entries(BANK)] == [f"{BANK}/a.jpg"]
    assert store.url(f"{BANK}/a.jpg") == f"https://cdn.example.com/p/{BANK}/a.jpg"
    assert store.origin == "https://cdn.example.com"
    assert isinstance(store.storage, S3Storage)
    told = await store.storage._call("head_object", Key=f"posters/{BANK}/a.jpg")
    assert told["CacheControl"] == "public, max-age=600, immutable"
    disk = open_public(replace(settings, cdn_storage_url=(tmp_path / "open").as_uri()))
    assert disk is not None
    mask = os.umask(0o077)  # as the services run (deploy/systemd)
    try:
        await disk.put(f"{BANK}/a.jpg", PICTURE, mime="image/jpeg")
    finally:
        os.umask(mask)
    kept = tmp_path / "open" / BANK / "a.jpg"
    modes = [place.stat().st_mode & 0o005 for place in (kept.parent.parent, kept.parent, kept)]
    assert modes == [0o005, 0o005, 0o004]  # a web server's own account reads it
    with pytest.raises(Invalid, match="桶名后的目录"):
        open_public(replace(settings, cdn_storage_url="s3://hub/A B?endpoint=http://x"))
