"""A bank's own look, settings and quotas: page, API, and what they do elsewhere."""

import dataclasses
import io

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, text
from tests.make import NOW, make_branch, make_customer, make_link, make_live_item, make_staff
from tests.personas import Personas

from contenthub.db import new_id
from contenthub.library import actions_assets
from contenthub.library.intake import accept_picture
from contenthub.scheduler import actions as scheduler
from contenthub.tenants import actions as tenants
from contenthub.tenants import banksettings
from contenthub.tenants.models import AuditEntry, Bank, Staff
from contenthub.tenants.quotas import QuotaReached
from contenthub.web import signin
from contenthub.web.console.bank import SettingsForm


def picture(side_px: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side_px, side_px), "#0b5d3b").save(out, "PNG")
    return out.getvalue()


async def _bank(people: Personas) -> Bank:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await db.get_one(Bank, people.ours.tenant)


async def _quota(people: Personas, **limits: int) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        (await db.get_one(Bank, people.ours.tenant)).quotas = limits


async def test_an_administrator_changes_look_and_settings_in_one_call(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.patch(
            "/api/v1/bank",
            json={"name": "东河农商银行", "colour_main": "#0B5D3B", "settings": {"cap_times": 5}},
        )
        assert answer.status_code == 200
        found = (await client.get("/api/v1/bank")).json()
    assert found["name"] == "东河农商银行"
    assert found["colour_main"] == "#0b5d3b"
    settings = {s["name"]: s for s in found["settings"]}
    assert (settings["cap_times"]["value"], settings["cap_times"]["is_default"]) == (5, False)
    assert settings["send_from"]["is_default"]
    async with people.house.database.reading(people.ours.tenant) as db:
        events = await db.scalars(
            select(AuditEntry.event).where(
                AuditEntry.tenant_id == people.ours.tenant, AuditEntry.event.like("bank.%")
            )
        )
        assert set(events) == {"bank.brand_changed", "bank.settings_changed"}


async def test_one_wrong_field_changes_nothing(people: Personas) -> None:
    before = await _bank(people)
    async with people.client(people.ours.admin) as client:
        answer = await client.patch(
            "/api/v1/bank", json={"name": "新名", "settings": {"cap_times": "many"}}
        )
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/settings/cap_times"]
    assert (await _bank(people)).name == before.name


@pytest.mark.parametrize("value", [3.5, "3.5", 99])
async def test_a_number_that_is_not_whole_or_out_of_range_gets_one_clear_message(
    people: Personas, value: object
) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.patch("/api/v1/bank", json={"settings": {"cap_times": value}})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "pointer": "/settings/cap_times",
            "message": f"cap_times 应为 1–31 的整数，现在是“{value}”",
        }
    ]


async def test_an_unknown_setting_given_as_null_is_named(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.patch("/api/v1/bank", json={"settings": {"cap": None}})
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/settings/cap"]


async def test_a_domain_of_null_is_taken_away_and_one_not_named_stays(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        await client.patch("/api/v1/bank", json={"domain": "hub.ours.example"})
        kept = await client.patch("/api/v1/bank", json={"hotline": "96588"})
        assert kept.json()["domain"] is None  # claimed, not confirmed
        assert kept.json()["domain_claim"]["domain"] == "hub.ours.example"
        gone = await client.patch("/api/v1/bank", json={"domain": None})
    assert gone.json()["domain"] is gone.json()["domain_claim"] is None
    assert (await _bank(people)).domain_claimed is None


async def test_a_setting_of_null_holds_its_default_again(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        await client.patch("/api/v1/bank", json={"settings": {"cap_days": 14}})
        answer = await client.patch("/api/v1/bank", json={"settings": {"cap_days": None}})
    assert answer.status_code == 200
    assert (await _bank(people)).settings == {}


@pytest.mark.parametrize("who", ["author", "auditor", "employee"])
async def test_only_who_manages_the_bank_changes_it(people: Personas, who: str) -> None:
    async with people.client(getattr(people.ours, who)) as client:
        answer = await client.patch("/api/v1/bank", json={"name": "别的行"})
    assert answer.status_code == 403


async def _csrf(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/login")
    return {"x-csrftoken": client.cookies["csrftoken"]}


async def test_the_page_keeps_a_logo_and_everybody_sees_it(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        token = await _csrf(client)
        answer = await client.post(
            "/console/bank/logo",
            files={"file": ("logo.png", picture(), "image/png")},
            headers=token,
        )
        assert answer.status_code in (204, 303)
        signin._known.clear()
        shown = (await client.get("/console/bank")).text
        phone = (await client.get("/m")).text
    slug = (await _bank(people)).slug
    assert f"/brand/{slug}/logo?v=" in shown
    assert f"/brand/{slug}/look.css?v=" in phone
    async with people.client() as client:
        logo = await client.get(f"/brand/{slug}/logo")
        assert logo.headers["content-type"] == "image/png"
        again = await client.get(
            f"/brand/{slug}/logo", headers={"if-none-match": logo.headers["etag"]}
        )
    assert again.status_code == 304


async def test_the_stylesheet_has_a_strong_etag_and_follows_a_change(people: Personas) -> None:
    slug = (await _bank(people)).slug
    async with people.client(people.ours.admin) as client:
        first = await client.get(f"/brand/{slug}/look.css")
        assert first.headers["etag"].startswith('"')
        await client.patch("/api/v1/bank", json={"colour_main": "#7a1f1f"})
        second = await client.get(f"/brand/{slug}/look.css")
    assert first.headers["etag"] != second.headers["etag"]
    assert "#7a1f1f" in second.text


async def test_a_bank_nobody_knows_has_the_plain_look(people: Personas) -> None:
    async with people.client() as client:
        assert (await client.get("/brand/no-such-bank/look.css")).status_code == 200
        assert (await client.get("/brand/no-such-bank/logo")).status_code == 404


async def test_customers_see_the_banks_colours_on_the_landing_page(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(db, people.ours.author, people.ours.reviewer)
        link = await make_link(db, item, people.ours.employee)
    async with people.client() as client:
        page = await client.get(f"/s/{link.code}")
    assert f"/brand/{(await _bank(people)).slug}/look.css" in page.text


async def test_the_form_refuses_a_light_colour_beside_its_field(people: Personas) -> None:
    bank = await _bank(people)
    async with people.client(people.ours.admin) as client:
        token = await _csrf(client)
        form = {"name": bank.name, "full_name": bank.full_name, "zone": bank.zone}
        answer = await client.post(
            "/console/bank/brand",
            data={**form, "colour_main": "#ffcc00", "colour_accent": "#c3272b"},
            headers={**token, "hx-request": "true"},
        )
    assert answer.status_code == 422
    assert "对比度" in answer.text


async def test_the_settings_form_keeps_only_what_differs(people: Personas) -> None:
    form = {
        "send_from": "08:30",
        "send_until": "20:00",
        "cap_times": "2",
        "cap_days": "7",
        "misfire_hours": "2",
        "review_steps": "1",
        "visits_keep_months": "24",
        "qualification_required": "1",
    }
    async with people.client(people.ours.admin) as client:
        token = await _csrf(client)
        answer = await client.post("/console/bank/settings", data=form, headers=token)
        assert answer.status_code in (204, 303)
        assert (await _bank(people)).settings == {"send_until": "20:00"}
        assert "恢复默认" in (await client.get("/console/bank")).text
        await client.post(
            "/console/bank/settings/reset", data={"name": "send_until"}, headers=token
        )
    assert (await _bank(people)).settings == {}


async def test_a_switch_that_is_not_ticked_turns_off_and_ticked_again_on(
    people: Personas,
) -> None:
    async with people.client(people.ours.admin) as client:
        token = await _csrf(client)
        off = {"cap_times": "3"}
        on = {"qualification_required": "1", "consent_required": "1", "qr_plain_link": "1"}
        await client.post("/console/bank/settings", data=off, headers=token)
        assert (await _bank(people)).settings == {"cap_times": 3, "qualification_required": False}
        await client.post("/console/bank/settings", data=on, headers=token)
        held = banksettings.effective((await _bank(people)).settings)
        assert held["cap_times"] == 3
        assert held["qualification_required"] is held["consent_required"] is True
        assert held["qr_plain_link"] is True
        assert "二维码用普通网址（小写）" in (await client.get("/console/bank")).text
        await client.post("/console/bank/settings", data=off, headers=token)
        held = banksettings.effective((await _bank(people)).settings)
        assert held["qualification_required"] is held["consent_required"] is False


async def test_a_full_bank_takes_no_more_people(people: Personas) -> None:
    await _quota(people, staff=8)  # the eight people of the house
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        branch = await make_branch(db)
        facts = {"login": "neu", "staff_no": "9", "name": "新人", "roles": ["employee"]}
        with pytest.raises(QuotaReached, match="上限 8 个"):
            await tenants.invite_staff(db, branch, facts=facts, password=None, by=None, at=NOW)
        (await db.merge(people.ours.colleague)).state = "disabled"
        await db.flush()
        await tenants.invite_staff(db, branch, facts=facts, password=None, by=None, at=NOW)


async def test_a_full_bank_takes_no_more_customers_but_changes_its_own(people: Personas) -> None:
    await _quota(people, customers=1)
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee, branch=ours.branch, phone="13700001111")
        with pytest.raises(QuotaReached, match="客户已用 1 位"):
            await make_customer(db, owner=ours.employee, branch=ours.branch)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(
            db, owner=ours.employee, branch=ours.branch, phone="13700001111", name="王大明"
        )
        assert await db.scalar(text("select count(*) from customers")) == 1


async def test_a_full_store_takes_no_more_pictures(people: Personas) -> None:
    await _quota(people, storage_bytes=10)
    ours = people.ours
    stored = await actions_assets.store_picture(
        people.house.storage, ours.tenant, accept_picture(picture()), filename="a.png"
    )
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(QuotaReached, match="图片与文件"):
            await actions_assets.keep_asset(db, stored, by=ours.author, at=NOW)


async def test_a_day_holds_only_so_many_pushes(people: Personas) -> None:
    await _quota(people, pushes_a_day=0)
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        await make_customer(db, owner=ours.employee, branch=ours.branch, tags=("银发",))
        draft = scheduler.PushDraft(
            "周末提醒", item.id, "银发", {"kind": "once", "at": "2026-11-27T10:00:00+08:00"}
        )
        push = await scheduler.write_push(db, draft, by=ours.author, at=NOW)
        with pytest.raises(QuotaReached, match="每天排期的推送"):
            await scheduler.submit(db, push.id, by=ours.author, at=NOW)


async def test_near_a_limit_the_page_warns(people: Personas) -> None:
    await _quota(people, staff=9)
    async with people.client(people.ours.admin) as client:
        assert "已用 88%" in (await client.get("/console/bank")).text


async def test_an_auditor_looks_without_a_button(people: Personas) -> None:
    async with people.client(people.ours.auditor) as client:
        page = await client.get("/console/bank")
    assert page.status_code == 200
    assert "保存设置" not in page.text


def test_the_form_has_a_field_for_every_setting() -> None:
    fields = {each.name for each in dataclasses.fields(SettingsForm)}
    assert fields == set(banksettings.SETTINGS)


async def test_a_disabled_account_comes_back_only_into_a_free_place(people: Personas) -> None:
    await _quota(people, staff=7)
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        (await db.get_one(Staff, (ours.tenant, ours.colleague.id))).state = "disabled"
    async with people.client(ours.admin) as client:
        url = f"/api/v1/staff/{ours.colleague.id}"
        refused = await client.patch(url, json={"state": "active"})
        assert refused.status_code == 429
        assert "员工账号" in refused.json()["detail"]
        await _quota(people, staff=8)
        assert (await client.patch(url, json={"state": "active"})).status_code == 200


async def test_a_stand_in_from_outside_is_nobody_to_be_edited(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        guest = await make_staff(db, ours.head, "agency_operator", operator_id=new_id())
    async with people.client(ours.admin) as client:
        url = f"/api/v1/staff/{guest.id}"
        answer = await client.patch(url, json={"roles": ["bank_admin"]})
        assert answer.status_code in (409, 422)
        answer = await client.patch(url, json={"name": "改名"})
        assert answer.status_code == 409
        assert "外部人员" in answer.json()["detail"]
