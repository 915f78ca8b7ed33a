"""A recall is heard by every web process as it commits: no page is served from memory after it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.make import approve, make_link, make_live_item
from tests.personas import Personas

from contenthub.library import actions as library
from contenthub.library import queries
from contenthub.library.actions_signals import CHANNEL
from contenthub.library.models import Item
from contenthub.sharing.actions_leads import Contact
from contenthub.sharing.actions_places import leave_signup
from contenthub.sharing.models import Link
from contenthub.tenants import actions_platform
from contenthub.tenants import queries as tenants_queries
from contenthub.web.landing.targets import Targets
from contenthub.web.landing.watch import Watch

PATIENCE_SECONDS = 10.0


@pytest.fixture
async def link(people: Personas) -> Link:
    return await shared(people, title="三年期大额存单")


async def shared(people: Personas, **over: Any) -> Link:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer, **over)
        return await make_link(db, item, ours.employee)


@asynccontextmanager
async def listening(people: Personas) -> AsyncIterator[Targets]:
    """A process's cache of pages, with its watch at work."""
    targets = Targets(people.house)
    watch = Watch(people.house.database, targets)
    watch.start()
    watch.start()
    try:
        await asyncio.wait_for(watch.is_listening.wait(), PATIENCE_SECONDS)
        yield targets
    finally:
        await watch.stop()


async def recall(people: Personas, item_id: Any) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await library.recall(db, item_id, reason="有误", by=ours.reviewer, at=datetime.now(UTC))


async def forgotten(targets: Targets, code: str) -> bool:
    """Return whether a code is let go of within a patience no test machine exceeds."""
    for _ in range(int(PATIENCE_SECONDS / 0.01)):
        if targets.known(code) is None:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_recall_empties_every_process_of_the_page(people: Personas, link: Link) -> None:
    now = datetime.now(UTC)
    async with listening(people) as one, listening(people) as other:
        for each in (one, other):
            await each.find(link.code, at=now)
            assert each.known(link.code) is not None
        await recall(people, link.item_id)
        for each in (one, other):
            assert await forgotten(each, link.code)
            found = await each.find(link.code, at=now)
            assert (found.page, found.gone_status) == (None, 410)


async def test_pages_of_other_items_stay(people: Personas, link: Link) -> None:
    other = await shared(people, title="另一条")
    now = datetime.now(UTC)
    async with listening(people) as targets:
        for each in (link, other):
            await targets.find(each.code, at=now)
        await recall(people, link.item_id)
        assert await forgotten(targets, link.code)
        assert targets.known(other.code) is not None


async def test_a_page_that_leads_to_a_recalled_item_is_drawn_anew(people: Personas) -> None:
    ours, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        product = await make_live_item(db, ours.author, ours.reviewer, title="三年期大额存单")
    fields = {"answer": "可以。", "related_product": product.code}
    link = await shared(people, kind="faq", topic="deposit", title="能提前取吗", fields=fields)
    async with listening(people) as targets:
        found = await targets.find(link.code, at=now)
        assert found.page is not None
        assert "三年期大额存单" in found.page.fill(b"", b"", b"").decode()
        await recall(people, product.id)
        assert await forgotten(targets, link.code)
        again = await targets.find(link.code, at=now)
        assert again.page is not None
        assert "三年期大额存单" not in again.page.fill(b"", b"", b"").decode()


async def test_a_new_wording_is_shown_at_once(people: Personas, link: Link) -> None:
    ours, now = people.ours, datetime.now(UTC)
    async with listening(people) as targets:
        await targets.find(link.code, at=now)
        async with people.house.database.unit_of_work(ours.tenant) as db:
            item = await db.get_one(Item, (ours.tenant, link.item_id))
            draft = library.Draft(
                kind="product",
                topic="deposit",
                title="三年期大额存单（新）",
                fields={"summary": "新利率", "rate": 195},
                body="<p>到网点办理。</p>",
            )
            await library.write_draft(db, item.id, draft, by=ours.author, at=now)
            await library.submit(db, item.id, by=ours.author, at=now)
            await approve(db, item, ours.reviewer, now)
        assert await forgotten(targets, link.code)
        found = await targets.find(link.code, at=now)
        assert found.page is not None
        assert "新利率" in found.page.fill(b"", b"", b"").decode()


async def test_nothing_read_before_a_change_is_kept_after_it(people: Personas, link: Link) -> None:
    targets, now = Targets(people.house), datetime.now(UTC)
    reading = asyncio.create_task(targets.find(link.code, at=now))
    for _ in range(3):
        await asyncio.sleep(0)
    targets.forget(link.item_id)  # heard while the answer is on its way
    await reading
    assert targets.known(link.code) is None
    assert (await targets.find(link.code, at=now)).page is not None
    assert targets.known(link.code) is not None


async def test_what_was_kept_is_doubted_when_listening_begins_anew(
    people: Personas, link: Link
) -> None:
    targets = Targets(people.house)
    await targets.find(link.code, at=datetime.now(UTC))
    targets.doubt()
    assert targets.known(link.code) is None


async def test_a_rolled_back_recall_and_a_strange_payload_change_nothing(
    people: Personas, link: Link
) -> None:
    ours, now = people.ours, datetime.now(UTC)
    async with listening(people) as targets:
        await targets.find(link.code, at=now)
        with pytest.raises(RuntimeError):
            async with people.house.database.unit_of_work(ours.tenant) as db:
                await library.recall(db, link.item_id, reason="有误", by=ours.reviewer, at=now)
                raise RuntimeError
        other = await shared(people, title="另一条")
        await targets.find(other.code, at=now)
        await recall(people, other.item_id)
        assert await forgotten(targets, other.code)  # what was said before has been heard too
        assert targets.known(link.code) is not None


def test_the_channel_has_a_name_postgresql_takes() -> None:
    assert CHANNEL.isidentifier()
    assert CHANNEL == CHANNEL.lower()


async def test_a_suspension_and_its_end_are_heard_at_once_by_that_banks_pages_only(
    people: Personas, link: Link
) -> None:
    now, theirs = datetime.now(UTC), people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        item = await make_live_item(db, theirs.author, theirs.reviewer)
        other = await make_link(db, item, theirs.employee)
    async with people.house.database.reading(people.ours.tenant) as read:
        slug = (await tenants_queries.bank(read)).slug
    async with listening(people) as targets:
        await targets.find(other.code, at=now)
        assert (await targets.find(link.code, at=now)).page is not None
        async with people.house.database.platform_unit_of_work() as platform:
            await actions_platform.suspend_bank(platform, slug, reason="到期未续", by=None, at=now)
        assert await forgotten(targets, link.code)
        assert (await targets.find(link.code, at=now)).gone_status == 503
        async with people.house.database.platform_unit_of_work() as platform:
            await actions_platform.resume_bank(platform, slug, by=None, at=now)
        assert await forgotten(targets, link.code)
        assert (await targets.find(link.code, at=now)).page is not None
        assert targets.known(other.code) is not None


async def test_the_last_pieces_of_a_right_are_counted_on_the_page_to_the_one(
    people: Personas,
) -> None:
    ours, now = people.ours, datetime.now(UTC)
    fields: dict[str, Any] = {
        "stock": 2,
        "per_person": 1,
        "spec": "洗车券",
        "how_to_redeem": "到店出示",
    }
    fields |= {"redeem_from": "2026-01-01", "redeem_until": "2099-12-31"}
    link = await shared(people, kind="right", topic="rights", fields=fields)
    async with listening(people) as targets:
        found = await targets.find(link.code, at=now)
        assert found.page is not None
        assert re.search(r"还剩\D*2", found.page.fill(b"", b"", b"").decode())
        async with people.house.database.unit_of_work(ours.tenant) as db:
            contact = Contact("13800000001", "张三", None, agreed=True)
            item = await queries.item(db, link.item_id)
            assert item.live_revision_id is not None
            revision = await queries.revision(db, item.live_revision_id)
            await leave_signup(
                db, link, contact, shown=(item, revision), employee=ours.employee, at=now
            )
        assert await forgotten(targets, link.code)
        again = await targets.find(link.code, at=now)
        assert again.page is not None
        assert re.search(r"还剩\D*1", again.page.fill(b"", b"", b"").decode())
