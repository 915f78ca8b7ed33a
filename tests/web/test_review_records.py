"""The record of reviews: a list, an xlsx of exactly what is filtered, and a page to print."""

import io
from typing import Any

from python_calamine import CalamineWorkbook
from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas

from contenthub.library import actions, actions_comments, actions_reviews, queries
from contenthub.library.models import Review
from contenthub.web.review_desk import place

HERE = "/console/reviews/records"


def _rows(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


async def _decided(people: Personas) -> Review:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await make_live_item(db, side.author, side.reviewer, title="通过的存单")
        item, revision = await make_item(db, side.author, title="退回的存单")
        await actions.submit(db, item.id, by=side.author, at=NOW)
        waiting = await queries.waiting_review(db, revision.id)
        assert waiting is not None
        pin = await place(db, waiting, "fields.rate")
        await actions_comments.remark(db, pin, "请写明年化", by=side.reviewer, at=NOW)
        taken = await actions_reviews.take_review(db, waiting.id, "return", by=side.reviewer)
        await actions.return_revision(db, taken, comment="=缺风险提示", by=side.reviewer, at=NOW)
        return taken


async def test_the_list_is_filtered_and_the_file_is_what_is_filtered(people: Personas) -> None:
    await _decided(people)
    async with people.client(people.ours.auditor) as client:
        both = (await client.get(HERE)).text
        assert "通过的存单" in both
        assert "退回的存单" in both
        some = (await client.get(f"{HERE}?state=returned&q=退回")).text
        assert "通过的存单" not in some
        assert "没有符合条件" in (await client.get(f"{HERE}?since=2099-01-01")).text
        for url in (f"{HERE}?state=returned&format=xlsx",
                    "/api/v1/review-records?state=returned&format=xlsx"):  # fmt: skip
            file = await client.get(url)
            rows = _rows(file.content)
            assert "吴审" in rows[0][0]
            assert [row[0] for row in rows[3:]] == ["退回的存单"]
            row = dict(zip(rows[2], rows[3], strict=True))
            assert row["审核意见"] == "=缺风险提示"
            assert row["审核人"] == "周敏"
            assert "请写明年化" in row["字段意见"]
            assert len(row["内容哈希（SHA-256）"]) == 64
            assert row["规则包版本"]
        trail = (await client.get("/api/v1/audit?event=reviews.exported")).json()["items"]
        assert len(trail) == 2


async def test_the_printed_record_says_who_when_why_and_on_which_rules(people: Personas) -> None:
    done = await _decided(people)
    async with people.client(people.ours.auditor) as client:
        page = (await client.get(f"/console/reviews/{done.id}/record")).text
        for said in (done.subject_hash, done.rule_pack, "缺风险提示", "请写明年化", "周敏", "李娜"):
            assert said in page
        api = (await client.get(f"/api/v1/reviews/{done.id}/record")).json()["items"]
    assert [one["rule_pack"] for one in api] == [done.rule_pack]
    assert api[0]["remarks"][0]["place"] == "年化利率"
    assert api[0]["review"]["state"] == "returned"


async def test_strangers_and_other_roles_see_no_record(people: Personas) -> None:
    done = await _decided(people)
    async with people.client(people.theirs.auditor) as client:
        assert (await client.get(f"/console/reviews/{done.id}/record")).status_code == 404
        assert "退回的存单" not in (await client.get(HERE)).text
    async with people.client(people.ours.employee) as client:
        assert (await client.get(HERE)).status_code == 403
