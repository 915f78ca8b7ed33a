"""`contenthub assets …`: what of a bank's files nobody uses, and clearing it away."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from contenthub.cli_terminal import Commands, command, emit, settings
from contenthub.settings import Settings
from contenthub.tenants import filesizes

SHOWN = 20


@click.group("assets", cls=Commands)
def assets() -> None:
    """素材文件（图片、视频、音频、PDF）。"""


@command(assets, "orphans")
@click.option("--bank", "slug", default="", help="只看这家银行；不写则全部银行")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=180,
    show_default=True,
    help="上传多少天、从没用到的文件算没用",
)
@click.option("--delete", is_flag=True, help="真的清理；不写则只列出，什么也不动")
def orphans(slug: str, days: int, delete: bool) -> None:
    """列出没有用到的文件和存储里没有登记的残留；--delete 清理（没用到的先进回收站）。"""
    rows = asyncio.run(look(settings(), slug, days=days, is_deleting=delete))
    lines = [line for row in rows for line in _lines(row)]
    after = [] if delete else ["以上只是列出，没有改动；加 --delete 才会清理"]
    emit(rows, *lines, *after)


async def look(
    settings: Settings, slug: str, *, days: int, is_deleting: bool
) -> list[dict[str, Any]]:
    """Return for each bank what nobody uses, before it is cleared if `is_deleting`.

    Raises:
        NotFound: no such bank.
    """
    from contenthub import cli_operate
    from contenthub.db import TenantId
    from contenthub.library import jobs_assets, queries_assets

    now, found = datetime.now(UTC), []
    banks = await cli_operate.list_banks(settings)
    async with cli_operate.opened(settings) as database:
        if slug:
            only = await cli_operate.bank_id(database, slug)
            banks = [bank for bank in banks if bank["id"] == only]
        for bank in banks:
            tenant = TenantId(bank["id"])
            async with database.reading(tenant) as db:
                unused = await queries_assets.unused(db, before=now - timedelta(days=days))
                binned = now - timedelta(days=settings.asset_trash_days)
                deleted = await queries_assets.deleted(db, before=binned)
            lost = await jobs_assets.orphans(database, tenant, now=now)
            row: dict[str, Any] = {
                "bank": bank["slug"],
                "unused": [_file(one.filename, one.size_bytes) for one in unused],
                "deleted": [_file(one.filename, one.size_bytes) for one in deleted],
                "objects": [_file(one.key, one.size_bytes) for one in lost],
            }
            if is_deleting:
                done = await jobs_assets.clear(
                    database,
                    tenant,
                    unused_days=days,
                    trash_days=settings.asset_trash_days,
                    now=now,
                )
                row["freed_bytes"] = done.freed_bytes
            found.append(row)
    return found


def _file(name: str, size_bytes: int) -> dict[str, Any]:
    return {"name": name, "bytes": size_bytes}


def _lines(row: dict[str, Any]) -> list[str]:
    heads = {
        "unused": "没有用到（清理时先进回收站）",
        "deleted": "回收站里已到期",
        "objects": "存储里没有登记的残留",
    }
    found = [f"{row['bank']}："]
    for name, head in heads.items():
        files = row[name]
        size = filesizes.shown(sum(one["bytes"] for one in files))
        found.append(f"  {head}：{len(files)} 个，{size}")
        found += [f"    {one['name']}" for one in files[:SHOWN]]
        if len(files) > SHOWN:
            found.append(f"    ……还有 {len(files) - SHOWN} 个，用 --json 看全部")
    if "freed_bytes" in row:
        found.append(f"  已清理，腾出 {filesizes.shown(row['freed_bytes'])}")
    return found
