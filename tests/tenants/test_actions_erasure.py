"""A bank is erased to the last row, object and Redis key, and its neighbour is untouched."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from tests.house import catalog
from tests.make import NOW, make_consent, make_customer, make_link, make_live_item
from tests.personas import Personas, Side

from contenthub import queue
from contenthub.db import Platform, TenantId
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.storage import DiskStorage
from contenthub.tenants import actions as tenants
from contenthub.tenants import (
    actions_audit,
    actions_erasure,
    actions_platform,
    bankstates,
    jobs_banks,
    queries,
)
from contenthub.tenants.models import Bank
from contenthub.tenants.models_security import BankErasure, PlatformEntry
from contenthub.web.house import House
from contenthub.web.sessions import open_session

REASON = "合同到期，行里来函"


async def _furnish(people: Personas, side: Side) -> None:
    """Put something into as many tables as a day's work does."""
    house = people.house
    async with house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        await make_link(db, item, side.employee)
        customer = await make_customer(db, owner=side.employee, branch=side.branch, tags=("银发",))
        await make_consent(db, customer, "deposit", by=side.author)
        await tenants.create_key(db, side.author, "脚本", by=side.admin, at=NOW)
        tenants.start_job(db, "export", "导出", params={}, by=side.admin, at=NOW)
        await actions_audit.seal_audit(db, at=NOW + timedelta(days=3650))
    await house.storage.put(f"{side.tenant}/assets/a.jpg", b"x", mime="image/jpeg")
    await open_session(house.redis, house.settings, side.tenant, side.admin.id)


async def _counts(house: House, tenant: TenantId) -> dict[str, int]:
    """Return the rows of a bank in every table of the catalog that has a bank."""
    async with house.database.reading(tenant) as db:
        tables = [
            name
            for name, *_, has_tenant in await catalog.rows(await db.connection(), catalog._TABLES)
            if has_tenant is not None and not name.startswith("visits_")
        ]
        found = {}
        for name in tables:
            count = await db.scalar(
                text(f"select count(*) from {name} where tenant_id = :t"),  # catalog
                {"t": tenant},
            )
            found[name] = int(count or 0)
        for name, column in (("banks", "id"), ("directory_entries", "bank_id")):
            count = await db.scalar(
                text(f"select count(*) from {name} where {column} = :t"),  # ours
                {"t": tenant},
            )
            found[name] = int(count or 0)
        return found


async def _slug(house: House, tenant: TenantId) -> str:
    async with house.database.reading(tenant) as db:
        return (await queries.bank(db)).slug


async def _ask(house: House, slug: str, *, now: bool) -> None:
    async with house.database.platform_unit_of_work() as db:
        await actions_platform.request_deletion(db, slug, reason=REASON, by=None, at=NOW)
        if now:
            await actions_platform.end_grace(db, slug, i_know=True, by=None, at=NOW)


async def test_one_of_two_banks_is_erased_and_the_other_untouched(people: Personas) -> None:
    house, ours, theirs = people.house, people.ours.tenant, people.theirs.tenant
    await _furnish(people, people.ours)
    await _furnish(people, people.theirs)
    slug = await _slug(house, ours)
    before_ours, before_theirs = await _counts(house, ours), await _counts(house, theirs)
    assert sum(1 for count in before_ours.values() if count) > 15
    # What nobody may delete leaves with its bank.
    assert before_ours["consent_texts"] == 1
    await _ask(house, slug, now=True)
    proof = (await jobs_banks.erase(house.database, ours)).proof
    after = await _counts(house, ours)
    assert after == dict.fromkeys(after, 0)
    assert await _counts(house, theirs) == before_theirs
    assert set(proof["rows"]["before"]) >= set(before_ours)
    assert sum(proof["rows"]["after"].values()) == 0
    assert proof["objects"]["before"] >= 1
    assert proof["redis_keys"]["before"] >= 1
    assert await house.storage.keys(f"{ours}/") == []
    assert await house.storage.keys(f"{theirs}/") != []
    assert isinstance(house.storage, DiskStorage)
    banks = [folder.name for folder in house.storage.root.iterdir()]
    assert (str(ours) in banks, str(theirs) in banks) == (False, True)
    sessions = [await house.redis.get(k) for k in await house.redis.keys("session:*")]
    assert not [s for s in sessions if s and str(ours).encode() in s]
    assert [s for s in sessions if s and str(theirs).encode() in s]


async def test_names_of_an_erased_bank_are_free_again(people: Personas) -> None:
    house = people.house
    slug = await _slug(house, people.ours.tenant)
    await _ask(house, slug, now=True)
    await queue.jobs["tenants.erase_bank"](house.database, people.ours.tenant)
    async with house.database.platform_unit_of_work() as db:
        with pytest.raises(NotFound):
            await actions_platform.bank_by_slug(db, slug)
        again = await tenants.open_bank(db, slug, name="新行", full_name="新行", hotline="", at=NOW)
        assert again != people.ours.tenant


async def test_the_database_refuses_to_erase_within_the_grace(people: Personas) -> None:
    house = people.house
    await _ask(house, await _slug(house, people.ours.tenant), now=False)
    async with house.database.platform_unit_of_work() as db:
        bank = await db.get_one(Bank, people.ours.tenant)
        # The database's own clock judges: what tests call NOW may be past.
        bank.delete_after_at = NOW + timedelta(days=3650)
    before = await _counts(house, people.ours.tenant)
    with pytest.raises(Conflict, match="反悔期"):
        await jobs_banks.erase(house.database, people.ours.tenant)
    assert await _counts(house, people.ours.tenant) == before


async def test_an_active_bank_cannot_be_erased_even_by_a_bare_call(people: Personas) -> None:
    with pytest.raises(Conflict):
        async with people.house.database.platform_unit_of_work() as db:
            await db.execute(text("select erase_bank(:b)"), {"b": people.ours.tenant})


async def test_the_app_may_not_call_the_eraser(people: Personas) -> None:
    with pytest.raises(NotFound):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await db.execute(text("select erase_bank(:b)"), {"b": people.ours.tenant})


async def test_a_deletion_is_undone_within_its_grace(people: Personas) -> None:
    house = people.house
    slug = await _slug(house, people.ours.tenant)
    await _ask(house, slug, now=False)
    async with house.database.platform_unit_of_work() as db:
        bank = await actions_platform.undo_deletion(db, slug, by=None, at=NOW)
        assert (bank.state, bank.delete_after_at) == ("active", None)
        assert people.ours.tenant not in await _due(db)


async def _due(db: Platform) -> list[UUID]:
    return await actions_erasure.due(db, NOW + timedelta(days=3650))


async def test_the_sweep_finds_a_bank_only_when_its_grace_is_over(people: Personas) -> None:
    house = people.house
    await _ask(house, await _slug(house, people.ours.tenant), now=False)
    async with house.database.platform_unit_of_work() as db:
        early = await jobs_banks.banks_to_erase(db, NOW + timedelta(days=29))
        late = await jobs_banks.banks_to_erase(db, NOW + timedelta(days=31))
    assert people.ours.tenant not in {bank for bank, _ in early}
    assert people.ours.tenant in {bank for bank, _ in late}


async def test_an_erasure_that_was_killed_halfway_is_finished(people: Personas) -> None:
    house = people.house
    await _furnish(people, people.ours)
    await _ask(house, await _slug(house, people.ours.tenant), now=True)
    async with house.database.platform_unit_of_work() as db:
        await actions_erasure.erase_rows(db, people.ours.tenant, at=NOW)
    async with house.database.platform_unit_of_work() as db:
        assert people.ours.tenant in {bank for bank, _ in await jobs_banks.banks_to_erase(db, NOW)}
    proof = await jobs_banks.erase(house.database, people.ours.tenant)
    assert proof.erased_at is not None
    assert sum(proof.proof["rows"]["before"].values()) > 20
    async with house.database.platform_unit_of_work() as db:
        assert people.ours.tenant not in {
            bank for bank, _ in await jobs_banks.banks_to_erase(db, NOW)
        }


async def test_without_i_know_the_grace_is_kept(people: Personas) -> None:
    house = people.house
    slug = await _slug(house, people.ours.tenant)
    await _ask(house, slug, now=False)
    async with house.database.platform_unit_of_work() as db:
        with pytest.raises(Invalid, match="--i-know"):
            await actions_platform.end_grace(db, slug, i_know=False, by=None, at=NOW)


async def test_what_operators_did_and_the_proof_outlive_the_bank(people: Personas) -> None:
    house = people.house
    slug = await _slug(house, people.ours.tenant)
    await _ask(house, slug, now=True)
    await jobs_banks.erase(house.database, people.ours.tenant)
    async with house.database.platform_unit_of_work() as db:
        events = await db.scalars(
            select(PlatformEntry.event).where(PlatformEntry.bank_slug == slug)
        )
        assert {"bank.deletion_requested", "bank.grace_ended", "bank.erased"} <= set(events)
        kept = await db.get_one(BankErasure, people.ours.tenant)
        assert (kept.slug, kept.reason) == (slug, REASON)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("active", "resume"),
        ("suspended", "suspend"),
        ("deleting", "suspend"),
        ("deleting", "request_deletion"),
        ("active", "undo_deletion"),
    ],
)
def test_a_step_the_state_does_not_have_is_refused(state: str, action: str) -> None:
    with pytest.raises(Conflict):
        bankstates.decide(state, action)
