"""接收地址 over the API and the pages: made, tested, seen, replayed, exported, refused."""

import io
import json
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
import pytest
from standardwebhooks import Webhook
from tests.personas import Personas
from tests.tenants.receiver import receiver, work
from tests.web.forms import onward, post_form


async def _made(client: httpx.AsyncClient, url: str, **body: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/webhooks", json={"url": url, "name": "客户系统", **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_endpoint_is_made_tested_seen_and_removed(people: Personas) -> None:
    async with receiver() as heard, people.client(people.ours.admin) as client:
        heard.body = b"<b>ok</b>"
        made = await _made(client, heard.url, events=["lead.created"])
        assert made["secret"].startswith("whsec_")
        listed = await client.get("/api/v1/webhooks")
        assert made["secret"] not in listed.text
        assert listed.json()["items"][0]["events"] == ["lead.created"]
        path = f"/api/v1/webhooks/{made['id']}"
        planned = await client.post(f"{path}/test")
        assert (planned.status_code, planned.json()["state"]) == (202, "planned")
        await work(people.house.database, people.ours.tenant)
        (one,) = (await client.get(f"{path}/deliveries")).json()["items"]
        assert (one["state"], one["status"], one["answer"]) == ("delivered", 200, "<b>ok</b>")
        headers, body = heard.heard[0]
        assert headers["webhook-id"] == one["webhook_id"]
        assert Webhook(made["secret"]).verify(body, headers)["type"] == "webhook.test"
        again = await client.post(f"/api/v1/webhooks/deliveries/{one['id']}/replay")
        assert (again.status_code, again.json()["webhook_id"]) == (202, one["webhook_id"])
        assert (
            await client.post(f"/api/v1/webhooks/deliveries/{one['id']}/replay")
        ).status_code == 409
        paused = await client.patch(path, json={"state": "paused", "name": "旧系统"})
        assert (paused.json()["state"], paused.json()["name"]) == ("paused", "旧系统")
        assert (await client.post(f"{path}/test")).status_code == 409
        held = f"/api/v1/webhooks/deliveries/{one['id']}/replay"
        for url in (held, f"{path}/replay"):
            refused = await client.post(url)
            assert refused.status_code == 409
            assert "“旧系统”已暂停" in refused.json()["detail"]
        assert (await client.patch(path, json={"state": "active"})).json()["state"] == "active"
        rotated = (await client.post(f"{path}/rotate")).json()
        assert rotated["secret"] != made["secret"]
        assert rotated["old_valid_until"]
        assert (await client.post(f"{path}/replay")).json() == {"count": 0}
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://10.0.0.1/"}, "/url"),
        ({"url": "https://user@crm.example.com/"}, "/url"),
        ({"name": " "}, "/name"),
        ({"events": ["lead.eaten"]}, "/events"),
    ],
)
async def test_a_wrong_endpoint_is_refused_by_its_field(
    people: Personas, body: dict[str, Any], field: str
) -> None:
    wish = {"url": "https://crm.example.com/", "name": "客户系统", **body}
    async with people.client(people.ours.admin) as client:
        answer = await client.post("/api/v1/webhooks", json=wish)
    assert answer.status_code == 422
    assert field in [error["pointer"] for error in answer.json()["errors"]]


async def test_deliveries_are_paged_and_filtered(people: Personas) -> None:
    async with receiver() as heard, people.client(people.ours.admin) as client:
        made = await _made(client, heard.url)
        path = f"/api/v1/webhooks/{made['id']}"
        for _ in range(3):
            await client.post(f"{path}/test")
        first = (await client.get(f"{path}/deliveries?limit=2")).json()
        rest = (await client.get(f"{path}/deliveries?limit=2&cursor={first['next_cursor']}")).json()
        assert [len(first["items"]), len(rest["items"])] == [2, 1]
        assert rest["next_cursor"] is None
        assert len({one["id"] for one in first["items"] + rest["items"]}) == 3
        none = await client.get(f"{path}/deliveries?state=failed")
        assert none.json()["items"] == []
        for query in ("state=eaten", "limit=0", "cursor=x"):
            assert (await client.get(f"{path}/deliveries?{query}")).status_code == 422


async def test_secrets_and_endpoints_are_their_managers_and_their_banks(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        made = await _made(client, "https://crm.example.com/")
    path = f"/api/v1/webhooks/{made['id']}"
    async with people.client(people.ours.author) as client:
        assert (await client.get("/api/v1/webhooks")).status_code == 403
        assert (await client.get("/console/webhooks")).status_code == 403
    async with people.client(people.theirs.admin) as client:
        for answer in (
            await client.get(path),
            await client.patch(path, json={"name": "我的"}),
            await client.post(f"{path}/rotate"),
            await client.post(f"{path}/test"),
            await client.get(f"{path}/deliveries"),
            await client.delete(path),
            await client.post(f"/api/v1/webhooks/deliveries/{uuid4()}/replay"),
        ):
            assert answer.status_code == 404
        assert (await client.get("/api/v1/webhooks")).json()["items"] == []


async def test_a_clear_secret_is_kept_nowhere_and_shown_once(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        headers = {"idempotency-key": "k1"}
        body = {"url": "https://crm.example.com/", "name": "客户系统"}
        answers = [
            await client.post("/api/v1/webhooks", json=body, headers=headers) for _ in range(2)
        ]
        secrets = {answer.json()["secret"] for answer in answers}
        assert len(secrets) == 2
        page = await client.get("/console/webhooks")
        assert not any(secret in page.text for secret in secrets)


async def test_the_page_makes_shows_and_exports(people: Personas) -> None:
    async with receiver() as heard, people.client(people.ours.admin) as client:
        assert "还没有接收地址" in (await client.get("/console/webhooks")).text
        form = {"name": "客户系统", "url": heard.url, "events": "push.finished"}
        made = await post_form(client, "/console/webhooks", form)
        assert "whsec_" in made.text
        one = (await client.get("/api/v1/webhooks")).json()["items"][0]
        assert one["events"] == ["push.finished"]
        url = f"/console/webhooks/{one['id']}"
        assert "没有推送记录" in (await client.get(url)).text
        assert onward(await post_form(client, f"{url}/test")) == url
        heard.status, heard.body = 500, b"<script>alert(1)</script>=cmd()"
        await work(people.house.database, people.ours.tenant)
        shown = (await client.get(url)).text
        assert "测试事件" in shown
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert(1)" not in shown
        assert "没有推送记录" in (await client.get(f"{url}?state=failed")).text
        sheet = await client.get(f"{url}/export")
        rows = list(openpyxl.load_workbook(io.BytesIO(sheet.content)).active.iter_rows())  # type: ignore[union-attr]  # a fresh workbook has a sheet
        assert any("webhook" not in str(cell.value) and cell.value == 500 for cell in rows[3])
        rotated = await post_form(client, f"{url}/rotate")
        assert "旧密钥继续签名到" in rotated.text
        assert onward(await post_form(client, f"{url}/pause")) == url
        assert "已暂停" in (await client.get(url)).text
        assert onward(await post_form(client, f"{url}/resume")) == url
        changed = await post_form(client, url, {"name": "新系统", "url": heard.url})
        assert onward(changed) == url
        assert "新系统" in (await client.get(url)).text
        assert onward(await post_form(client, f"{url}/replay")) == url
        assert onward(await post_form(client, f"{url}/delete")) == "/console/webhooks"
        wrong = await post_form(
            client, "/console/webhooks", {"name": "x", "url": "http://10.1.1.1"}
        )
        assert wrong.status_code == 422
        assert "内网" in wrong.text
        audit = (await client.get("/api/v1/audit?event=webhook.")).json()["items"]
    assert {"webhook.created", "webhook.tested", "webhook.rotated", "webhook.deleted"} <= {
        entry["event"] for entry in audit
    }
    assert heard.url not in json.dumps(audit)  # the path of some receivers is a secret
