"""Lists of others: what a line may say, results in scores, acts in conditions, all taken back."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select, text, update
from tests.make import make_customer
from tests.personas import Personas
from tests.web.desk import csv_of, post_file, post_form, work

from contenthub.customers import (
    actions_lists,
    actions_people,
    jobs_lists,
    listrows,
    queries,
    queries_lists,
    queries_score_reasons,
    tagexpr,
)
from contenthub.customers import queries_audience as audiences
from contenthub.customers import queries_truth as truths
from contenthub.customers.listrows import ListRow, check_wish, read_row
from contenthub.customers.models import Customer
from contenthub.customers.models_lists import CustomerList, ListScore
from contenthub.errors import Invalid
from contenthub.uploads.sorts import RowProblem

RUN = ("customers.import_list", "customers.drop_list")
SCORED = "customers.run_scores"
PHONES = ("13900000001", "13900000002", "13900000003")
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
"""The bank's day."""
YESTERDAY = TODAY - timedelta(days=1)
SCORE_HEAD, ACT_HEAD = "手机号,业务类别,得分\n", "手机号,业务类别,活动日期\n"
MODEL = {"source": "零售模型"}
EVENT = {"source": "河东村路演", "act": "roadshow"}


async def _people(people: Personas) -> list[Customer]:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return [await make_customer(db, phone=phone, crm_no=f"6000{phone[-1]}") for phone in PHONES]


async def _send(
    people: Personas, client: httpx.AsyncClient, kind: str, file: bytes, **form: Any
) -> str:
    data = {"kind": kind} | {
        name: json.dumps(value) if isinstance(value, Mapping) else value
        for name, value in form.items()
    }
    sent = await client.post("/api/v1/lists", files={"file": ("名单.csv", file)}, data=data)
    assert sent.status_code == 202, sent.text
    await work(people, *RUN)
    job_id: str = sent.json()["job_id"]
    return job_id


async def _view(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/api/v1/lists/{job_id}")).json()
    return found


async def _score(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(text("update score_topics set checked_at = null"))
    await work(people, SCORED)


async def _who(people: Personas, expr: str) -> set[int]:
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await audiences.matching(db, tagexpr.parse(expr), at=datetime.now(UTC))
        assert await truths.disagreements(db, 0, 65_535) == {}
        return set(found)


async def test_a_models_result_is_a_score_until_it_is_undone(people: Personas) -> None:
    one, two, three = await _people(people)
    file = csv_of(f"{PHONES[0]},贷款,72", f"{PHONES[1]},贷款,59.5", head=SCORE_HEAD)
    async with people.client(people.ours.author) as client:
        job_id = await _send(people, client, "scores", file, wish=MODEL)
        view = await _view(client, job_id)
        assert (view["told"], view["people"], view["failed"]) == (2, 2, 0)
        assert view["until_on"] == str(TODAY + timedelta(days=90))
        await _score(people)
        assert await _who(people, "score(贷款) >= 72") == {one.no}
        assert await _who(people, "score(贷款) >= 60") == {one.no, two.no}
        why = (await client.get(f"/console/customers/{one.id}/scores")).text
        assert "模型结果“零售模型”" in why
        assert f"{TODAY} 给 72 分，有效到 {TODAY + timedelta(days=90)}" in why
        undone = await client.post(f"/api/v1/lists/{job_id}/undo")
        assert undone.status_code == 202
        await work(people, *RUN)
        assert (await _view(client, job_id))["message"] == "已撤销：取下了 2 位客户的记录"
        await _score(people)
        assert await _who(people, "score(贷款) >= 1") == set()
        again = await client.post(f"/api/v1/lists/{job_id}/undo")
        assert again.status_code == 409
    assert three.no not in {one.no, two.no}


async def test_the_newer_result_of_a_model_stands_for_the_older_and_models_give_the_most(
    people: Personas,
) -> None:
    one, two, _ = await _people(people)
    async with people.client(people.ours.author) as client:
        first = csv_of(f"{PHONES[0]},贷款,80", f"{PHONES[1]},贷款,70", head=SCORE_HEAD)
        old = MODEL | {"said_on": str(YESTERDAY)}
        await _send(people, client, "scores", first, wish=old)
        newer = await _send(
            people, client, "scores", csv_of(f"{PHONES[0]},贷款,30", head=SCORE_HEAD), wish=MODEL
        )
        await _score(people)
        assert await _who(people, "score(贷款) >= 1") == {one.no}
        assert await _who(people, "score(贷款) = 30") == {one.no}
        other = csv_of(f"{PHONES[0]},贷款,20", f"{PHONES[1]},贷款,40", head=SCORE_HEAD)
        await _send(people, client, "scores", other, wish={"source": "另一个模型"})
        await _score(people)
        assert await _who(people, "score(贷款) = 30") == {one.no}
        assert await _who(people, "score(贷款) = 40") == {two.no}
        await client.post(f"/api/v1/lists/{newer}/undo")
        await work(people, *RUN)
        await _score(people)
        assert await _who(people, "score(贷款) >= 70") == {one.no, two.no}, "the older is back"


async def test_a_result_fades_and_ends_on_its_last_day(people: Personas) -> None:
    one, *_ = await _people(people)
    said = TODAY - timedelta(days=10)
    wish = MODEL | {"said_on": str(said), "half_life_days": 10, "until_on": str(TODAY)}
    async with people.client(people.ours.author) as client:
        file = csv_of(f"{PHONES[0]},贷款,80", head=SCORE_HEAD)
        job_id = await _send(people, client, "scores", file, wish=wish)
        await _score(people)
        assert await _who(people, "score(贷款) = 40") == {one.no}
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            (told,) = await queries_score_reasons.of_customer(db, one.no, at=datetime.now(UTC))
            assert [reason.points for reason in told.reasons] == [40.0]
            await db.execute(update(CustomerList).values(until_on=YESTERDAY))
        await _score(people)
        assert await _who(people, "score(贷款) >= 1") == set()
        long_ago = TODAY - timedelta(days=queries_lists.KEPT_DAYS + 2)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await db.execute(update(CustomerList).values(until_on=long_ago))
        await work(people, "customers.forget_list")
        async with people.house.database.reading(people.ours.tenant) as db:
            assert (await db.scalars(select(ListScore))).all() == []
        assert (await _view(client, job_id))["told"] == 1
    assert await _who(people, "score(贷款) >= 1") == set()


async def test_what_was_done_offline_is_counted_once_shown_and_taken_back(
    people: Personas,
) -> None:
    one, two, _ = await _people(people)
    rows = [f"{phone},贷款,{YESTERDAY}" for phone in (PHONES[0], PHONES[0], PHONES[1])]
    async with people.client(people.ours.author) as client:
        job_id = await _send(people, client, "acts", csv_of(*rows, head=ACT_HEAD), wish=EVENT)
        view = await _view(client, job_id)
        assert (view["told"], view["people"], view["repeated"]) == (2, 2, 1)
        assert await _who(people, "did(路演, 业务=贷款, 7天)") == {one.no, two.no}
        assert await _who(people, "did(路演, 7天) >= 2") == set()
        more = csv_of(*rows, f"{PHONES[0]},贷款,{TODAY}", head=ACT_HEAD)
        second = await _send(people, client, "acts", more, wish=EVENT)
        assert (await _view(client, second))["told"] == 1, "another file of the same event"
        assert await _who(people, "did(路演, 7天) >= 2") == {one.no}
        timeline = (await client.get(f"/api/v1/customers/{one.id}/timeline")).json()
        told = [entry for entry in timeline["entries"] if entry["title"] == "参加路演（贷款）"]
        assert [entry["detail"] for entry in told] == ["来自名单“河东村路演”"] * 2
        await client.post(f"/api/v1/lists/{job_id}/undo")
        await work(people, *RUN)
        assert await _who(people, "did(路演, 7天)") == {one.no}
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        held = await queries.customer(db, one.id, lock=True)
        kept = await queries_lists.kept_of(db, one.no)
        assert [(row["source"], row["day_on"]) for row in kept] == [("河东村路演", TODAY)]
        await actions_people.erase_customer(db, held, by=people.ours.admin, at=datetime.now(UTC))
        assert await queries_lists.kept_of(db, one.no) == []
    assert await _who(people, "did(路演, 7天)") == set()


async def test_lines_that_name_nobody_or_two_are_explained_and_the_rest_is_loaded(
    people: Personas,
) -> None:
    one, *_ = await _people(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for _ in range(2):
            await make_customer(db, crm_no="777")
    head = "手机号,客户号,得分\n"
    rows = (",60001,88", "13911111111,,50", ",777,50", f"{PHONES[1]},,abc", f"{PHONES[2]},,0")
    wish = MODEL | {"topic": "loan"}
    async with people.client(people.ours.author) as client:
        file = csv_of(*rows, head=head)
        tried = await _send(people, client, "scores", file, wish=wish, dry_run="true")
        view = await _view(client, tried)
        figures = ("told", "people", "empty", "failed")
        assert [view[name] for name in figures] == [1, 2, 1, 3]
        assert await _who(people, "score(贷款) >= 1") == set()
        errors = (await client.get(f"/api/v1/jobs/{tried}/errors.csv")).content.decode("utf-8-sig")
        assert "3,未导入,手机号,139****1111,手机号：本行没有这个手机号的客户" in errors
        assert "有 2 位客户是这个客户号" in errors
        assert "5,未导入,分数,abc,分数：“abc”不是数" in errors
        body = {"mapping": view["mapping"], "wish": wish}
        assert (await client.post(f"/api/v1/lists/{tried}/run", json=body)).status_code == 202
        await work(people, *RUN)
        loaded = await _view(client, tried)
        assert [loaded[name] for name in figures] == [1, 1, 1, 3]
        await _score(people)
        assert await _who(people, "score(贷款) = 88") == {one.no}
        again = {"file": ("b.csv", file)}
        data = {"kind": "scores", "wish": '{"source": "零售模型"}'}
        refused = await client.post("/api/v1/lists", files=again, data=data)
        assert refused.status_code == 409
        assert "已经导入过" in refused.json()["detail"]


async def test_what_is_not_sent_is_as_documented_and_never_from_an_earlier_list(
    people: Personas,
) -> None:
    await _people(people)
    wish = MODEL | {"topic": "loan", "half_life_days": 10, "scale": 1000}
    head = "手机号,得分\n"
    async with people.client(people.ours.author) as client:
        await _send(people, client, "scores", csv_of(f"{PHONES[0]},300", head=head), wish=wish)
        short = MODEL | {"topic": "wealth"}
        second = csv_of(f"{PHONES[0]},30", head=head)
        job_id = await _send(people, client, "scores", second, wish=short)
        for said in ({}, {"wish": "{}"}, {"wish": '{"source": "", "topic": "loan"}'}):
            file = {"file": ("c.csv", csv_of(f"{PHONES[0]},40", head=head))}
            refused = await client.post("/api/v1/lists", files=file, data={"kind": "scores"} | said)
            assert refused.status_code == 422
            assert "来源" in refused.text
    async with people.house.database.reading(people.ours.tenant) as read:
        held = await queries_lists.the_list(read, UUID(job_id))
        assert held is not None
        assert held.half_life_days is None
        points = await read.scalars(select(ListScore.points).where(ListScore.list_id == held.id))
        assert points.all() == [30]
        _, remembered = await queries_lists.defaults_for(read, "scores", ["手机号", "得分"])
    assert remembered["source"] == "零售模型", "the page goes on remembering"


async def test_a_killed_worker_goes_on_where_it_stood_and_counts_nothing_twice(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await _people(people)
    monkeypatch.setattr(jobs_lists, "ROWS_PER_STEP", 1)
    rows = [f"{phone},贷款,{YESTERDAY}" for phone in PHONES[:2]]
    async with people.client(people.ours.author) as client:
        data = {"kind": "acts", "wish": '{"source": "河东村路演", "act": "roadshow"}'}
        files = {"file": ("a.csv", csv_of(*rows, head=ACT_HEAD))}
        job_id = (await client.post("/api/v1/lists", files=files, data=data)).json()["job_id"]
        take = actions_lists.take_step

        async def dies(*args: Any) -> bool:
            monkeypatch.setattr(actions_lists, "take_step", take)
            await take(*args)
            return False

        monkeypatch.setattr(actions_lists, "take_step", dies)
        await work(people, RUN[0])
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            job = await queries_lists.job(db, UUID(job_id), lock=True)
            assert (job.state, job.done) == ("running", 1)
            job.lease_until = datetime.now(UTC) - timedelta(hours=1)
        await work(people, *RUN)
        view = await _view(client, job_id)
    assert (view["state"], view["told"], view["people"]) == ("done", 2, 2)
    assert await _who(people, "did(路演, 7天)") == {one.no, two.no}


async def test_the_page_goes_from_upload_to_undo(people: Personas) -> None:
    one, *_ = await _people(people)
    async with people.client(people.ours.author) as client:
        assert "还没有导入过名单" in (await client.get("/console/lists")).text
        file = csv_of(f"{PHONES[0]},贷款,72", head=SCORE_HEAD)
        sent = await post_file(client, "/console/lists", file)
        here = sent.headers["hx-redirect"]
        page = (await client.get(here)).text
        assert "这份名单是什么" in page
        form = {"mapping.phone": "手机号", "mapping.points": "得分", "mapping.topic": "业务类别"}
        wrong = await post_form(client, f"{here}/run", form | {"how": "trial"})
        assert wrong.status_code == 422
        assert "请写明这份名单的来源" in wrong.text
        for how in ("trial", "load"):
            done = await post_form(client, f"{here}/run", form | MODEL | {"how": how})
            assert done.status_code < 400, done.text
            await work(people, *RUN)
        page = (await client.get(here)).text
        assert "导入完成：记下 1 位客户的 1 条评分" in page
        assert "撤销这份名单" in page
        assert "零售模型" in (await client.get("/console/lists")).text
        assert (await post_form(client, f"{here}/undo", {})).status_code < 400
        await work(people, *RUN)
        assert "已撤销：取下了 1 位客户的记录" in (await client.get(here)).text
        empty = await post_form(client, "/console/lists", {})
        assert "请先选择要导入的" in empty.text
    assert one.no == 1


async def test_another_bank_and_who_may_not_import_get_nowhere(people: Personas) -> None:
    await _people(people)
    file = csv_of(f"{PHONES[0]},贷款,72", head=SCORE_HEAD)
    async with people.client(people.ours.author) as client:
        job_id = await _send(people, client, "scores", file, wish=MODEL)
    async with people.client(people.theirs.author) as client:
        assert (await client.get(f"/api/v1/lists/{job_id}")).status_code == 404
        assert (await client.post(f"/api/v1/lists/{job_id}/undo")).status_code == 404
        theirs = await _send_raw(client, file)
        assert theirs.status_code == 202
    async with people.client(people.ours.employee) as client:
        assert (await _send_raw(client, file)).status_code == 403
        assert (await client.post(f"/api/v1/lists/{job_id}/undo")).status_code == 403


async def _send_raw(client: httpx.AsyncClient, file: bytes) -> httpx.Response:
    data = {"kind": "scores", "wish": '{"source": "零售模型"}'}
    return await client.post("/api/v1/lists", files={"file": ("a.csv", file)}, data=data)


def test_what_is_wrong_with_the_whole_list_is_named_by_field() -> None:
    both = {"phone": "手机号", "points": "分"}
    with pytest.raises(Invalid) as wrong:
        check_wish(
            "scores",
            {"until_on": str(YESTERDAY), "half_life_days": "0", "scale": "5", "topic": "惠民"},
            {"points": "分"},
            today=TODAY,
        )
    named = {"mapping.phone", "source", "topic", "until_on", "half_life_days", "scale"}
    assert set(wrong.value.fields) == named
    with pytest.raises(Invalid) as wrong:
        check_wish("acts", {"source": "=1+1"}, {"phone": "手机号"}, today=TODAY)
    assert set(wrong.value.fields) == {"source", "topic", "act", "said_on"}
    with pytest.raises(Invalid):
        check_wish("others", {}, both, today=TODAY)
    chosen = check_wish("scores", {"source": "甲", "topic": "贷款"}, both, today=TODAY)
    assert (chosen.topic, chosen.until_on, chosen.scale) == (
        "loan",
        TODAY + timedelta(days=90),
        100,
    )


@pytest.mark.parametrize(
    ("cell", "scale", "points"),
    [
        ("0.835", "1", 84),
        ("1", "1", 100),
        ("725", "1000", 73),
        ("0", "100", 0),
        ("72分", "100", 72),
    ],
)
def test_points_are_brought_to_a_hundred(cell: str, scale: str, points: int) -> None:
    said = {"source": "甲", "topic": "贷款", "scale": scale}
    wish = check_wish("scores", said, {"phone": "手机号", "points": "分"}, today=TODAY)
    row = read_row({"phone": PHONES[0], "points": cell}, wish, line=2, today=TODAY)
    assert isinstance(row, ListRow)
    assert row.points == points


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"day_on": str(TODAY)}, "crm_no"),
        ({"phone": "123"}, "phone"),
        ({"phone": PHONES[0], "topic": "宇宙"}, "topic"),
        ({"phone": PHONES[0], "act": "浏览"}, "act"),
        ({"phone": PHONES[0], "day_on": str(TODAY + timedelta(days=9))}, "day_on"),
        ({"phone": PHONES[0], "day_on": str(TODAY - timedelta(days=400))}, "day_on"),
    ],
)
def test_a_wrong_line_names_its_field(raw: dict[str, str], field: str) -> None:
    said = {"source": "甲", "topic": "贷款", "act": "走访", "said_on": str(TODAY)}
    wish = check_wish("acts", said, {"phone": "手机号"}, today=TODAY)
    found = read_row(raw, wish, line=7, today=TODAY)
    assert isinstance(found, RowProblem)
    assert (found.line, found.field) == (7, field)
    assert found.message.startswith(listrows.label_of("acts", field))


def test_acts_are_told_by_slug_or_by_the_words_banks_use() -> None:
    assert listrows.act_of("上门") == "visited"
    assert listrows.act_of("roadshow") == "roadshow"
