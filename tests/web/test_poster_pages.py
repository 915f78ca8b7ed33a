"""The posters' pages: what they show, and that their forms keep and refuse."""

import html as escapes
import re
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from tests.make import make_live_item, make_live_template, make_staff
from tests.personas import Personas

from contenthub.posters.starters import starters
from contenthub.web.poster_faults import LINE_CHARS, LINES_MAX, placeholder


async def _token(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/login")
    return {"x-csrftoken": str(client.cookies["csrftoken"]), "hx-request": "true"}


async def _item(people: Personas, **over: Any) -> str:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        return str((await make_live_item(db, ours.author, ours.reviewer, **over)).id)


async def _live(people: Personas) -> str:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        return str((await make_live_template(db, item, ours.author, ours.reviewer)).id)


async def test_an_empty_bank_is_offered_the_three_starters(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        shown = (await client.get("/console/posters")).text
        for code in ("deposit-season", "farm-loan", "rights-day"):
            assert f"/console/posters/new?starter={code}" in shown
            picture = await client.get(f"/console/posters/starter.jpg?starter={code}")
            assert picture.headers["content-type"] == "image/jpeg"
    async with people.client(people.ours.reviewer) as client:
        assert "/console/posters/new" not in (await client.get("/console/posters")).text


async def test_a_starter_that_would_say_something_untrue_is_not_offered(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        shown = (await client.get(f"/console/posters/new?item_id={item_id}")).text
        assert "只适用于贷款" in shown
        forced = await client.get(f"/console/posters/new?item_id={item_id}&starter=farm-loan")
    assert "选择一个起始模板" in forced.text


async def test_submission_and_withdrawal_by_button(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        here = await _drafted(client, item_id)
        sent = await client.post(here + "/submit", headers=token)
        assert sent.status_code == 204, sent.text
        shown = (await client.get(here)).text
        assert "撤回修改" in shown
        assert "正在审核，不能修改" in shown
        assert f'href="{here}/edit' not in shown
        # Nobody draws on what would not be kept.
        editor = await client.get(here + "/edit")
        assert (editor.status_code, editor.headers["location"]) == (303, here)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        other = await make_staff(db, people.ours.head, "author")
    async with people.client(other) as client:
        assert "请让画过或提交它的同事撤回" in (await client.get(here)).text
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        back = await client.post(here + "/withdraw?then=edit", headers=token)
        assert back.status_code == 204
        assert back.headers["hx-redirect"] == here + "/edit"
        assert 'id="poster-data"' in (await client.get(here + "/edit")).text
        assert "提交审核" in (await client.get(here)).text


async def test_the_poster_page_shows_who_has_it_and_its_review(people: Personas) -> None:
    template_id = await _live(people)
    here = f"/console/posters/{template_id}"
    async with people.client(people.ours.author) as client:
        shown = (await client.get(f"{here}?employee_id={people.ours.employee.id}")).text
        assert f"/api/v1/posters/{template_id}/{people.ours.employee.id}.jpg" in shown
        assert "周敏" in shown, "who approved it"
        assert "生成海报" in shown
        options = (await client.get("/console/posters/people?q=刘")).text
        assert "刘洋" in options
        assert "王小明" not in options
        kept = f"/console/posters/people?employee_id={people.ours.employee.id}&q="
        assert "selected" not in (await client.get(kept + "刘")).text
        for q in ("", "王", " "):
            chosen = f'value="{people.ours.employee.id}" selected'
            assert chosen in (await client.get(kept + q)).text, "who was chosen stays chosen"
        place = people.ours.branch.name
        assert "王小明" in (await client.get(f"/console/posters/people?q={place}")).text
    async with people.client(people.ours.employee) as client:
        mine = (await client.get(here)).text
        assert "王小明的海报" in mine
        assert "生成全行海报" not in mine
        assert "刘洋" not in mine
        theirs = f"/console/posters/people?employee_id={people.ours.colleague.id}"
        assert (await client.get(theirs)).status_code == 404, "not in their reach"
        other = await client.get(f"{here}?employee_id={people.ours.colleague.id}")
        assert other.status_code == 404


async def test_the_grid_shows_everybody_and_says_who_has_none(people: Personas) -> None:
    ours, template_id = people.ours, await _live(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        strange = await make_staff(db, ours.branch, "employee", name="王😀")
    async with people.client(ours.author) as client:
        shown = (await client.get(f"/console/posters/{template_id}/employees")).text
    assert f"/{ours.employee.id}.jpg?width_px=240" in shown
    assert f"/{ours.colleague.id}.jpg?width_px=240" in shown
    assert f"/{strange.id}.jpg" not in shown
    assert "画不出来" in shown
    async with people.client(ours.branch_manager) as client:
        branch = (await client.get(f"/console/posters/{template_id}/employees")).text
    assert str(ours.colleague.id) not in branch


async def test_forms_without_the_token_are_refused(people: Personas) -> None:
    template_id = await _live(people)
    async with people.client(people.ours.author) as client:
        for path in ("/canvas/preview", "/import", f"/{template_id}/submit"):
            assert (await client.post("/console/posters" + path, data={})).status_code == 403


async def test_another_banks_poster_pages_do_not_exist(people: Personas) -> None:
    template_id, item_id = await _live(people), await _item(people)
    async with people.client(people.theirs.author) as client:
        token = await _token(client)
        here = f"/console/posters/{template_id}"
        for path in (here, here + "/edit", here + "/employees"):
            assert (await client.get(path)).status_code == 404
        assert (await client.get(f"/console/posters/new?item_id={item_id}")).status_code == 404
        assert (await client.post(here + "/submit", headers=token)).status_code == 404


async def _drafted(client: httpx.AsyncClient, item_id: str, *, headline: str = "") -> str:
    """Keep a draft of the deposit starter, its headline in other words; return its page."""
    made = await client.post("/api/v1/poster-templates", json={"item_id": item_id})
    assert made.status_code == 201, made.text
    here = f"/console/posters/{made.json()['id']}"
    if headline:
        layers = made.json()["revision"]["layers"]
        next(one for one in layers["layers"] if one["id"] == "headline")["text"] = headline
        draft = f"/api/v1/poster-templates/{made.json()['id']}/draft"
        assert (await client.put(draft, json={"layers": layers})).status_code == 200
    return here


@pytest.mark.parametrize(
    ("words", "said"), [("存款😀", "画不出来"), ("𪚥𪚥", "画不出来"), ("字" * 80, "放不下")]
)
async def test_a_draft_that_cannot_be_drawn_says_which_field_and_the_fix(
    people: Personas, words: str, said: str
) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        here = await _drafted(client, item_id, headline=words)
        shown = (await client.get(here)).text
        everybody = (await client.get(here + "/employees")).text
        edit = (await client.get(here + "/edit")).text
    assert "preview.jpg" not in shown, "no broken picture"
    assert said in shown
    assert f'{here}/edit#f-layers-headline-text"' in shown
    assert '"id": "headline"' in edit, "the editor chooses the layer that the address names"
    assert "preview.jpg" not in everybody
    assert said in everybody


async def test_a_draft_that_can_be_drawn_shows_its_preview(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        here = await _drafted(client, item_id)
        shown = (await client.get(here)).text
        picture = re.search(r'src="(/api/v1/poster-templates/[^"]+)"', shown)
        assert picture is not None
        drawn = await client.get(escapes.unescape(picture[1]))
    assert drawn.headers["content-type"] == "image/jpeg"
    assert "画不出来" not in shown


async def test_a_starter_says_what_the_items_words_lack(people: Personas) -> None:
    item_id = await _item(people, title="存款🎉")
    async with people.client(people.ours.author) as client:
        shown = (await client.get(f"/console/posters/new?item_id={item_id}")).text
        pictures = re.findall(r'src="(/console/posters/starter.jpg[^"]+)"', shown)
        answers = [await client.get(escapes.unescape(one)) for one in pictures[:3]]
    assert "画不出来" in shown
    assert len(pictures) == len(starters())
    assert {a.headers["content-type"] for a in answers} == {"image/jpeg"}


async def test_a_list_shows_why_a_draft_cannot_be_drawn_instead_of_a_broken_picture(
    people: Personas,
) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        here = await _drafted(client, item_id, headline="存款 <😀> & 理财")
        listed = (await client.get("/console/posters")).text
        template = here.rsplit("/", 1)[-1]
        url = f"/api/v1/poster-templates/{template}/preview.jpg"
        assert f'src="{url}?width_px=360&amp;placeholder=true"' in listed
        shown = await client.get(url, params={"width_px": 360, "placeholder": "true"})
        plain = await client.get(url, params={"width_px": 360})
    assert plain.status_code == 422
    assert shown.status_code == 200
    assert shown.headers["content-type"].startswith("image/svg+xml")
    drawn = ElementTree.fromstring(shown.content)  # our own
    words = "".join(drawn.itertext())
    assert "暂时画不出来" in words
    assert "U+1F600" in words.replace("\n", "")


def test_a_placeholder_holds_any_reason() -> None:
    for reason in ("", "<script>", "长" * 1000, "a&b]]>"):
        drawn = ElementTree.fromstring(placeholder(reason))  # our own
        assert len("".join(drawn.itertext())) <= 11 + LINE_CHARS * LINES_MAX


async def test_whom_a_poster_leaves_out_is_told_by_every_reason_and_offered_only_then(
    people: Personas,
) -> None:
    ours, item_id = people.ours, await _item(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        for no, name in (("7001", "王𪚥"), ("7002", "钱多多")):
            await make_staff(
                db, ours.branch, "employee", name=name, staff_no=no, qualification_no=""
            )
    async with people.client(ours.author) as client:
        here = await _drafted(client, item_id)
        rare = (await client.get(here + "/employees?q=7001")).text
        usual = (await client.get(here + "/employees?q=7002")).text
    assert "从业资格" in usual
    assert "leave_out" not in usual, "they have one as soon as they are qualified"
    assert "从业资格" in rare
    assert "字体画不出来" in rare
    assert "leave_out=true" in rare
