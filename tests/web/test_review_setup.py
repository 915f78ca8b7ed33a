"""审核流程 and 请假代审 on their pages and over the API."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.make import make_staff
from tests.personas import Personas
from tests.web.forms import onward, post_form

FLOWS, DEPUTIES = "/console/reviews/flows", "/console/reviews/deputies"
TWO = {
    "subject": "product",
    "name": ["业务初审", "消保审查", "", ""],
    "role": ["reviewer", "compliance_reviewer", "", ""],
    "hours": ["4", "8", "8", "8"],
}


async def test_an_administrator_sets_the_steps_of_a_kind(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        page = (await client.get(FLOWS)).text
        assert page.count("默认") >= 8
        assert onward(await post_form(client, FLOWS, TWO)) == FLOWS
        page = (await client.get(FLOWS)).text
        assert "没有在岗的消保审核员" in page
        flows = (await client.get("/api/v1/review-flows")).json()["items"]
        [product] = [one for one in flows if one["subject"] == "product"]
        assert [step["name"] for step in product["steps"]] == ["业务初审", "消保审查"]
        assert not product["is_default"]
        wrong = await post_form(client, FLOWS, {**TWO, "hours": ["0", "8", "8", "8"]})
        assert wrong.status_code == 422
        assert "工作小时" in wrong.text
        assert (await post_form(client, FLOWS, {**TWO, "subject": "x"})).status_code == 422
        await post_form(client, f"{FLOWS}/reset", {"subject": "product"})
        flows = (await client.get("/api/v1/review-flows")).json()["items"]
        assert all(one["is_default"] for one in flows)
        trail = (await client.get("/api/v1/audit?event=review_flow.changed")).json()["items"]
        assert "业务初审" in trail[0]["detail"]["steps_before"]


async def test_the_api_sets_the_same(people: Personas) -> None:
    body = {"subject": "push", "steps": [{"name": "复核", "role": "reviewer", "hours": 2}]}
    async with people.client(people.ours.admin) as client:
        made = (await client.put("/api/v1/review-flows", json=body)).json()
        assert made["steps"] == body["steps"]
        none = await client.put("/api/v1/review-flows", json={**body, "steps": []})
        assert none.status_code == 422
        back = await client.post("/api/v1/review-flows/reset", json={"subject": "push"})
        assert back.json()["is_default"]
    async with people.client(people.ours.author) as client:
        assert (await client.put("/api/v1/review-flows", json=body)).status_code == 403


async def test_a_bank_words_its_own_reasons(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        said = {"reasons": "利率写法不对\n\n图片不清"}
        assert onward(await post_form(client, "/console/reviews/reasons", said)) == FLOWS
        assert (await post_form(client, "/console/reviews/reasons", {})).status_code == 422
    async with people.client(people.ours.reviewer) as client:
        told = (await client.get("/api/v1/review-reasons")).json()["reasons"]
        assert told == ["利率写法不对", "图片不清"]
    async with people.client(people.theirs.reviewer) as client:
        assert "图片不清" not in (await client.get("/api/v1/review-reasons")).text


async def test_a_reviewer_names_a_deputy_for_whole_days(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        deputy = await make_staff(db, side.head, "compliance_reviewer", name="郑代审")
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    said = {
        "to_id": str(deputy.id),
        "starts_on": str(today),
        "ends_on": str(today),
        "reason": "年假",
    }
    async with people.client(side.reviewer) as client:
        assert "还没有代审安排" in (await client.get(DEPUTIES)).text
        assert onward(await post_form(client, DEPUTIES, said)) == DEPUTIES
        page = (await client.get(DEPUTIES)).text
        assert "郑代审" in page
        assert "年假" in page
        assert f"{today} 至 {today}" in page  # the last day, not the midnight behind it
        for wrong in ({"to_id": "x"}, {"ends_on": "2020-01-01"}, {"starts_on": ""}):
            assert (await post_form(client, DEPUTIES, {**said, **wrong})).status_code == 422
        [held] = (await client.get("/api/v1/review-deputies")).json()["items"]
        assert onward(await post_form(client, f"{DEPUTIES}/{held['id']}/end")) == DEPUTIES
        assert "已提前结束" in (await client.get(DEPUTIES)).text
        trail = (await client.get("/api/v1/audit?event=review_deputy.")).json()["items"]
        assert [one["event"] for one in trail] == ["review_deputy.ended", "review_deputy.named"]


async def test_an_administrator_arranges_a_colleagues_leave(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        deputy = await make_staff(db, side.head, "reviewer", name="郑代审")
    async with people.client(side.admin) as client:
        assert "谁休假" in (await client.get("/console/reviews/all-deputies")).text
        body = {
            "from_id": str(side.reviewer.id),
            "to_id": str(deputy.id),
            "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(days=3)).isoformat(),
        }
        made = await client.post("/api/v1/review-deputies", json=body)
        assert made.status_code == 201, made.text
        assert made.json()["to_name"] == "郑代审"
        again = await client.post("/api/v1/review-deputies", json=body)
        assert "已经安排郑代审代审" in again.json()["errors"][0]["message"]
        # Each the other's deputy at the same time: nobody would decide.
        circle = {**body, "from_id": body["to_id"], "to_id": body["from_id"]}
        assert "请选择另一位" in (await client.post("/api/v1/review-deputies", json=circle)).text
        past = {**body, "starts_at": (now - timedelta(days=2)).isoformat()}
        late = await client.post("/api/v1/review-deputies", json=past)
        assert late.json()["errors"] == [
            {"pointer": "/starts_at", "message": "开始时间已经过去，请从今天或以后的日期开始"}
        ]
        naive = {**body, "starts_at": "2026-11-26T10:00:00"}
        assert (await client.post("/api/v1/review-deputies", json=naive)).status_code == 422
    async with people.client(side.author) as client:
        assert (await client.post("/api/v1/review-deputies", json=body)).status_code == 403


async def test_a_leave_to_the_end_of_the_calendar_is_refused_by_its_field(
    people: Personas,
) -> None:
    async with people.client(people.ours.reviewer) as client:
        said = {"to_id": str(people.ours.admin.id), "starts_on": "2026-11-26"}
        far = await post_form(client, DEPUTIES, {**said, "ends_on": "9999-12-31"})
        assert far.status_code == 422
        assert 'data-ch-wrong="ends_on">年份应在 1900 到 2200 之间' in far.text
        both = {**said, "starts_on": "0001-01-01", "ends_on": "9999-12-31", "to_id": ""}
        refused = await post_form(client, DEPUTIES, both)
        assert refused.status_code == 422
        for field in ("to_id", "starts_on", "ends_on"):
            assert f'data-ch-wrong="{field}"' in refused.text
