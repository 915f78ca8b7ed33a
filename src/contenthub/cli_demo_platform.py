"""The demo's province union, which sees sums of both banks; and who has been in from outside."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from contenthub.cli_demo_people import OPENED
from contenthub.cli_demo_roster import DemoBank
from contenthub.db import TenantId, new_id
from contenthub.tenants import actions as tenants
from contenthub.tenants import (
    actions_guests,
    actions_members,
    actions_openings,
    actions_platform,
    queries,
)
from contenthub.tenants.models_security import Operator
from contenthub.web.firstpasswords import generated
from contenthub.web.house import House

UNION = actions_openings.Opening(
    "shenglian", "省农信联社", "省农村信用社联合社", "96000", "admin", "联社管理员"
)
_REASON = "行里报障：推送没有按时发出，查看推送记录"


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


async def let_guests_in(house: House, bank: DemoBank, *, now: datetime) -> None:
    """Let a bank have had one visit of the platform, and invite an agency.

    The two who visited are nobody's log-in: nobody can come again as them.
    """
    first, second = (
        Operator(id=new_id(), login=f"demo-{no}", name=name, kind="platform")
        for no, name in enumerate(("值班员甲", "值班员乙"), start=1)
    )
    at = now - timedelta(days=3)
    async with house.database.platform_unit_of_work() as platform:
        visit = await actions_guests.request_visit(
            platform, bank.slug, reason=_REASON, minutes=30, by=first, at=at
        )
        await platform.flush()
        at += timedelta(minutes=4)
        await actions_guests.grant_visit(platform, visit.id, by=second, at=at)
        found = await actions_platform.bank_by_slug(platform, bank.slug)
    async with house.database.unit_of_work(TenantId(found.id)) as db:
        at += timedelta(minutes=18)
        by = actions_platform.actor(first)
        await actions_guests.end_visit(db, visit.id, by=by, at=at)
        admin = await queries.staff_by_login(db, "admin")
        if admin is not None:
            until = now + timedelta(days=90)
            await actions_guests.invite_agency(
                db, "demo-agency", until=until, by=admin, at=now - timedelta(days=2)
            )
