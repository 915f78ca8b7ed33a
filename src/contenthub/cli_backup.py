"""`contenthub backup` and `restore`: one tar with database, files and the master key.

The dump and the row counts come from one snapshot; files are only ever added under new
names, so copying them after the dump gives at least what its rows point at.
"""

import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from contenthub import engines
from contenthub import engines_host as host
from contenthub.errors import Conflict, ContentHubError, Invalid, Unavailable
from contenthub.settings import Settings

DUMP, KEY, MANIFEST, OBJECTS = "database.dump", "secrets/master.key", "manifest.json", "objects"
FORMAT = 1
BACKUP_URL = "CONTENTHUB_BACKUP_DATABASE_URL"
DATABASE, FRESH = "contenthub", "contenthub_restore"

# One line `table|rows` for each table that holds rows (partitions, not their parents).
COUNT_ROWS = """
SELECT format('SELECT %L, count(*) FROM %I.%I', relname, nspname, relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = 'public' AND relkind = 'r' ORDER BY relname \\gexec
"""


class BrokenBackup(ContentHubError):
    """The backup file is damaged, incomplete, or was changed; nothing was restored."""

    status = 422
    code = "broken_backup"
    title = "备份文件不完整或已损坏，没有恢复任何内容"


@dataclass(slots=True)
class _Client:
    """PostgreSQL's client programs and how they reach the database as one who sees all rows."""

    bin_dir: Path
    env: dict[str, str] = field(repr=False)

    def run(self, *command: str, text: str = "") -> str:
        """Run a program; raises Unavailable with its own words."""
        done = subprocess.run(
            [self.bin_dir / command[0], *command[1:]],
            input=text,
            capture_output=True,
            encoding="utf-8",
            env=self.env,
        )
        if done.returncode != 0:
            raise Unavailable(f"{command[0]} 没有成功：{done.stderr.strip()[-800:]}")
        return done.stdout

    @contextmanager
    def snapshot(self) -> Iterator["_Snapshot"]:
        """Hold one transaction open and yield its snapshot."""
        with subprocess.Popen(
            [self.bin_dir / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=self.env,
        ) as psql:
            yield _Snapshot(psql)


class _Snapshot:
    """An exported snapshot: pg_dump and the counts see the same instant."""

    def __init__(self, psql: "subprocess.Popen[str]") -> None:
        self._psql = psql
        assert psql.stdin is not None  # both are pipes
        assert psql.stdout is not None
        psql.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ;\n")
        psql.stdin.write("SELECT version_num FROM alembic_version;\nSELECT pg_export_snapshot();\n")
        psql.stdin.flush()
        self.revision = psql.stdout.readline().strip()
        self.name = psql.stdout.readline().strip()
        if not self.name:
            raise Unavailable(f"数据库读不出来：{psql.communicate()[1].strip()[-400:]}")

    def counts(self) -> dict[str, int]:
        """Return rows by table, and end the transaction."""
        out, problem = self._psql.communicate(COUNT_ROWS)
        if self._psql.returncode != 0:
            raise Unavailable(f"数据库读不出来：{problem.strip()[-400:]}")
        return _counts(out)


def _counts(lines: str) -> dict[str, int]:
    pairs = (line.split("|") for line in lines.splitlines() if "|" in line)
    return {table: int(rows) for table, rows in pairs}


@contextmanager
def _client(settings: Settings, progress: host.Progress) -> Iterator[_Client]:
    """Yield the way to the whole database: embedded, or CONTENTHUB_BACKUP_DATABASE_URL."""
    if not settings.database_url:
        with engines.ready(settings, progress, create=False) as ready:
            assert ready.postgres is not None  # no URL was configured
            env = ready.postgres.client_environment() | {"PGDATABASE": DATABASE}
            yield _Client(ready.postgres.bin_dir, env)
        return
    url = os.environ.get(BACKUP_URL, "")
    if not url:
        raise Invalid.of(
            BACKUP_URL,
            "使用自己的数据库时，请指定能读取全部数据的备份角色地址（见 deploy/roles.sql）",
        )
    parts = urlsplit(url)
    env = {
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
    }
    yield _Client(engines.find_binaries(settings.postgres_bin), os.environ | env)


def objects_dir(settings: Settings) -> Path | None:
    """Return the disk store's directory; None when files live on S3."""
    if not settings.storage_url:
        return settings.data_dir / OBJECTS
    parts = urlsplit(settings.storage_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


class _Hashing(io.RawIOBase):
    """Reads through to a file and knows the SHA-256 of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = self._file.read(size)
        self.digest.update(data)
        return data


def backup(settings: Settings, target: Path, progress: host.Progress) -> dict[str, Any]:
    """Write a backup of database, files and master key to `target`; return its manifest.

    Works beside a running `up`. The file is readable by its owner only, because the key
    in it opens the sealed phones; it appears under its name once it is whole.

    Raises:
        Conflict: `target` exists.
        Unavailable: the database or the disk failed; no file is left.
    """
    if target.exists():
        raise Conflict(f"{target} 已存在；请换一个文件名，备份从不覆盖旧文件")
    partial = target.with_name(f".{target.name}.partial")
    dump = target.with_name(f".{target.name}.dump")
    try:
        with _client(settings, progress) as client, client.snapshot() as snapshot:
            progress("导出数据库")
            client.run("pg_dump", "-Fc", f"--snapshot={snapshot.name}", "-f", str(dump))
            manifest: dict[str, Any] = {
                "format": FORMAT,
                "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "postgres": client.run("pg_dump", "--version").strip(),
                "revision": snapshot.revision,
                "rows": snapshot.counts(),
            }
        progress("打包文件和密钥")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _pack(file, settings, dump, manifest)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
    except OSError as error:
        raise Unavailable(f"备份没有写成：{error.strerror}（{error.filename}）") from error
    finally:
        partial.unlink(missing_ok=True)
        dump.unlink(missing_ok=True)
    return manifest


def _pack(file: IO[bytes], settings: Settings, dump: Path, manifest: dict[str, Any]) -> None:
    store = objects_dir(settings)
    manifest["files_on"] = "s3" if store is None else "disk"
    hashes: dict[str, str] = {}
    with tarfile.open(fileobj=file, mode="w") as tar:
        hashes[DUMP] = _add_file(tar, DUMP, dump)
        if settings.master_key:
            key = settings.master_key
        else:
            key = engines.master_key_file(settings.data_dir).read_text("utf-8").strip()
        hashes[KEY] = _add_bytes(tar, KEY, key.encode())
        for path in _files(store):
            name = f"{OBJECTS}/{path.relative_to(store or path).as_posix()}"
            hashes[name] = _add_file(tar, name, path)
        manifest["sha256"] = hashes
        manifest["objects"] = len(hashes) - 2
        _add_bytes(tar, MANIFEST, json.dumps(manifest, ensure_ascii=False).encode())


def _files(store: Path | None) -> list[Path]:
    if store is None or not store.is_dir():
        return []
    return sorted(p for p in store.rglob("*") if p.is_file() and not p.name.startswith("."))


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> str:
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size, info.mode = os.fstat(file.fileno()).st_size, 0o600
        hashing = _Hashing(file)
        tar.addfile(info, hashing)
    return hashing.digest.hexdigest()


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> str:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    tar.addfile(info, io.BytesIO(data))
    return hashlib.sha256(data).hexdigest()


def restore(
    settings: Settings, source: Path, *, replace: bool, progress: host.Progress
) -> dict[str, Any]:
    """Bring a backup back into `settings.data_dir`; return its manifest and what was kept.

    Everything is checked first (hashes), then restored beside the present database, its
    rows counted against the manifest, and only then put in its place. A database that
    was there stays under another name.

    Raises:
        BrokenBackup: the file is not whole, or the restored rows are not the counted ones.
        Conflict: the directory already holds banks and `replace` was not given.
    """
    if settings.database_url:
        raise Invalid.of(
            "CONTENTHUB_DATABASE_URL",
            "恢复到自己的数据库请用 pg_restore（步骤见 deploy/README.md）；本命令恢复内嵌数据库",
        )
    with _opened(source) as tar:
        progress("校验备份文件")
        manifest = _checked(tar)
        postgres = engines.start_postgres(
            settings.data_dir, progress=progress, bin_dir=settings.postgres_bin
        )
        try:
            had_banks = _has_banks(postgres)
            if had_banks and not replace:
                raise Conflict(
                    "数据目录里已有银行数据；换一个目录，或加 --replace（旧库会改名保留）"
                )
            _put_key(tar, settings, replace=replace)
            progress("恢复数据库")
            _load(tar, postgres, settings)
            if _counts(postgres.sql(COUNT_ROWS, FRESH)) != manifest["rows"]:
                raise BrokenBackup("恢复出的行数与备份时不一致")
            progress("恢复文件")
            _put_objects(tar, settings)
            kept = _swap(postgres, keep=had_banks)
        finally:
            postgres.stop()
    return {**manifest, "kept_database": kept}


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:") as tar:
            yield tar
    except FileNotFoundError as error:
        raise Invalid.of("FILE", f"没有文件 {source}") from error
    except (tarfile.TarError, EOFError, KeyError) as error:
        raise BrokenBackup(f"{source} 不是完整的备份文件：{error}") from error


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise BrokenBackup(f"备份里缺少 {name}")
    return found


def _checked(tar: tarfile.TarFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.load(_member(tar, MANIFEST))
    if manifest.get("format") != FORMAT:
        raise BrokenBackup(f"备份格式 {manifest.get('format')} 不是本版本能读的 {FORMAT}")
    for name, wanted in manifest["sha256"].items():
        digest = hashlib.sha256()
        with _member(tar, name) as file:
            while part := file.read(1 << 20):
                digest.update(part)
        if digest.hexdigest() != wanted:
            raise BrokenBackup(f"{name} 的校验值不对")
    return manifest


def _has_banks(postgres: engines.PostgresEngine) -> bool:
    if postgres.sql("SELECT to_regclass('public.banks');", DATABASE).strip() == "":
        return False
    return postgres.sql("SELECT EXISTS (SELECT FROM banks);", DATABASE).strip() == "t"


def _put_key(tar: tarfile.TarFile, settings: Settings, *, replace: bool) -> None:
    """Put the backup's master key in place; another key that was there is kept beside it."""
    key = _member(tar, KEY).read().decode()
    present = settings.data_dir / "secrets" / "master.key"
    if present.exists() and present.read_text("utf-8").strip() != key:
        if not replace:
            raise Conflict(
                f"{present} 是另一把主密钥；换一个目录，或加 --replace（旧密钥会改名保留）"
            )
        present.rename(present.with_name(f"master.key.{datetime.now(UTC):%Y%m%d%H%M%S}"))
    host.make_dir(present.parent, 0o700)
    host.write_private(present, key + "\n")


def _load(tar: tarfile.TarFile, postgres: engines.PostgresEngine, settings: Settings) -> None:
    dump = settings.data_dir / ".restore.dump"
    postgres.drop_database(FRESH)
    postgres.create_database(FRESH)
    try:
        with _member(tar, DUMP) as packed, dump.open("wb") as file:
            dump.chmod(0o600)
            while part := packed.read(1 << 20):
                file.write(part)
        client = _Client(postgres.bin_dir, postgres.client_environment())
        client.run("pg_restore", "--exit-on-error", "-j", "2", "-d", FRESH, str(dump))
    finally:
        dump.unlink(missing_ok=True)


def _put_objects(tar: tarfile.TarFile, settings: Settings) -> None:
    store = objects_dir(settings)
    for info in tar.getmembers() if store is not None else ():
        if store is None or not info.isfile() or not info.name.startswith(OBJECTS + "/"):
            continue
        path = store / info.name.removeprefix(OBJECTS + "/")
        if ".." in path.parts:
            raise BrokenBackup(f"备份里有不合法的文件名 {info.name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_member(tar, info.name).read())


def _swap(postgres: engines.PostgresEngine, *, keep: bool) -> str:
    """Give the restored database its name; return the name the old one is kept under."""
    old = f"contenthub_before_{datetime.now(UTC):%Y%m%d%H%M%S}"
    postgres.sql(
        f"BEGIN; ALTER DATABASE {DATABASE} RENAME TO {old};"
        f" ALTER DATABASE {FRESH} RENAME TO {DATABASE}; COMMIT;"
    )
    if not keep:
        postgres.drop_database(old)
        return ""
    return old
