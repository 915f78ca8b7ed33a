"""`contenthub doctor`: checks, each with the fix of its failure."""

import asyncio
import importlib.util
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from contenthub import engines
from contenthub.db import Database
from contenthub.errors import ContentHubError
from contenthub.migrations import runner
from contenthub.settings import Settings
from contenthub.storage import open_storage
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
    free = shutil.disk_usage(settings.data_dir).free
    ok = free >= FREE_BYTES
    fix = "" if ok else f"请为 {settings.data_dir} 所在磁盘腾出至少 2 GiB"
    return Finding("磁盘空间", ok, f"剩余 {free / 1024**3:.1f} GiB", fix)


async def _font(_settings: Settings) -> Finding:
    ok = importlib.util.find_spec("manimgx_fonts_cjk") is not None
    fix = "" if ok else "请执行 pip install manimgx-fonts-cjk"
    return Finding("海报字体", ok, "思源黑体" if ok else "缺少", fix)


async def _key(settings: Settings) -> Finding:
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


async def _redis(settings: Settings) -> Finding:
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
    await store.check()
    return Finding("文件存储", ok=True, detail="可写")


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
)


def examine(settings: Settings) -> list[dict[str, Any]]:
    """Run every check against a running `up` (or engines started for it); return the findings."""
    try:
        with engines.ready(settings) as ready:
            return [asdict(found) for found in asyncio.run(_all(ready.settings))]
    except ContentHubError as error:
        return [asdict(Finding("内嵌服务", ok=False, detail=error.title, fix=error.detail))]


async def _all(settings: Settings) -> list[Finding]:
    return [await _tried(name, check, fix, settings) for name, check, fix in CHECKS]


async def _tried(name: str, check: Check, fix: str, settings: Settings) -> Finding:
    try:
        return await check(settings)
    except ContentHubError as error:
        return Finding(name, ok=False, detail=error.detail, fix=fix)
    except (OSError, asyncpg.PostgresError, RedisError, TimeoutError) as error:
        return Finding(name, ok=False, detail=str(error) or type(error).__name__, fix=fix)
