"""Is this process alive, and may it be given work."""

import shutil
from typing import Any

import msgspec
from litestar import Response, get
from redis.exceptions import RedisError
from sqlalchemy import text

from contenthub.errors import ContentHubError
from contenthub.migrations.runner import head
from contenthub.scheduler import queries_health
from contenthub.web.deps import TheHouse
from contenthub.web.house import House

FREE_SHARE = 0.05
"""Below this share of free disk a process is not ready (reliability Q14)."""


class Ready(msgspec.Struct):
    """What a process needs and whether it answers: part → "ok" or what is wrong."""

    ready: bool
    parts: dict[str, str]


@get("/livez", opt={"public": True}, include_in_schema=False)
async def livez() -> dict[str, str]:
    """Return that the process answers."""
    return {"status": "ok"}


@get("/readyz", opt={"public": True}, include_in_schema=False)
async def readyz(house: TheHouse) -> Response[Any]:
    """Return each part's state; 503 while one that pages need is missing."""
    database = await _database(house)
    parts = {
        "database": database,
        "redis": await _redis(house),
        "storage": await _storage(house),
        "disk": _disk(house),
        # A database that does not answer is waited for once.
        **(await _work(house) if database == "ok" else {}),
    }
    # Redis is a doorbell: without it nobody can sign in, but nothing is lost.
    ready = all(state == "ok" for state in parts.values())
    return Response(Ready(ready, parts), status_code=200 if ready else 503)


async def _database(house: House) -> str:
    try:
        async with house.database.unscoped_reading() as session:
            at = await session.scalar(text("select version_num from alembic_version"))
    except (ContentHubError, OSError) as error:
        return f"数据库没有应答：{error}"
    return (
        "ok" if at == head() else f"数据库版本 {at}，程序需要 {head()}；请运行 contenthub migrate"
    )


async def _work(house: House) -> dict[str, str]:
    try:
        async with house.database.unscoped_reading() as session:
            return await queries_health.faults(session) or {"worker": "ok"}
    except (ContentHubError, OSError):
        return {}  # the database has said so


def _disk(house: House) -> str:
    try:
        disk = shutil.disk_usage(house.settings.data_dir)
    except OSError:
        return "ok"  # nothing is kept on this machine
    if disk.free >= disk.total * FREE_SHARE:
        return "ok"
    free_mb = disk.free // 2**20
    return f"数据目录所在磁盘只剩 {free_mb:,} MB（不足 5%），请清理或扩容"


async def _redis(house: House) -> str:
    try:
        await house.redis.ping()
    except (RedisError, OSError):
        return "Redis 没有应答：暂时无法登录，推送和已保存的数据不受影响"
    return "ok"


async def _storage(house: House) -> str:
    try:
        await house.storage.check()
    except ContentHubError as error:
        return error.detail
    return "ok"


HANDLERS = [livez, readyz]
