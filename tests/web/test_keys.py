"""Keys over the API and the page: scopes, networks, ends, rotation, last use."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.personas import Personas, house_app
from tests.web.forms import onward, post_form
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from contenthub.tenants import keys
from contenthub.tenants.models import ApiKey, Bank, DirectoryEntry, Staff
from contenthub.tenants.queries import key_hash
from contenthub.web import keysignin
from contenthub.web.addresses import client_address

FAR = "2099-01-01T00:00:00+08:00"


async def _made(people: Personas, **body: Any) -> dict[str, Any]:
    async with people.client(people.ours.admin) as client:
        answer = await client.post("/api/v1/keys", json={"name": "夜间导入", **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _asked(
    people: Personas, clear: str, path: str, *, method: str = "GET", **said: Any
) -> httpx.Response:
    async with people.client() as client:
        headers = {"authorization": f"Bearer {clear}"}
        return await client.request(method, f"/api/v1{path}", headers=headers, **said)


async def test_a_new_key_says_what_it_is_and_an_old_form_goes_on_working(people: Personas) -> None:
    made = await _made(people)
    assert made["key"].startswith("ch_live_")
    assert (await _asked(people, made["key"], "/staff")).status_code == 200
    # A key of before the new form is known by its hash alone.
    old = "ch_" + made["key"].removeprefix("ch_live_")
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        row = await db.get_one(ApiKey, (people.ours.tenant, UUID(made["id"])))
        row.hash = key_hash(old)
        db.add(
            DirectoryEntry(kind="key", name=row.hash, bank_id=people.ours.tenant, target_id=row.id)
        )
    keysignin.forget(people.house, UUID(made["id"]))
    assert (await _asked(people, old, "/staff")).status_code == 200
    assert (await _asked(people, made["key"], "/staff")).status_code == 401


async def test_a_key_does_what_its_scopes_say_and_nothing_else(people: Personas) -> None:
    made = await _made(people, scopes=["staff.view"])
    clear = made["key"]
    assert (await _asked(people, clear, "/staff")).status_code == 200
    assert (await _asked(people, clear, "/me")).json()["permissions"] == ["staff.view"]
    refused = await _asked(people, clear, "/audit")
    assert refused.status_code == 403
    assert "audit.view" in refused.json()["detail"]
    more = await _asked(people, clear, "/keys", method="POST", json={"name": "更大"})
    assert more.status_code == 403


async def test_drafts_stay_unseen_by_a_key_that_may_only_view(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        item = await client.post(
            "/api/v1/items",
            json={"kind": "product", "topic": "deposit", "title": "草稿存单", "fields": {}},
        )
    assert item.status_code == 201, item.text
    for scopes, seen in ((["library.view"], False), (["library.view", "library.drafts"], True)):
        clear = (await _made(people, scopes=scopes))["key"]
        found = (await _asked(people, clear, "/items")).json()["items"]
        assert any(one["title"] == "草稿存单" for one in found) is seen


async def test_a_key_that_may_view_pushes_lists_no_customers_of_them(people: Personas) -> None:
    nowhere = "/pushes/00000000-0000-4000-8000-000000000001/deliveries"
    viewer = (await _made(people, scopes=["pushes.view"]))["key"]
    assert (await _asked(people, viewer, "/pushes")).status_code == 200
    refused = await _asked(people, viewer, nowhere)
    assert (refused.status_code, "pushes.ledger" in refused.text) == (403, True)
    lister = (await _made(people, scopes=["pushes.view", "pushes.ledger"]))["key"]
    assert (await _asked(people, lister, nowhere)).status_code == 404, "let in; no such push"


async def test_a_scope_the_owner_has_not_is_refused_by_its_field(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.post(
            "/api/v1/keys",
            json={"name": "x", "staff_id": str(people.ours.employee.id), "scopes": ["audit.view"]},
        )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/scopes"


async def test_a_key_manager_key_of_some_scopes_gives_no_more_than_it_has(
    people: Personas,
) -> None:
    clear = (await _made(people, scopes=["keys.manage", "staff.view"]))["key"]
    for body in ({"name": "全部"}, {"name": "别的", "scopes": ["audit.view"]}):
        answer = await _asked(people, clear, "/keys", method="POST", json=body)
        assert answer.status_code == 422
    fine = {"name": "小的", "scopes": ["staff.view"]}
    assert (await _asked(people, clear, "/keys", method="POST", json=fine)).status_code == 201
    # Nor does it widen itself or take over a key of everything.
    everything = await _made(people)
    for path, method, patch in (
        (f"/keys/{everything['id']}/rotate", "POST", {}),
        (f"/keys/{everything['id']}", "PATCH", {"name": "我的"}),
    ):
        answer = await _asked(people, clear, path, method=method, json=patch)
        assert answer.status_code == 422, answer.text


async def test_a_key_is_used_from_its_networks_only(people: Personas) -> None:
    made = await _made(people, ip_allow=["10.9.0.0/16"])
    refused = await _asked(people, made["key"], "/staff")
    assert refused.status_code == 403
    assert refused.json()["code"] == "key_address"
    assert "127.0.0.1" in refused.json()["detail"]
    forged = {"x-forwarded-for": "10.9.1.1", "x-real-ip": "10.9.1.1", "forwarded": "for=10.9.1.1"}
    async with people.client() as client:
        answer = await client.get(
            "/api/v1/staff", headers={"authorization": f"Bearer {made['key']}", **forged}
        )
    assert answer.status_code == 403
    async with people.client(people.ours.admin) as client:
        changed = await client.patch(
            f"/api/v1/keys/{made['id']}", json={"ip_allow": ["127.0.0.0/8", "::1"]}
        )
    assert changed.json()["ip_allow"] == ["127.0.0.0/8", "::1/128"]
    assert (await _asked(people, made["key"], "/staff")).status_code == 200


async def test_behind_a_named_proxy_the_last_address_it_did_not_add_itself_counts(
    people: Personas,
) -> None:
    made = await _made(people, ip_allow=["10.9.0.0/16"])
    app = ProxyHeadersMiddleware(house_app(people.house), trusted_hosts="127.0.0.1")
    seen = {}
    for forwarded in ("10.9.1.1", "10.9.1.1, 198.51.100.7", "198.51.100.7, 10.9.1.1"):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]  # uvicorn's own type
            base_url="http://hub.test",
        ) as client:
            named = {"authorization": f"Bearer {made['key']}", "x-forwarded-for": forwarded}
            seen[forwarded] = (await client.get("/api/v1/staff", headers=named)).status_code
    assert list(seen.values()) == [200, 403, 200], seen


def test_an_ipv4_client_is_the_same_in_ipv6_clothes() -> None:
    assert client_address({"client": ("::ffff:192.0.2.1", 9)}) == "192.0.2.1"
    assert client_address({"client": ("2001:DB8::1", 9)}) == "2001:db8::1"
    assert client_address({"client": None}) == ""
    assert client_address({"client": ("unix", 0)}) == "unix"


async def test_an_expired_key_is_nobody(people: Personas) -> None:
    made = await _made(people, expires_at=FAR)
    assert (await _asked(people, made["key"], "/staff")).status_code == 200
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        row = await db.get_one(ApiKey, (people.ours.tenant, UUID(made["id"])))
        row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    keysignin.forget(people.house, UUID(made["id"]))
    assert (await _asked(people, made["key"], "/staff")).status_code == 401
    async with people.client(people.ours.admin) as client:
        answer = await client.post(f"/api/v1/keys/{made['id']}/rotate")
    assert answer.status_code == 409


async def test_after_a_rotation_both_secrets_work_for_a_day(people: Personas) -> None:
    made = await _made(people, scopes=["staff.view"], per_minute=77)
    async with people.client(people.ours.admin) as client:
        rotated = (await client.post(f"/api/v1/keys/{made['id']}/rotate")).json()
        listed = {one["id"]: one for one in (await client.get("/api/v1/keys")).json()["items"]}
    assert rotated["key"] != made["key"]
    for clear in (made["key"], rotated["key"]):
        assert (await _asked(people, clear, "/staff")).status_code == 200
        assert (await _asked(people, clear, "/audit")).status_code == 403
    new, old = listed[rotated["id"]], listed[made["id"]]
    assert (new["scopes"], new["per_minute"]) == (["staff.view"], 77)
    ends = datetime.fromisoformat(old["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < ends <= timedelta(hours=24)
    assert rotated["old_valid_until"] == old["expires_at"]


async def test_the_last_use_is_noted_beside_the_request_once_a_minute(people: Personas) -> None:
    made = await _made(people)
    await _asked(people, made["key"], "/me")
    await keysignin.settle()
    async with people.client(people.ours.admin) as client:
        first = (await client.get("/api/v1/keys")).json()["items"][0]
    assert first["last_used_from"] == "127.0.0.1"
    await _asked(people, made["key"], "/me")
    await keysignin.settle()
    async with people.client(people.ours.admin) as client:
        second = (await client.get("/api/v1/keys")).json()["items"][0]
    assert first["last_used_at"] == second["last_used_at"] is not None


async def test_the_page_makes_limits_rotates_and_changes_a_key(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        empty = await client.get("/console/keys")
        assert "还没有接口密钥" in empty.text
        made = await post_form(
            client,
            "/console/keys",
            {
                "name": "夜间导入",
                "scopes": ["staff.view", "audit.view"],
                "ip_allow": "10.9.0.0/16\n127.0.0.1",
                "per_minute": "60",
            },
        )
        assert made.status_code == 200
        assert "ch_live_" in made.text
        assert "2 项权限" in made.text
        one = (await client.get("/api/v1/keys")).json()["items"][0]
        assert one["scopes"] == ["audit.view", "staff.view"]
        assert one["ip_allow"] == ["10.9.0.0/16", "127.0.0.1/32"]
        wrong = await post_form(
            client, "/console/keys", {"name": "x", "ip_allow": "10.0.0.300", "per_minute": "1e3"}
        )
        assert wrong.status_code == 422
        rotated = await post_form(client, f"/console/keys/{one['id']}/rotate")
        assert "旧密钥继续有效到" in rotated.text
        new = (await client.get("/api/v1/keys")).json()["items"][0]
        page = await client.get(f"/console/keys/{new['id']}")
        assert "10.9.0.0/16" in page.text
        saved = await post_form(
            client,
            f"/console/keys/{new['id']}",
            {"name": "早间导入", "scopes": "staff.view", "per_minute": "61"},
        )
        assert onward(saved) == "/console/keys"
        changed = (await client.get("/api/v1/keys")).json()["items"][0]
    assert (changed["name"], changed["scopes"], changed["per_minute"], changed["ip_allow"]) == (
        "早间导入",
        ["staff.view"],
        61,
        [],
    )


async def test_keys_are_their_managers_and_their_banks(people: Personas) -> None:
    made = await _made(people)
    async with people.client(people.ours.author) as client:
        assert (await client.patch(f"/api/v1/keys/{made['id']}", json={})).status_code == 403
        assert (await client.post(f"/api/v1/keys/{made['id']}/rotate")).status_code == 403
    async with people.client(people.theirs.admin) as client:
        assert (await client.patch(f"/api/v1/keys/{made['id']}", json={})).status_code == 404
        assert (await client.post(f"/api/v1/keys/{made['id']}/rotate")).status_code == 404
        assert (await client.get(f"/console/keys/{made['id']}")).status_code == 404


async def test_a_key_is_looked_up_once_and_judged_at_every_request(people: Personas) -> None:
    made = await _made(people, ip_allow=["127.0.0.1", "10.0.0.0/8"])
    house, key = people.house, made["key"]
    first = await keysignin.find_holder(house, key, address="10.1.2.3")
    assert first is not None
    assert await keysignin.find_holder(house, key, address="127.0.0.1") is first
    with pytest.raises(keys.ElsewhereThanAllowed):
        await keysignin.find_holder(house, key, address="192.0.2.1")
    await keysignin.settle()
    assert keysignin.CACHE_SECONDS < 5


async def test_a_key_revoked_on_the_page_or_by_the_api_ends_with_the_answer(
    people: Personas,
) -> None:
    for how in ("page", "api"):
        made = await _made(people)
        assert (await _asked(people, made["key"], "/me")).status_code == 200
        async with people.client(people.ours.admin) as client:
            if how == "page":
                path = f"/console/keys/{made['id']}/revoke"
                assert (await post_form(client, path, {})).status_code < 400
            else:
                answer = await client.delete(f"/api/v1/keys/{made['id']}")
                assert answer.status_code == 204
        assert (await _asked(people, made["key"], "/me")).status_code == 401, how


async def test_a_key_changed_on_the_page_or_by_the_api_has_its_new_terms_at_once(
    people: Personas,
) -> None:
    made = await _made(people)
    assert (await _asked(people, made["key"], "/audit")).status_code == 200
    async with people.client(people.ours.admin) as client:
        path = f"/api/v1/keys/{made['id']}"
        assert (await client.patch(path, json={"scopes": ["staff.view"]})).status_code == 200
    assert (await _asked(people, made["key"], "/audit")).status_code == 403


@pytest.mark.parametrize("how", ["revoked", "owner", "bank"])
async def test_what_another_process_ends_is_over_here_within_five_seconds(
    people: Personas, how: str
) -> None:
    made = await _made(people)
    assert (await _asked(people, made["key"], "/me")).status_code == 200
    database, tenant = people.house.database, people.ours.tenant
    if how == "bank":
        async with database.platform_unit_of_work() as platform:
            (await platform.get_one(Bank, tenant)).state = "suspended"
    else:
        async with database.unit_of_work(tenant) as db:
            key = await db.get_one(ApiKey, (tenant, UUID(made["id"])))
            owner = await db.get_one(Staff, (tenant, key.staff_id))
            if how == "revoked":
                key.revoked_at = datetime.now(UTC)
            else:
                owner.state = "disabled"
    async with asyncio.timeout(5):
        while (await _asked(people, made["key"], "/me")).status_code == 200:
            await asyncio.sleep(0.2)


async def test_the_same_key_of_two_banks_opens_each_ones_own(people: Personas) -> None:
    """What is remembered of one bank's key never answers for another's."""
    seen = {}
    for side in (people.ours, people.theirs):
        async with people.client(side.admin) as client:
            clear = (await client.post("/api/v1/keys", json={"name": "甲"})).json()["key"]
        for _ in range(2):
            holder = await keysignin.find_holder(people.house, clear, address="127.0.0.1")
            assert holder is not None
            assert holder.tenant == holder.staff.tenant_id == holder.key.tenant_id == side.tenant
        seen[clear] = side.tenant
    assert len(set(seen.values())) == 2
    await keysignin.settle()


@pytest.mark.parametrize(
    "path", ["/console/customers", "/console/customers/export.xlsx", "/m", "/console/staff"]
)
async def test_a_key_opens_no_page_where_nothing_is_charged_to_it(
    people: Personas, path: str
) -> None:
    clear = (await _made(people))["key"]
    async with people.client() as client:
        answer = await client.get(path, headers={"authorization": f"Bearer {clear}"})
        schema = await client.get(
            "/schema/openapi.json", headers={"authorization": f"Bearer {clear}"}
        )
    assert answer.status_code == 403
    assert "接口密钥只能调用 /api/v1" in answer.text
    assert schema.status_code == 200
