"""Customers over the API and at the console: scope, masks, wishes, reveal, export, erasure."""

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select
from tests.make import NOW, make_consent_text, make_customer, make_link, make_live_item
from tests.personas import Personas
from tests.scheduler.cadences import make_cadence
from tests.web.desk import post_form

from contenthub.customers import queries, queries_preview
from contenthub.customers.models import Customer
from contenthub.scheduler import actions_runs, queries_runs
from contenthub.scheduler.actions_runs import Start
from contenthub.scheduler.queries_runs import Wanted, Whom
from contenthub.sharing import actions_leads, queries_person
from contenthub.sharing.actions_leads import Contact
from contenthub.tenants import actions as tenants
from contenthub.tenants import reveals
from contenthub.tenants.models import AuditEntry, IdempotencyRecord


async def _two(people: Personas) -> tuple[Customer, Customer]:
    """Return a customer of our employee and one of the colleague in the other branch."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        mine = await make_customer(
            db, owner=ours.employee, tags=["银发"], name="王小明", aum_fen=5_200_000, crm_no="6001"
        )
        other = await make_customer(db, owner=ours.colleague, name="李娜")
    return mine, other


async def _events(people: Personas, event: str) -> list[AuditEntry]:
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(
            select(AuditEntry).where(
                AuditEntry.tenant_id == people.ours.tenant, AuditEntry.event == event
            )
        )
        return list(rows)


async def test_each_sees_the_customers_of_their_scope_and_all_are_masked(people: Personas) -> None:
    mine, other = await _two(people)
    for who, seen in (
        (people.ours.author, {mine.id, other.id}),
        (people.ours.employee, {mine.id}),
        (people.ours.branch_manager, {mine.id}),
        (people.theirs.author, set()),
    ):
        async with people.client(who) as client:
            answer = await client.get("/api/v1/customers")
            assert {c["id"] for c in answer.json()["items"]} == {str(i) for i in seen}
            assert "王小明" not in answer.text
            page = (await client.get("/console/customers")).text
            assert [name in page for name in ("王*明", "李*")] == [
                mine.id in seen,
                other.id in seen,
            ]
    async with people.client(people.ours.employee) as client:
        assert (await client.get(f"/api/v1/customers/{other.id}")).status_code == 404
        assert (await client.get(f"/console/customers/{other.id}")).status_code == 404
        why = {"reason": "电话回访"}
        foreign = await client.post(f"/api/v1/customers/{other.id}/reveal", json=why)
        assert foreign.status_code == 404


@pytest.mark.parametrize("q", ["王小明", "6001", "phone"])
async def test_a_customer_is_found_by_whole_name_phone_or_number(people: Personas, q: str) -> None:
    mine, _ = await _two(people)
    async with people.house.database.reading(people.ours.tenant) as db:
        phone = queries.clear(db, mine)[1]
    asked = f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}" if q == "phone" else q
    async with people.client(people.ours.author) as client:
        found = (await client.get("/api/v1/customers", params={"q": asked})).json()["items"]
        assert [c["id"] for c in found] == [str(mine.id)]
        part = (await client.get("/api/v1/customers", params={"q": "王小"})).json()["items"]
        assert part == []


async def test_the_list_goes_on_where_it_stopped(people: Personas) -> None:
    mine, other = await _two(people)
    async with people.client(people.ours.author) as client:
        first = (await client.get("/api/v1/customers", params={"limit": 1})).json()
        assert [c["id"] for c in first["items"]] == [str(mine.id)]
        rest = (
            await client.get("/api/v1/customers", params={"cursor": first["next_cursor"]})
        ).json()
        assert [c["id"] for c in rest["items"]] == [str(other.id)]
        assert rest["next_cursor"] is None
        assert (await client.get("/api/v1/customers?cursor=x")).status_code == 422


async def test_a_customer_is_added_by_hand_and_wrong_cells_are_named(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        body = {"name": "王小明", "phone": "138 0000 7777", "tags": ["银发"], "aum_fen": 5_200_000}
        made = await client.post("/api/v1/customers", json=body)
        assert made.status_code == 201, made.text
        assert made.json()["owner"] == people.ours.employee.name
        assert made.json()["aum_fen"] == 5_200_000
        shown = await client.get(f"/api/v1/customers/{made.json()['id']}")
        assert shown.json() == made.json()
        assert [t["name"] for t in shown.json()["tags"]] == ["银发"]
        assert "customer" not in shown.json()
        again = await client.post("/api/v1/customers", json=body)
        assert again.status_code == 409
        wrong = await client.post("/api/v1/customers", json={"name": "王小明", "phone": "12"})
        assert wrong.json()["errors"][0]["pointer"] == "/phone"
        foreign = {"name": "李娜", "phone": "13800007778", "owner": people.ours.colleague.staff_no}
        refused = await client.post("/api/v1/customers", json=foreign)
        assert refused.status_code == 422
        assert (await client.get("/api/v1/customers?q=13800007778")).json()["items"] == []


async def test_wishes_are_written_down_and_taken_back(people: Personas) -> None:
    mine, _ = await _two(people)
    url = f"/api/v1/customers/{mine.id}"
    async with people.client(people.ours.employee) as client:
        made = await client.post(f"{url}/refusals", json={"topic": "理财", "until": "2099-01-01"})
        assert made.status_code == 201
        assert (made.json()["topic"], made.json()["until_on"]) == ("wealth", "2099-01-01")
        past = await client.post(f"{url}/refusals", json={"topic": "loan", "until": "2020-01-01"})
        assert past.status_code == 422
        assert (await client.post(f"{url}/refusals", json={"topic": "期货"})).status_code == 422
        agreed = {"topic": "deposit", "text_version": "2026-11"}
        unknown = await client.post(f"{url}/consents", json=agreed)
        assert unknown.status_code == 422
        assert unknown.json()["errors"][0]["pointer"] == "/text_version"
        assert "管理 → 告知文本" in unknown.text
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await make_consent_text(db, people.ours.author, "2026-11")
        assert (await client.post(f"{url}/consents", json=agreed)).status_code == 201
        view = (await client.get(url)).json()
        assert [r["topic"] for r in view["refusals"]] == ["wealth"]
        assert [c["topic"] for c in view["consents"]] == ["deposit"]
        assert (await client.delete(f"{url}/refusals/wealth")).status_code == 204
        assert (await client.delete(f"{url}/refusals/wealth")).status_code == 404
    async with people.client(people.ours.reviewer) as client:
        assert (await client.post(f"{url}/refusals", json={"topic": "loan"})).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.post(f"{url}/refusals", json={"topic": "loan"})).status_code == 404


async def test_tags_are_replaced_and_a_foreign_tag_is_absent(people: Personas) -> None:
    mine, _ = await _two(people)
    async with people.client(people.ours.author) as client:
        group = await client.post("/api/v1/tag-groups", json={"name": "职业", "dimension": "kind"})
        tag = await client.post(
            "/api/v1/tags", json={"name": "教师", "group_id": group.json()["id"]}
        )
        assert tag.status_code == 201
        twice = await client.post(
            "/api/v1/tags", json={"name": "教师", "group_id": group.json()["id"]}
        )
        assert twice.status_code == 422
        put = await client.put(
            f"/api/v1/customers/{mine.id}/tags", json={"tag_ids": [tag.json()["id"]]}
        )
        assert [t["name"] for t in put.json()["tags"]] == ["教师"]
        counts = {
            t["name"]: t["customers"] for t in (await client.get("/api/v1/tags")).json()["items"]
        }
        assert counts == {"教师": 1, "银发": 0}
    async with people.client(people.ours.colleague) as client:
        theirs = (await client.get("/api/v1/tags")).json()["items"]
        assert {t["name"]: t["customers"] for t in theirs} == {"教师": 0, "银发": 0}
        denied = await client.post("/api/v1/tag-groups", json={"name": "x"})
        assert denied.status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.get("/api/v1/tags")).json()["items"] == []


async def test_looking_in_clear_is_remembered(people: Personas) -> None:
    mine, _ = await _two(people)
    async with people.client(people.ours.employee) as client:
        why = {"reason": " 电话回访\n新存款 "}
        seen = (await client.post(f"/api/v1/customers/{mine.id}/reveal", json=why)).json()
        assert seen["name"] == "王小明"
        assert len(seen["phone"]) == 11
        shown = await post_form(client, f"/console/customers/{mine.id}/reveal", why)
        assert seen["phone"] in shown.text
        assert shown.headers["cache-control"] == "no-store"
    looks = await _events(people, "customer.revealed")
    assert {e.actor_id for e in looks} == {people.ours.employee.id}
    assert [e.detail for e in looks] == [
        {"fields": ["name", "phone"], "reason": "电话回访 新存款"}
    ] * 2
    assert "load delay:30s" in shown.text


async def test_nobody_looks_without_a_reason_or_the_permission(people: Personas) -> None:
    mine, _ = await _two(people)
    url = f"/customers/{mine.id}/reveal"
    async with people.client(people.ours.employee) as client:
        none = await client.post(f"/api/v1{url}", json={"reason": " "})
        form = await post_form(client, f"/console{url}", {})
        long = await client.post(f"/api/v1{url}", json={"reason": "长" * 101})
    assert [a.status_code for a in (none, form, long)] == [422, 422, 422]
    assert none.json()["errors"][0]["pointer"] == "/reason"
    async with people.client(people.ours.author) as client:  # writes tags, sees nobody in clear
        assert "查看姓名和手机号" not in (await client.get(f"/console/customers/{mine.id}")).text
        denied = await client.post(f"/api/v1{url}", json={"reason": "电话回访"})
        assert denied.status_code == 403
        assert (await post_form(client, f"/console{url}", {"reason": "回访"})).status_code == 403
    assert await _events(people, "customer.revealed") == []


async def test_an_answer_in_clear_is_kept_nowhere(people: Personas) -> None:
    mine, _ = await _two(people)
    async with people.client(people.ours.employee) as client:
        client.headers["idempotency-key"] = "look-1"
        for _ in range(2):
            seen = await client.post(
                f"/api/v1/customers/{mine.id}/reveal", json={"reason": "电话回访"}
            )
            assert seen.status_code == 200
    async with people.house.database.reading(people.ours.tenant) as db:
        kept = await db.scalars(select(IdempotencyRecord.body))
        assert [body for body in kept if seen.json()["phone"].encode() in body] == []
    assert len(await _events(people, "customer.revealed")) == 2


async def test_a_list_is_not_copied_look_by_look(people: Personas) -> None:
    mine, _ = await _two(people)
    ours, url = people.ours, f"/api/v1/customers/{mine.id}/reveal"
    async with people.house.database.unit_of_work(ours.tenant) as db:
        for _ in range(reveals.MOST_AN_HOUR - 1):
            at = datetime.now(UTC)
            tenants.record(db, "lead.revealed", "lead", None, by=ours.employee, at=at)
        old = datetime.now(UTC) - timedelta(minutes=61)
        tenants.record(db, "customer.revealed", "customer", None, by=ours.employee, at=old)
    async with people.client(ours.employee) as client:
        assert (await client.post(url, json={"reason": "电话回访"})).status_code == 200
        refused = await client.post(url, json={"reason": "电话回访"})
    assert refused.status_code == 429
    assert "请使用推送" in refused.json()["detail"]
    assert int(refused.headers["retry-after"]) > 0
    async with people.client(ours.admin) as client:  # others go on
        assert (await client.post(url, json={"reason": "电话回访"})).status_code == 200


async def test_a_person_gets_all_rows_and_is_erased_everywhere(people: Personas) -> None:
    mine, other = await _two(people)
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        phone = queries.clear(db, mine)[1]
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.employee)
        contact = Contact(phone=phone, name="王小明", visitor_id=None, agreed=True)
        lead, _ = await actions_leads.leave_lead(db, link, contact, employee=ours.employee, at=NOW)
        found = await make_cadence(db, ours)
        start = Start(Whom([mine.id]))
        await actions_runs.start_runs(db, found.id, start, by=ours.employee, at=NOW)
        run = (await queries_runs.runs(db, Wanted(customer_no=mine.no)))[0].run
    url = f"/api/v1/customers/{mine.id}"
    async with people.client(ours.author) as client:
        assert (await client.get(f"{url}/export")).status_code == 403
        assert (await client.delete(url)).status_code == 403
    async with people.client(ours.admin) as client:
        data = (await client.get(f"{url}/export")).json()
        assert data["customer"]["phone"] == phone
        assert data["tags"] == ["银发"]
        assert [row["kind"] for row in data["leads"]] == ["lead"]
        assert (await client.delete(url)).status_code == 204
        assert (await client.get(url)).status_code == 404
    async with people.house.database.reading(ours.tenant) as db:
        kept = await db.get_one(type(lead), (ours.tenant, lead.id))
        assert kept.name_masked == kept.phone_masked == "已删除"
        followed = await db.get_one(type(run), (ours.tenant, run.id))
        assert (followed.customer_no, followed.customer_id) == (mine.no, None)
        assert await queries_person.left_by(db, mine.phone_index) == []
        assert list(await queries_preview.in_scope(db, None)) == [other.no]
        assert (await queries_preview.tag_counts(db, owner_ids=None)) == {}
    assert len(await _events(people, "customer.erased")) == 1


async def test_one_customers_page_writes_what_its_forms_send(people: Personas) -> None:
    mine, _ = await _two(people)
    here = f"/console/customers/{mine.id}"
    async with people.house.database.reading(people.ours.tenant) as db:
        tag = (await queries.tags(db))[0]
    async with people.client(people.ours.author) as client:
        assert "还没有告知文本，先请银行管理员" in (await client.get(here)).text
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await make_consent_text(db, people.ours.author, "2026-11")
        await post_form(client, f"{here}/refuse", {"topic": "wealth", "until": ""})
        await post_form(client, f"{here}/consent", {"topic": "loan", "text_version": "2026-11"})
        shown = (await client.get(here)).text
        assert "长期" in shown
        assert "2026-11" in shown
        wrong = await post_form(client, f"{here}/refuse", {"topic": "loan", "until": "明年"})
        assert wrong.status_code == 422
        assert "2027-01-31" in wrong.text
        blank = await post_form(client, f"{here}/consent", {"topic": "loan", "text_version": " "})
        assert blank.status_code == 422
        await post_form(client, f"{here}/unrefuse", {"topic": "wealth"})
        await post_form(client, f"{here}/tags", {"tag_ids": ""})
        assert "没有拒绝任何业务" in (await client.get(here)).text
        await post_form(client, f"{here}/tags", {"tag_ids": str(tag.id)})
        assert "checked" in (await client.get(here)).text
        export = await client.get(f"{here}/export.json")
        assert export.status_code == 403
    async with people.client(people.ours.admin) as client:
        assert (await client.get(f"{here}/export.json")).json()["customer"]["name"] == "王小明"
        gone = await post_form(client, f"{here}/erase", {})
        assert gone.headers["hx-redirect"] == "/console/customers"
        assert (await client.get(here)).status_code == 404


async def test_the_list_is_exported_masked_and_that_is_remembered(people: Personas) -> None:
    mine, _ = await _two(people)
    async with people.client(people.ours.employee) as client:
        answer = await client.get("/console/customers/export.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    cells = [value for row in rows for value in row if value]
    assert mine.phone_masked in cells
    assert "王*明" in cells
    assert "王小明" not in [row[1] for row in rows]
    assert "李*" not in cells
    assert [e.detail["rows"] for e in await _events(people, "customers.exported")] == [1]
