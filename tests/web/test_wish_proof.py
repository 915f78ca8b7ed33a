"""What a customer agreed to and refused, as a workbook: complete, remembered, for few."""

import hashlib
import io
from datetime import date

import openpyxl
from sqlalchemy import select, update
from tests.make import NOW, make_consent, make_customer, make_link, make_live_item
from tests.personas import Personas

from contenthub.customers import actions, queries
from contenthub.customers.models import Consent, Customer
from contenthub.sharing import actions_leads, actions_refusals, notice
from contenthub.sharing.actions_leads import Contact
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import AuditEntry


async def _customer(people: Personas) -> Customer:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return await make_customer(db, owner=people.ours.employee, name="王小明")


def _cells(data: bytes, name: str = "同意与拒绝记录") -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data))[name]
    return [tuple("" if c is None else c for c in row) for row in sheet.iter_rows(values_only=True)]


def _printed(wording: str) -> tuple[str, str]:
    return wording, hashlib.sha256(wording.encode()).hexdigest()


async def test_what_was_agreed_and_refused_is_told_with_who_when_until_text_and_way(
    people: Personas,
) -> None:
    ours, mine = people.ours, await _customer(people)
    until = date(NOW.year + 1, 1, 31)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        mine = await queries.customer(db, mine.id, owner_ids=None)
        phone = queries.clear(db, mine)[1]
        await make_consent(db, mine, "loan", text_version="柜面告知书 3 版", by=ours.author)
        await actions.record_refusal(
            db, mine.no, "wealth", until_on=until, channel="h5", by=ours.employee, at=NOW
        )
        await actions.record_refusal(db, mine.no, "fund", by=ours.employee, at=NOW)
        await actions.withdraw_refusal(db, mine, "fund", by=ours.author, at=NOW)
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.employee)
        contact = Contact(phone=phone, name="王小明", visitor_id=None, agreed=True)
        lead, _ = await actions_leads.leave_lead(db, link, contact, employee=ours.employee, at=NOW)
        await actions_refusals.refuse(db, phone, "card", at=NOW)
        bank = await tenants.bank(db)
        refused = notice.refusal_told(bank.name)
        left_by = notice.form_told(notice.Teller(bank.name, bank.full_name, bank.hotline))
    async with people.client(ours.admin) as client:
        answer = await client.get(f"/api/v1/customers/{mine.id}/wishes.xlsx")
        at_desk = await client.get(f"/console/customers/{mine.id}/wishes.xlsx")
        assert "wishes.xlsx" in (await client.get(f"/console/customers/{mine.id}")).text
    cells = _cells(answer.content)
    assert cells[3:] == _cells(at_desk.content)[3:]
    told = [row[2:] for row in cells[3:]]
    assert {row[:2] for row in cells[3:]} == {("王小明", phone)}
    by = {(row[0], row[1]): row for row in told}
    assert by["同意", "贷款"][2:4] == ("有效", ours.author.name)
    assert by["同意", "贷款"][6:] == ("柜面告知书 3 版", "管理台", "现行登记")
    wealth = by["拒绝", "理财"]
    assert (wealth[3], wealth[5], wealth[7]) == (ours.employee.name, until.isoformat(), "员工手机")
    own = by["拒绝", "信用卡"]
    assert (own[3], own[5], own[6]) == ("客户本人", "长期", refused.version)
    assert ("拒绝", "基金") not in by  # taken back: it stands no more, and how is told below
    assert by["撤回拒绝", "基金"][3] == ours.author.name
    assert by["客户在页面上拒绝", "信用卡"][6:8] == (refused.version, "客户本人，分享页面")
    assert by["登记同意", "贷款"][6:8] == ("柜面告知书 3 版", "管理台")
    assert by["登记拒绝", "理财"][5] == until.isoformat()
    left = next(row for row in told if str(row[0]).startswith("留资"))
    assert left[6:] == (left_by.version, "客户本人，分享页面", str(lead.id))
    texts = {row[0]: row[1:3] for row in _cells(answer.content, "文本")[3:]}
    assert texts == {
        "柜面告知书 3 版": _printed("本人同意贵行向我推荐产品。（柜面告知书 3 版）"),
        refused.version: _printed(refused.wording),
        left_by.version: _printed(left_by.wording),
    }
    async with people.house.database.reading(ours.tenant) as db:
        entries = await db.scalars(
            select(AuditEntry).where(
                AuditEntry.tenant_id == ours.tenant, AuditEntry.event == "customer.wishes_exported"
            )
        )
        assert [(e.actor_id, e.subject_id) for e in entries] == [(ours.admin.id, mine.id)] * 2


async def test_who_said_nothing_is_told_so_by_name(people: Personas) -> None:
    mine = await _customer(people)
    async with people.client(people.ours.admin) as client:
        answer = await client.get(f"/api/v1/customers/{mine.id}/wishes.xlsx")
    assert _cells(answer.content)[3][0] == "王小明"
    assert _cells(answer.content)[3][2] == "没有同意或拒绝的记录"


async def test_neither_the_wrong_role_nor_another_bank_gets_the_proof(people: Personas) -> None:
    mine = await _customer(people)
    for root in ("/api/v1", "/console"):
        url = f"{root}/customers/{mine.id}/wishes.xlsx"
        async with people.client(people.ours.author) as client:
            assert (await client.get(url)).status_code == 403
            assert "wishes.xlsx" not in (await client.get(f"/console/customers/{mine.id}")).text
        async with people.client(people.theirs.admin) as client:
            assert (await client.get(url)).status_code == 404


async def test_a_version_whose_wording_was_never_kept_is_told_so(people: Personas) -> None:
    ours, mine = people.ours, await _customer(people)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_consent(db, mine, "loan", by=ours.author)
        await db.execute(
            update(Consent).where(Consent.tenant_id == ours.tenant).values(text_version="2019 版")
        )
    async with people.client(ours.admin) as client:
        book = await client.get(f"/api/v1/customers/{mine.id}/wishes.xlsx")
        export = (await client.get(f"/api/v1/customers/{mine.id}/export")).json()
    told = {row[0]: row[1] for row in _cells(book.content, "文本")[3:]}
    assert told["2019 版"] == "文本未留存"
    assert "本人同意贵行" in str(told["柜面 3 版"])
    assert export["texts"] == [{"version": "2019 版", "wording": "文本未留存", "sha256": ""}]
