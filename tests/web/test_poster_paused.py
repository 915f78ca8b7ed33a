"""A poster whose content a rule of today stops says why, wherever its author goes on with it."""

import re
from datetime import UTC, datetime

import pytest
from tests.make import NOW, make_live_item, make_live_template
from tests.personas import Personas
from tests.web.h5 import submit
from tests.web.landing import visitor

from contenthub.db import Write
from contenthub.library import actions_reviews, queries_service
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.library.models_rules import RuleFinding
from contenthub.library.queries_shareable import FailsRules
from contenthub.posters import actions, editing, queries_wording, wording
from contenthub.posters.actions import TemplateDraft
from contenthub.sharing import queries_cards

WHY = "没有通过现行规则（本行禁用词），暂停分享；等作者修改并重新审核后恢复"


def _stopped(db: Write, item: Item) -> None:
    hit = {"rule": "本行-001", "name": "本行禁用词", "text": "看看", "severity": "block"}
    row = {"revision_id": item.live_revision_id, "item_id": item.id, "found_at": datetime.now(UTC)}
    db.add(RuleFinding(tenant_id=item.tenant_id, version="x", blocks=1, hits=[hit], **row))


async def test_a_paused_poster_says_why_on_its_page_and_no_batch_of_it_begins(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
        _, other = await actions.write_template(
            db,
            TemplateDraft("草稿", item.id, editing.starter_layers("deposit-season")),
            by=ours.author,
            at=NOW,
        )
    here, mine = f"/console/posters/{made.id}", f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg"
    body = {"template_id": str(made.id), "branch_id": str(ours.branch.id)}
    async with people.client(ours.admin) as client:
        before = (await client.get(f"{here}?employee_id={ours.employee.id}")).text
        begun = await client.post("/api/v1/poster-batches", json=body)
        async with people.house.database.unit_of_work(ours.tenant) as db:
            _stopped(db, item)
        page = (await client.get(f"{here}?employee_id={ours.employee.id}")).text
        everybody = (await client.get(f"{here}/employees")).text
        draft = (await client.get(f"/console/posters/{other.template_id}")).text
        picture = await client.get(mine)
        refused = await client.post("/api/v1/poster-batches", json=body)
    assert "正在使用" in before
    assert WHY not in before
    assert begun.status_code == 202, begun.text
    for shown in (page, everybody, draft):
        assert WHY in shown
        assert mine not in shown, "a picture that would not come is not asked for"
    assert "正在使用" not in page
    assert "下载这一张" not in page
    for answer in (picture, refused):
        assert (answer.status_code, answer.json()["code"]) == (409, "fails_rules")
        assert answer.json()["detail"] == f"“{item.title}”{WHY}"


async def test_a_poster_of_a_stopped_wording_is_neither_submitted_nor_approved(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        wish = TemplateDraft("存款季海报", item.id, editing.starter_layers("deposit-season"))
        sent, waiting = await actions.write_template(db, wish, by=ours.author, at=NOW)
        kept, draft = await actions.write_template(db, wish, by=ours.author, at=NOW)
        await db.flush()
        await actions.submit(db, sent.id, drawn=waiting.hash, by=ours.author, at=NOW)
        _stopped(db, item)
        await db.flush()
        with pytest.raises(FailsRules, match="暂停分享"):
            await actions.submit(db, kept.id, drawn=draft.hash, by=ours.author, at=NOW)
        asked = (await library.reviews_of(db, waiting.id))[0]
        taken = await actions_reviews.take_review(db, asked.id, "approve", by=ours.reviewer)
        with pytest.raises(FailsRules, match="暂停分享"):
            await actions.approve_template(db, taken, by=ours.reviewer, at=NOW)
        assert (draft.state, waiting.state, sent.live_revision_id) == ("draft", "in_review", None)


async def test_what_a_rule_of_today_stops_is_offered_neither_to_share_instead_nor_on_the_card(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        facts = {"kind": "article", "topic": "education", "fields": {}}
        item = await make_live_item(db, ours.author, ours.reviewer, title="反诈一看就懂", **facts)
        before = [one.id for one in await queries_service.service_items(db, at=NOW)]
    async with people.client(ours.employee) as client:
        shown = (await client.get("/m/card")).text
        async with people.house.database.unit_of_work(ours.tenant) as db:
            _stopped(db, item)
        hidden = (await client.get("/m/card")).text
    async with people.house.database.reading(ours.tenant) as db:
        after = [one.id for one in await queries_service.service_items(db, at=NOW)]
    assert (before, after) == ([item.id], [])
    choice = f'value="{item.id}"'
    assert (choice in shown, choice in hidden) == (True, False)


async def test_a_card_stays_without_what_a_rule_of_today_stops(people: Personas) -> None:
    ours = people.ours
    picture = f"/api/v1/employees/{ours.employee.id}/card.jpg"
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer, title="三年期大额存单")
    async with people.client(ours.employee) as client:
        before = (await client.get("/m/code")).text
        await submit(client, "/m/card", item=str(item.id))
        address = re.findall(r"http://hub.test(/c/\w{12})", before)[0]
        async with visitor(people) as guest:
            offered = (await guest.get(address)).text
        async with people.house.database.unit_of_work(ours.tenant) as db:
            _stopped(db, item)
        code = (await client.get("/m/code")).text
        card = (await client.get("/m/card")).text
        drawn = await client.get(picture)
    async with people.house.database.reading(ours.tenant) as db:
        left = await queries_cards.shown_items(db, ours.employee, at=NOW)
    assert "三年期大额存单" in offered
    assert left == []
    for shown in (code, card):
        assert address in shown
        assert "暂停分享" not in shown
    assert drawn.status_code == 200
    async with people.client(ours.colleague) as client:
        first = (await client.get("/m/code")).text
        async with people.house.database.unit_of_work(ours.tenant) as db:
            await make_live_item(db, ours.author, ours.reviewer, title="一年期存款")
        second = (await client.get("/m/code")).text
    assert "暂停分享" in first, "a first card is for nothing that may not be shared"
    assert "/c/" not in first
    assert re.search(r"http://hub.test/c/\w{12}", second)


async def test_a_poster_in_use_that_says_another_figure_than_its_content_is_stopped(
    people: Personas,
) -> None:
    ours = people.ours
    layers = editing.starter_layers("deposit-season")
    slogan = next(one for one in layers["layers"] if one["id"] == "slogan")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)  # 2.05%
        with pytest.MonkeyPatch.context() as patch:  # approved before figures were read so
            patch.setattr(wording, "forbidden", lambda *_, **__: {})
            patch.setattr(queries_wording, "forbidden_now", _nothing)
            slogan["text"] = "年化百分之二点六"
            made = await make_live_template(db, item, ours.author, ours.reviewer, layers=layers)
        assert made.live_revision_id is not None
        stopped = await queries_wording.stopped_of(db, {made.live_revision_id})
    assert "2.05%" in stopped[made.live_revision_id]
    async with people.client(ours.employee) as client:
        answer = await client.get(f"/api/v1/posters/{made.id}/{ours.employee.id}.jpg")
    assert (answer.status_code, answer.json()["code"]) == (409, "fails_rules")


async def _nothing(*_: object, **__: object) -> dict[str, str]:
    return {}
