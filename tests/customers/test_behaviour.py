"""What known customers did: from a browser to an audience, and back out again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from tests.make import make_customer, make_link, make_live_item
from tests.personas import Personas
from tests.sharing.test_actions_drain import drain_all, put, seen

from contenthub import queue
from contenthub.customers import (
    actions_people,
    jobs,
    jobs_rules,
    queries,
    queries_behaviour,
    tagexpr,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers.models import Customer
from contenthub.customers.models_behaviour import CustomerAct, NotedAct
from contenthub.sharing import actions, actions_erase, actions_leads, actions_refusals
from contenthub.sharing.actions_known import did
from contenthub.sharing.actions_leads import Contact
from contenthub.sharing.inbox import VIEW, pack
from contenthub.sharing.models import Link
from contenthub.sharing.tokens import microseconds


class Desk:
    """A bank with one customer of a phone, an item about deposits and its link."""

    def __init__(self, people: Personas) -> None:
        self.people, self.database = people, people.house.database
        self.tenant = people.ours.tenant
        self.at = datetime.now(UTC)
        self.phone = ""
        self.customer: Customer
        self.link: Link

    async def settle(self, **over: object) -> None:
        ours = self.people.ours
        async with self.database.unit_of_work(self.tenant) as db:
            self.customer = await make_customer(db, owner=ours.employee)
            _, self.phone = queries.clear(db, self.customer)
            item = await make_live_item(db, ours.author, ours.reviewer, **over)
            self.link = await make_link(db, item, ours.employee)

    async def leave(self, visitor: UUID, phone: str = "") -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            contact = Contact(phone or self.phone, "", visitor, agreed=True)
            employee = self.people.ours.employee
            await actions_leads.leave_lead(
                db, self.link, contact, employee=employee, at=self.at - timedelta(hours=1)
            )

    async def view(self, visitor: UUID, *, ago: timedelta = timedelta()) -> None:
        batch = [seen(self.link, VIEW, visitor=visitor, at_us=microseconds(self.at - ago))]
        await put(self.people, pack(batch))

    async def count(self) -> None:
        await drain_all(self.people)
        await queue.jobs["customers.count_acts"](self.database, self.tenant)
        assert await jobs.audience_differences(self.database, self.tenant) == {}

    async def who(self, expr: str) -> list[int]:
        async with self.database.reading(self.tenant) as db:
            return list(await audiences.matching(db, tagexpr.parse(expr), at=self.at))


@pytest.fixture
async def desk(people: Personas) -> Desk:
    made = Desk(people)
    await made.settle()
    return made


async def test_views_count_from_when_the_browser_is_known_and_of_one_person_only(
    desk: Desk,
) -> None:
    mine, tablet = uuid4(), uuid4()
    await desk.view(mine, ago=timedelta(hours=2))
    await desk.leave(mine)
    for browser in (mine, uuid4()):
        await desk.view(browser)
    await desk.count()
    no = desk.customer.no
    assert await desk.who("did(留资, 业务=存款, 7天)") == [no]
    assert await desk.who("did(浏览, 业务=存款, 7天)") == [no]
    assert await desk.who("did(浏览, 7天) >= 2") == []
    await desk.view(mine, ago=timedelta(seconds=1))
    await desk.count()
    assert await desk.who("did(浏览, 7天) >= 2") == [no]
    assert await desk.who("did(浏览, 业务=贷款, 7天)") == []
    # A browser from which two phones came is nobody's.
    await desk.leave(tablet)
    await desk.leave(tablet, "13912345678")
    await desk.leave(tablet)
    await desk.view(tablet)
    await desk.count()
    assert await desk.who("did(浏览, 7天) >= 3") == []


async def test_a_share_and_a_sign_up_count_and_attendance_can_be_taken_back(desk: Desk) -> None:
    mine = uuid4()
    await desk.leave(mine)
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions.share_on(db, desk.link, visitor_id=mine, at=desk.at, code="abcdefg1")
        index = desk.customer.phone_index
        for times in (1, 1, -1):
            await did(db, "attended", desk.link.item_id, phone_index=index, at=desk.at, times=times)
    await desk.count()
    no = desk.customer.no
    assert await desk.who("did(转发, 1天) and did(到场, 存款, 1天)") == [no]
    assert await desk.who("did(到场, 存款, 1天) >= 2") == []
    async with desk.database.unit_of_work(desk.tenant) as db:
        await did(db, "attended", desk.link.item_id, phone_index=index, at=desk.at, times=-1)
    await desk.count()
    assert await desk.who("did(到场, 存款, 1天)") == []
    async with desk.database.reading(desk.tenant) as db:
        left = await db.scalar(select(func.count()).where(CustomerAct.kind == "attended"))
    assert left == 0


async def test_who_is_erased_did_nothing_and_old_days_are_forgotten(desk: Desk) -> None:
    mine = uuid4()
    await desk.leave(mine)
    await desk.view(mine)
    await desk.count()
    async with desk.database.unit_of_work(desk.tenant) as db:
        long_ago = (desk.at - timedelta(days=200)).date()
        await db.execute(
            update(CustomerAct).where(CustomerAct.kind == "left").values(day_on=long_ago)
        )
    assert await jobs.audience_differences(desk.database, desk.tenant) != {}
    await jobs.mend_audience(desk.database, desk.tenant)
    assert await desk.who("did(留资, 180天)") == []
    async with desk.database.platform_unit_of_work() as platform:
        assert (desk.tenant, {}) in await jobs_rules.forgotten_acts(platform, desk.at)
    await queue.jobs["customers.forget_acts"](desk.database, desk.tenant)
    async with desk.database.unit_of_work(desk.tenant) as db:
        assert list(await db.scalars(select(CustomerAct.kind))) == ["viewed"]
        by = desk.people.ours.author
        found = await queries.customer(db, desk.customer.id)
        await actions_erase.erase_person(db, found.phone_index, by=by, at=desk.at)
        await actions_people.erase_customer(db, found, by=by, at=desk.at)
    await desk.view(mine, ago=timedelta(seconds=1))
    await desk.count()
    async with desk.database.reading(desk.tenant) as db:
        for model in (CustomerAct, NotedAct):
            assert await db.scalar(select(func.count()).select_from(model)) == 0


async def test_who_says_no_more_is_followed_no_more(desk: Desk) -> None:
    mine = uuid4()
    await desk.leave(mine)
    async with desk.database.unit_of_work(desk.tenant) as db:
        await actions_refusals.refuse(db, desk.phone, "deposit", at=desk.at)
    await desk.view(mine)
    await desk.count()
    assert await desk.who("did(浏览, 7天)") == []
    async with desk.database.reading(desk.tenant) as db:
        kept = await queries_behaviour.acts_of(db, desk.customer.no)
    assert [(one["kind"], one["topic"], one["times"]) for one in kept] == [("left", "deposit", 1)]


async def test_another_bank_counts_nothing_of_it(desk: Desk) -> None:
    await desk.leave(uuid4())
    theirs = desk.people.theirs.tenant
    await jobs_rules.count_acts(desk.database, theirs)
    async with desk.database.platform_unit_of_work() as platform:
        waiting = await jobs_rules.uncounted_acts(platform, desk.at)
    assert [bank for bank, _ in waiting if bank in (desk.tenant, theirs)] == [desk.tenant]
