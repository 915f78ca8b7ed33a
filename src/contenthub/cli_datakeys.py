"""`contenthub keys …`: data keys of banks, and the master key that wraps them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import click

from contenthub.cli_terminal import Commands, Steps, command, emit, settings
from contenthub.settings import Settings

LOOK_SECONDS = 1.0


@click.group("keys", cls=Commands)
def keys() -> None:
    """数据密钥与主密钥。"""


@command(keys, "list")
@click.option("--bank", "slug", required=True, help="银行简码")
def keys_list(slug: str) -> None:
    """列出一家银行的数据密钥。"""
    rows = asyncio.run(listed(settings(), slug))
    lines = [f"第 {r['no']} 号 {r['cipher']} {r['state']} 生成于 {r['created_at']}" for r in rows]
    emit({"bank": slug, "keys": rows}, *(lines or ["还没有数据密钥，后台任务进程会自动生成"]))


@command(keys, "rotate")
@click.option("--bank", "slug", required=True, help="银行简码")
def keys_rotate(slug: str) -> None:
    """生成一把新的数据密钥，并用它把已有数据在线重新加密（约 1 分钟后完成小数据量）。"""
    steps = Steps()
    done = asyncio.run(rotated(settings(), slug, steps))
    steps.done()
    emit(done, f"{slug}：{done['message']}")


@command(keys, "rewrap")
def keys_rewrap() -> None:
    """更换主密钥：用 CONTENTHUB_MASTER_KEY（新）重新包裹各家银行的密钥。

    旧的主密钥放在 CONTENTHUB_MASTER_KEY_OLD；完成后旧的就不再需要。
    """
    done = asyncio.run(rewrapped(settings()))
    emit(done, f"{len(done['banks'])} 家银行，改用新主密钥保护 {done['total']} 把密钥")


async def listed(known: Settings, slug: str) -> list[dict[str, Any]]:
    """Return a bank's data keys, newest first."""
    from contenthub.cli_operate import bank_id, opened
    from contenthub.tenants import bankkeys, queries_bankkeys

    async with opened(known) as database:
        async with database.reading(await bank_id(database, slug)) as db:
            return [
                {
                    "no": key.no,
                    "cipher": key.cipher,
                    "state": bankkeys.STATES[key.state],
                    "created_at": key.created_at.isoformat(timespec="seconds"),
                }
                for key in await queries_bankkeys.data_keys(db)
            ]


async def rotated(known: Settings, slug: str, progress: Any) -> dict[str, Any]:
    """Rotate a bank's data key here, unless a worker is quicker; return how it ended."""
    from contenthub.cli_operate import bank_id, opened
    from contenthub.tenants import actions_rotation, jobs_keys, queries

    async with opened(known) as database:
        tenant = await bank_id(database, slug)
        async with database.unit_of_work(tenant) as db:
            job = await actions_rotation.start_rotation(db, by=None, at=datetime.now(UTC))
        while job.state in ("queued", "running"):
            progress(f"{job.message}（{job.done:,} / {job.total:,} 行）")
            await asyncio.sleep(LOOK_SECONDS)
            await jobs_keys.rotate_keys(database, tenant, job_id=str(job.id))
            async with database.reading(tenant) as read:
                job = await queries.long_job(read, job.id)
        told = {"bank": slug, "state": job.state, "rows": job.done, "message": job.message}
        return {**told, "job_id": str(job.id)}


async def rewrapped(known: Settings) -> dict[str, Any]:
    """Wrap every bank's keys by the present master key; return how many, by bank and in all."""
    from sqlalchemy import text

    from contenthub.cli_operate import opened
    from contenthub.db import TenantId
    from contenthub.tenants import actions_bankkeys

    async with opened(known) as database:
        async with database.platform_unit_of_work() as platform:
            rows = await platform.execute(text("select slug, id from banks order by slug"))
            banks = [(row.slug, TenantId(row.id)) for row in rows]
            operators = await actions_bankkeys.reseal_operators(platform, database.resources)
        done = {}
        for slug, tenant in banks:
            async with database.unit_of_work(tenant) as db:
                done[slug] = await actions_bankkeys.rewrap_keys(db, at=datetime.now(UTC))
        return {"banks": done, "operators": operators, "total": sum(done.values())}
