"""The demo's province union, which sees sums of both banks; and the people from outside."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from contenthub.cli_demo_people import OPENED
from contenthub.cli_demo_roster import DemoBank
from contenthub.db import Platform, TenantId
from contenthub.tenants import actions as tenants
from contenthub.tenants import (
    actions_banks,
    actions_guests,
    actions_members,
    actions_openings,
    actions_operators,
    actions_platform,
    queries,
    queries_platform,
    totp,
)
from contenthub.tenants.models_security import Operator
from contenthub.web.firstpasswords import generated
from contenthub.web.house import House

UNION = actions_openings.Opening(
    "shenglian", "省农信联社", "省农村信用社联合社", "96000", "admin", "联社管理员"
)
DOMAIN = "hub.shenglian.example.com"
PLATFORM = "platform"
"""Stands where a log-in's bank would: these people belong to none."""
OPERATORS = (
    ("platform1", "王一", "platform", "平台运营"),
    ("platform2", "赵二", "platform", "平台运营"),
    ("agency1", "柳燕", "agency", "代运营（云帆营销）"),
)
_COMPANY = {"agency": "云帆营销"}
_REASON = "行里报障：推送没有按时发出，查看推送记录"
_ASKED = "行里报障：海报上的二维码扫不出，查看海报和链接"


async def open_union(house: House, members: Sequence[DemoBank], *, now: datetime) -> dict[str, Any]:
    """Open a parent bank with an administrator only, put the banks below it; return its log-in."""
    word, at = generated(), now - OPENED
    tenant = await actions_openings.open_with_admin(
        house.database, UNION, password=word, by=None, at=at
    )
    async with house.database.unit_of_work(tenant) as db:
        await tenants.set_settings(db, {"totp_for": "none"}, at=at)
        admin = await queries.staff_by_login(db, UNION.admin_login)
        if admin is not None:
            admin.must_change_password = False  # a demo's password is for its reader
            # Waits on the platform's page for its DNS record to be checked.
            await actions_banks.change_brand(db, {"domain": DOMAIN}, by=admin, at=at)
    async with house.database.platform_unit_of_work() as platform:
        for bank in members:
            await actions_platform.set_parent(platform, bank.slug, UNION.slug, by=None, at=at)
        await actions_members.gather(platform, tenant, at=now)
    return {
        "bank": UNION.slug,
        "login": UNION.admin_login,
        "password": word,
        "roles": ["bank_admin"],
        "url": f"{house.settings.public_url}/login?bank={UNION.slug}",
        "bank_name": UNION.name,
        "name": UNION.admin_name,
        "title": "上级行管理员",
    }


async def let_guests_in(
    house: House, banks: Sequence[DemoBank], *, now: datetime
) -> list[dict[str, Any]]:
    """Let the platform's people have been in the first bank, and an agency's in every one.

    Return their log-ins: they need a code each time, which `operator demo-code` tells.
    """
    accounts, people = [], []
    async with house.database.platform_unit_of_work() as platform:
        for login, name, kind, title in OPERATORS:
            accounts.append(await _employ(platform, house, (login, name, kind, title), now=now))
            await platform.flush()
            person = await queries_platform.operator_by_login(platform, login)
            assert person is not None, "it was made above"
            people.append(person)
    first, second, agent = people
    await _visited(house, banks[0].slug, (first, second), now=now)
    async with house.database.platform_unit_of_work() as platform:
        await actions_guests.request_visit(
            platform, banks[-1].slug, reason=_ASKED, minutes=20, by=first, at=now
        )
    for bank in banks:
        await _hired(house, bank.slug, agent, now=now)
    return accounts


async def _employ(
    db: Platform, house: House, who: tuple[str, str, str, str], *, now: datetime
) -> dict[str, Any]:
    login, name, kind, title = who
    fresh = actions_operators.Fresh(generated(), secrets.token_bytes(totp.SECRET_BYTES))
    made = await actions_operators.create_operator(
        db,
        login,
        name=name,
        kind=kind,
        company=_COMPANY.get(kind, ""),
        fresh=fresh,
        keyring=house.keyring,
        at=now - OPENED,
    )
    return {
        "bank": PLATFORM,
        "login": login,
        "password": made.password,
        "roles": [kind],
        "url": f"{house.settings.public_url}/platform/login",
        "bank_name": "平台控制台",
        "name": name,
        "title": title,
        "totp_secret": made.secret,
    }


async def _visited(
    house: House, slug: str, pair: tuple[Operator, Operator], *, now: datetime
) -> None:
    """Let the first of two operators have been in a bank for 18 minutes, three days ago."""
    (first, second), at = pair, now - timedelta(days=3)
    async with house.database.platform_unit_of_work() as platform:
        visit = await actions_guests.request_visit(
            platform, slug, reason=_REASON, minutes=30, by=first, at=at
        )
        await platform.flush()
        at += timedelta(minutes=4)
        await actions_guests.grant_visit(platform, visit.id, by=second, at=at)
        found = await actions_platform.bank_by_slug(platform, slug)
    async with house.database.unit_of_work(TenantId(found.id)) as db:
        by = actions_platform.actor(first)
        await actions_guests.end_visit(db, visit.id, by=by, at=at + timedelta(minutes=18))


async def _hired(house: House, slug: str, agent: Operator, *, now: datetime) -> None:
    """Let a bank have invited an agency's operator, who came the day after."""
    async with house.database.platform_unit_of_work() as platform:
        found = await actions_platform.bank_by_slug(platform, slug)
    async with house.database.unit_of_work(TenantId(found.id)) as db:
        admin = await queries.staff_by_login(db, "admin")
        assert admin is not None, "every demo bank has an administrator"
        until, at = now + timedelta(days=90), now - timedelta(days=2)
        invited = await actions_guests.invite_agency(db, agent.login, until=until, by=admin, at=at)
        await db.flush()
        await actions_guests.enter_agency(db, invited.id, by=agent, at=at + timedelta(days=1))
