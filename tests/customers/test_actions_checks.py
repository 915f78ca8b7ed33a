"""The nightly check of the audience index (customers.check_audience), also asked for by hand."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text
from tests.make import make_customer
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub.customers import jobs_checks, queries_checks
from contenthub.customers.models_checks import AudienceCheck
from contenthub.tenants.models import AuditEntry

URL = "/console/audience-index"


async def _check(people: Personas) -> AudienceCheck:
    await jobs_checks.check_audience(people.house.database, people.ours.tenant)
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await queries_checks.last(db)
    assert found is not None
    return found


async def _break(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee, tags=["银发"])
        await db.execute(text("delete from audience_bitmaps where dim in ('tag', 'all', 'owner')"))


async def _due(people: Personas, now: datetime) -> bool:
    async with people.house.database.platform_unit_of_work() as db:
        every = await queries_checks.due(db, now, at_most=100_000)  # other tests' banks wait, too
        swept = await jobs_checks.unchecked_audiences(db, now)
        assert swept == [(bank, {}) for bank in every[: queries_checks.SWEPT_BANKS]]
        return people.ours.tenant in every


async def _events(people: Personas) -> list[str]:
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(select(AuditEntry.event).where(AuditEntry.event.like("audience.%")))
        return list(rows)


async def test_an_index_that_is_right_is_said_to_be_and_checked_again_the_next_night(
    people: Personas,
) -> None:
    now = datetime.now(UTC)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee, tags=["银发"])
    assert await _due(people, now)
    found = await _check(people)
    assert (found.wrong_count, found.wrong, found.wanted) == (0, [], "")
    assert await _events(people) == ["audience.checked"]
    assert not await _due(people, now)
    assert await _due(people, now + timedelta(days=1))


async def test_a_wrong_score_is_told_in_words(people: Personas) -> None:
    wrong = [{"dim": "score", "key": "loan:3", "lacks": 1, "extra": 0}]
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await queries_checks.lines(db, wrong) == [("需求评分 贷款:3", 1, 0)]


async def test_the_night_is_that_of_the_banks_own_clock(people: Personas) -> None:
    await _check(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        # 18:30 UTC is 02:30 in China, half an hour before the next check.
        await db.execute(text("update audience_checks set checked_at = '2026-11-26 18:30:00+00'"))
    assert not await _due(people, datetime(2026, 11, 26, 18, 59, tzinfo=UTC))
    assert await _due(people, datetime(2026, 11, 26, 19, 1, tzinfo=UTC))


async def test_a_difference_alarms_and_is_mended_while_in_use(people: Personas) -> None:
    await _break(people)
    found = await _check(people)
    assert found.wrong_count == 3
    assert await _events(people) == ["audience.differed"]
    async with people.client(people.ours.admin) as client:
        assert "客群索引有 3 项与客户数据不一致" in (await client.get("/console")).text
        shown = (await client.get(URL)).text
        assert "标签“银发”" in shown
        assert f"客户经理“{people.ours.employee.name}”" in shown
        assert onward(await post_form(client, f"{URL}/mend", {})) == URL
        assert "正在核对并改正" in (await client.get(URL)).text
        assert "正在核对并改正" in (await client.get(f"{URL}/state")).text
        assert await _due(people, datetime.now(UTC))
        found = await _check(people)
        assert (found.wrong_count, found.mended_count, found.wanted) == (0, 3, "")
        assert "改正了 3 项" in (await client.get(URL)).text
        assert "不一致" not in (await client.get("/console")).text


async def test_what_is_asked_for_during_a_check_is_still_done(people: Personas) -> None:
    await _break(people)
    async with people.client(people.ours.admin) as client:
        asked = await client.post("/api/v1/audiences/check", json={})
        assert (asked.status_code, asked.json()["wanted"]) == (202, "check")
        told = (await client.get("/api/v1/audiences/check")).json()
        assert told["checked_at"] is None
        assert (await _check(people)).wanted == ""
        told = (await client.get("/api/v1/audiences/check")).json()
        assert told["wrong_count"] == len(told["wrong"]) == 3
        await client.post("/api/v1/audiences/check", json={"mend": True})
        asked = await client.post("/api/v1/audiences/check", json={})
        assert asked.json()["wanted"] == "mend"


async def test_a_check_that_died_is_taken_up_by_another_worker(people: Personas) -> None:
    now = datetime.now(UTC)
    await _check(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(text("update audience_checks set wanted = 'check', begun_at = now()"))
    assert not await _due(people, now + timedelta(minutes=5))
    assert await _due(people, now + timedelta(minutes=40))


async def test_only_administrators_see_and_ask_and_only_of_their_bank(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        assert (await client.get(URL)).status_code == 403
        assert (await client.post("/api/v1/audiences/check", json={})).status_code == 403
    await _break(people)
    await _check(people)
    async with people.client(people.theirs.admin) as client:
        assert "还没有核对过" in (await client.get(URL)).text
        assert (await client.get("/api/v1/audiences/check")).json()["wrong_count"] == 0
