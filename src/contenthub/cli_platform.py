"""`contenthub bank …` for whole banks, and `contenthub operator …` for who runs the platform."""

import asyncio
import base64
import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from contenthub.cli_terminal import Commands, Steps, command, emit, settings
from contenthub.settings import Settings

OUT = click.Path(dir_okay=False, path_type=Path)
Step = Callable[..., Awaitable[Any]]


@click.group("bank", cls=Commands)
def bank() -> None:
    """管理银行。"""


@command(bank, "suspend")
@click.argument("slug")
@click.option("--reason", required=True, help="原因，银行会看到")
def bank_suspend(slug: str, reason: str) -> None:
    """暂停一家银行：几秒内全员退出，推送不发，客户看到中性页面。"""
    done = asyncio.run(_do(settings(), "suspend_bank", slug, reason=reason))
    emit(done, f"已暂停 {done['name']}；恢复用 contenthub bank resume {slug}")


@command(bank, "resume")
@click.argument("slug")
def bank_resume(slug: str) -> None:
    """恢复一家暂停的银行；期间到点的推送按错过规则处理。"""
    done = asyncio.run(_do(settings(), "resume_bank", slug))
    emit(done, f"已恢复 {done['name']}")


@command(bank, "quota")
@click.argument("slug")
@click.argument("changes", metavar="KEY=VALUE…", nargs=-1)
def bank_quota(slug: str, changes: tuple[str, ...]) -> None:
    """查看或设置一家银行的用量上限，例如 bank quota qingyuan staff=500。"""
    shown = asyncio.run(_quotas(settings(), slug, changes))
    emit(shown, *(f"{row['label']}：已用 {row['used']}，上限 {row['limit']}" for row in shown))


@command(bank, "parent")
@click.argument("slug")
@click.argument("parent", metavar="PARENT", default="")
def bank_parent(slug: str, parent: str) -> None:
    """把一家银行放到上级（省联社）之下；不写上级则取消。"""
    done = asyncio.run(_do(settings(), "set_parent", slug, parent))
    emit(done, f"{done['name']} 的上级：{parent or '无'}")


@command(bank, "domain")
@click.argument("slug")
@click.argument("domain")
@click.option("--refuse", "reason", default="", help="拒绝并写明原因，银行会看到")
def bank_domain(slug: str, domain: str, reason: str) -> None:
    """核实归属后，确认（或拒绝）一家银行申报的域名。"""
    done = asyncio.run(_judge_domain(settings(), slug, domain, reason=reason))
    emit(done, f"{done['name']}：{'已拒绝' if reason else '已启用'}域名 {domain}")


@command(bank, "export")
@click.argument("slug")
@click.option("--out", type=OUT, required=True, help="ZIP 文件，例如 qingyuan.zip")
@click.option("--clear", "is_clear", is_flag=True, help="客户姓名和手机号为明文（记入审计）")
def bank_export(slug: str, out: Path, *, is_clear: bool) -> None:
    """把一家银行的全部数据导出到一个文件，不依赖本系统即可读取。"""
    from contenthub.errors import Conflict

    if out.exists():
        raise Conflict(f"{out} 已经存在，请换一个文件名")
    out.touch(0o600)  # nobody else reads it, from its first byte
    try:
        rows = asyncio.run(_export(settings(), slug, out.absolute(), is_clear=is_clear))
    except BaseException:
        out.unlink(missing_ok=True)  # half an archive looks like a whole one
        raise
    total = sum(rows.values())
    emit(
        {"file": out, "tables": len(rows), "rows": total, "bytes": out.stat().st_size},
        f"已导出 {len(rows)} 个表、{total} 行：{out}",
        *(["文件含客户明文信息，请加密保管"] if is_clear else []),
    )


@command(bank, "delete")
@click.argument("slug")
@click.option("--reason", default="", help="原因，银行会看到")
@click.option("--now", "is_now", is_flag=True, help="不等 30 天，立即清除（须同时加 --i-know）")
@click.option("--i-know", is_flag=True, help="知道清除后不能恢复")
def bank_delete(slug: str, reason: str, *, is_now: bool, i_know: bool) -> None:
    """申请删除一家银行：30 天内可撤销，之后清除全部行、文件和缓存。"""
    done = asyncio.run(_delete(settings(), slug, reason, is_now=is_now, i_know=i_know))
    if not is_now:
        until = done["delete_after_at"]
        emit(done, f"{done['name']} 将在 {until} 之后清除；撤销用 contenthub bank undelete {slug}")
        return
    rows = done["rows"]
    emit(
        done,
        f"已清除 {done['name']}：{sum(rows['before'].values())} 行（{len(rows['before'])} 个表）、"
        f"{done['objects']['before']} 个文件、{done['redis_keys']['before']} 个缓存键",
        f"复查剩余：{sum(rows['after'].values())} 行、{done['objects']['after']} 个文件",
    )


@command(bank, "undelete")
@click.argument("slug")
def bank_undelete(slug: str) -> None:
    """撤销删除申请（30 天内）。"""
    done = asyncio.run(_do(settings(), "undo_deletion", slug))
    emit(done, f"已撤销，{done['name']} 恢复正常")


@click.group("operator", cls=Commands)
def operator() -> None:
    """管理平台运营和代运营人员。"""


@command(operator, "create")
@click.argument("login")
@click.option("--name", required=True, help="姓名")
@click.option(
    "--kind",
    type=click.Choice(["platform", "agency"]),
    metavar="KIND",
    required=True,
    help="platform 平台运营，agency 代运营",
)
@click.option("--company", default="", help="代运营人员所在的公司，银行邀请前会看到")
def operator_create(login: str, name: str, kind: str, company: str) -> None:
    """新增一位平台人员，生成密码和动态验证码种子，只显示这一次。"""
    facts = {"name": name, "kind": kind, "company": company}
    made = asyncio.run(_operator(settings(), "create_operator", login, **facts))
    _shown(made)


@command(operator, "reset")
@click.argument("login")
def operator_reset(login: str) -> None:
    """重置一位平台人员的密码和动态验证码；旧的立即失效。"""
    _shown(asyncio.run(_operator(settings(), "reset_operator", login)))


def _shown(made: dict[str, str]) -> None:
    emit(
        made,
        f"登录名 {made['login']}，密码 {made['password']}",
        f"动态验证码种子 {made['secret']}",
        f"或在验证器里打开 {made['uri']}",
        f"登录地址 {made['url']}；以上只显示这一次",
    )


@command(operator, "demo-code")
@click.argument("login")
def operator_demo_code(login: str) -> None:
    """演示平台人员此刻的动态验证码（只对 up --demo 生成的账号有效）。"""
    from contenthub.cli_up import accounts_file
    from contenthub.errors import NotFound
    from contenthub.tenants import totp

    kept = accounts_file(settings().data_dir)
    accounts = json.loads(kept.read_text("utf-8")) if kept.exists() else []
    seeds = {a["login"]: a["totp_secret"] for a in accounts if a.get("totp_secret")}
    if login not in seeds:
        raise NotFound(f"{kept} 里没有平台人员 {login}；可选：{'、'.join(seeds) or '无'}")
    at = datetime.now(UTC)
    code = totp.code_of(base64.b32decode(seeds[login]), totp.step_at(at))
    left_seconds = totp.STEP_SECONDS - int(at.timestamp()) % totp.STEP_SECONDS
    emit({"code": code, "left_seconds": left_seconds}, f"{code}（还有 {left_seconds} 秒换下一个）")


@command(operator, "disable")
@click.argument("login")
def operator_disable(login: str) -> None:
    """停用一位平台人员，收回其进入各家银行的途径。"""
    done = asyncio.run(_disable(settings(), login))
    emit(done, f"已停用 {done['login']}")


@command(operator, "list")
def operator_list() -> None:
    """列出平台人员。"""
    rows = asyncio.run(_operators(settings()))
    emit(rows, *(f"{r['login']:24}{r['kind']:10}{r['state']:10}{r['name']}" for r in rows))


async def _judge_domain(known: Settings, slug: str, domain: str, *, reason: str) -> dict[str, Any]:
    from contenthub.cli_operate import opened
    from contenthub.tenants import actions_domains

    at = datetime.now(UTC)
    async with opened(known) as database, database.platform_unit_of_work() as db:
        if reason:
            done = await actions_domains.refuse(db, slug, domain, reason=reason, by=None, at=at)
        else:
            done = await actions_domains.confirm(db, slug, domain, by=None, at=at)
        return {"slug": done.slug, "name": done.name, "domain": done.domain}


async def _do(known: Settings, action: str, slug: str, *words: str, **facts: Any) -> dict[str, Any]:
    from contenthub.cli_operate import opened
    from contenthub.tenants import actions_platform

    step: Step = getattr(actions_platform, action)
    async with opened(known) as database, database.platform_unit_of_work() as db:
        done = await step(db, slug, *words, **facts, by=None, at=datetime.now(UTC))
        return {
            "slug": done.slug,
            "name": done.name,
            "state": done.state,
            "delete_after_at": done.delete_after_at,
        }


async def _quotas(known: Settings, slug: str, changes: tuple[str, ...]) -> list[dict[str, Any]]:
    from contenthub.cli_banks import pairs
    from contenthub.cli_operate import opened
    from contenthub.tenants import actions_platform, queries_platform, quotas

    async with opened(known) as database, database.platform_unit_of_work() as db:
        if changes:
            bank_row = await actions_platform.bank_by_slug(db, slug)
            said = {**bank_row.quotas, **pairs(changes)}
            await actions_platform.set_quotas(db, slug, said, by=None, at=datetime.now(UTC))
            await db.flush()
        line = await queries_platform.bank_line(db, slug)
    used = {"staff": line.staff, "customers": line.customers, "storage_bytes": line.storage_bytes}
    held = quotas.limits(line.quotas)
    return [
        {"name": name, "label": quota.label, "used": used.get(name, "—"), "limit": held[name]}
        for name, quota in quotas.QUOTAS.items()
    ]


async def _export(known: Settings, slug: str, out: Path, *, is_clear: bool) -> dict[str, int]:
    from contenthub.cli_operate import opened
    from contenthub.db import TenantId
    from contenthub.storage import storage_of
    from contenthub.tenants import actions_platform, queries_archive
    from contenthub.tenants.actions import record

    now = datetime.now(UTC)
    async with opened(known) as database:
        async with database.platform_unit_of_work() as db:
            found = await actions_platform.bank_by_slug(db, slug)
            inside = actions_platform.inside(db, found.id)
            by = actions_platform.actor(None)
            record(inside, "bank.exported", "bank", found.id, by=by, at=now, clear=is_clear)
            actions_platform.note(db, "bank.exported", slug, by=None, at=now, clear=is_clear)
        storage = storage_of(database.resources)
        return await queries_archive.write_archive(
            database, storage, TenantId(found.id), out, is_clear=is_clear, at=now
        )


async def _delete(
    known: Settings, slug: str, reason: str, *, is_now: bool, i_know: bool
) -> dict[str, Any]:
    from contenthub.cli_operate import opened
    from contenthub.tenants import actions_platform, jobs_banks

    now = datetime.now(UTC)
    async with opened(known) as database:
        async with database.platform_unit_of_work() as db:
            found = await actions_platform.bank_by_slug(db, slug)
            if found.state != "deleting" or not is_now:
                found = await actions_platform.request_deletion(
                    db, slug, reason=reason, by=None, at=now
                )
            if is_now:
                await actions_platform.end_grace(db, slug, i_know=i_know, by=None, at=now)
        shown: dict[str, Any] = {"slug": slug, "name": found.name, "state": found.state}
        if not is_now:
            return {**shown, "delete_after_at": found.delete_after_at}
        steps = Steps()
        steps("清除数据")
        proof = await jobs_banks.erase(database, found.id)
        steps.done()
        return {**shown, "state": "deleted", **proof.proof}


async def _operator(known: Settings, action: str, login: str, **facts: str) -> dict[str, str]:
    from contenthub.cli_operate import opened
    from contenthub.tenants import actions_operators, totp

    step: Step = getattr(actions_operators, action)
    async with opened(known) as database, database.platform_unit_of_work() as db:
        keyring = database.resources["keyring"]
        fresh = actions_operators.Fresh(
            secrets.token_urlsafe(15), secrets.token_bytes(totp.SECRET_BYTES)
        )
        made = await step(db, login, fresh=fresh, keyring=keyring, at=datetime.now(UTC), **facts)
    return {
        "login": made.login,
        "password": made.password,
        "secret": made.secret,
        "uri": made.uri,
        "url": door_url(known),
    }


def door_url(known: Settings) -> str:
    """Return where operators sign in, as the running `up` of the data directory is reached.

    Without one and without an address of our own being set, only the path: a host would be a guess.
    """
    from contenthub import cli_running

    base = cli_running.effective(known).public_url
    is_guess = not cli_running.running_pid(known.data_dir) and base == type(known)().public_url
    return ("" if is_guess else base) + "/platform/login"


async def _disable(known: Settings, login: str) -> dict[str, str]:
    from contenthub.cli_operate import opened
    from contenthub.tenants import actions_operators

    async with opened(known) as database, database.platform_unit_of_work() as db:
        done = await actions_operators.disable_operator(db, login, at=datetime.now(UTC))
        return {"login": done.login, "state": done.state}


async def _operators(known: Settings) -> list[dict[str, str]]:
    from contenthub.cli_operate import opened
    from contenthub.tenants import queries_platform

    async with opened(known) as database, database.platform_unit_of_work() as db:
        return [
            {"login": o.login, "name": o.name, "kind": o.kind, "state": o.state}
            for o in await queries_platform.operators(db)
        ]
