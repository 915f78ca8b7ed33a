"""Tags, refusals and consents of one customer; the index follows each of them at once."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.make import NOW, make_customer
from tests.personas import Personas

from contenthub.customers import actions, actions_people, actions_tags, queries, tagexpr
from contenthub.customers import queries_audience as audiences
from contenthub.customers.actions_tags import GroupDraft, TagDraft
from contenthub.customers.jobs import ended_refusals
from contenthub.customers.models import Customer, Tag
from contenthub.db import Read, Write
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.tenants.models import AuditEntry


async def _who(db: Read, expr: str, at: datetime = NOW) -> set[int]:
    found = await audiences.audience(db, tagexpr.parse(expr), topic="deposit", at=at)
    return set(found.matched)


async def _tag(db: Write, name: str) -> Tag:
    found = await db.scalar(select(Tag).where(Tag.name == name))
    assert found is not None
    return found


async def test_a_made_customer_is_found_by_phone_with_owner_and_tags(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db, owner=ours.employee, tags=["银发", "代发工资"], aum_fen=5)
    async with people.house.database.reading(ours.tenant) as db:
        found = await queries.customer(db, made.id)
        known = await queries.portrait(db, found)
        assert found.owner_id == ours.employee.id
        assert found.branch_id == ours.branch.id
        assert found.aum_fen == 5
        assert {t.name for t in known.tags} == {"银发", "代发工资"}


async def test_tags_set_by_hand_move_the_index_both_ways(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db, tags=["银发"])
        await make_customer(db, tags=["商户"])
        shop = await _tag(db, "商户")
        await actions.set_tags(db, made, [shop.id], by=ours.author, at=NOW)
        assert await _who(db, "银发") == set()
        assert made.no in await _who(db, "商户")
        await actions.set_tags(db, made, [shop.id], by=ours.author, at=NOW)
        await actions.set_tags(db, made, [], by=ours.author, at=NOW)
        assert made.no not in await _who(db, "商户")


async def test_a_tag_of_another_bank_cannot_be_set(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        await make_customer(db, tags=["银发"])
        foreign = await _tag(db, "银发")
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        made = await make_customer(db)
        with pytest.raises(NotFound):
            await actions.set_tags(db, made, [foreign.id], by=people.ours.author, at=NOW)


async def test_a_refusal_counts_through_its_last_day_on_the_banks_clock(people: Personas) -> None:
    ours = people.ours
    last_day = date(2026, 12, 1)
    evening = datetime.fromisoformat("2026-12-01T23:59:00+08:00")
    after = datetime.fromisoformat("2026-12-02T00:01:00+08:00")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db)
        forever = await make_customer(db)
        await actions.record_refusal(db, made.no, "理财", until_on=last_day, by=ours.author, at=NOW)
        await actions.record_refusal(db, forever.no, "wealth", by=ours.author, at=NOW)
        assert await actions.end_refusals(db, at=evening) == 0
        assert await _who(db, "refused(理财)") == {made.no, forever.no}
        assert await actions.end_refusals(db, at=after) == 1
        assert await actions.end_refusals(db, at=after) == 0
        assert await _who(db, "refused(理财)") == {forever.no}


async def test_a_standing_refusal_is_never_shortened(people: Personas) -> None:
    ours = people.ours
    near, far = date(2027, 1, 1), date(2028, 1, 1)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db)

        async def refuse(until: date | None) -> date | None:
            row = await actions.record_refusal(
                db, made.no, "loan", until_on=until, by=ours.author, at=NOW
            )
            return row.until_on

        assert await refuse(far) == far
        assert await refuse(near) == far
        assert await refuse(None) is None
        assert await refuse(near) is None


async def test_a_refusal_needs_a_topic_and_a_day_to_come(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db)
        with pytest.raises(Invalid, match="业务类别"):
            await actions.record_refusal(db, made.no, "期货", by=ours.author, at=NOW)
        with pytest.raises(Invalid, match="将来的一天"):
            await actions.record_refusal(
                db, made.no, "loan", until_on=NOW.date(), by=ours.author, at=NOW
            )


async def test_a_refusal_is_taken_back_once(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db)
        await actions.record_refusal(db, made.no, "loan", by=ours.author, at=NOW)
        await actions.withdraw_refusal(db, made, "贷款", by=ours.author, at=NOW)
        assert await _who(db, "refused(贷款)") == set()
        with pytest.raises(Conflict):
            await actions.withdraw_refusal(db, made, "loan", by=ours.author, at=NOW)


async def test_names_of_groups_tags_and_segments_are_checked(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        group = await actions_tags.create_group(db, GroupDraft(" 职业 "), by=ours.author, at=NOW)
        assert group.name == "职业"
        with pytest.raises(Invalid, match="已经有了"):
            await actions_tags.create_group(db, GroupDraft("职业"), by=ours.author, at=NOW)
        with pytest.raises(Invalid, match="维度"):
            await actions_tags.create_group(db, GroupDraft("甲", "x"), by=ours.author, at=NOW)
        await actions_tags.create_tag(db, TagDraft("教师", group.id), by=ours.author, at=NOW)
        with pytest.raises(Invalid, match="全行唯一"):
            await actions_tags.create_tag(db, TagDraft("教师", group.id), by=ours.author, at=NOW)
        for name in ("", " ", "长" * 31):
            with pytest.raises(Invalid, match="名称"):
                await actions.save_segment(db, name, "教师", by=ours.author, at=NOW)
        with pytest.raises(Invalid, match="没有名为“医生”的标签"):
            await actions.save_segment(db, "医生", "医生", by=ours.author, at=NOW)


async def test_an_erased_customer_is_in_no_index_and_their_number_stays_free(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(
            db, owner=ours.employee, tags=["银发"], birthday=date(1950, 5, 20), aum_fen=7
        )
        await actions.record_refusal(db, made.no, "loan", by=ours.author, at=NOW)
        number = made.no
        await actions_people.erase_customer(db, made, by=ours.admin, at=NOW)
        for expr in ("银发", "everyone()", "aum >= 0", "age > 1", "birthday(05)", "refused(贷款)"):
            assert number not in await _who(db, expr), expr
        assert await db.scalar(select(Customer.id).where(Customer.no == number)) is None
        # A number is never given to somebody else: ledgers speak of it for ever.
        assert (await make_customer(db)).no > number
    async with people.house.database.reading(ours.tenant) as db:
        entry = await db.scalar(select(AuditEntry).where(AuditEntry.event == "customer.erased"))
        assert entry is not None
        assert entry.detail == {"no": number}


async def test_ended_refusals_are_found_again_bank_by_bank(people: Personas) -> None:
    ours, later = people.ours, NOW + timedelta(days=2)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db)
        tomorrow = (NOW + timedelta(days=1)).date()
        await actions.record_refusal(db, made.no, "loan", until_on=tomorrow, by=None, at=NOW)
    async with people.house.database.platform_unit_of_work() as db:
        assert (ours.tenant, {}) not in await ended_refusals(db, NOW)
        assert (ours.tenant, {}) in await ended_refusals(db, later)
