"""The operator gives a log-in anew, and an old demo's administrators are not locked out."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from contenthub.cli_logins import keep_demo_open, reset_login
from contenthub.db import TenantId
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.tenants import actions_platform, actions_security, queries
from contenthub.tenants.models import AuditEntry, Staff
from contenthub.tenants.models_security import RecoveryCode
from tests.make import make_bank
from tests.personas import Personas
from tests.web.test_account import PASSWORD, account, set_up, sign_in

WORD, REASON = "bada4-fute5-gowi6-hazo7", "手机丢失，已电话核实"


async def _reset(people: Personas, login: str, reason: str = REASON) -> Staff:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        at = datetime.now(UTC)
        by = actions_platform.actor(None)
        return await actions_security.reset_login(
            db, login, password=WORD, reason=reason, by=by, at=at
        )


async def test_the_only_administrator_comes_back_in_and_sets_everything_up_anew(
    people: Personas,
) -> None:
    admin = people.ours.admin
    who = await account(people, admin, totp_confirmed_at=None)
    async with people.client() as lost, people.client() as client:
        await sign_in(lost, who)
        await set_up(lost)
        await _reset(people, admin.login)
        assert (await lost.get("/api/v1/me")).status_code == 401
        assert (await sign_in(client, who)).status_code == 401
        inside = await sign_in(client, {**who, "password": WORD})
        assert inside.json()["duty"] == "password"
        body = {"old_password": WORD, "password": PASSWORD}
        assert (await client.post("/api/v1/me/password", json=body)).status_code == 204
        assert (await client.get("/api/v1/me")).json()["duty"] == "totp"
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await db.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        kept = await db.scalars(select(AuditEntry).where(AuditEntry.event == "login.reset"))
        [entry] = kept.all()
    assert (entry.actor_name, entry.subject_id) == ("平台命令行", admin.id)
    assert entry.detail == {"reason": REASON}


async def test_the_trail_says_that_the_command_line_gave_the_log_in_anew(people: Personas) -> None:
    ours, database = people.ours, people.house.database
    async with database.reading(ours.tenant) as db:
        slug = (await queries.bank(db)).slug
    made = await reset_login(people.house.settings, slug, ours.author.login, reason=REASON)
    assert made["login"] == ours.author.login
    async with database.reading(ours.tenant) as db:
        kept = await db.scalars(select(AuditEntry).where(AuditEntry.event == "login.reset"))
        [entry] = kept.all()
    assert (entry.actor_id, entry.actor_name) == (None, "平台命令行")


async def test_a_reset_without_reason_or_of_nobody_at_work_is_refused(people: Personas) -> None:
    ours = people.ours
    for reason in (" ", "x", "丢了"):
        with pytest.raises(Invalid, match="原因"):
            await _reset(people, ours.admin.login, reason)
    for login in ("ghost", people.theirs.admin.login):
        with pytest.raises(NotFound):
            await _reset(people, login)
    await account(people, ours.author, state="disabled")
    with pytest.raises(Conflict):
        await _reset(people, ours.author.login)


async def test_only_demo_banks_that_said_nothing_ask_nobody(people: Personas) -> None:
    database = people.house.database

    async def opened(**settings: Any) -> tuple[TenantId, str]:
        tenant = await make_bank(database, settings=settings)
        async with database.reading(tenant) as db:
            return tenant, (await queries.bank(db)).slug

    silent, strict, foreign = await opened(), await opened(totp_required=True), await opened()
    done = await keep_demo_open(people.house.settings, {silent[1], strict[1]})
    assert done == [silent[1]]
    assert await keep_demo_open(people.house.settings, {silent[1], strict[1]}) == []
    kept = []
    for tenant, _ in (silent, strict, foreign):
        async with database.reading(tenant) as db:
            kept.append((await queries.bank(db)).settings)
    assert kept == [{"totp_for": "none"}, {"totp_required": True}, {}]
