"""The bad inputs of a bank's day, over HTTP: what the person reads, word for word.

docs/reference/bad-input.md shows the same words; the last tests hold the page to them.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.exceptions import ConnectionError as RedisDown
from tests.make import make_customer, make_item, make_live_item, make_live_template, make_staff
from tests.personas import Personas
from tests.web.desk import csv_of, work
from tests.web.pictures import huge_png

from contenthub.library import actions as library
from contenthub.library import queries as library_queries
from contenthub.web.house import House

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "bad-input.md"
TEXTS = {
    "log-in": "银行、登录名或密码不正确；请检查后重试，忘记密码请联系本行管理员",
    "foreign": "没有找到这条内容",
    "edit-in-review": "这一版正在审核，请先撤回再修改",
    "edited": "这一版不在待审核状态，可能已被处理或撤回，请刷新后再看",
    "expired": "“三年期大额存单”已到期，不能使用；请换一条内容，或改好有效期重新送审并发布",
    "expired-push": ("“三年期大额存单”已到期，不能使用；请换一条内容，或改好有效期重新送审并发布"),
    "no-fit": (
        "员工姓名（name）放不下「王小明王小明王小明王小明王小明王小明王小…」（39 字，"
        "最小字号 26 像素下最多约 30 字）：请缩短文字，或把框调大、字号调小"
    ),
    "emoji": "员工姓名（name）里的「😀」（U+1F600）字体画不出来，请删除或换一个字",
    "glyph": (
        "员工姓名（name）里的「𪚥」（U+2A6A5）字体画不出来，请删除或换一个字，"
        "或上传含有这个字的字体"
    ),
    "bomb": "图片是 9000×9000 像素，超过 2500 万像素，请把图片缩小（例如宽 2160）后再上传",
    "svg": "不支持 SVG（里面可以藏脚本），请导出为 PNG 后再上传",
    "gbk": "GB18030（GBK）",
    "mixed": (
        "第 3 行：既不是 UTF-8 也不是 GB18030（GBK）编码，"
        "请用 WPS 或 Excel 打开，另存为“CSV UTF-8”或 .xlsx 后重新上传"
    ),
    "bad-rows": (
        "导入完成：新增 7 位，更新 0 位；3 行有误没有导入，请下载错误明细，改好后单独再导入"
    ),
    "bad-phone": "9,未导入,手机号,120,手机号应为 11 位，这里是 3 位，请核对",
    "duplicates": (
        "导入完成：新增 1 位，更新 1 位，1 行与后面的行手机号相同"
        "（已合成一位，标签和拒绝都保留，行号见错误明细）"
    ),
    "refused": "第 15 个字附近：括号没有写完，请补上业务类别和右括号，例如 refused(理财)",
    "tag": "没有名为“没有这个标签”的标签，请到标签管理页核对名称",
    "past": "发送时间 2020-01-04 10:00 已经过去，请选将来的时间",
    "never": "周期“0 9 30 2 *”写错了或永远不会触发（例如 2 月 30 日），请检查日和月",
    "redis": "登录服务（Redis）暂时不可用，请稍后再试；已保存的数据不受影响",
}
RUN = ("customers.import_file", "customers.drop_upload")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def says(answer: httpx.Response, key: str, status: int, pointer: str = "") -> None:
    """Hold an answer to its status, its field and the words of TEXTS."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["detail"] == TEXTS[key]
    if pointer:
        assert pointer in [e["pointer"] for e in told["errors"]]


async def test_wrong_log_in(people: Personas) -> None:
    async with people.client() as client:
        body = {"bank": "qingyuan", "login": "zhoumin", "password": "x"}
        says(await client.post("/api/v1/login", json=body), "log-in", 401)


async def test_another_banks_id(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        item, _ = await make_item(db, people.theirs.author)
    async with people.client(people.ours.author) as client:
        says(await client.get(f"/api/v1/items/{item.id}"), "foreign", 404)


async def test_edited_after_submission(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await make_item(db, side.author)
        await library.submit(db, item.id, by=side.author, at=now)
        review = (await library_queries.reviews_of(db, revision.id))[0]
    async with people.client(side.author) as client:
        draft = f"/api/v1/items/{item.id}/draft"
        says(await client.put(draft, json={"title": "改一改"}), "edit-in-review", 409)
        assert (await client.post(f"/api/v1/items/{item.id}/withdraw")).status_code == 200
        assert (await client.put(draft, json={"title": "改一改"})).status_code == 200
    async with people.client(side.reviewer) as client:
        approve = f"/api/v1/reviews/{review.id}/approve"
        says(await client.post(approve), "edited", 409)


async def test_edited_after_approval(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, title="原来的标题", at=now)
    async with people.client(side.author) as client:
        url = f"/api/v1/items/{item.id}"
        assert (await client.put(f"{url}/draft", json={"title": "改过的标题"})).status_code == 200
        shown = (await client.get(url)).json()
    # Customers go on seeing what was approved until the new wording is.
    assert (shown["live"]["title"], shown["revision"]["state"]) == ("原来的标题", "draft")


async def test_expired_item(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(
            db, side.author, side.reviewer, title="三年期大额存单",
            at=now - timedelta(days=3), valid_until=now - timedelta(days=1),
        )  # fmt: skip
    body = {"item_id": str(item.id), "employee_id": str(side.employee.id), "channel": "wecom"}
    async with people.client(side.employee) as client:
        says(await client.post("/api/v1/links", json=body), "expired", 409, "/item_id")
    async with people.client(side.author) as client:
        says(
            await client.post("/api/v1/pushes", json=_push(item.id)),
            "expired-push",
            409,
            "/item_id",
        )


@pytest.mark.parametrize(
    ("name", "key"),
    [("王小明" * 13, "no-fit"), ("王😀明", "emoji"), ("王𪚥明", "glyph")],
    ids=["too long", "emoji", "rare"],
)
async def test_poster_text(people: Personas, name: str, key: str) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        who = await make_staff(db, side.branch, name=name)
        item = await make_live_item(db, side.author, side.reviewer)
        template = await make_live_template(db, item, side.author, side.reviewer)
    async with people.client(side.author) as client:
        url = f"/api/v1/poster-templates/{template.id}/preview.jpg"
        says(await client.get(url, params={"employee_id": str(who.id)}), key, 422)


@pytest.mark.parametrize(
    ("data", "name", "key"),
    [(huge_png(), "a.png", "bomb"), (SVG, "a.svg", "svg")],
    ids=["9000", "svg"],
)
async def test_pictures(people: Personas, data: bytes, name: str, key: str) -> None:
    async with people.client(people.ours.author) as client:
        files = {"file": (name, data, "image/png")}
        says(await client.post("/api/v1/assets", files=files), key, 422, "/file")


async def _import(people: Personas, content: bytes, mime: str = "text/csv") -> dict[str, Any]:
    async with people.client(people.ours.author) as client:
        files = {"file": ("客户.csv", content, mime)}
        started = await client.post("/api/v1/imports", files=files)
        assert started.status_code == 202, started.text
        await work(people, *RUN)
        job: dict[str, Any] = (await client.get(f"/api/v1/jobs/{started.json()['job_id']}")).json()
        errors = await client.get(job["errors_url"]) if job["errors_url"] else None
    job["encoding"] = started.json()["encoding"]
    job["errors"] = errors.content.decode("utf-8-sig").splitlines()[1:] if errors else []
    return job


async def test_gbk_declared_utf8_is_read_for_what_it_is(people: Personas) -> None:
    content = csv_of("王小明,13900000001,银发,52000")
    job = await _import(people, content, "text/csv; charset=utf-8")
    assert job["encoding"] == TEXTS["gbk"]
    assert job["errors"] == []


async def test_gbk_pasted_into_utf8(people: Personas) -> None:
    head = "客户姓名,手机号\n王小明,13900000001\n".encode()
    async with people.client(people.ours.author) as client:
        files = {"file": ("a.csv", head + "李娜,13900000002\n".encode("gb18030"), "text/csv")}
        says(await client.post("/api/v1/imports", files=files), "mixed", 422, "/file")


async def test_thirty_percent_bad_rows(people: Personas) -> None:
    good = [f"客户甲,1390000{n:04d},银发,1" for n in range(7)]
    job = await _import(people, csv_of(*good, *(f"客户乙,12{n},银发,1" for n in range(3))))
    assert job["state"] == "done"
    assert job["message"] == TEXTS["bad-rows"]
    assert job["errors"][0] == TEXTS["bad-phone"]
    assert len(job["errors"]) == 3


async def test_duplicate_phones(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone="13900000009")
    rows = ("王小明,13900000001,银发,1", "王小明,139 0000 0001,银发,2", "李娜,13900000009,,3")
    job = await _import(people, csv_of(*rows))
    assert job["message"] == TEXTS["duplicates"]


async def _preview(people: Personas, expr: str) -> httpx.Response:
    async with people.client(people.ours.author) as client:
        body = {"expr": expr, "topic": "deposit"}
        return await client.post("/api/v1/audiences/preview", json=body)


async def test_an_open_refused(people: Personas) -> None:
    says(await _preview(people, "银发 and refused("), "refused", 422, "/expr")


async def test_an_unknown_tag(people: Personas) -> None:
    says(await _preview(people, "没有这个标签"), "tag", 422, "/expr")


def _push(item_id: object, **schedule: str) -> dict[str, Any]:
    when = schedule or {
        "kind": "once",
        "at": (datetime.now(UTC) + timedelta(days=1)).replace(hour=3).isoformat(),
    }
    return {"title": "金秋", "item_id": str(item_id), "expr": "aum >= 1", "schedule": when}


@pytest.mark.parametrize(
    ("schedule", "key", "pointer"),
    [
        ({"kind": "once", "at": "2020-01-04T10:00:00+08:00"}, "past", "/schedule/at"),
        ({"kind": "cron", "expr": "0 9 30 2 *"}, "never", "/schedule/expr"),
    ],
    ids=["past", "never"],
)
async def test_schedules(
    people: Personas, schedule: dict[str, str], key: str, pointer: str
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, at=datetime.now(UTC))
    async with people.client(side.author) as client:
        answer = await client.post("/api/v1/pushes", json=_push(item.id, **schedule))
        says(answer, key, 422, pointer)
        assert (await client.get("/api/v1/pushes")).json()["items"] == []


async def test_redis_gone(people: Personas, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_args: object, **_kwargs: object) -> None:
        raise RedisDown("gone")

    async with people.client(people.ours.author) as client:
        with monkeypatch.context() as patch:
            patch.setattr(house.redis, "getex", gone)
            says(await client.get("/api/v1/items"), "redis", 503)
        assert (await client.get("/api/v1/items")).status_code == 200


def test_the_page_shows_every_text_word_for_word() -> None:
    page = PAGE.read_text("utf-8")
    assert [key for key, text in TEXTS.items() if text not in page] == []


def test_every_test_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text("utf-8"))
    assert len(named) >= 17
    absent = [f"{p}::{t}" for p, t in named if f"def {t}(" not in (ROOT / p).read_text("utf-8")]
    assert absent == []


@pytest.mark.parametrize("name", ["db", "storage", "web/problems"])
def test_the_accidents_words_on_the_page_are_the_programs(name: str) -> None:
    page = PAGE.read_text("utf-8")
    source = (ROOT / "src" / "contenthub" / f"{name}.py").read_text("utf-8")
    told = re.findall(rf"<!-- {name} -->“([^”]+)”", page)
    assert told
    assert [text for text in told if text not in source] == []
