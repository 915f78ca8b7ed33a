"""`contenthub keys`: data keys listed and rotated, the master key replaced."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from contenthub import cli_datakeys
from contenthub.db import Database, TenantId, new_id
from contenthub.errors import NotFound
from contenthub.settings import Settings
from contenthub.tenants import jobs_keys
from contenthub.tenants.models_security import Operator
from contenthub.tenants.sealing import NO_BANK
from contenthub.web.house import close_house, make_house
from tests.make import make_bank, make_branch, make_customer, make_staff


async def _bank(database: Database) -> tuple[str, TenantId]:
    tenant = await make_bank(database)
    async with database.unit_of_work(tenant) as db:
        head = await make_branch(db, kind="head")
        await make_staff(db, head, "bank_admin")
        await make_customer(db, branch=head)
    await jobs_keys.turn_keys(database, tenant)
    async with database.platform_unit_of_work() as platform:
        rows = await platform.execute(text("select slug from banks where id = :t"), {"t": tenant})
        return str(rows.scalar_one()), tenant


async def _let_time_pass(database: Database, tenant: TenantId) -> None:
    async with database.unit_of_work(tenant) as db:
        for statement in (
            "update long_jobs set lease_until = lease_until - interval '1 minute'",
            "update bank_keys set created_at = created_at - interval '1 minute', "
            "activated_at = activated_at - interval '1 minute'",
        ):
            await db.execute(text(statement))


async def test_a_bank_is_rotated_from_the_command_line(settings: Settings) -> None:
    house = make_house(replace(settings, pool_size=2))
    try:
        slug, tenant = await _bank(house.database)
        await _let_time_pass(house.database, tenant)
        await jobs_keys.turn_keys(house.database, tenant)
        said: list[str] = []
        running = asyncio.create_task(cli_datakeys.rotated(settings, slug, said.append))
        while not running.done():
            await asyncio.sleep(0.2)
            await _let_time_pass(house.database, tenant)
        done = await running
        rows = await cli_datakeys.listed(settings, slug)
    finally:
        await close_house(house)
    assert (done["state"], done["rows"]) == ("done", 1)
    assert "约 30 秒后开始" in said[0]
    assert [(r["no"], r["state"]) for r in rows] == [(2, "使用中"), (1, "已停用")]


async def test_an_unknown_bank_is_named(settings: Settings) -> None:
    with pytest.raises(NotFound, match="bank list"):
        await cli_datakeys.listed(settings, "nowhere")


async def _opened(settings: Settings, operator_id: UUID) -> str:
    house = make_house(replace(settings, pool_size=1))
    try:
        async with house.database.platform_unit_of_work() as platform:
            one = await platform.get_one(Operator, operator_id)
        return house.keyring.open(NO_BANK, f"operators.totp:{operator_id}", one.totp_sealed)
    finally:
        await close_house(house)


async def test_every_bank_is_wrapped_by_the_new_master_key(empty_database: Settings) -> None:
    settings = empty_database  # else the banks of all other tests would be wrapped as well
    house = make_house(replace(settings, pool_size=2))
    try:
        slug, _ = await _bank(house.database)
        operator_id = new_id()
        place = f"operators.totp:{operator_id}"
        async with house.database.platform_unit_of_work() as platform:
            platform.add(
                Operator(
                    id=operator_id,
                    login=f"op-{operator_id}",
                    name="运维",
                    kind="platform",
                    password_hash="",
                    totp_sealed=house.keyring.seal(NO_BANK, place, "secret"),
                    created_at=datetime.now(UTC),
                )
            )
    finally:
        await close_house(house)
    new = replace(settings, master_key="44" * 32, master_key_old=settings.master_key)
    assert (await cli_datakeys.rewrapped(new))["banks"][slug] == 2
    assert (await cli_datakeys.rewrapped(new))["banks"][slug] == 0
    assert await _opened(replace(new, master_key_old=""), operator_id) == "secret"
