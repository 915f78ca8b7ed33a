"""The operator's work: banks, staff, keys, imports, the audit chain."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from contenthub import cli_running, engines
from contenthub.customers import jobs as customers_jobs
from contenthub.db import Database, TenantId, Write
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.kits import actions_starter
from contenthub.settings import Settings
from contenthub.storage import storage_of
from contenthub.tenants import actions as tenants
from contenthub.tenants import anchors, queries, queries_audit
from contenthub.tenants.keys import KeyTerms
from contenthub.tenants.models import Branch, Staff
from contenthub.web.firstpasswords import generated
from contenthub.web.house import close_house, make_house

HEAD_OFFICE_CODE = "0000"
EVERYBODY = 1_000_000


@dataclass(frozen=True, slots=True)
class NewBank:
    """What the operator says about a new bank."""

    slug: str
    name: str
    full_name: str
    hotline: str
    admin_login: str
    has_starter: bool = False
    """Whether it begins with the starter kit."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """What the operator says about a new person."""

    login: str
    name: str
    roles: list[str]
    branch_code: str
    staff_no: str


@dataclass(frozen=True, slots=True)
class Seats:
    """Where made-up customers may belong."""

    branches: list[tuple[str, str]]
    """(code, name) of each branch."""
    home: dict[str, str]
    """Staff number of each employee -> branch code."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Yield the database of a running `up`, or of engines started for this command.

    Raises:
        Conflict: there is no database yet, or nothing in it; nothing is made.
    """
    with engines.ready(settings, create=False) as ready:
        house = make_house(ready.settings)
        try:
            await check_schema(house.database)
            yield house.database
        finally:
            await close_house(house)


async def check_schema(database: Database) -> None:
    """Refuse a database without tables; raises Conflict naming the command that makes them."""
    async with database.unscoped_reading() as session:
        if await session.scalar(text("select to_regclass('banks') is null")):
            raise Conflict("数据库里还没有表：请先执行 contenthub up 或 contenthub migrate")


async def bank_id(database: Database, slug: str) -> TenantId:
    """Return the bank with this slug.

    Raises:
        NotFound: names the command that lists the banks.
    """
    async with database.unscoped_reading() as session:
        found = await queries.find_bank(session, slug)
    if found is None:
        raise NotFound(f"没有简码为 {slug} 的银行；用 contenthub bank list 查看全部")
    return found


async def create_bank(settings: Settings, new: NewBank) -> dict[str, Any]:
    """Open a bank with its head office and first administrator; return the log-in."""
    now = datetime.now(UTC)
    async with opened(settings) as database:
        async with database.platform_unit_of_work() as db:
            tenant = await tenants.open_bank(
                db,
                new.slug,
                name=new.name,
                full_name=new.full_name or new.name,
                hotline=new.hotline,
                at=now,
            )
        async with database.unit_of_work(tenant) as bank:
            head = await tenants.open_branch(
                bank, HEAD_OFFICE_CODE, "总行", kind="head", parent=None, at=now
            )
            admin = NewStaff(new.admin_login, "管理员", ["bank_admin"], HEAD_OFFICE_CODE, "admin")
            password = await _invite(bank, head, admin, now)
            if new.has_starter:
                by = await queries.staff_by_login(bank, new.admin_login)
                assert by is not None, "it was made above"
                await actions_starter.import_starter(bank, [], by=by, at=now)
    return {
        "id": str(tenant),
        "slug": new.slug,
        "login": new.admin_login,
        "password": password,
        "url": cli_running.effective(settings).public_url,
    }


async def list_banks(settings: Settings) -> list[dict[str, Any]]:
    """Return every bank: id, slug, name, state, created_at."""
    async with opened(settings) as database, database.platform_unit_of_work() as db:
        rows = await db.execute(
            text("select id, slug, name, state, created_at from banks order by slug")
        )
        return [dict(row._mapping) for row in rows]


async def _invite(db: Write, branch: Branch, new: NewStaff, now: datetime) -> str:
    password = generated()
    facts = {
        "login": new.login,
        "staff_no": new.staff_no or new.login,
        "name": new.name,
        "roles": new.roles,
        "must_change_password": True,
    }
    await tenants.invite_staff(db, branch, facts=facts, password=password, by=None, at=now)
    return password


async def invite_staff(settings: Settings, slug: str, new: NewStaff) -> dict[str, Any]:
    """Add a person to a bank; return the log-in with its generated password."""
    async with opened(settings) as database:
        tenant = await bank_id(database, slug)
        async with database.unit_of_work(tenant) as db:
            known = {branch.code: branch for branch in await queries.branches(db)}
            if new.branch_code not in known:
                raise Invalid.of(
                    "--branch", f"没有机构号 {new.branch_code}；已有：{'、'.join(known)}"
                )
            password = await _invite(db, known[new.branch_code], new, datetime.now(UTC))
    return {"bank": slug, "login": new.login, "password": password, "roles": new.roles}


async def seats(settings: Settings, slug: str) -> Seats:
    """Return a bank's branches and its active employees (those who look after customers)."""
    async with opened(settings) as database:
        tenant = await bank_id(database, slug)
        async with database.reading(tenant) as db:
            branches = await queries.branches(db)
            people = await queries.employees(db, limit=EVERYBODY)
    codes = {branch.id: branch.code for branch in branches}
    return Seats(
        [(branch.code, branch.name) for branch in branches if branch.state == "open"],
        {p.staff_no: codes[p.branch_id] for p in people if "employee" in p.roles},
    )


def key_terms(
    *, scopes: Sequence[str], networks: Sequence[str], per_minute: int, days: int | None
) -> KeyTerms:
    """Return the terms of a key as the command line says them; it ends after so many days."""
    ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
    return KeyTerms(tuple(scopes), tuple(networks), per_minute, ends)


async def create_key(
    settings: Settings, slug: str, *, login: str, name: str, terms: KeyTerms | None = None
) -> dict[str, Any]:
    """Make an API key that acts as a person; it is shown this once only."""
    async with opened(settings) as database:
        tenant = await bank_id(database, slug)
        async with database.unit_of_work(tenant) as db:
            owner: Staff | None = await queries.staff_by_login(db, login)
            if owner is None:
                raise NotFound(f"{slug} 没有登录名为 {login} 的员工")
            at = datetime.now(UTC)
            key, clear = await tenants.create_key(db, owner, name, by=None, at=at, terms=terms)
            return {"id": str(key.id), "bank": slug, "login": login, "key": clear}


async def _banks(database: Database, slug: str | None) -> list[tuple[str, TenantId]]:
    """Return the bank of a slug, or all of them, by slug."""
    if slug is not None:
        return [(slug, await bank_id(database, slug))]
    async with database.platform_unit_of_work() as db:
        rows = await db.execute(text("select slug, id from banks order by slug"))
        return [(row.slug, TenantId(row.id)) for row in rows]


async def verify_audit(settings: Settings, slug: str | None) -> list[dict[str, Any]]:
    """Check the audit chain of one bank or of all; return counts, ok and detail by bank."""
    async with opened(settings) as database:
        found = []
        for name, tenant in await _banks(database, slug):
            storage = storage_of(database.resources)
            async with database.reading(tenant) as read:
                copied_no = await queries_audit.copied_no(read)
            copies = await anchors.kept(storage, tenant, last=None)
            outside = queries_audit.Outside(copies, copied_no)
            async with database.reading(tenant) as read:
                verdict = await queries_audit.verify(read, outside=outside)
            found.append(
                {
                    "bank": name,
                    "entries": verdict.entries,
                    "sealed": verdict.entries - verdict.unsealed,
                    "unsealed": verdict.unsealed,
                    "ok": verdict.is_intact,
                    "detail": verdict.words,
                }
            )
    return found


async def check_audience(
    settings: Settings, slug: str | None, *, mend: bool = False
) -> list[dict[str, Any]]:
    """Compare the audience index of one bank or of all with its customers, and mend it if asked.

    Returns by bank: ok (as it is now), detail, and what was wrong.
    """
    found = []
    async with opened(settings) as database:
        for name, tenant in await _banks(database, slug):
            wrong = await customers_jobs.audience_differences(database, tenant)
            mended = await customers_jobs.mend_audience(database, tenant) if wrong and mend else 0
            is_right = not wrong or not await customers_jobs.audience_differences(database, tenant)
            told = f"有 {len(wrong)} 项不一致" if wrong else "索引与客户数据一致"
            lines = [
                f"{dim}:{key} 少 {lacks} 人，多 {extra} 人"
                for (dim, key), (lacks, extra) in wrong.items()
            ]
            found.append(
                {
                    "bank": name,
                    "ok": is_right,
                    "detail": told + ("，已改正" if mended and is_right else ""),
                    "wrong": lines,
                }
            )
    return found
