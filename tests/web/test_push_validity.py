"""A push whose content is over at its hour is refused by API and page; both show until when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from tests.make import make_live_item
from tests.scheduler.conftest import EXPR, Desk, desk, sandbox

from contenthub.errors import Invalid
from contenthub.library.models import Item
from contenthub.scheduler import actions

__all__ = ["desk", "sandbox"]
# Noon in China: no bank's quiet hours, whenever the test runs.
FIRES = (datetime.now(UTC) + timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0)
ENDS = FIRES - timedelta(hours=2)
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def short(desk: Desk) -> Item:
    """Content that is over two hours before the hour of the push."""
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        return await make_live_item(
            db, desk.side.author, desk.side.reviewer, title="限时存款", valid_until=ENDS
        )


def _draft(item: Item, at: datetime) -> actions.PushDraft:
    schedule = {"kind": "once", "at": at.isoformat()}
    return actions.PushDraft(title="限时推送", item_id=item.id, expr=EXPR, schedule=schedule)


def _both_dates(said: str) -> bool:
    shown = (one.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") for one in (ENDS, FIRES))
    return all(one in said for one in shown) and "延长内容的有效期" in said


async def test_the_api_refuses_it_with_both_dates(desk: Desk, short: Item) -> None:
    body = {"title": "限时推送", "item_id": str(short.id), "expr": EXPR}
    async with desk.people.client(desk.side.author) as client:
        for at, status in ((FIRES, 422), (ENDS - timedelta(hours=1), 201)):
            schedule = {"kind": "once", "at": at.isoformat()}
            answer = await client.post("/api/v1/pushes", json={**body, "schedule": schedule})
            assert answer.status_code == status, answer.text
            if status == 422:
                [error] = answer.json()["errors"]
                assert error["pointer"] == "/schedule/at"
                assert _both_dates(error["message"])


async def test_the_wizard_says_so_while_it_is_filled_in(desk: Desk, short: Item) -> None:
    wall = FIRES.astimezone(CHINA)
    form = {
        "title": "限时推送",
        "item_id": str(short.id),
        "expr": EXPR,
        "when": "once",
        "at": wall.strftime("%Y-%m-%dT%H:%M"),
    }
    async with desk.people.client(desk.side.author) as client:
        wizard = (await client.get("/console/pushes/new")).text
        assert f"有效期至 {ENDS.astimezone(CHINA):%Y-%m-%d %H:%M}" in wizard
        headers = {"hx-request": "true", "x-csrftoken": client.cookies["csrftoken"]}
        said = await client.post("/console/pushes/autosave", data=form, headers=headers)
    assert "尚未保存" in said.text
    assert _both_dates(said.text)


async def test_a_draft_from_before_is_refused_at_its_submission(desk: Desk, short: Item) -> None:
    now = datetime.now(UTC)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        early = _draft(short, ENDS - timedelta(hours=1))
        push = await actions.write_push(db, early, by=desk.side.author, at=now)
        push_id = push.id
        await db.execute(
            text("update pushes set fire_at = :at where id = :id"), {"at": FIRES, "id": push_id}
        )
        db.expire(push)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        with pytest.raises(Invalid) as refused:
            await actions.submit(db, push_id, by=desk.side.author, at=now)
    assert _both_dates(refused.value.fields["schedule.at"])


async def test_the_reviewer_and_the_page_show_until_when(desk: Desk, short: Item) -> None:
    now = datetime.now(UTC)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        early = _draft(short, ENDS - timedelta(hours=1))
        push = await actions.write_push(db, early, by=desk.side.author, at=now)
        await actions.submit(db, push.id, by=desk.side.author, at=now)
        push_id = push.id
    until = f"{ENDS.astimezone(CHINA):%Y-%m-%d %H:%M}"
    async with desk.people.client(desk.side.reviewer) as client:
        page = (await client.get(f"/console/pushes/{push_id}")).text
        assert "有效期至" in page
        queue = (await client.get("/console/reviews")).text
    assert "内容有效期至" in queue
    assert until in queue
