"""A bank's data keys: made, waited for, activated, rotated under way, wrapped anew."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from tests.make import make_customer
from tests.personas import Personas

from contenthub import queue
from contenthub.customers.models import Customer
from contenthub.db import Base, Read, TenantId
from contenthub.errors import Conflict
from contenthub.settings import Settings
from contenthub.tenants import (
    actions_bankkeys,
    actions_rotation,
    bankkeys,
    envelope,
    jobs_keys,
    queries,
    queries_bankkeys,
    sealedcolumns,
)
from contenthub.tenants.actions_rotation import Turn
from contenthub.tenants.bankkeys import KeyBusy
from contenthub.tenants.models import AuditEntry, Bank, LongJob
from contenthub.tenants.sealing import KeyNotHere, Keyring
from contenthub.web.house import House, close_house, make_house

NOW = datetime.now(UTC)


async def _age(people: Personas, seconds: int = 60) -> None:
    """Let a minute pass for the bank's keys and rotations."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for statement in (
            "update bank_keys set created_at = created_at - make_interval(secs => :s), "
            "activated_at = activated_at - make_interval(secs => :s)",
            "update long_jobs set lease_until = lease_until - make_interval(secs => :s)",
        ):
            await db.execute(text(statement), {"s": seconds})


async def _first_key(people: Personas) -> None:
    for _ in range(2):
        await jobs_keys.turn_keys(people.house.database, people.ours.tenant)
        await _age(people)
    await _refresh(people)


async def _refresh(people: Personas) -> None:
    async with people.house.database.reading(people.ours.tenant) as db:
        await people.house.keyring.reload(db, people.ours.tenant)


async def _customers(people: Personas) -> list[Customer]:
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(
            select(Customer).where(Customer.tenant_id == people.ours.tenant).order_by(Customer.no)
        )
        return list(rows)


async def _states(people: Personas) -> dict[int, str]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return {k.no: k.state for k in await queries_bankkeys.data_keys(db)}


def _phone(people: Personas, one: Customer) -> str:
    place = f"customers.phone:{one.id}"
    return people.house.keyring.open(people.ours.tenant, place, one.phone_sealed)


async def _start(people: Personas) -> LongJob:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return await actions_rotation.start_rotation(db, by=people.ours.admin, at=NOW)


async def _rotate(people: Personas, job: LongJob) -> LongJob:
    for _ in range(2):  # the second time ends the rest after which all have heard
        await jobs_keys.rotate_keys(people.house.database, people.ours.tenant, job_id=str(job.id))
        await _age(people)
    await jobs_keys.rotate_keys(people.house.database, people.ours.tenant, job_id=str(job.id))
    async with people.house.database.reading(people.ours.tenant) as db:
        return await queries.long_job(db, job.id)


async def _at_customers(people: Personas, job: LongJob) -> Turn:
    """Claim a rotation and go past the tables before the customers, which are empty."""
    database, tenant = people.house.database, people.ours.tenant
    async with database.unit_of_work(tenant) as db:
        turn = await actions_rotation.claim(db, job.id, at=NOW)
    while turn and sealedcolumns.tables()[turn.table].table != "customers":
        async with database.unit_of_work(tenant) as db:
            turn = await actions_rotation.seal_batch(db, turn, at=NOW)
    assert turn is not None
    return turn


async def _with_customers(people: Personas, count: int) -> list[Customer]:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for _ in range(count):
            await make_customer(db, branch=people.ours.branch)
    return await _customers(people)


async def test_a_key_waits_thirty_seconds_and_then_seals(people: Personas) -> None:
    database, tenant, ring = people.house.database, people.ours.tenant, people.house.keyring
    await jobs_keys.turn_keys(database, tenant)
    await jobs_keys.turn_keys(database, tenant)
    await _refresh(people)
    assert await _states(people) == {1: bankkeys.WAITING}
    assert ring.seal(tenant, "x:1", "text")[:1] == envelope.FIRST
    await _age(people)
    await jobs_keys.turn_keys(database, tenant)
    await _refresh(people)
    assert await _states(people) == {1: bankkeys.ACTIVE}
    sealed = ring.seal(tenant, "x:1", "text")
    assert sealed[:3] == envelope.header(1)
    assert ring.open(tenant, "x:1", sealed) == "text"


async def test_the_sweep_finds_a_bank_without_a_key_and_one_whose_key_waited(
    people: Personas,
) -> None:
    due = queue.sweeps["tenants.turn_keys"]

    async def found() -> bool:
        async with people.house.database.platform_unit_of_work() as db:
            return people.ours.tenant in await queries_bankkeys.banks_with_due_keys(db, limit=9999)

    assert await found()
    await jobs_keys.turn_keys(people.house.database, people.ours.tenant)
    assert not await found()
    await _age(people)
    assert await found()
    async with people.house.database.platform_unit_of_work() as db:
        assert all(ids == {} for _, ids in await due(db, NOW))


async def test_another_process_loads_the_key_with_its_next_session(
    people: Personas, house: House
) -> None:
    await _first_key(people)
    sealed = house.keyring.seal(people.ours.tenant, "x:1", "text")
    other = make_house(replace(house.settings, pool_size=1))
    with pytest.raises(KeyNotHere):
        other.keyring.open(people.ours.tenant, "x:1", sealed)
    async with other.database.reading(people.ours.tenant):
        assert other.keyring.open(people.ours.tenant, "x:1", sealed) == "text"
    await close_house(other)


async def test_a_rotation_seals_every_value_anew_and_retires_the_old_key(people: Personas) -> None:
    before = await _with_customers(people, 7)
    await _first_key(people)
    job = await _start(people)
    done = await _rotate(people, job)
    assert (done.state, done.done, done.total) == ("done", 7, 7)
    after = await _customers(people)
    assert [_phone(people, c) for c in after] == [_phone(people, c) for c in before]
    assert {c.phone_sealed[:3] for c in after} == {envelope.header(2)}
    assert {c.name_sealed[:3] for c in after} == {envelope.header(2)}
    assert [c.phone_index for c in after] == [c.phone_index for c in before]
    assert await _states(people) == {2: bankkeys.ACTIVE, 1: bankkeys.RETIRED}
    # A value of the retired key, out of a backup, still opens.
    assert _phone(people, before[0]) == _phone(people, after[0])


async def test_another_banks_rows_are_not_touched(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        for _ in range(2):
            await make_customer(db, branch=people.theirs.branch)
    await _first_key(people)
    done = await _rotate(people, await _start(people))
    assert done.done == 0
    async with people.house.database.reading(people.theirs.tenant) as db:
        assert await queries_bankkeys.stale_rows(db, envelope.FIRST + b"??") == 2


async def test_nothing_starts_before_the_new_key_is_known(people: Personas) -> None:
    await _with_customers(people, 2)
    await _first_key(people)
    job = await _start(people)
    await jobs_keys.rotate_keys(people.house.database, people.ours.tenant, job_id=str(job.id))
    assert (await _states(people))[2] == bankkeys.WAITING
    due = queue.sweeps["tenants.rotate_keys"]
    ids = (people.ours.tenant, {"job_id": str(job.id)})
    async with people.house.database.platform_unit_of_work() as db:
        assert ids not in await due(db, NOW)
    await _age(people)
    async with people.house.database.platform_unit_of_work() as db:
        assert ids in await due(db, NOW)


async def test_a_second_rotation_waits_for_the_first(people: Personas) -> None:
    await _first_key(people)
    await _start(people)
    with pytest.raises(KeyBusy):
        await _start(people)


async def test_an_edit_during_the_batch_is_kept_and_met_by_the_next_pass(
    people: Personas,
) -> None:
    first, second = await _with_customers(people, 2)
    await _first_key(people)
    job = await _start(people)
    await _age(people)
    database, tenant, ring = people.house.database, people.ours.tenant, people.house.keyring
    sealing = actions_rotation._sealed_anew
    late = ring.seal(tenant, f"customers.name:{first.id}", "新名字")  # by the key before
    turn = await _at_customers(people, job)
    async with database.unit_of_work(tenant) as db:
        known = sealedcolumns.tables()[turn.table]
        assert known.table == "customers"
        rows = await queries_bankkeys.stale_batch(
            db, known, turn.header, after=turn.after, limit=10
        )
        changed, _ = sealing(ring, tenant, known, rows=rows, header=turn.header)
        async with database.unit_of_work(tenant) as editor:
            one = await editor.get_one(Customer, (tenant, first.no))
            one.name_sealed = late
        assert await actions_rotation._compare_and_set(db, known, changed) == 1
    await _age(people)
    await _rotate(people, job)
    edited, other = await _customers(people)
    assert ring.open(tenant, f"customers.name:{first.id}", edited.name_sealed) == "新名字"
    assert edited.name_sealed[:3] == other.name_sealed[:3] == envelope.header(2)
    assert other.id == second.id


async def test_writers_at_work_lose_nothing_while_everything_is_sealed_anew(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_rotation, "BATCH", 5)
    made = await _with_customers(people, 40)
    await _first_key(people)
    job = await _start(people)
    await _age(people)
    database, tenant, ring = people.house.database, people.ours.tenant, people.house.keyring
    names: dict[UUID, str] = {}
    ending = asyncio.Event()

    async def write(mine: list[Customer]) -> None:
        no = 0
        while not ending.is_set() or no < len(mine):
            one = mine[no % len(mine)]
            async with database.unit_of_work(tenant) as db:
                row = await db.get_one(Customer, (tenant, one.no), with_for_update=True)
                ring.open(tenant, f"customers.name:{one.id}", row.name_sealed)
                name = f"第{no}次"
                row.name_sealed = ring.seal(tenant, f"customers.name:{one.id}", name)
            names[one.id] = name
            no += 1

    async def rotate() -> None:
        await _rotate(people, job)
        ending.set()

    await asyncio.gather(rotate(), write(made[:20]), write(made[20:]))
    after = await _customers(people)
    opened = {c.id: ring.open(tenant, f"customers.name:{c.id}", c.name_sealed) for c in after}
    assert opened == names
    assert {c.phone_sealed[:3] for c in after} == {envelope.header(2)}
    assert {_phone(people, c) for c in after} == {_phone(people, c) for c in made}


async def test_a_killed_worker_is_followed_behind_its_last_row(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_rotation, "BATCH", 3)
    await _with_customers(people, 8)
    await _first_key(people)
    job = await _start(people)
    await _age(people)
    database, tenant = people.house.database, people.ours.tenant
    turn = await _at_customers(people, job)
    async with database.unit_of_work(tenant) as db:
        assert await actions_rotation.seal_batch(db, turn, at=NOW) is not None
    async with database.unit_of_work(tenant) as db:
        assert await actions_rotation.claim(db, job.id, at=NOW) is None  # its lease still runs
    await _age(people, 120)
    async with database.unit_of_work(tenant) as db:
        next_turn = await actions_rotation.claim(db, job.id, at=NOW)
        assert (await queries.long_job(db, job.id)).done == 3
    assert next_turn is not None
    assert next_turn.after != turn.after
    async with database.unit_of_work(tenant) as db:
        assert await actions_rotation.seal_batch(db, turn, at=NOW) is None  # the dead one's
    await _age(people, 120)
    assert (await _rotate(people, job)).done == 8


async def test_a_value_that_does_not_open_is_named_and_keeps_the_old_key(people: Personas) -> None:
    first, _ = await _with_customers(people, 2)
    await _first_key(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        one = await db.get_one(Customer, (people.ours.tenant, first.no))
        one.phone_sealed = one.phone_sealed[:-1] + bytes([one.phone_sealed[-1] ^ 1])
    done = await _rotate(people, await _start(people))
    assert done.state == "done"
    assert "1 行无法解密" in done.message
    assert done.result["faults"] == [f"customers:{first.id}"]
    assert await _states(people) == {2: bankkeys.ACTIVE, 1: bankkeys.RETIRING}


async def test_the_banks_choice_of_sm4_holds_from_the_next_key_on(people: Personas) -> None:
    (made,) = await _with_customers(people, 1)
    await _first_key(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        bank = await db.get_one(Bank, people.ours.tenant)
        bank.settings = {**bank.settings, "cipher": "sm4-gcm"}
    await _rotate(people, await _start(people))
    (after,) = await _customers(people)
    assert _phone(people, after) == _phone(people, made)
    async with people.house.database.reading(people.ours.tenant) as db:
        assert [k.cipher for k in await queries_bankkeys.data_keys(db)] == ["sm4-gcm", "aes-gcm"]
        key = await queries_bankkeys.active_key(db)
        assert key is not None
        clear = people.house.keyring.unwrap(people.ours.tenant, key.no, key.cipher, key.wrapped)
    assert len(clear) == 16


async def test_every_step_is_in_the_audit_trail(people: Personas) -> None:
    await _first_key(people)
    await _rotate(people, await _start(people))
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(
            select(AuditEntry.event)
            .where(AuditEntry.tenant_id == people.ours.tenant)
            .where(AuditEntry.event.startswith("data_key."))
            .order_by(AuditEntry.id)
        )
        assert list(rows) == [
            "data_key.made",
            "data_key.activated",
            "data_key.made",
            "data_key.rotation_started",
            "data_key.activated",
            "data_key.retired",
            "data_key.rotated",
        ]


def _with_both(house: House, new_key: str) -> Settings:
    old = house.settings.master_key
    return replace(house.settings, pool_size=1, master_key=new_key, master_key_old=old)


async def _wrapped_back(house: House, tenant: TenantId, new_key: str) -> None:
    """Wrap a bank's keys by the old master key again: other tests of this database rewrap all."""
    back = make_house(replace(house.settings, pool_size=1, master_key_old=new_key))
    async with back.database.unit_of_work(tenant) as db:
        await actions_bankkeys.rewrap_keys(db, at=NOW)
    await close_house(back)


async def test_the_master_key_itself_is_replaced_and_everything_still_opens_and_is_found(
    people: Personas, house: House
) -> None:
    (made,) = await _with_customers(people, 1)
    await _first_key(people)
    tenant, new_key = people.ours.tenant, "22" * 32
    sealed = house.keyring.seal(tenant, "x:1", "text")
    index = house.keyring.index(tenant, "13812345678")
    both = make_house(_with_both(house, new_key))
    async with both.database.unit_of_work(tenant) as db:
        assert both.keyring.open(tenant, "x:1", sealed) == "text"
        assert await actions_bankkeys.rewrap_keys(db, at=NOW) == 2
        assert await actions_bankkeys.rewrap_keys(db, at=NOW) == 0
    await close_house(both)
    fresh = make_house(replace(house.settings, pool_size=1, master_key=new_key))
    async with fresh.database.reading(tenant):
        assert fresh.keyring.open(tenant, "x:1", sealed) == "text"
        assert fresh.keyring.index(tenant, "13812345678") == index
        place = f"customers.phone:{made.id}"
        assert fresh.keyring.open(tenant, place, made.phone_sealed) == _phone(people, made)
    await close_house(fresh)
    stranger = make_house(replace(house.settings, pool_size=1, master_key="33" * 32))
    with pytest.raises(KeyNotHere, match="CONTENTHUB_MASTER_KEY"):
        async with stranger.database.reading(tenant):
            pass
    await close_house(stranger)
    await _wrapped_back(house, tenant, new_key)


async def test_a_bank_without_keys_is_rewrapped_too(people: Personas, house: House) -> None:
    tenant = people.ours.tenant
    sealed, index = house.keyring.seal(tenant, "x:1", "text"), house.keyring.index(tenant, "a")
    both = make_house(_with_both(house, "22" * 32))
    async with both.database.unit_of_work(tenant) as db:
        await actions_bankkeys.rewrap_keys(db, at=NOW)
    await close_house(both)
    fresh = make_house(replace(house.settings, pool_size=1, master_key="22" * 32))
    async with fresh.database.reading(tenant):
        assert fresh.keyring.open(tenant, "x:1", sealed) == "text"
        assert fresh.keyring.index(tenant, "a") == index
    await close_house(fresh)
    await _wrapped_back(house, tenant, "22" * 32)


def test_every_sealed_column_of_every_table_is_registered() -> None:
    named = {
        (table.name, c.name)
        for table in Base.metadata.tables.values()
        for c in table.columns
        if c.name.endswith("_sealed") and "tenant_id" in table.columns
    }
    registered = {
        (known.table, name) for known in sealedcolumns.tables() for name, _ in known.columns
    }
    assert registered == named


def test_a_table_is_registered_once() -> None:
    with pytest.raises(ValueError, match="customers"):
        sealedcolumns.register("customers", "name")


def test_a_keys_life_goes_one_way() -> None:
    assert bankkeys.move(bankkeys.WAITING, "activate") == bankkeys.ACTIVE
    for state, action in ((bankkeys.ACTIVE, "activate"), (bankkeys.RETIRED, "retire")):
        with pytest.raises(Conflict):
            bankkeys.move(state, action)
    assert not bankkeys.may_activate(NOW, at=NOW + timedelta(seconds=29))
    assert bankkeys.may_activate(NOW, at=NOW + timedelta(seconds=30))


def test_an_unloaded_key_is_named() -> None:
    with pytest.raises(KeyNotHere, match="第 9 号"):
        Keyring("11" * 32).open(UUID(int=1), "x:1", envelope.header(9) + b"0" * 40)


async def test_a_session_opens_without_asking_again_for_ten_seconds(people: Personas) -> None:
    ring, tenant = Keyring("11" * 32), people.ours.tenant
    asked: list[Read] = []

    async with people.house.database.reading(tenant) as db:
        execute = db.execute

        async def counted(*args: Any, **named: Any) -> Any:
            asked.append(db)
            return await execute(*args, **named)

        db.execute = counted  # type: ignore[method-assign]  # this session only
        for at_seconds in (0.0, 9.0, 10.0, 19.0):
            await ring.ready(db, tenant, at_seconds=at_seconds)
    assert len(asked) == 2
