"""The platform's banks: the list, a new one, one bank's quotas, state and parent."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from contenthub.tenants import (
    actions_openings,
    actions_platform,
    bankstates,
    queries_platform,
    quotas,
)
from contenthub.web.deps import InState, Now, OverBanks, TheHouse
from contenthub.web.house import House
from contenthub.web.pages import go, page
from contenthub.web.platform.signin import ForOperator, operator_of
from contenthub.web.platform.words import platform_detail, platform_words

OPERATOR = ForOperator("platform")
ENTRIES = 200


@dataclass
class NewBankForm:
    """What the form of a new bank sends."""

    slug: str = ""
    name: str = ""
    full_name: str = ""
    hotline: str = ""
    admin_login: str = "admin"
    admin_name: str = ""


@dataclass
class QuotaForm:
    """A bank's limits; an empty one holds its default."""

    staff: str = ""
    customers: str = ""
    storage_bytes: str = ""
    pushes_a_day: str = ""
    api_per_minute: str = ""


@dataclass
class ReasonForm:
    """Why a bank is suspended or deleted; the bank reads it."""

    reason: str = ""


@dataclass
class ParentForm:
    """The slug of the parent bank; empty for none."""

    parent: str = ""


@get("/platform", guards=[ForOperator("platform", "agency")], include_in_schema=False)
async def banks_page(
    request: Request[Any, Any, Any],
    house: TheHouse,
    now: Now,
    q: FromQuery[str] = "",
    in_state: InState = "",
) -> Template | Redirect:
    """Show the banks with their use; an agency's operator goes to the banks that invited them."""
    if operator_of(request).kind == "agency":
        return Redirect("/platform/agency", status_code=303)
    return await _list(request, house, q=q.strip(), state=in_state)


async def _list(
    request: Request[Any, Any, Any],
    house: House,
    *,
    q: str = "",
    state: str = "",
    fresh: dict[str, str] | None = None,
) -> Template:
    async with house.database.platform_unit_of_work() as db:
        lines = await queries_platform.bank_lines(db)
    found = [
        line
        for line in lines
        if q.lower() in f"{line.name} {line.slug} {line.parent_slug}" and state in ("", line.state)
    ]
    return page(
        request,
        "platform/banks.html",
        operator=operator_of(request),
        lines=[(line, _uses(line)) for line in found],
        names={line.slug: line.name for line in lines},
        total=len(lines),
        states=bankstates.STATES,
        q=q,
        state=state,
        fresh=fresh,
    )


def _uses(line: queries_platform.BankLine) -> list[quotas.Use]:
    used = {
        "staff": line.staff,
        "customers": line.customers,
        "storage_bytes": line.storage_bytes,
    }
    return quotas.uses(used, line.quotas)


@post("/platform/banks", guards=[OPERATOR], status_code=200, include_in_schema=False)
async def open_bank(
    request: Request[Any, Any, Any], data: URLEncodedBody[NewBankForm], house: TheHouse, now: Now
) -> Template:
    """Open a bank with its first administrator, whose password is shown this once."""
    new = actions_openings.Opening(
        slug=data.slug.strip().lower(),
        name=data.name.strip(),
        full_name=data.full_name.strip() or data.name.strip(),
        hotline=data.hotline.strip(),
        admin_login=data.admin_login.strip(),
        admin_name=data.admin_name.strip() or "管理员",
    )
    password = secrets.token_urlsafe(15)
    await actions_openings.open_with_admin(
        house.database, new, password=password, by=operator_of(request), at=now
    )
    fresh = {"slug": new.slug, "login": new.admin_login, "password": password}
    return await _list(request, house, fresh=fresh)


@get("/platform/banks/{slug:str}", guards=[OPERATOR], include_in_schema=False)
async def one_bank(
    request: Request[Any, Any, Any], slug: FromPath[str], platform: OverBanks, now: Now
) -> Template:
    """Show one bank: use, limits, state, parent and what operators did to it."""
    line = await queries_platform.bank_line(platform, slug)
    entries = await queries_platform.entries(platform, slug=line.slug, limit=30)
    others = [(each.slug, each.name) for each in await queries_platform.bank_lines(platform)]
    return page(
        request,
        "platform/bank.html",
        operator=operator_of(request),
        line=line,
        used={use.name: use for use in _uses(line)},
        quota_table=quotas.QUOTAS,
        quota_words=quotas.shown,
        actions=bankstates.allowed(line.state),
        states=bankstates.STATES,
        entries=entries,
        platform_words=platform_words,
        platform_detail=platform_detail,
        parents=[("", "没有上级")]
        + [(slug, f"{name}（{slug}）") for slug, name in others if slug != line.slug],
    )


@post("/platform/banks/{slug:str}/quotas", guards=[OPERATOR], include_in_schema=False)
async def change_quotas(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    data: URLEncodedBody[QuotaForm],
    platform: OverBanks,
    now: Now,
) -> Response[Any]:
    """Set a bank's limits."""
    await actions_platform.set_quotas(platform, slug, vars(data), by=operator_of(request), at=now)
    return _back(request, slug)


@post("/platform/banks/{slug:str}/suspend", guards=[OPERATOR], include_in_schema=False)
async def suspend(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    data: URLEncodedBody[ReasonForm],
    platform: OverBanks,
    now: Now,
) -> Response[Any]:
    """Suspend a bank."""
    await actions_platform.suspend_bank(
        platform, slug, reason=data.reason, by=operator_of(request), at=now
    )
    return _back(request, slug)


@post("/platform/banks/{slug:str}/resume", guards=[OPERATOR], include_in_schema=False)
async def resume(
    request: Request[Any, Any, Any], slug: FromPath[str], platform: OverBanks, now: Now
) -> Response[Any]:
    """Resume a suspended bank."""
    await actions_platform.resume_bank(platform, slug, by=operator_of(request), at=now)
    return _back(request, slug)


@post("/platform/banks/{slug:str}/request_deletion", guards=[OPERATOR], include_in_schema=False)
async def request_deletion(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    data: URLEncodedBody[ReasonForm],
    platform: OverBanks,
    now: Now,
) -> Response[Any]:
    """Begin the 30 days of grace before a bank is erased."""
    await actions_platform.request_deletion(
        platform, slug, reason=data.reason, by=operator_of(request), at=now
    )
    return _back(request, slug)


@post("/platform/banks/{slug:str}/undo_deletion", guards=[OPERATOR], include_in_schema=False)
async def undo_deletion(
    request: Request[Any, Any, Any], slug: FromPath[str], platform: OverBanks, now: Now
) -> Response[Any]:
    """Take a deletion back within its grace."""
    await actions_platform.undo_deletion(platform, slug, by=operator_of(request), at=now)
    return _back(request, slug)


@post("/platform/banks/{slug:str}/parent", guards=[OPERATOR], include_in_schema=False)
async def set_parent(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    data: URLEncodedBody[ParentForm],
    platform: OverBanks,
    now: Now,
) -> Response[Any]:
    """Put a bank below a parent, or below none."""
    await actions_platform.set_parent(platform, slug, data.parent, by=operator_of(request), at=now)
    return _back(request, slug)


@get("/platform/entries", guards=[OPERATOR], include_in_schema=False)
async def entries_page(
    request: Request[Any, Any, Any],
    platform: OverBanks,
    slug: Annotated[str, QueryParameter(name="bank")] = "",
) -> Template:
    """Show what operators did, to one bank or to all, and the proofs of deleted banks."""
    entries = await queries_platform.entries(platform, limit=ENTRIES, slug=slug.strip().lower())
    erasures = await queries_platform.erasures(platform)
    return page(
        request,
        "platform/entries.html",
        operator=operator_of(request),
        entries=entries,
        bank_slug=slug,
        most=ENTRIES,
        platform_words=platform_words,
        platform_detail=platform_detail,
        erasures=[(each, _proof_words(each.proof, each.erased_at)) for each in erasures],
    )


def _proof_words(proof: dict[str, Any], erased_at: datetime | None) -> str:
    if erased_at is None:
        return "还没有清除"
    rows = sum(proof.get("rows", {}).get("before", {}).values())
    objects = proof.get("objects", {}).get("before", 0)
    keys = proof.get("redis_keys", {}).get("before", 0)
    return f"清除 {rows:,} 行、{objects:,} 个文件、{keys:,} 个缓存键；复查剩余 0"


def _back(request: Request[Any, Any, Any], slug: str) -> Response[Any]:
    return go(request, f"/platform/banks/{slug}")


HANDLERS = [
    banks_page,
    open_bank,
    one_bank,
    change_quotas,
    suspend,
    resume,
    request_deletion,
    undo_deletion,
    set_parent,
    entries_page,
]
