"""The operator's way back in for people: a log-in given anew, the demo's kept open."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from contenthub import engines
from contenthub.cli_operate import bank_id, check_schema
from contenthub.db import TenantId
from contenthub.settings import Settings
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_platform, actions_security, duties
from contenthub.tenants.models import Bank
from contenthub.web.firstpasswords import generated
from contenthub.web.house import close_house, make_house
from contenthub.web.sessions import end_sessions


async def reset_login(settings: Settings, slug: str, login: str, *, reason: str) -> dict[str, Any]:
    """Give a person a new first password, without one-time codes; every session ends.

    Raises:
        NotFound: no such bank or log-in. Invalid: no reason. Conflict: not at work.
    """
    now, word = datetime.now(UTC), generated()
    with engines.ready(settings, create=False) as ready:
        house = make_house(ready.settings)
        try:
            await check_schema(house.database)
            tenant = await bank_id(house.database, slug)
            async with house.database.unit_of_work(tenant) as db:
                by = actions_platform.actor(None)  # the trail says who: the command line
                staff = await actions_security.reset_login(
                    db, login, password=word, reason=reason, by=by, at=now
                )
            ended = await end_sessions(house.redis, tenant, staff.id)
        finally:
            await close_house(house)
    return {
        "bank": slug,
        "login": login,
        "password": word,
        "until": duties.first_password_until(now),
        "sessions_ended": ended,
    }


async def keep_demo_open(settings: Settings, slugs: Iterable[str]) -> list[str]:
    """Let demo banks that never said who needs one-time codes ask nobody; return their slugs.

    They were made when nobody was asked, and their log-ins are printed for everybody.
    """
    house, opened = make_house(settings), []
    try:
        async with house.database.platform_unit_of_work() as platform:
            rows = await platform.execute(
                text("select slug, id from banks where slug = any(:s)"), {"s": list(slugs)}
            )
            banks = [(row.slug, TenantId(row.id)) for row in rows]
        for slug, tenant in banks:
            async with house.database.unit_of_work(tenant) as db:
                bank = await db.get_one(Bank, tenant)
                if bank.settings.keys() & {"totp_for", "totp_required"}:
                    continue
                await tenants.set_settings(db, {"totp_for": "none"}, at=datetime.now(UTC))
                opened.append(slug)
    finally:
        await close_house(house)
    return opened
