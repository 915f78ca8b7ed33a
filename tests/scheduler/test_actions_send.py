"""What a message says to its customers, whatever its author wrote."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.make import make_live_item
from tests.scheduler.conftest import Desk

from contenthub.errors import Invalid


async def test_what_customers_get_ends_with_what_the_law_wants_said(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    await desk.deliver_all(push_id)
    sent = desk.sandbox.messages()
    assert len(sent) == 2
    for message in sent:
        said = message["text"]
        foot = said.split("\n—\n")[1]
        for words in ("【广告】", "客服 96588", "利率以本行公告为准", f"{desk.item.code}-v1"):
            assert words in foot, words
        assert "不再向我推荐" in foot


async def test_a_script_cannot_be_pushed_nor_a_text_too_long_with_its_foot(desk: Desk) -> None:
    side, now = desk.side, datetime.now(UTC)
    fields = {"scene": "group", "text": "各位邻居：{{ link }}"}
    async with desk.database.unit_of_work(side.tenant) as db:
        script = await make_live_item(
            db, side.author, side.reviewer, kind="script", topic="life", fields=fields
        )
    with pytest.raises(Invalid) as refused:
        await desk.push(now, item_id=script.id)
    assert set(refused.value.fields) == {"item_id"}
    with pytest.raises(Invalid) as refused:
        await desk.push(now, message="长" * 1300)
    assert set(refused.value.fields) == {"message"}
