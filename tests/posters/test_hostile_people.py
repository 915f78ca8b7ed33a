"""Names and positions nobody has, through the staff import to a poster: told plainly, no crash."""

import csv
import io

import pytest
from sqlalchemy import select
from tests.make import make_live_item, make_live_template
from tests.personas import Personas
from tests.posters.test_actions_staff import done, send
from tests.web.desk import work

from contenthub.tenants.models import Staff

pytestmark = pytest.mark.slow

CAME = {"H01", "H05", "H09", "H12", "H15", "H17", "H19"}
"""Whose rows can stand: the longest real name, an emoji in a title, what is only odd."""
UNDRAWN = {"H05": "🏆", "H09": "字体画不出来"}
PEOPLE = (
    ("王" * 200, "客户经理"),
    ("买买提·艾合买提·阿卜杜拉·吐尔逊江·库尔班江", "客户经理"),
    ("Christopher-Alexander Montgomery-Featherstonehaugh III", "Manager"),
    (
        "王小明",
        "总行零售金融部兼乡村振兴金融服务中心高级资深首席客户经理（主持工作）兼普惠专员" * 3,
    ),
    ("王😀", "客户经理"),
    ("王小明", "🏆年度销冠🏆"),
    ("👨‍👩‍👧‍👦", "客户经理"),
    ("\u202e明小王", "客户经理"),
    ("王小明", "\u202e理经户客"),
    ("محمد علي", "客户经理"),
    ("王\x01小\x07明", "客户经理"),
    ("王小明", "客户\x1b[31m经理"),
    ("王\u200b小\u200d明", "客户经理"),
    ("   ", "客户经理"),
    ("\u3000\u00a0\u2003", "客户经理"),
    ("王小明", " \u3000 "),
    ("Z̸̡a̴̢l̵g̶o", "客户经理"),
    ("{{ bank.name }}", "{% for x in y %}"),
    ('=HYPERLINK("http://a.cn","王")', "+1+cmd|' /C calc'!A0"),
    ("<script>alert(1)</script>", '" onload="x'),
)


def _sheet(branch: str) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["工号", "姓名", "所属支行", "岗位", "资格证号", "授权到期日"])
    for no, (name, title) in enumerate(PEOPLE):
        rows.writerow([f"H{no:02d}", name, branch, title, f"YX-{no}", "2030/6/30"])
    return out.getvalue().encode("utf-8-sig")


async def test_each_is_refused_by_row_or_drawn_or_named_with_the_fix(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer)
    async with people.client(ours.admin) as client:
        started = await send(client, _sheet(ours.branch.code))
        assert started.status_code == 202, started.text
        job = await done(people, client, started.json()["job_id"])
        told = (await client.get(f"/api/v1/jobs/{job['id']}/errors.csv")).text
        refused = {int(row[0]): row for row in list(csv.reader(io.StringIO(told)))[1:]}
        assert len(refused) == len(PEOPLE) - len(CAME)
        assert all(row[2] in ("姓名", "职务") and len(row[4]) > 5 for row in refused.values())
        found = await _came(people)
        assert {one.staff_no for one in found} == CAME
        for one in found:
            drawn = await client.get(f"/api/v1/posters/{made.id}/{one.id}.jpg")
            card = await client.get(f"/api/v1/employees/{one.id}/card.jpg")
            if why := UNDRAWN.get(one.staff_no):
                assert drawn.status_code == card.status_code == 422
                assert why in drawn.json()["errors"][0]["message"]
                assert "请" in drawn.json()["errors"][0]["message"]
            else:
                assert drawn.status_code == 200, (one.name, drawn.text)
                assert card.status_code in (200, 422), card.text
        page = await client.get(f"/console/posters/{made.id}/employees")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        whole = await client.post("/api/v1/poster-batches", json={"template_id": str(made.id)})
        assert whole.status_code == 202, whole.text
        await work(people, "posters.draw_batch")
        batch = (await client.get(f"/api/v1/jobs/{whole.json()['job_id']}")).json()
    assert batch["state"] == "done", batch["message"]


async def test_a_file_with_null_characters_is_refused_whole_with_the_line(people: Personas) -> None:
    data = f"工号,姓名,所属支行\nH1,王\x00明,{people.ours.branch.code}\n".encode()
    async with people.client(people.ours.admin) as client:
        refused = await send(client, data)
    assert refused.status_code == 422
    assert "第 2 行：有空字符" in refused.json()["errors"][0]["message"]


async def _came(people: Personas) -> list[Staff]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return list(await db.scalars(select(Staff).where(Staff.staff_no.like("H%"))))
