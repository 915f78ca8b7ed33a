"""Saved views of the customers' list: own and shared, apart from the library's, by role."""

from tests.make import make_customer
from tests.personas import Personas
from tests.web.desk import post_form

from contenthub.tenants import queries_views

HERE = "/console/customers/views"
IDLE = {"name": "久未联系", "query": "?idle=90", "is_shared": ""}


async def _views(people: Personas, place: str = "customers") -> list[queries_views.Shown]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await queries_views.views(db, people.ours.author, place=place)


async def test_a_filter_is_kept_shown_renamed_deleted_and_brought_back(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee)
    async with people.client(people.ours.author) as client:
        assert "还没有视图" in (await client.get(HERE)).text
        assert "保存当前筛选" in (await client.get("/console/customers?idle=90")).text
        made = await post_form(client, HERE, IDLE)
        assert made.headers["hx-redirect"] == "/console/customers?idle=90"
        [one] = await _views(people)
        listed = (await client.get("/console/customers")).text
        assert "久未联系" in listed
        assert "保存当前筛选" not in (await client.get("/console/customers?idle=90")).text
        assert "90 天没联系" in (await client.get(HERE)).text
        at = f"{HERE}/{one.view.id}"
        await post_form(client, f"{at}/change", {"name": "该联系了", "is_shared": ""})
        gone = await post_form(client, f"{at}/delete", {})
        assert await _views(people) == []
        assert "撤销删除" in (await client.get(gone.headers["hx-redirect"])).text
        await post_form(client, f"{at}/restore", {})
        assert [one.view.name for one in await _views(people)] == ["该联系了"]


async def test_a_bare_address_opens_with_ones_own_default_until_it_is_taken_back(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.client(ours.author) as client:
        await post_form(client, HERE, IDLE)
        library = {"name": "产品", "query": "kind=product", "is_shared": ""}
        await post_form(client, "/console/library/views", library)
        [one], [theirs] = await _views(people), await _views(people, "library")
        await post_form(client, f"{HERE}/{one.view.id}/start", {})
        opened = await client.get("/console/customers", follow_redirects=False)
        assert opened.headers["location"] == "/console/customers?idle=90"
        assert "view=all" in (await client.get("/console/customers?idle=90")).text
        everybody = await client.get("/console/customers?view=all", follow_redirects=False)
        assert everybody.status_code == 200
        assert "打开客户列表时" in (await client.get(HERE)).text
        # The library's is another one, and no view of it opens the customers' list.
        assert [(v.view.name, v.is_start) for v in await _views(people, "library")] == [
            ("产品", False)
        ]
        wrong = await post_form(client, f"{HERE}/{theirs.view.id}/start", {})
        assert wrong.status_code == 404
        body = {"view_id": None}
        shown = (await client.put("/api/v1/customer-views/start", json=body)).json()["items"]
        assert [(v["name"], v["is_start"]) for v in shown] == [("久未联系", False)]
        again = {"view_id": str(one.view.id)}
        shown = (await client.put("/api/v1/customer-views/start", json=again)).json()["items"]
        assert [v["is_start"] for v in shown] == [True]
        await post_form(client, f"{HERE}/start/clear", {})
        bare = await client.get("/console/customers", follow_redirects=False)
        assert bare.status_code == 200
    async with people.client(ours.reviewer) as client:
        assert (await client.put("/api/v1/customer-views/start", json=again)).status_code in (
            403,
            404,
        )


async def test_views_of_the_two_lists_stay_apart(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        await post_form(client, HERE, IDLE)
        same = {"name": "久未联系", "query": "kind=product", "is_shared": ""}
        await post_form(client, "/console/library/views", same)
        [mine], [library] = await _views(people), await _views(people, "library")
        assert (mine.view.query, library.view.query) == ("idle=90", "kind=product")
        other = await post_form(client, f"{HERE}/{library.view.id}/delete", {})
        assert other.status_code == 404
        again = await post_form(client, HERE, IDLE)
        assert again.status_code == 422
        assert "久未联系" in again.text
        bare = await post_form(client, HERE, {**IDLE, "name": "全部", "query": ""})
        assert bare.status_code == 422
        assert "客户列表" in bare.text


async def test_only_who_manages_tags_shares_and_no_other_bank_sees_it(people: Personas) -> None:
    shared = {**IDLE, "is_shared": "1"}
    async with people.client(people.ours.employee) as client:
        assert (await post_form(client, HERE, shared)).status_code == 403
        assert (await post_form(client, HERE, IDLE)).status_code < 400
    async with people.client(people.ours.author) as client:
        assert "久未联系" not in (await client.get("/console/customers")).text
        await post_form(client, HERE, shared)
        [one] = await _views(people)
    async with people.client(people.ours.branch_manager) as client:
        assert "久未联系" in (await client.get("/console/customers")).text
        there = await post_form(client, f"{HERE}/{one.view.id}/delete", {})
        assert there.status_code == 403
    async with people.client(people.theirs.author) as client:
        there = await post_form(client, f"{HERE}/{one.view.id}/delete", {})
        assert there.status_code == 404


async def test_views_over_the_api_are_those_of_the_page(people: Personas) -> None:
    url = "/api/v1/customer-views"
    body = {"name": "久未联系", "query": "?idle=90"}
    async with people.client(people.ours.author) as client:
        made = await client.post(url, json=body)
        assert made.status_code == 201, made.text
        assert made.json()["query"] == "idle=90"
        assert "久未联系" in (await client.get("/console/customers")).text
        one = f"{url}/{made.json()['id']}"
        changed = await client.patch(one, json={"query": "idle=30", "is_shared": True})
        [kept] = changed.json()["items"]
        assert (kept["name"], kept["query"], kept["is_shared"]) == ("久未联系", "idle=30", True)
        assert (await client.post(url, json=body)).status_code == 422
        wrong = await client.post(url, json={"name": "错", "query": "expr=aum"})
        assert wrong.status_code == 422
    async with people.client(people.ours.employee) as client:
        assert [v["is_own"] for v in (await client.get(url)).json()["items"]] == [False]
        shared = await client.post(url, json={**body, "is_shared": True})
        assert shared.status_code == 403
        assert (await client.delete(one)).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.get(url)).json()["items"] == []
        assert (await client.patch(one, json={"name": "x"})).status_code == 404
    async with people.client(people.ours.author) as client:
        in_library = one.replace("customer-views", "item-views")
        for deed in (
            client.patch(in_library, json={"name": "x"}),
            client.post(f"{in_library}/move", json={"step": 1}),
            client.delete(in_library),
        ):
            assert (await deed).status_code == 404
        assert (await client.delete(one)).status_code == 204
        assert (await client.post(f"{in_library}/restore")).status_code == 404
        assert (await client.get(url)).json()["items"] == []
        assert (await client.post(f"{one}/restore")).json()["name"] == "久未联系"
