"""`contenthub doctor`: checks, each with the fix of its failure; it looks and changes nothing."""

import asyncio
import importlib.util
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from contenthub import cli_running, engines
from contenthub import engines_host as host
from contenthub.channels import antivirus
from contenthub.db import Database
from contenthub.errors import ContentHubError
from contenthub.migrations import runner
from contenthub.settings import Settings
from contenthub.storage import DiskStorage, Storage, is_full, open_storage
from contenthub.storage_public import open_public
from contenthub.tenants.sealing import Keyring

FREE_BYTES = 2 * 1024**3
SKEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome; `fix` is empty when all is well."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


Check = Callable[[Settings], Awaitable[Finding]]


async def _python(_settings: Settings) -> Finding:
    shown = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info[:2] >= (3, 11)
    return Finding("Python 版本", ok, shown, "" if ok else "请安装 Python 3.11 或更新版本")


async def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_nearest(settings.data_dir)).free
    ok = free >= FREE_BYTES
    fix = "" if ok else f"请为 {settings.data_dir} 所在磁盘腾出至少 2 GiB"
    return Finding("磁盘空间", ok, f"剩余 {free / 1024**3:.1f} GiB", fix)


def _nearest(path: Path) -> Path:
    """Return `path`, or the directory it would be made in."""
    return next(one for one in (path, *path.parents) if one.exists())


async def _font(_settings: Settings) -> Finding:
    ok = importlib.util.find_spec("manimgx_fonts_cjk") is not None
    fix = "" if ok else "请执行 pip install manimgx-fonts-cjk"
    return Finding("海报字体", ok, "思源黑体" if ok else "缺少", fix)


async def _key(settings: Settings) -> Finding:
    if not settings.master_key and not engines.has_postgres(settings.data_dir):
        return Finding("主密钥", ok=True, detail="还没有；第一次启动时生成")
    Keyring(settings.master_key)
    return Finding("主密钥", ok=True, detail="32 字节")


async def _role(settings: Settings) -> Finding:
    database = Database(settings.database_url)
    try:
        await database.check_role()
    finally:
        await database.close()
    return Finding("数据库角色", ok=True, detail="应用角色受行级安全约束")


async def _database(settings: Settings) -> Finding:
    if not settings.database_url:
        return _not_running(settings, "数据库", "postgres")
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", "", 1), timeout=10)
    try:
        now, version = await connection.fetchrow("select now(), current_setting('server_version')")
    finally:
        await connection.close()
    skew_seconds = abs((datetime.now(UTC) - now).total_seconds())
    ok = skew_seconds <= SKEW_SECONDS
    fix = "" if ok else "请用 NTP（chrony）同步两台机器的时间，租约以数据库时间为准"
    return Finding("数据库", ok, f"PostgreSQL {version}，时间相差 {skew_seconds:.1f} 秒", fix)


async def _schema(settings: Settings) -> Finding:
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", "", 1), timeout=10)
    try:
        made = await connection.fetchval("select to_regclass('public.alembic_version') is not null")
        found = await connection.fetchval("select version_num from alembic_version") if made else ""
    finally:
        await connection.close()
    ok = found == runner.head()
    fix = "" if ok else "请执行 contenthub migrate"
    return Finding("数据库结构", ok, f"{found or '空'}（程序需要 {runner.head()}）", fix)


def _not_running(settings: Settings, name: str, engine: str) -> Finding:
    """Tell why an embedded engine does not answer: never used, stopped, or died below `up`."""
    data = settings.data_dir
    if engines.has_postgres(data) and is_full(data):
        return Finding(name, ok=False, detail="没有在运行：磁盘已满", fix=_freed(data))
    if pid := _holder(data):
        log = data / "engine" / f"{engine}.log"
        fix = (
            f"contenthub up（进程号 {pid}）会自动恢复它；一分钟后仍不行，请看 {log} 的末尾，"
            "再停止并重新执行 contenthub up"
        )
        return Finding(
            name, ok=False, detail="内置的服务没有应答，而 contenthub up 在运行", fix=fix
        )
    told = "没有在运行" if engines.has_postgres(data) else f"{data} 里还没有数据"
    return Finding(name, ok=False, detail=told, fix=f"请执行 contenthub up --data {data}")


def _freed(place: Path) -> str:
    return f"请清理或扩容 {place} 所在的磁盘；内置的数据库和缓存有了空间会自己恢复"


def _of_disk(name: str, error: Exception, settings: Settings) -> str:
    """Return the fix when a full disk, not an address, stopped a service; empty otherwise."""
    if name not in NEED_DATABASE | {"数据库", "Redis"}:
        return ""
    if engines.has_postgres(settings.data_dir) and is_full(settings.data_dir):
        return _freed(settings.data_dir)
    if isinstance(error, asyncpg.DiskFullError) or "MISCONF" in str(error):
        return "它写不进自己的磁盘，通常是磁盘已满：请清理或扩容它所在机器的磁盘，地址和密码没有错"
    return ""


def _holder(data_dir: Path) -> int:
    """Return the process id of the `up` that holds the directory, 0 when there is none."""
    try:
        pid = int((data_dir / "run" / "up.lock").read_text("utf-8"))
    except (OSError, ValueError):
        return 0
    return pid if "contenthub" in host.command_of(pid) else 0


async def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return _not_running(settings, "Redis", "valkey")
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=3, socket_timeout=3)
    try:
        await redis.ping()
        memory = await redis.info("memory")
    finally:
        await redis.aclose()
    policy = str(memory.get("maxmemory_policy"))
    ok = policy == "noeviction"
    fix = "" if ok else "请设置 maxmemory-policy noeviction，其他策略会悄悄丢掉任务提醒和登录状态"
    return Finding("Redis", ok, f"淘汰策略 {policy}", fix)


async def _storage(settings: Settings) -> Finding:
    url = settings.storage_url or (settings.data_dir / "objects").as_uri()
    store = open_storage(
        url, access_key=settings.storage_access_key, secret_key=settings.storage_secret_key
    )
    return await _writable("文件存储", store)


async def _published(settings: Settings) -> Finding:
    public = open_public(settings)
    if public is None:
        told = "没有配置；海报由本系统现画现发，各行不能打开“海报发布到 CDN”"
        return Finding("海报发布", ok=True, detail=told)
    return await _writable("海报发布", public.storage)


async def _writable(name: str, store: Storage) -> Finding:
    if not isinstance(store, DiskStorage):
        await store.check()  # asks whether the bucket is there, writes nothing
        return Finding(name, ok=True, detail="对象存储可用")
    place = _nearest(store.root)
    if is_full(place):
        fix = f"请清理或扩容 {place} 所在的磁盘"
        return Finding(name, ok=False, detail=f"{store.root} 写不进去：磁盘已满", fix=fix)
    ok = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    fix = "" if ok else f"请让运行 contenthub 的账号能写 {place}"
    return Finding(name, ok, f"{store.root} {'可写' if ok else '不能写'}", fix)


async def _antivirus(settings: Settings) -> Finding:
    if not settings.antivirus_url:
        told = "没有启用；上传的文件只查格式，不查病毒"
        return Finding("病毒扫描", ok=True, detail=told)
    return Finding("病毒扫描", ok=True, detail=await antivirus.version(settings.antivirus_url))


CHECKS: tuple[tuple[str, Check, str], ...] = (
    ("Python 版本", _python, ""),
    ("磁盘空间", _disk, "请检查数据目录是否存在、可写"),
    ("海报字体", _font, ""),
    ("主密钥", _key, "请设置 CONTENTHUB_MASTER_KEY_FILE，或从备份恢复 secrets/master.key"),
    ("数据库", _database, "请检查 CONTENTHUB_DATABASE_URL、网络和密码"),
    (
        "数据库角色",
        _role,
        "请让 CONTENTHUB_DATABASE_URL 使用 contenthub_app 角色（deploy/roles.sql）",
    ),
    ("数据库结构", _schema, "请执行 contenthub migrate"),
    ("Redis", _redis, "请检查 CONTENTHUB_REDIS_URL；没有 Redis 时推送仍会完成，但登录不可用"),
    ("文件存储", _storage, "请检查 CONTENTHUB_STORAGE_URL、密钥和磁盘空间"),
    ("海报发布", _published, "请检查 CONTENTHUB_CDN_STORAGE_URL、密钥和桶权限"),
    ("病毒扫描", _antivirus, "请检查 CONTENTHUB_ANTIVIRUS_URL，以及 clamd 是否在运行"),
)


NEED_DATABASE = frozenset({"数据库角色", "数据库结构"})


def examine(settings: Settings) -> list[dict[str, Any]]:
    """Run every check against what runs now; return the findings. Starts and makes nothing."""
    return [asdict(found) for found in asyncio.run(_all(cli_running.effective(settings)))]


async def _all(settings: Settings) -> list[Finding]:
    found: dict[str, Finding] = {}
    for name, check, fix in CHECKS:
        if name in NEED_DATABASE and not found["数据库"].ok:
            continue  # one cause is told once
        found[name] = await _tried(name, check, fix, settings)
    return list(found.values())


async def _tried(name: str, check: Check, fix: str, settings: Settings) -> Finding:
    try:
        return await check(settings)
    except ContentHubError as error:
        return Finding(name, ok=False, detail=error.detail, fix=fix)
    except TimeoutError:
        return Finding(name, ok=False, detail="没有在限定时间内应答", fix=fix)
    except ConnectionRefusedError as error:
        fix = _of_disk(name, error, settings) or fix
        return Finding(name, ok=False, detail="地址上没有服务在监听", fix=fix)
    except (OSError, asyncpg.PostgresError, RedisError) as error:
        told = str(error) or type(error).__name__
        return Finding(name, ok=False, detail=told, fix=_of_disk(name, error, settings) or fix)
