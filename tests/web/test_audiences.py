"""The audience preview over the API and at the console, and the segments saved from it."""

import html

import pytest
from tests.make import NOW, make_customer
from tests.personas import Personas
from tests.web.desk import post_form

from contenthub.customers import actions

EXPR = "(银发 and 代发工资) and not refused(理财) and aum >= 50000"


async def _four(people: Personas) -> None:
    """Two who match and can be sent to, one who cannot, and one who matches nothing."""
    ours = people.ours
    tags = ["银发", "代发工资"]
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee, tags=tags, aum_fen=5_000_000)
        second = await make_customer(db, owner=ours.colleague, tags=tags, aum_fen=9_000_000)
        await make_customer(
            db, owner=ours.colleague, tags=tags, aum_fen=9_000_000, external_userid=""
        )
        await make_customer(db, owner=ours.colleague, tags=["银发"], aum_fen=9_000_000)
        await actions.record_refusal(db, second.no, "deposit", by=None, at=NOW)


async def test_the_preview_explains_every_customer(people: Personas) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:
        answer = await client.post(
            "/api/v1/audiences/preview", json={"expr": EXPR, "topic": "deposit"}
        )
    found = answer.json()
    assert answer.status_code == 200, answer.text
    assert (found["matched"], found["reachable"], found["employees"]) == (3, 1, 1)
    removed = {s["reason"]: s["removed"] for s in found["steps"]}
    assert removed["refused"] == 1
    assert removed["unreachable"] == 1
    assert sum(removed.values()) == 2
    assert [len(s["phone"]) for s in found["sample"]] == [11]
    assert "****" in found["sample"][0]["phone"]
    assert "“银发”" in found["description"]


async def test_who_counts_customers_without_looking_at_them_gets_no_sample(
    people: Personas,
) -> None:
    await _four(people)
    async with people.client(people.ours.reviewer) as client:
        found = (
            await client.post("/api/v1/audiences/preview", json={"expr": EXPR, "topic": "deposit"})
        ).json()
        page = await post_form(
            client, "/console/audiences/preview", {"expr": EXPR, "topic": "deposit", "turn": "0"}
        )
    assert found["reachable"] == 1
    assert found["sample"] == []
    assert "预计触达" in page.text
    assert "****" not in page.text


async def test_the_json_tree_says_the_same_as_the_text(people: Personas) -> None:
    await _four(people)
    tree = {
        "kind": "and",
        "items": [
            {"kind": "tag", "name": "银发"},
            {"kind": "aum", "op": ">=", "fen": 9_000_000},
        ],
    }
    async with people.client(people.ours.author) as client:
        told = await client.post("/api/v1/audiences/preview", json={"expr": tree, "topic": "理财"})
        said = await client.post(
            "/api/v1/audiences/preview", json={"expr": told.json()["expr"], "topic": "wealth"}
        )
    assert told.json()["matched"] == said.json()["matched"] == 3


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        ("refused(", "第"),
        ("没有这个标签", "没有名为“没有这个标签”的标签"),
        ("aum >= 很多", "不是数字"),
        ("", "请填写客群条件"),
        ({"kind": "tag"}, "格式不对"),
        ("(" * 60 + "银发" + ")" * 60, "括号超过"),
    ],
)
async def test_an_expression_that_cannot_be_read_names_the_place_and_the_fix(
    people: Personas, expr: object, words: str
) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.post(
            "/api/v1/audiences/preview", json={"expr": expr, "topic": "deposit"}
        )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/expr"
    assert words in answer.json()["detail"]


async def test_wrong_topic_time_role_and_bank(people: Personas) -> None:
    await _four(people)
    ask = {"expr": "银发", "topic": "deposit"}
    async with people.client(people.ours.author) as client:
        for wrong, pointer in (
            ({"topic": "期货"}, "/topic"),
            ({"at": "2026-12-01T10:00:00"}, "/at"),
        ):
            answer = await client.post("/api/v1/audiences/preview", json={**ask, **wrong})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == pointer
    async with people.client(people.ours.employee) as client:
        assert (await client.post("/api/v1/audiences/preview", json=ask)).status_code == 403
    async with people.client(people.theirs.author) as client:
        # Their bank has no such tag; ours is not there for them.
        assert (await client.post("/api/v1/audiences/preview", json=ask)).status_code == 422


async def test_a_segment_is_saved_replaced_and_described(people: Personas) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:
        body = {"name": "银发客群", "expr": "银发"}
        assert (await client.post("/api/v1/segments", json=body)).status_code == 201
        body["expr"] = "银发 and aum >= 50000"
        await client.post("/api/v1/segments", json=body)
        listed = (await client.get("/api/v1/segments")).json()["items"]
        assert [s["expr"] for s in listed] == ["银发 and aum >= 50000"]
        assert "不低于 5 万元" in listed[0]["description"]
        wrong = await client.post("/api/v1/segments", json={"name": "x", "expr": "没有"})
        assert wrong.status_code == 422
    async with people.client(people.ours.reviewer) as client:
        assert (await client.post("/api/v1/segments", json=body)).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.get("/api/v1/segments")).json()["items"] == []


async def test_the_page_previews_what_is_typed(people: Personas) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:
        page = (await client.get("/console/audiences")).text
        assert 'data-ch-text="代发工资"' in page
        assert "还没有写条件" in page
        shown = (
            await post_form(
                client, "/console/audiences/preview", {"expr": EXPR, "topic": "deposit"}
            )
        ).text
        assert '<span class="big" id="reachable">1</span>' in shown
        assert "拒绝此类业务" in shown
        assert "城关支行" in shown
        full = await client.get("/console/audiences", params={"expr": EXPR, "topic": "deposit"})
        assert '<span class="big" id="reachable">1</span>' in full.text


@pytest.mark.parametrize(
    ("expr", "marked"), [("银发 and 没这个 or aum >= 1", "没这个"), ("银发 and )", ")")]
)
async def test_a_mistake_is_marked_in_the_text_while_typing(
    people: Personas, expr: str, marked: str
) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:
        shown = await post_form(
            client, "/console/audiences/preview", {"expr": expr, "topic": "deposit"}
        )
    assert shown.status_code == 200
    assert f"<mark>{html.escape(marked)}</mark>" in shown.text
    assert "hx-retarget" not in shown.headers


async def test_every_number_opens_the_people_behind_it(people: Personas) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:
        ask = {"expr": EXPR, "topic": "deposit"}
        for step, count in (("matched", 3), ("refused", 1), ("unreachable", 1), ("reachable", 1)):
            shown = await client.get("/console/audiences/people", params={**ask, "step": step})
            assert f"共 {count} 人" in shown.text
            assert shown.text.count("/console/customers/0") == count
        wrong = await client.get("/console/audiences/people", params={**ask, "step": "x"})
        assert wrong.status_code == 422


async def test_a_segment_is_saved_from_the_page(people: Personas) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:
        form = {"expr": "银发", "topic": "deposit", "name": ""}
        nameless = await post_form(client, "/console/audiences/segments", form)
        assert nameless.status_code == 422
        saved = await post_form(client, "/console/audiences/segments", {**form, "name": "银发客群"})
        assert saved.status_code == 204
        assert "银发客群" in (await client.get("/console/audiences")).text


async def test_a_segment_of_a_segment_counts_as_it_stands_and_no_ring_is_saved(
    people: Personas,
) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:

        async def save(name: str, expr: str) -> int:
            answer = await client.post("/api/v1/segments", json={"name": name, "expr": expr})
            return answer.status_code

        async def matched() -> int:
            ask = {"expr": "客群(大额) and 银发", "topic": "loan"}
            answer = await client.post("/api/v1/audiences/preview", json=ask)
            return int(answer.json()["matched"])

        assert await save("代发", "代发工资") == 201
        assert await save("大额", "segment(代发) and aum >= 80000") == 201
        assert await matched() == 2
        assert await save("代发", "银发") == 201
        assert await matched() == 3
        assert await save("代发", "not segment(大额)") == 422
        assert await save("自己", "segment(自己)") == 422
        assert await matched() == 3


def _text_of(page: str) -> str:
    return html.unescape(page.split('data-ch-text="', 1)[1].split('"', 1)[0])


async def test_one_change_in_the_builder_returns_builder_text_count_and_waterfall(
    people: Personas,
) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:

        async def build(expr: str, **fields: str) -> str:
            form = {"expr": expr, "topic": "deposit"} | fields
            answer = await post_form(client, "/console/audiences/build", form)
            assert answer.status_code == 200, answer.text
            return answer.text

        first = await build("", deed="add", path="", **{":add": "tag"})
        assert 'aria-label="有标签：标签"' in first
        second = await build("银发", deed="add", path="", **{":add": "aum"})
        assert _text_of(second) == "银发 and aum >= 50000"
        assert '<span class="big" id="reachable">2</span>' in second
        assert "拒绝此类业务" in second
        row = {"1:kind": "aum", "1:no": "1", "1:op": ">=", "1:value": "8万"}
        third = await build("银发 and aum >= 50000", deed="set", path="1", **row)
        assert _text_of(third) == "银发 and not aum >= 80000"
        wrong = await build("银发 and aum >= 1", deed="set", path="1", **row | {"1:value": "很多"})
        assert "资产：“很多”不是数字" in wrong
        assert _text_of(wrong) == "银发 and aum >= 1"
        fourth = await build("银发 and aum >= 1", deed="nest", path="0", how="or")
        assert _text_of(fourth).startswith("(银发 or ")
        assert _text_of(await build("银发 and aum >= 1", deed="remove", path="0")) == "aum >= 1"
        joined = await build("银发 and 代发工资", deed="join", path="", **{":join": "or"})
        assert _text_of(joined) == "银发 or 代发工资"
        assert "不在了" in await build("银发", deed="remove", path="7")
        assert "没有这种修改" in await build("银发", deed="unheard")


async def test_what_is_typed_is_drawn_in_the_builder(people: Personas) -> None:
    await _four(people)
    async with people.client(people.ours.author) as client:
        ask = {"expr": "银发 and not (代发工资 or aum >= 5万)", "topic": "deposit"}
        shown = (await post_form(client, "/console/audiences/preview", ask)).text
        assert 'id="builder" class="bld" hx-swap-oob="morph:#builder"' in shown
        assert shown.count('class="cond0"') == 3
        assert 'name="1:join"' in shown
        half = (
            await post_form(client, "/console/audiences/preview", ask | {"expr": "银发 and ("})
        ).text
        assert "还读不懂" in half
        many = " or ".join(f"age = {n}" for n in range(61))
        assert (
            "请直接改文字"
            in (await post_form(client, "/console/audiences/preview", ask | {"expr": many})).text
        )


async def test_only_who_may_count_customers_may_build(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        answer = await post_form(client, "/console/audiences/build", {"expr": "", "deed": "add"})
        assert answer.status_code == 403
