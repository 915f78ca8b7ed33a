"""Prizes of an activity stand once it has begun, whichever way somebody tries (PRIZE-03)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.make import approve, make_live_item
from tests.personas import Personas

from contenthub.errors import Invalid
from contenthub.library import actions, actions_windows
from contenthub.library.actions import Draft

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


def _fields(**over: Any) -> dict[str, Any]:
    return {
        "summary": "到网点参加",
        "starts_at": "2026-11-26 12:00",
        "ends_at": "2026-11-30 18:00",
        "place": "文化广场",
        "organiser": "清源农商银行",
        "contact": "96588",
        "draw_rule": "11月30日 17:00 现场开奖，30 日内兑奖",
        "prizes": "保温杯｜50｜100｜10%｜实物",
        **over,
    }


def _draft(**over: Any) -> Draft:
    return Draft("activity", "life", "秋收抽奖会", _fields(**over), body="<p>欢迎参加</p>")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"prizes": "保温杯｜50｜1｜0.1%｜实物"}, "fields.prizes"),
        ({"prizes": ""}, "fields.prizes"),
        ({"draw_rule": "另行通知"}, "fields.draw_rule"),
        ({"starts_at": "2026-11-29 12:00"}, "fields.starts_at"),
    ],
)
async def test_prizes_stand_from_the_beginning_on(
    people: Personas, changed: dict[str, str], field: str
) -> None:
    side, begun = people.ours, NOW + timedelta(hours=2)
    async with people.house.database.unit_of_work(side.tenant) as db:
        facts: dict[str, Any] = {"kind": "activity", "topic": "life", "fields": _fields()}
        item = await make_live_item(db, side.author, side.reviewer, **facts)
        wanted = _draft(**changed)
        with pytest.raises(Invalid) as wrong:
            await actions.write_draft(db, item.id, wanted, by=side.author, at=begun)
        assert set(wrong.value.fields) == {field}
        await actions.recall(db, item.id, reason="先下架再改", by=side.author, at=begun)
        with pytest.raises(Invalid):
            await actions.write_draft(db, item.id, wanted, by=side.author, at=begun)
        # Everything else of it may still be put right.
        place = _draft(place="文化广场东门")
        await actions.write_draft(db, item.id, place, by=side.author, at=begun)


async def test_what_was_written_before_is_refused_when_it_would_change_a_running_game(
    people: Personas,
) -> None:
    side, begun = people.ours, NOW + timedelta(hours=2)
    async with people.house.database.unit_of_work(side.tenant) as db:
        facts: dict[str, Any] = {"kind": "activity", "topic": "life", "fields": _fields()}
        item = await make_live_item(db, side.author, side.reviewer, **facts)
        fewer = _draft(prizes="保温杯｜50｜1｜0.1%｜实物")
        await actions.write_draft(db, item.id, fewer, by=side.author, at=NOW)
        with pytest.raises(Invalid):
            await actions.submit(db, item.id, by=side.author, at=begun)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        with pytest.raises(Invalid):
            await approve(db, item, side.reviewer, at=begun)


async def test_what_goes_live_after_the_beginning_was_refused_before_it(people: Personas) -> None:
    side, later = people.ours, NOW + timedelta(hours=2)
    async with people.house.database.unit_of_work(side.tenant) as db:
        facts: dict[str, Any] = {"kind": "activity", "topic": "life", "fields": _fields()}
        item = await make_live_item(db, side.author, side.reviewer, **facts)
        fewer = replace(_draft(prizes="保温杯｜50｜1｜0.1%｜实物"), valid_from=later)
        with pytest.raises(Invalid):
            await actions.write_draft(db, item.id, fewer, by=side.author, at=NOW)
        # Approved to begin in time, found by a worker too late: it ends unseen.
        soon = replace(fewer, valid_from=NOW + timedelta(minutes=30))
        await actions.write_draft(db, item.id, soon, by=side.author, at=NOW)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        await approve(db, item, side.reviewer, at=NOW)
        before = item.live_revision_id
        await actions_windows.start_window(db, item.id, at=later)
        assert item.live_revision_id == before
