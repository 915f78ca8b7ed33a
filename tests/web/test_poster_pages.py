"""The posters' pages: what they show, and that their forms keep and refuse."""

import html as escapes
import io
import re
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from PIL import Image
from tests.make import make_live_item, make_live_template, make_staff
from tests.personas import Personas

from contenthub.posters import editing
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


def _fields(page: str) -> dict[str, str]:
    """Return what the editor's form would send as it stands."""
    form: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name = re.search(r'\bname="([^"]*)"', tag)
        value = re.search(r'\bvalue="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag and 'type="file"' not in tag:
            form[name[1]] = escapes.unescape(value[1] if value else "")
    for name, value in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', page, re.S
    ):
        form[name] = escapes.unescape(value)
    return {name: value for name, value in form.items() if name not in ("q", "_csrf_token")}


async def _editor(client: httpx.AsyncClient, item_id: str) -> dict[str, str]:
    answer = await client.get(
        f"/console/posters/new?item_id={item_id}&starter=deposit-season&plain=true"
    )
    assert answer.status_code == 200
    return _fields(answer.text)


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


async def test_a_poster_is_made_from_the_form_and_changed_again(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        form = await _editor(client, item_id)
        form["layers.headline.text"] = "存款月"
        form["layers.headline.colour"] = "#00ff00"
        made = await client.post("/console/posters", data=form, headers=token)
        assert made.status_code == 204, made.text
        here = made.headers["hx-redirect"]
        edit = _fields((await client.get(here + "/edit?plain=true")).text)
        assert edit["layers.headline.text"] == "存款月"
        assert edit["layers.headline.colour"] == "#00ff00"
        edit["title"] = "改过的名称"
        saved = await client.post(here + "/draft", data=edit, headers=token)
        assert saved.headers["hx-redirect"] == here
        assert "改过的名称" in (await client.get(here)).text


async def test_the_form_does_not_undo_what_the_json_says(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        form = await _editor(client, item_id)
    form["layers"] = form["layers"].replace("稳稳当当", "安安心心")
    design = editing.changed(editing.read_json(form["layers"]), form)
    texts = {row.id: row.text for row in editing.text_rows(design)}
    assert texts["slogan"].startswith("安安心心")


async def test_the_live_preview_draws_what_is_not_saved(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        form = await _editor(client, item_id)
        form["employee_id"] = str(people.ours.employee.id)
        first = await client.post("/console/posters/preview", data=form, headers=token)
        assert 'src="data:image/jpeg;base64,' in first.text
        form["layers.headline.text"] = "存款月"
        second = await client.post("/console/posters/preview", data=form, headers=token)
        assert second.text != first.text
        listed = (await client.get("/api/v1/poster-templates")).json()
    assert listed["items"] == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("layers.headline.text", "存款😀", "画不出来"),
        ("layers.headline.text", "字" * 80, "放不下"),
        ("layers.headline.size_px", "5", "不能小于 8"),
        ("layers.headline.size_px", "大", "整数像素"),
        ("layers.headline.text", "{{ customer.phone }}", "不认识的变量"),
        ("layers", "{", "JSON"),
    ],
)
async def test_the_preview_says_what_is_wrong_beside_it(
    people: Personas, field: str, value: str, said: str
) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        form = {**await _editor(client, item_id), field: value}
        answer = await client.post("/console/posters/preview", data=form, headers=token)
    assert answer.status_code == 200
    assert said in answer.text
    assert "data:image" not in answer.text


async def test_a_refused_save_names_the_forms_own_field(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        form = {**await _editor(client, item_id), "layers.headline.size_px": "5"}
        answer = await client.post("/console/posters", data=form, headers=token)
    assert answer.status_code == 422
    assert 'data-ch-wrong="layers.headline.size_px"' in answer.text


def _png(width_px: int = 60, height_px: int = 60) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width_px, height_px), "#2288cc").save(out, "PNG")
    return out.getvalue()


async def test_an_uploaded_picture_comes_onto_the_poster(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        form = {**await _editor(client, item_id), "layers.headline.text": "存款月"}
        answer = await client.post(
            "/console/posters/pictures",
            data={**form, "place": "banner"},
            files={"file": ("标志.png", _png(), "image/png")},
            headers=token,
        )
        assert answer.status_code == 200, answer.text
        again = {**form, **_fields(answer.text)}
        assert again["layers.headline.text"] == "存款月", "what was typed is kept"
        drawn = await client.post("/console/posters/preview", data=again, headers=token)
        assert "data:image" in drawn.text
        again["drop.picture-1"] = "1"
    design = editing.changed(editing.read_json(again["layers"]), again)
    assert editing.picture_rows(design) == []


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG"),
        ("x.jpg", b"\xff\xd8\xff\xe0 broken", "损坏"),
        ("x.gif", b"GIF89a" + bytes(40), "JPG、PNG、WEBP"),
    ],
)
async def test_hostile_pictures_are_refused(
    people: Personas, name: str, data: bytes, said: str
) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        form = {**await _editor(client, item_id), "place": "banner"}
        answer = await client.post(
            "/console/posters/pictures",
            data=form,
            files={"file": (name, data, "image/jpeg")},
            headers=token,
        )
    assert answer.status_code == 422
    assert said in answer.text


async def test_a_bomb_of_few_bytes_is_refused_before_it_is_decoded(people: Personas) -> None:
    item_id = await _item(people)
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    assert len(out.getvalue()) < 20_000
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        form = {**await _editor(client, item_id), "place": "banner"}
        answer = await client.post(
            "/console/posters/pictures",
            data=form,
            files={"file": ("x.png", out.getvalue(), "image/png")},
            headers=token,
        )
    assert answer.status_code == 422
    assert "9000×9000" in answer.text


async def test_submission_and_withdrawal_by_button(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        token = await _token(client)
        form = await _editor(client, item_id)
        here = (await client.post("/console/posters", data=form, headers=token)).headers[
            "hx-redirect"
        ]
        sent = await client.post(here + "/submit", headers=token)
        assert sent.status_code == 204, sent.text
        shown = (await client.get(here)).text
        assert "撤回审核" in shown
        assert "/edit" not in shown
        back = await client.post(here + "/withdraw", headers=token)
        assert back.status_code == 204
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
        place = people.ours.branch.name
        assert "王小明" in (await client.get(f"/console/posters/people?q={place}")).text
    async with people.client(people.ours.employee) as client:
        mine = (await client.get(here)).text
        assert "王小明的海报" in mine
        assert "生成全行海报" not in mine
        assert "刘洋" not in mine
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
        for path in ("", "/preview", "/pictures", f"/{template_id}/submit"):
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


async def _drafted(client: httpx.AsyncClient, item_id: str, **over: str) -> str:
    """Keep a draft of the deposit starter with other words; return its page's address."""
    form = {**await _editor(client, item_id), **over}
    made = await client.post("/console/posters", data=form, headers=await _token(client))
    assert made.status_code == 204, made.text
    return made.headers["hx-redirect"]


@pytest.mark.parametrize(
    ("words", "said"), [("存款😀", "画不出来"), ("𪚥𪚥", "画不出来"), ("字" * 80, "放不下")]
)
async def test_a_draft_that_cannot_be_drawn_says_which_field_and_the_fix(
    people: Personas, words: str, said: str
) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        here = await _drafted(client, item_id, **{"layers.headline.text": words})
        shown = (await client.get(here)).text
        everybody = (await client.get(here + "/employees")).text
        edit = (await client.get(here + "/edit?plain=true")).text
    assert "preview.jpg" not in shown, "no broken picture"
    assert said in shown
    assert f'{here}/edit#f-layers-headline-text"' in shown
    assert 'id="f-layers-headline-text"' in edit
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
        here = await _drafted(client, item_id, **{"layers.headline.text": "存款 <😀> & 理财"})
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
