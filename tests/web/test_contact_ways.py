"""「联系我」 codes: asked of WeCom once a person, drawn by our engine, deleted when they leave."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select, update
from tests.channels.conftest import http
from tests.make import make_live_item, make_live_template
from tests.qrcodes import code_on
from tests.scheduler.conftest import Desk, desk, sandbox
from tests.web.h5 import submit

from contenthub.posters import (
    actions_batch,
    actions_contact,
    editing,
    jobs_contact,
    queries_contact,
)
from contenthub.posters.jobs import new_code
from contenthub.posters.models_contact import ContactWay
from contenthub.tenants import actions_staff
from contenthub.tenants.models import AuditEntry, Staff

__all__ = ["desk", "http", "sandbox"]
ADD = "externalcontact/add_contact_way"


async def _work(desk: Desk) -> None:
    assert jobs_contact.make_contact_ways  # registers the job
    await desk.run("posters.make_contact_ways")


async def _ways(desk: Desk) -> list[ContactWay]:
    async with desk.database.reading(desk.side.tenant) as db:
        found = await db.scalars(select(ContactWay).order_by(ContactWay.created_at))
        return list(found)


async def _due_again(desk: Desk) -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await db.execute(update(ContactWay).values(try_after_at=datetime.now(UTC)))


def _made(desk: Desk) -> list[dict[str, Any]]:
    """Return the codes there are at WeCom, known here or not."""
    found: list[dict[str, Any]] = desk.sandbox.get("/sandbox/contacts")["contacts"]
    return found


def _design() -> dict[str, Any]:
    layers = editing.starter_layers("deposit-season")
    code = next(one for one in layers["layers"] if one["kind"] == "qr")
    # A contact code is longer than a share link: it wants a larger box for 8 px a module.
    code |= {"code": "contact", "box": {"x_px": 680, "y_px": 1440, "w_px": 344, "h_px": 344}}
    kept = ("bank", "ad-box", "ad", "code", "name", "disclosure")
    layers["layers"] = [one for one in layers["layers"] if one["kind"] == "qr" or one["id"] in kept]
    layers["background"] = "#fdf3ec"
    for one in layers["layers"]:
        if one["id"] in ("bank", "ad"):
            one["colour"] = "#5a1410"  # light ones stood on the starter's picture
    return layers


async def test_a_code_is_asked_for_once_read_and_shown_wherever_the_employee_is(
    desk: Desk,
) -> None:
    people, me = desk.people, desk.side.employee
    async with people.client(me) as client:
        waiting = (await client.get("/m/code")).text
        early = await client.get(f"/api/v1/employees/{me.id}/contact.png")
        await _work(desk)
        again = (await client.get("/m/code")).text
        picture = await client.get(f"/api/v1/employees/{me.id}/contact.png?size_px=600")
    assert "正在向企业微信申请" in waiting
    assert early.status_code == 409
    assert "contact.png" in again
    (way,) = await _ways(desk)
    assert way.text.startswith("https://work.weixin.qq.com/ca/")
    assert code_on(picture.content) == way.text
    async with people.client(people.theirs.admin) as client:
        foreign = await client.get(f"/api/v1/employees/{me.id}/contact.png")
    assert foreign.status_code == 404


async def test_a_poster_with_contact_codes_waits_for_them_and_shows_them(desk: Desk) -> None:
    people, side = desk.people, desk.side
    async with people.client(side.author) as client:
        body = {"item_id": str(desk.item.id), "title": "加我", "layers": _design()}
        made = (await client.post("/api/v1/poster-templates", json=body)).json()
        here = f"/api/v1/poster-templates/{made['id']}"
        preview = await client.get(f"{here}/preview.jpg")
        early = await client.post(f"{here}/submit")
        await _work(desk)
        late = await client.post(f"{here}/submit")
    assert code_on(preview.content).startswith("https://work.weixin.qq.com/ca/cawcde0123")
    assert early.status_code == 422
    assert "正在向企业微信申请" in early.json()["errors"][0]["message"]
    assert late.status_code == 200, late.text
    async with desk.database.unit_of_work(side.tenant) as db:
        live = await make_live_template(db, desk.item, side.author, side.reviewer, layers=_design())
    async with people.client(side.employee) as client:
        poster = await client.get(f"/api/v1/posters/{live.id}/{side.employee.id}.jpg")
    async with desk.database.reading(side.tenant) as db:
        said = await queries_contact.texts(db, [side.employee.id], channel="poster")
    assert code_on(poster.content) == said[side.employee.id]


async def test_whom_wecom_refuses_is_named_and_left_out_and_stands_in_nobodys_way(
    desk: Desk,
) -> None:
    people, side = desk.people, desk.side
    desk.sandbox.spoil(ADD, 60111)
    async with people.client(side.author) as client:
        body = {"item_id": str(desk.item.id), "title": "加我", "layers": _design()}
        made = (await client.post("/api/v1/poster-templates", json=body)).json()
        here = f"/api/v1/poster-templates/{made['id']}"
        await client.post(f"{here}/submit")
        await _work(desk)
        named = await client.post(f"{here}/submit")
        page = (await client.get(f"/console/posters/{made['id']}/employees")).text
        handed = await client.post(f"{here}/submit?leave_out=true")
    ways = await _ways(desk)
    refused = {way.employee_id for way in ways if way.problem}
    assert [bool(way.text) for way in ways].count(False) == len(refused) == 1
    crowd = (side.employee, side.colleague, side.branch_manager)
    (without,) = (one for one in crowd if one.id in refused)
    has = next(one for one in crowd[:2] if one is not without)
    told = named.json()["errors"][0]["message"]
    assert named.status_code == 422
    assert f"{without.name}（工号 {without.staff_no}）" in told
    assert "企业微信中没有这个员工账号" in told
    assert "60111" in told
    assert has.name not in told
    assert "leave_out=true" in page
    assert "企业微信中没有这个员工账号" in page
    assert handed.status_code == 200, handed.text

    async with desk.database.unit_of_work(side.tenant) as db:
        live = await make_live_template(db, desk.item, side.author, side.reviewer, layers=_design())
        job = await actions_batch.start_batch(db, live.id, by=side.admin, at=datetime.now(UTC))
    await desk.run("posters.draw_batch", job_id=job.id)
    async with people.client(side.admin) as client:
        batch = (await client.get(f"/api/v1/jobs/{job.id}")).json()
        errors = (await client.get(f"/api/v1/jobs/{job.id}/errors.csv")).content.decode("utf-8-sig")
    assert batch["state"] == "done", batch
    assert batch["message"].startswith("已生成 2 张，1 人没有生成")
    assert without.staff_no in errors
    assert "企业微信中没有这个员工账号" in errors

    async with people.client(without) as client:
        broken = await client.get(f"/api/v1/posters/{live.id}/{without.id}.jpg")
        told = (await client.get(f"/m/posters/{live.id}")).text
        deck = (await client.get("/m/posters")).text
    assert broken.status_code == 409
    assert "企业微信中没有这个员工账号" in broken.json()["detail"]
    assert "企业微信中没有这个员工账号" in told
    assert str(live.id) not in deck
    async with people.client(has) as client:
        drawn = await client.get(f"/api/v1/posters/{live.id}/{has.id}.jpg")
        deck = (await client.get("/m/posters")).text
    assert drawn.status_code == 200
    assert str(live.id) in deck


async def test_nobody_at_all_with_a_code_is_no_poster_to_submit(desk: Desk) -> None:
    people, side = desk.people, desk.side
    async with people.client(side.author) as client:
        body = {"item_id": str(desk.item.id), "title": "加我", "layers": _design()}
        made = (await client.post("/api/v1/poster-templates", json=body)).json()
        refused = await client.post(f"/api/v1/poster-templates/{made['id']}/submit?leave_out=true")
    assert refused.status_code == 422
    assert "正在向企业微信申请" in refused.json()["errors"][0]["message"]


async def test_somebody_new_is_told_that_the_code_is_coming_and_has_it_then(desk: Desk) -> None:
    people, side = desk.people, desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        live = await make_live_template(db, desk.item, side.author, side.reviewer, layers=_design())
    address = f"/api/v1/posters/{live.id}/{side.employee.id}.jpg"
    async with people.client(side.employee) as client:
        early = await client.get(address)
        await _work(desk)
        late = await client.get(address)
    assert early.status_code == 409
    assert "正在向企业微信申请" in early.json()["detail"]
    assert late.status_code == 200


async def test_a_bank_without_wecom_is_told_what_is_missing(desk: Desk) -> None:
    people, theirs = desk.people, desk.people.theirs
    async with desk.database.unit_of_work(theirs.tenant) as db:
        item = await make_live_item(db, theirs.author, theirs.reviewer)
    async with people.client(theirs.author) as client:
        body = {"item_id": str(item.id), "title": "加我", "layers": _design()}
        made = (await client.post("/api/v1/poster-templates", json=body)).json()
        refused = await client.post(f"/api/v1/poster-templates/{made['id']}/submit")
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert fault["pointer"].endswith("/code")
    assert "还没有接入企业微信" in fault["message"]
    assert "改成分享链接" in fault["message"]


async def test_a_refusal_is_kept_told_and_tried_again_without_a_second_code(desk: Desk) -> None:
    people, me = desk.people, desk.side.employee
    desk.sandbox.spoil(ADD, 41054)
    async with people.client(me) as client:
        await client.get("/m/code")
        await _work(desk)
        told = (await client.get("/m/code")).text
    (way,) = await _ways(desk)
    assert not way.config_id
    assert "尚未激活" in told
    assert way.try_after_at > datetime.now(UTC) + timedelta(minutes=30)
    await _due_again(desk)
    await _work(desk)
    await _due_again(desk)
    await _work(desk)
    (mended,) = await _ways(desk)
    assert mended.text
    assert mended.problem == ""


async def test_once_the_account_is_mended_the_refused_code_is_asked_for_again_at_once(
    desk: Desk,
) -> None:
    people, side, theirs = desk.people, desk.side, desk.people.theirs
    async with desk.database.unit_of_work(side.tenant) as db:
        live = await make_live_template(db, desk.item, side.author, side.reviewer, layers=_design())
        people_asked = [await db.get_one(Staff, (side.tenant, side.employee.id))]
        now = datetime.now(UTC)
        await actions_contact.want(db, people_asked, channel="poster", at=now, new_code=new_code)
    here = f"/console/posters/{live.id}"
    again, button = f"{here}/contacts/retry", "重新申请「联系我」二维码"
    desk.sandbox.spoil(ADD, 60111)
    async with people.client(side.author) as client:
        quiet = (await client.get(f"{here}/employees")).text
        early = await submit(client, again)
        await _work(desk)
        refused = (await client.get(f"{here}/employees")).text
        for who, status in ((side.employee, 403), (theirs.author, 404)):
            async with people.client(who) as other:
                assert (await submit(other, again)).status_code == status
        (kept,) = await _ways(desk)
        asked = await submit(client, again)
        twice = await submit(client, again)
        await _work(desk)
        shown = (await client.get(f"{here}/employees")).text
    assert (button in quiet, button in refused, button in shown) == (False, True, False)
    assert (early.status_code, asked.status_code, twice.status_code) == (409, 303, 409)
    assert kept.problem, "who may not ask changed nothing"
    (mended,) = await _ways(desk)
    assert mended.text
    async with desk.database.reading(side.tenant) as db:
        entry = (
            await db.scalars(select(AuditEntry).where(AuditEntry.event == "contact_ways.retried"))
        ).one()
    assert (entry.actor_id, entry.detail) == (side.author.id, {"people": 1})


async def test_a_lost_answer_makes_no_second_code_and_leaves_none_behind(desk: Desk) -> None:
    people, side = desk.people, desk.side
    desk.sandbox.spoil(ADD, "lost", "lost")
    for who in (side.employee, side.colleague):
        async with people.client(who) as client:
            await client.get("/m/code")
        await _work(desk)
    ways = await _ways(desk)
    assert [way.config_id for way in ways] == ["", ""]
    states = {way.state for way in ways}
    assert {one["state"] for one in _made(desk)} >= states
    async with desk.database.unit_of_work(side.tenant) as db:
        await actions_staff.resign_staff(
            db, side.colleague.id, side.employee.id, by=side.admin, at=datetime.now(UTC)
        )
    await _due_again(desk)
    await _work(desk)
    mine, theirs = await _ways(desk)
    assert mine.text  # the one that was made is found again
    assert theirs.gone_at is not None  # whose was never known here is deleted there all the same
    left = [one["config_id"] for one in _made(desk) if one["state"] in states]
    assert left == [mine.config_id]


async def test_a_whole_large_bank_is_asked_for_at_once(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        mine, other = [
            await db.get_one(Staff, (side.tenant, one.id))
            for one in (side.employee, side.colleague)
        ]
        crowd = [*[mine] * 4500, other]  # one row each: more values than a statement takes
        now = datetime.now(UTC)
        first, again = [
            await actions_contact.want(db, crowd, channel="card", at=now, new_code=new_code)
            for _ in range(2)
        ]
    assert (first, again) == (2, 0)
    assert {way.employee_id for way in await _ways(desk)} == {mine.id, other.id}


async def test_who_leaves_takes_the_code_along_and_nobody_comes_by_it_any_more(
    desk: Desk, http: httpx.AsyncClient
) -> None:
    side, now = desk.side, datetime.now(UTC)
    async with desk.database.unit_of_work(side.tenant) as db:
        person = await db.get_one(Staff, (side.tenant, side.employee.id))
        assert (
            await actions_contact.want(
                db, [person, person], channel="card", at=now, new_code=new_code
            )
            == 1
        )
    await _work(desk)
    (way,) = await _ways(desk)
    assert (await http.get(way.qr_url)).status_code == 200
    async with desk.database.unit_of_work(side.tenant) as db:
        await actions_staff.resign_staff(
            db, side.employee.id, side.colleague.id, by=side.admin, at=now
        )
    await _due_again(desk)
    async with desk.database.platform_unit_of_work() as db:
        assert side.tenant in await queries_contact.banks_due(db, at=datetime.now(UTC))
    await _work(desk)
    (gone,) = await _ways(desk)
    assert gone.gone_at is not None
    assert (await http.get(way.qr_url)).status_code == 404
