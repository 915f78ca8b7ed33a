"""The life of an item over the API, and what bad input is told."""

from typing import Any

import httpx
import pytest
from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas, Side

from contenthub.library import actions_windows

DEPOSIT: dict[str, Any] = {
    "kind": "product",
    "topic": "deposit",
    "title": "金秋存款季·大额存单三年期",
    "fields": {"summary": "20 万元起存", "rate": "2.05", "minimum_fen": "20万元"},
    "body": "<p>到网点办理，存款受存款保险保障。</p>",
}
LOAN = {**DEPOSIT, "topic": "loan", "title": "惠农快贷", "fields": {"annual_rate": "3.45"}}


async def _make(client: httpx.AsyncClient, **over: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/items", json={**DEPOSIT, **over})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _submitted(client: httpx.AsyncClient, **over: Any) -> dict[str, Any]:
    made = await _make(client, **over)
    answer = await client.post(f"/api/v1/items/{made['id']}/submit")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _waiting(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return (await client.get("/api/v1/reviews?state=waiting")).json()["items"]


async def test_an_item_goes_from_draft_to_live_to_recalled(people: Personas) -> None:
    async with (
        people.client(people.ours.author) as author,
        people.client(people.ours.reviewer) as reviewer,
    ):
        made = await _make(author, valid_until="2099-12-31")
        assert made["code"].startswith("P-")
        assert made["revision"]["no"] == 1
        assert made["revision"]["state"] == "draft"
        url = f"/api/v1/items/{made['id']}"
        shown = (await author.get(url)).json()
        assert shown["revision"]["fields"]["rate"] == 205
        assert shown["revision"]["valid_until"] == "2099-12-31T15:59:59Z"
        assert shown["live"] is None

        saved = await author.put(
            f"{url}/draft", json={"title": "大额存单", "fields": {"rate": 200}}
        )
        assert saved.status_code == 200, saved.text
        assert saved.json()["revision"]["hash"] != made["revision"]["hash"]
        assert saved.json()["revision"]["no"] == 1
        submitted = (await author.post(f"{url}/submit")).json()
        assert submitted["state"] == "in_review"

        [waiting] = await _waiting(reviewer)
        assert waiting["subject_kind"] == "revision"
        assert waiting["subject_hash"] == saved.json()["revision"]["hash"]
        assert waiting["author"] == "李娜"
        approved = await reviewer.post(
            f"/api/v1/reviews/{waiting['id']}/approve",
            json={"comment": "已核对", "kept": [{"reason": "已核对"}]},
        )
        assert approved.status_code == 200, approved.text
        assert approved.json()["reviewer"] == "周敏"
        live = (await author.get(url)).json()
        assert live["state"] == live["live"]["state"] == "live"

        changed = await author.put(f"{url}/draft", json={"fields": {"rate": "1.95"}})
        assert changed.json()["revision"]["no"] == 2
        found = (await author.get(f"{url}/diff?from=1&to=2")).json()
        assert (found["from"], found["to"]) == (1, 2)
        [rate] = [f for f in found["fields"] if f["name"] == "fields.rate"]
        assert (rate["before"], rate["after"]) == ("2.00%", "1.95%")
        assert {s["change"] for s in rate["segments"]} >= {"del", "ins"}
        revisions = (await author.get(f"{url}/revisions")).json()["items"]
        assert [(r["no"], r["state"]) for r in revisions] == [(2, "draft"), (1, "live")]

        recalled = await author.post(f"{url}/recall", json={"reason": "利率调整"})
        assert recalled.status_code == 200
        gone = (await author.get(url)).json()
        assert (gone["state"], gone["live"], gone["recall_reason"]) == (
            "recalled",
            None,
            "利率调整",
        )


async def test_the_list_filters_searches_and_goes_on(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        for n in range(5):
            await _make(client, title=f"大额存单 {n}")
        await _submitted(client, title="乡情信用卡", topic="card", fields={"summary": "加油满减"})
        got, cursor = [], ""
        while cursor is not None:
            found = (await client.get(f"/api/v1/items?limit=4&cursor={cursor}")).json()
            got += [row["title"] for row in found["items"]]
            cursor = found["next_cursor"]
        assert len(got) == len(set(got)) == 6
        assert got[0] == "乡情信用卡"
        for query, count in (
            ("topic=card", 1),
            ("state=in_review", 1),
            ("state=draft&kind=product", 5),
            ("kind=faq", 0),
            ("q=xqxyk", 1),
            ("q=存单", 5),
            ("q=😀", 0),
        ):
            found = (await client.get(f"/api/v1/items?{query}")).json()
            assert len(found["items"]) == count, query


@pytest.mark.parametrize("query", ["kind=x", "state=x", "topic=x", "cursor=x", "cursor=eH5-"])
async def test_a_filter_that_does_not_exist_is_named(people: Personas, query: str) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.get(f"/api/v1/items?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/" + query.split("=")[0]


@pytest.mark.parametrize(
    ("over", "pointer", "told"),
    [
        ({"title": ""}, "/title", "标题"),
        ({"title": "很" * 61}, "/title", "最多 60 个字"),
        ({"title": "存\x00单"}, "/title", "空字符"),
        ({"kind": "wine"}, "/kind", "内容类型"),
        ({"topic": "wine"}, "/topic", "业务类别"),
        ({"fields": {"rate": "abc"}}, "/fields/rate", "百分数"),
        ({"fields": {"rate": "2.055"}}, "/fields/rate", "两位小数"),
        ({"fields": {"minimum_fen": "-5"}}, "/fields/minimum_fen", "金额"),
        ({"fields": {"anual_rate": "3"}, "topic": "loan"}, "/fields/anual_rate", "annual_rate"),
        ({"fields": {"summary": "字" * 81}}, "/fields/summary", "最多 80 个字"),
        ({"fields": {"summary": "x\x00y"}}, "/fields/summary", "空字符"),
        ({"fields": {"cover": "f" * 64}}, "/fields/cover", "题图"),
        ({"valid_until": "2026-02-30"}, "/valid_until", "真实存在的日期"),
        ({"valid_from": "9999"}, "/valid_from", "真实存在的日期"),
        ({"valid_from": "2027-01-02", "valid_until": "2027-01-01"}, "/valid_until", "晚于开始"),
        ({"body": "<i>" * 4001}, "/body", "标签"),
    ],
)
async def test_a_wrong_field_is_named_with_its_fix(
    people: Personas, over: dict[str, Any], pointer: str, told: str
) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.post("/api/v1/items", json={**DEPOSIT, **over})
    assert answer.status_code == 422, answer.text
    errors = {e["pointer"]: e["message"] for e in answer.json()["errors"]}
    assert told in errors[pointer]


async def test_an_unknown_property_is_refused_by_name(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.post("/api/v1/items", json={**DEPOSIT, "state": "live"})
    assert answer.status_code == 400
    assert "state" in answer.json()["errors"][0]["message"]


async def test_emoji_and_rare_characters_are_kept(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        made = await _make(client, title="存单 🎉 㵘", fields={"summary": "👨‍👩‍👧 全家 𠮷"})
        shown = (await client.get(f"/api/v1/items/{made['id']}")).json()
    assert shown["title"] == "存单 🎉 㵘"
    assert shown["revision"]["fields"]["summary"] == "👨‍👩‍👧 全家 𠮷"


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<svg/onload=alert(1)>",
        "<p hx-get='/console/keys' hx-trigger='load'>x</p>",
        "<iframe src='//evil.example'></iframe>",
        "<p style='background:url(//evil.example/x)'>x</p>",
        "<form action='//evil.example'><input name=phone></form>",
        "<math><mtext><style><img src=x onerror=alert(1)>",
    ],
)
async def test_hostile_markup_is_kept_harmless(people: Personas, attack: str) -> None:
    async with people.client(people.ours.author) as client:
        made = await _make(client, body=f"<p>正文</p>{attack}")
        body = (await client.get(f"/api/v1/items/{made['id']}")).json()["revision"]["body"]
    assert "正文" in body
    for bad in ("script", "onerror", "onload", "hx-", "evil.example", "<form", "<iframe"):
        assert bad not in body.lower()


async def test_a_loan_without_its_disclosure_can_be_saved_but_not_submitted(
    people: Personas,
) -> None:
    async with people.client(people.ours.author) as client:
        made = (await client.post("/api/v1/items", json=LOAN)).json()
        answer = await client.post(f"/api/v1/items/{made['id']}/submit")
    assert answer.status_code == 422
    pointers = {e["pointer"] for e in answer.json()["errors"]}
    assert "/fields/comprehensive_cost_rate" in pointers


async def test_two_authors_do_not_overwrite_each_other(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        made = await _make(client)
        url, known = f"/api/v1/items/{made['id']}/draft", made["revision"]["hash"]
        first = await client.put(url, json={"title": "甲", "known_hash": known})
        second = await client.put(url, json={"title": "乙", "known_hash": known})
    assert first.status_code == 200
    assert second.status_code == 409
    assert second.json()["code"] == "changed_meanwhile"


async def test_the_same_idempotency_key_makes_one_item(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        headers = {"idempotency-key": "k-1"}
        one = await client.post("/api/v1/items", json=DEPOSIT, headers=headers)
        two = await client.post("/api/v1/items", json=DEPOSIT, headers=headers)
        assert one.json() == two.json()
        assert len((await client.get("/api/v1/items")).json()["items"]) == 1


def _calls(item_id: object) -> list[tuple[str, str, dict[str, Any] | None]]:
    return [
        ("GET", f"/api/v1/items/{item_id}", None),
        ("GET", f"/api/v1/items/{item_id}/revisions", None),
        ("GET", f"/api/v1/items/{item_id}/diff", None),
        ("PUT", f"/api/v1/items/{item_id}/draft", {"title": "x"}),
        ("POST", f"/api/v1/items/{item_id}/submit", None),
        ("POST", f"/api/v1/items/{item_id}/withdraw", None),
        ("POST", f"/api/v1/items/{item_id}/recall", {"reason": "有误"}),
    ]


async def test_another_banks_item_is_not_there(people: Personas) -> None:
    theirs: Side = people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        item = await make_live_item(db, theirs.author, theirs.reviewer)
    async with people.client(people.ours.author) as client:
        for method, url, body in _calls(item.id):
            answer = await client.request(method, url, json=body)
            assert answer.status_code == 404, url
        assert (await client.get("/api/v1/items")).json()["items"] == []


async def test_an_employee_sees_live_items_only_and_writes_none(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        draft, _ = await make_item(db, people.ours.author)
        live = await make_live_item(db, people.ours.author, people.ours.reviewer)
    async with people.client(people.ours.employee) as client:
        listed = (await client.get("/api/v1/items")).json()["items"]
        assert [item["id"] for item in listed] == [str(live.id)]
        assert (await client.get(f"/api/v1/items/{live.id}")).status_code == 200
        assert (await client.get(f"/api/v1/items/{draft.id}")).status_code == 404
        for method, url, body in _calls(live.id)[1:]:
            answer = await client.request(method, url, json=body)
            assert answer.status_code == 403, url
        assert (await client.post("/api/v1/items", json=DEPOSIT)).status_code == 403


async def test_wrong_states_are_conflicts(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        made = await _submitted(client)
        url = f"/api/v1/items/{made['id']}"
        for path, body, code in (
            ("submit", None, "wrong_step"),
            ("recall", {"reason": "有误"}, "wrong_step"),
        ):
            answer = await client.post(f"{url}/{path}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert (await client.put(f"{url}/draft", json={"title": "改"})).status_code == 409
        assert (await client.post(f"{url}/withdraw")).json()["revision"]["state"] == "draft"
        assert (await client.post(f"{url}/withdraw")).status_code == 409
        assert (await client.get(f"{url}/diff?from=1&to=9")).status_code == 404
        assert (await client.get(f"{url}/diff?from=0")).status_code == 400
        assert (await client.post(f"{url}/recall", json={"reason": " "})).status_code == 422


async def test_lint_finds_without_saving(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.post(
            "/api/v1/lint",
            json={
                "kind": "product",
                "topic": "wealth",
                "fields": {"title": "保本理财", "summary": "稳赚不赔"},
                "body": "",
            },
        )
        found = answer.json()
        assert answer.status_code == 200
        assert found["blocks"] >= 1
        hit = found["hits"][0]
        assert set(hit) >= {"rule", "severity", "where", "text", "advice", "source"}
        assert hit["severity"] == "block"
        wrong = await client.post("/api/v1/lint", json={"kind": "x", "topic": "y"})
        assert {e["pointer"] for e in wrong.json()["errors"]} == {"/kind", "/topic"}
        assert (await client.get("/api/v1/items")).json()["items"] == []


@pytest.mark.parametrize(
    ("kind", "topic", "fields", "body"),
    [
        ("activity", "life", {"prizes": "汽车｜60000｜1｜0.1%｜实物"}, ""),
        ("activity", "life", {"奖品": "汽车｜60000｜1｜0.1%｜实物"}, ""),
        ("product", "loan", {"annual_rate": "3.85"}, "<p>年化利率2.9%</p>"),
        ("product", "wealth", {"risk_level": "R4 中高风险"}, "<p>风险等级R2</p>"),
    ],
)
async def test_lint_reads_fields_as_saving_does(
    people: Personas, kind: str, topic: str, fields: dict[str, str], body: str
) -> None:
    draft = {"kind": kind, "topic": topic, "title": "岁末通知", "fields": fields, "body": body}
    async with people.client(people.ours.author) as client:
        told = (await client.post("/api/v1/lint", json=draft)).json()["hits"]
        saved = await client.post("/api/v1/items", json=draft)
    assert saved.status_code == 201, saved.text
    kept = saved.json()["hits"]
    said = [(hit["rule"], hit["where"], hit["text"]) for hit in told]
    assert said == [(hit["rule"], hit["where"], hit["text"]) for hit in kept]
    assert {"PRIZE-01", "FACT-01"} & {rule for rule, _, text in said if text}


async def test_a_field_that_saving_would_refuse_is_still_read_by_the_rules(
    people: Personas,
) -> None:
    fields = {"risk_level": "稳赚"}
    asked = {"kind": "product", "topic": "wealth", "title": "一号", "fields": fields}
    async with people.client(people.ours.author) as client:
        answer = await client.post("/api/v1/lint", json=asked)
    assert answer.status_code == 200, answer.text
    assert "fields.risk_level:0" in {hit["where"] for hit in answer.json()["hits"]}


async def test_an_expired_item_is_told_as_such(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author, valid_until=NOW.replace(year=2025))
    async with people.client(side.author) as client:
        answer = await client.post(f"/api/v1/items/{item.id}/submit")
    assert answer.status_code == 422
    assert "有效期已经过去" in answer.json()["detail"]
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_windows.expire(db, item.id, at=NOW)


async def test_writes_of_a_draft_answer_what_the_rules_say(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        made = await _make(client, body="<p>本产品保本保息，稳赚不赔。</p>")
        assert "block" in [hit["severity"] for hit in made["hits"]]
        shown = (await client.get(f"/api/v1/items/{made['id']}")).json()
        assert shown["revision"]["hits"] == made["hits"]
        answer = await client.put(
            f"/api/v1/items/{made['id']}/draft",
            json={"body": DEPOSIT["body"], "known_hash": made["revision"]["hash"]},
        )
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["hits"]) < len(made["hits"])
