"""Wordings of consents are kept under their versions, for good, bank by bank."""

import hashlib

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from tests.house.test_catalog import connected
from tests.make import NOW, make_consent, make_consent_text, make_customer
from tests.personas import Personas

from contenthub.customers import actions_consents, actions_texts, consenttexts, queries_texts
from contenthub.errors import Invalid, NotFound
from contenthub.settings import Settings
from contenthub.sharing import notice
from contenthub.tenants.models import AuditEntry

WORDING = "本人同意贵行就存款业务向我推荐产品。\n可随时撤回。"


async def test_a_wording_is_kept_once_under_its_version_with_who_added_it(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await actions_texts.add_text(
            db, "  柜面　2026-12 ", WORDING.replace("\n", " \r\n"), by=ours.admin, at=NOW
        )
        assert (made.version, made.wording, made.created_by) == (
            "柜面 2026-12",
            WORDING,
            ours.admin.id,
        )
        assert made.sha256 == hashlib.sha256(WORDING.encode()).hexdigest()
        with pytest.raises(Invalid, match="另起一个版本") as taken:
            await actions_texts.add_text(db, "柜面 2026-12", "别的话", by=ours.admin, at=NOW)
        assert set(taken.value.fields) == {"version"}
    async with people.house.database.reading(ours.tenant) as db:
        assert [one.wording for one in await queries_texts.texts(db)] == [WORDING]
        entry = await db.scalar(
            select(AuditEntry).where(
                AuditEntry.tenant_id == ours.tenant, AuditEntry.event == "consent_text.added"
            )
        )
        assert entry is not None
        assert entry.detail["sha256"] == made.sha256


@pytest.mark.parametrize("version", ["", " ", "长" * 61, "页面告知 2026-11d-1234", "甲\u200b乙"])
def test_a_version_has_a_short_name_of_the_banks_own(version: str) -> None:
    with pytest.raises(Invalid) as wrong:
        consenttexts.clean_version(version)
    assert set(wrong.value.fields) == {"version"}


@pytest.mark.parametrize("wording", ["", " \n ", "长" * 5_001, "同意\u202e"])
def test_a_wording_is_some_text_and_shows_all_it_holds(wording: str) -> None:
    with pytest.raises(Invalid) as wrong:
        consenttexts.clean_wording(wording)
    assert set(wrong.value.fields) == {"wording"}


@pytest.mark.parametrize(
    "change",
    [
        "update consent_texts set wording = '别的话'",
        "update consent_texts set version = '别的版本'",
        "delete from consent_texts",
    ],
)
async def test_the_database_refuses_to_change_what_somebody_agreed_to(
    people: Personas, settings: Settings, change: str
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_consent_text(db, ours.admin)
    with pytest.raises(NotFound):
        async with people.house.database.unit_of_work(ours.tenant) as db:
            await db.execute(text(change))
    # Nor may who owns the table, and is asked for no grant.
    async with connected(settings.owner_database_url) as owner:
        bank = {"bank": str(ours.tenant)}
        await owner.execute(text("select set_config('app.tenant_id', :bank, true)"), bank)
        with pytest.raises(DBAPIError, match="不能修改或删除"):
            await owner.execute(text(change))
    async with people.house.database.reading(ours.tenant) as db:
        [kept] = await queries_texts.texts(db)
        assert kept.wording == "本人同意贵行向我推荐产品。"


async def test_a_consent_names_a_wording_of_its_own_bank(people: Personas) -> None:
    ours, theirs = people.ours, people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        await make_consent_text(db, theirs.admin, "邻行 1 版")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db)
        told = notice.refusal_told("本行")
        await actions_texts.keep_page_text(db, told.version, told.wording, at=NOW)
        for version in ("邻行 1 版", told.version, ""):
            with pytest.raises(Invalid, match="管理 → 告知文本") as wrong:
                await actions_consents.record_consent(
                    db, made, "loan", text_version=version, by=ours.author, at=NOW
                )
            assert set(wrong.value.fields) == {"text_version"}
        await make_consent(db, made, "loan", text_version="本行 1 版", by=ours.author)
        assert await queries_texts.uses(db) == {"本行 1 版": 1}
        with pytest.raises(Invalid, match="现有：本行 1 版；"):
            await actions_consents.record_consent(
                db, made, "loan", text_version="2 版", by=ours.author, at=NOW
            )


def test_a_pages_version_names_one_wording_only() -> None:
    here = notice.Teller("清源农商行", "清源农村商业银行股份有限公司", "96588")
    told = notice.form_told(here)
    assert told.version.startswith(f"页面告知 {notice.VERSION}-")
    assert "清源农村商业银行股份有限公司" in told.wording
    assert "我已阅读并同意" in told.wording
    others = [
        notice.form_told(here._replace(hotline="96599")),
        notice.form_told(here, asked=["到访日期"]),
        notice.refusal_told(here.name),
    ]
    assert len({told.version, *(one.version for one in others)}) == 4
    assert notice.form_told(here) == told
