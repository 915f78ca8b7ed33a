"""The posters' API: templates, pictures, codes, batches."""

import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image
from sqlalchemy import select
from tests.make import NOW, make_item, make_live_item, make_live_template, make_staff
from tests.personas import Personas
from tests.qrcodes import code_on

from contenthub.library import actions as library
from contenthub.posters import editing, rendering, studio
from contenthub.scheduler import actions_gone
from contenthub.sharing.models import Link


async def _item(people: Personas) -> str:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        return str((await make_live_item(db, ours.author, ours.reviewer)).id)


async def _live(people: Personas) -> tuple[str, str]:
    """Return the ids of a live template and its item."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
        return str(template.id), str(item.id)


async def _create(client: httpx.AsyncClient, item_id: str, **more: Any) -> dict[str, Any]:
    body = {"item_id": item_id, "title": "存款季", **more}
    answer = await client.post("/api/v1/poster-templates", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _codes(people: Personas, employee_id: object, channel: str) -> list[str]:
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await db.scalars(
            select(Link.code).where(Link.employee_id == employee_id, Link.channel == channel)
        )
        return list(found)


async def test_a_template_is_written_changed_submitted_and_withdrawn(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        made = await _create(client, item_id)
        assert made["revision"]["state"] == "draft"
        here = f"/api/v1/poster-templates/{made['id']}"
        layers = made["revision"]["layers"]
        changed = await client.put(here + "/draft", json={"title": "金秋", "layers": layers})
        assert changed.json()["title"] == "金秋"
        submitted = await client.post(here + "/submit")
        assert submitted.status_code == 200, submitted.text
        assert submitted.json()["state"] == "in_review"
        again = await client.post(here + "/submit")
        assert again.status_code == 409
        withdrawn = await client.post(here + "/withdraw")
        assert withdrawn.json()["revision"]["state"] == "draft"
        listed = (await client.get("/api/v1/poster-templates", params={"item_id": item_id})).json()
        assert [t["id"] for t in listed["items"]] == [made["id"]]


async def test_one_name_that_no_face_has_does_not_keep_the_others_from_their_poster(
    people: Personas,
) -> None:
    ours, item_id = people.ours, await _item(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        rare = await make_staff(db, ours.branch, "employee", name="王𪚥")
    async with people.client(ours.author) as client:
        made = await _create(client, item_id)
        page = f"/console/posters/{made['id']}/employees"
        here = f"/api/v1/poster-templates/{made['id']}/submit"
        refused = await client.post(here)
        assert refused.status_code == 422
        assert "王𪚥" in refused.text
        assert "先不给画不出来的员工出" in (await client.get(page)).text
        drawable = await client.get(page, params={"q": ours.employee.staff_no})
        assert ours.employee.name in drawable.text
        assert "先不给画不出来的员工出" not in drawable.text
        submitted = await client.post(here, params={"leave_out": True})
        assert submitted.status_code == 200, submitted.text
        assert "先不给画不出来的员工出" not in (await client.get(page)).text
    async with people.client(ours.reviewer) as client:
        waiting = (await client.get("/api/v1/reviews")).json()["items"]
        (review_id,) = [one["id"] for one in waiting if one["subject_kind"] == "template"]
        approved = await client.post(f"/api/v1/reviews/{review_id}/approve", json={})
        assert approved.is_success, approved.text
    async with people.client(ours.employee) as client:
        poster = await client.get(f"/api/v1/posters/{made['id']}/{ours.employee.id}.jpg")
        assert poster.headers["content-type"] == "image/jpeg"
    async with people.client(rare) as client:
        none = await client.get(f"/api/v1/posters/{made['id']}/{rare.id}.jpg")
    assert none.status_code == 422
    assert "𪚥" in none.text


async def test_from_submission_on_nobody_waits_for_a_template_to_be_compiled(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, item_id = people.ours, await _item(people)
    async with people.client(ours.author) as client:
        made = await _create(client, item_id)
        assert (await client.post(f"/api/v1/poster-templates/{made['id']}/submit")).is_success
    # As after a restart: whoever had to compile now would fail.
    for lane in list(studio._lanes):
        studio._lanes.pop(lane).shutdown()
    rendering._drafts.clear()
    monkeypatch.setattr(studio, "compile_base", None)
    async with people.client(ours.reviewer) as client:
        waiting = (await client.get("/api/v1/reviews")).json()["items"]
        (review_id,) = [one["id"] for one in waiting if one["subject_kind"] == "template"]
        approved = await client.post(f"/api/v1/reviews/{review_id}/approve", json={})
        assert approved.is_success, approved.text
    async with people.client(ours.employee) as client:
        poster = await client.get(f"/api/v1/posters/{made['id']}/{ours.employee.id}.jpg")
    assert poster.status_code == 200, poster.text
    assert poster.content.startswith(b"\xff\xd8")


async def test_a_submission_sent_again_under_its_key_is_answered_as_before(
    people: Personas,
) -> None:
    headers = {"idempotency-key": "k1"}
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        made, other = await _create(client, item_id), await _create(client, item_id)
        url = "/api/v1/poster-templates/{}/submit"
        first = await client.post(url.format(made["id"]), headers=headers)
        again = await client.post(url.format(made["id"]), headers=headers)
        foreign = await client.post(url.format(other["id"]), headers=headers)
    assert (first.status_code, again.status_code, foreign.status_code) == (200, 200, 422)
    assert first.json()["state"] == "in_review"
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_the_starter_follows_the_items_topic(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        made = await _create(client, item_id)
        assert made["revision"]["layers"]["background"] == "#b3141f"
        unknown = await client.post(
            "/api/v1/poster-templates", json={"item_id": item_id, "title": "x", "starter": "no"}
        )
    assert unknown.status_code == 422
    assert "deposit-season" in unknown.json()["errors"][0]["message"]


async def test_a_starter_with_another_topics_disclosure_is_refused(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item, _ = await make_item(db, ours.author, topic="loan")
        item_id = str(item.id)
    async with people.client(ours.author) as client:
        refused = await client.post(
            "/api/v1/poster-templates", json={"item_id": item_id, "starter": "deposit-season"}
        )
        taken = await client.post(
            "/api/v1/poster-templates", json={"item_id": item_id, "starter": "farm-loan"}
        )
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert fault["pointer"] == "/starter"
    assert "farm-loan（惠农贷）" in fault["message"]
    assert "deposit-season（" not in fault["message"]
    assert taken.status_code == 201, taken.text


async def test_lists_go_on_where_they_stopped(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        made = {(await _create(client, item_id))["id"] for _ in range(3)}
        first = (await client.get("/api/v1/poster-templates?limit=2")).json()
        rest = (
            await client.get(f"/api/v1/poster-templates?limit=2&cursor={first['next_cursor']}")
        ).json()
    assert {t["id"] for t in first["items"] + rest["items"]} == made
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("role", ["employee", "reviewer", "branch_manager", "campaign_manager"])
async def test_only_authors_write_templates(people: Personas, role: str) -> None:
    item_id = await _item(people)
    async with people.client(getattr(people.ours, role)) as client:
        answer = await client.post("/api/v1/poster-templates", json={"item_id": item_id})
    assert answer.status_code == 403


async def test_a_layers_fault_names_its_path_and_the_fix(people: Personas) -> None:
    item_id = await _item(people)
    layers = editing.starter_layers("deposit-season")
    layers["layers"][0]["box"] = {"x_px": 0, "y_px": 0, "w_px": 0, "h_px": 9}
    async with people.client(people.ours.author) as client:
        answer = await client.post(
            "/api/v1/poster-templates", json={"item_id": item_id, "title": "x", "layers": layers}
        )
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert "layers[0]" in fault["pointer"]
    assert "不能小于 1" in fault["message"]


@pytest.mark.parametrize("name", ["王𪚥", "王😀", "买买提·阿卜杜热合曼·" + "买" * 31])
async def test_a_name_that_cannot_be_drawn_stops_the_submission(
    people: Personas, name: str
) -> None:
    ours, item_id = people.ours, await _item(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_staff(db, ours.branch, "employee", name=name)
    async with people.client(ours.author) as client:
        made = await _create(client, item_id)
        answer = await client.post(f"/api/v1/poster-templates/{made['id']}/submit")
        assert answer.status_code == 422
        assert name in answer.json()["detail"]
        shown = (await client.get(f"/api/v1/poster-templates/{made['id']}")).json()
    assert shown["state"] == "draft"


async def test_a_preview_has_no_real_link_and_makes_none(people: Personas) -> None:
    ours, item_id = people.ours, await _item(people)
    async with people.client(ours.author) as client:
        made = await _create(client, item_id)
        answer = await client.get(
            f"/api/v1/poster-templates/{made['id']}/preview.jpg",
            params={"employee_id": str(ours.employee.id)},
        )
    assert answer.status_code == 200
    assert code_on(answer.content) == "HTTP://HUB.TEST/S/PREVIEW00000"
    assert await _codes(people, ours.employee.id, "poster") == []


async def test_a_poster_carries_the_employees_own_link_made_once(people: Personas) -> None:
    ours, (template_id, _) = people.ours, await _live(people)
    url = f"/api/v1/posters/{template_id}/{ours.employee.id}.jpg"
    async with people.client(ours.employee) as client:
        first = await client.get(url)
        again = await client.get(url)
    assert first.headers["content-type"] == "image/jpeg"
    assert first.headers["cache-control"].startswith("private")
    assert first.content == again.content
    (code,) = await _codes(people, ours.employee.id, "poster")
    assert code_on(first.content) == f"HTTP://HUB.TEST/S/{code}"
    async with people.client() as stranger:
        assert (await stranger.get(f"/S/{code}")).status_code == 200


async def test_a_poster_that_the_asker_has_is_not_sent_again(people: Personas) -> None:
    ours, (template_id, _) = people.ours, await _live(people)
    url = f"/api/v1/posters/{template_id}/{ours.employee.id}.jpg"
    async with people.client(ours.admin) as client:
        first = await client.get(url)
        known = await client.get(url, headers={"if-none-match": first.headers["etag"]})
        other = await client.get(url.replace(".jpg", ".png"))
        assert known.status_code == 304
        assert known.content == b""
        assert other.headers["etag"] != first.headers["etag"]
        async with people.house.database.unit_of_work(ours.tenant) as db:
            (await db.merge(ours.employee)).name = "王大明"
        changed = await client.get(url, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    with Image.open(io.BytesIO(other.content)) as opened:
        assert opened.format == "PNG"


async def test_a_bank_may_have_plain_links_in_its_codes_and_its_posters_are_drawn_anew(
    people: Personas,
) -> None:
    ours, (template_id, _) = people.ours, await _live(people)
    url = f"/api/v1/posters/{template_id}/{ours.employee.id}.jpg"
    async with people.client(ours.admin) as client:
        capital = await client.get(url)
        answer = await client.patch("/api/v1/bank", json={"settings": {"qr_plain_link": True}})
        assert answer.status_code == 200, answer.text
        plain = await client.get(url, headers={"if-none-match": capital.headers["etag"]})
    assert plain.status_code == 200
    assert code_on(capital.content).startswith("HTTP://HUB.TEST/S/")
    assert code_on(plain.content).lower() == code_on(capital.content).lower()
    assert code_on(plain.content).startswith("http://hub.test/s/")


async def test_people_see_the_posters_their_data_scope_holds(people: Personas) -> None:
    ours, (template_id, _) = people.ours, await _live(people)

    async def status(viewer: Any, owner: Any) -> int:
        async with people.client(viewer) as client:
            answer = await client.get(f"/api/v1/posters/{template_id}/{owner.id}.jpg?width_px=120")
        return answer.status_code

    assert await status(ours.employee, ours.employee) == 200
    assert await status(ours.employee, ours.colleague) == 404
    assert await status(ours.branch_manager, ours.employee) == 200
    assert await status(ours.branch_manager, ours.colleague) == 404
    assert await status(ours.author, ours.colleague) == 200
    assert await status(people.theirs.author, ours.employee) == 404


async def test_a_recalled_items_poster_is_refused_at_once(people: Personas) -> None:
    ours, (template_id, item_id) = people.ours, await _live(people)
    url = f"/api/v1/posters/{template_id}/{ours.employee.id}.jpg"
    async with people.client(ours.employee) as client:
        assert (await client.get(url)).status_code == 200
        async with people.house.database.unit_of_work(ours.tenant) as db:
            await library.recall(db, UUID(item_id), reason="利率调整", by=ours.admin, at=NOW)
        answer = await client.get(url)
        async with people.house.database.unit_of_work(ours.tenant) as db:
            await actions_gone.stop_item(db, UUID(item_id), at=NOW)
        later = await client.get(url)
    assert answer.status_code == later.status_code == 409
    assert answer.json()["code"] == later.json()["code"] == "not_live"
    assert "利率调整" in later.json()["detail"]


async def test_who_may_not_market_any_more_has_no_poster(people: Personas) -> None:
    ours, (template_id, _) = people.ours, await _live(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        expired = await make_staff(
            db, ours.branch, authorised_until=date(2026, 1, 1), name="钱多多"
        )
        left = await make_staff(db, ours.branch, state="resigned", name="李走")
    async with people.client(ours.admin) as client:
        one = await client.get(f"/api/v1/posters/{template_id}/{expired.id}.jpg")
        two = await client.get(f"/api/v1/posters/{template_id}/{left.id}.jpg")
    assert one.status_code == two.status_code == 409
    assert "2026-01-01 到期" in one.json()["detail"]
    assert "已离岗" in two.json()["detail"]


async def test_employees_do_not_see_drafts(people: Personas) -> None:
    item_id = await _item(people)
    async with people.client(people.ours.author) as client:
        made = await _create(client, item_id)
    async with people.client(people.ours.employee) as client:
        here = f"/api/v1/poster-templates/{made['id']}"
        assert (await client.get(here)).status_code == 404
        assert (await client.get(here + "/preview.jpg")).status_code == 404
        assert (await client.get("/api/v1/poster-templates")).json()["items"] == []


async def test_another_banks_template_does_not_exist(people: Personas) -> None:
    template_id, item_id = await _live(people)
    here = f"/api/v1/poster-templates/{template_id}"
    async with people.client(people.theirs.author) as client:
        absent = await client.get(f"/api/v1/poster-templates/{uuid4()}")
        for answer in (
            await client.get(here),
            await client.get(here + "/preview.jpg"),
            await client.put(here + "/draft", json={"title": "x"}),
            await client.post(here + "/submit"),
            await client.post(here + "/withdraw"),
            await client.post("/api/v1/poster-batches", json={"template_id": template_id}),
            await client.post("/api/v1/poster-templates", json={"item_id": item_id}),
        ):
            assert answer.status_code == 404
        assert (await client.get(here)).json()["detail"] == absent.json()["detail"]


async def test_the_personal_code_opens_the_employees_own_page(people: Personas) -> None:
    ours = people.ours
    await _item(people)
    async with people.client(ours.employee) as client:
        here = f"/api/v1/employees/{ours.employee.id}"
        code = await client.get(here + "/qr.png?size_px=300")
        await _item(people)
        again = await client.get(here + "/qr.png?size_px=300")
        card = await client.get(here + "/card.jpg")
        small = await client.get(here + "/qr.png?size_px=40")
    with Image.open(io.BytesIO(code.content)) as opened:
        assert opened.size == (300, 300)
    (mine,) = await _codes(people, ours.employee.id, "card")
    assert code_on(code.content) == code_on(card.content) == f"HTTP://HUB.TEST/C/{mine}"
    assert again.content == code.content, "a printed card keeps its code"
    assert small.status_code == 422


async def test_the_personal_code_never_leads_to_a_script_which_has_no_page(
    people: Personas,
) -> None:
    ours = people.ours
    await _item(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        at = NOW + timedelta(minutes=1)
        script = {"kind": "script", "topic": "deposit", "title": "开口三句", "at": at}
        await make_live_item(
            db, ours.author, ours.reviewer, fields={"scene": "one_to_one", "text": "您好"}, **script
        )
    async with people.client(ours.employee) as client:
        answer = await client.get(f"/api/v1/employees/{ours.employee.id}/card.jpg")
        page = (await client.get("/m/code")).text
    assert answer.status_code == 200
    assert "开口三句" not in page


async def test_a_bank_without_content_says_why_there_is_no_code(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        answer = await client.get(f"/api/v1/employees/{people.ours.employee.id}/qr.png")
    assert answer.status_code == 409
    assert "还没有已发布的内容" in answer.json()["detail"]


async def test_a_visitor_sees_the_poster_of_a_link_with_that_links_code(people: Personas) -> None:
    ours, (template_id, _) = people.ours, await _live(people)
    async with people.client(ours.employee) as client:
        await client.get(f"/api/v1/posters/{template_id}/{ours.employee.id}.jpg")
    (code,) = await _codes(people, ours.employee.id, "poster")
    async with people.client() as visitor:
        answer = await visitor.get(f"/s/{code}/poster.jpg")
        known = await visitor.get(
            f"/s/{code}/poster.jpg", headers={"if-none-match": answer.headers["etag"]}
        )
        nobody = await visitor.get("/s/000000000000/poster.jpg")
    assert code_on(answer.content) == f"HTTP://HUB.TEST/S/{code}"
    assert known.status_code == 304
    assert nobody.status_code == 404
