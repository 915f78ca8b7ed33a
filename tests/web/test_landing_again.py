"""A refused form of a landing page comes back on its page, without script, nothing lost."""

import html as escapes
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select
from tests.make import make_link
from tests.personas import Personas
from tests.web.landing import page_token, visitor
from tests.web.test_landing import activity, leads, shared

from contenthub.library.models import Item
from contenthub.sharing.models import Link, Signup


def _inputs(page: httpx.Response, form: str) -> dict[str, dict[str, str]]:
    """Return the inputs of one of the page's forms: name → attributes."""
    section = re.search(rf'<section class="c" id="{form}".*?</section>', page.text, re.S)
    assert section is not None
    found: dict[str, dict[str, str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", section[0]):
        facts = {k: escapes.unescape(v) for k, v in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        found[facts["name"]] = {**facts, **({"checked": ""} if " checked" in tag else {})}
    return found


def _bank(page: httpx.Response) -> str:
    """Return the page's header: whose page it is."""
    header = re.search(r'<header class="bank">.*?</header>', page.text, re.S)
    assert header is not None
    return header[0]


def _form(people: Personas, link: Link, **over: str) -> dict[str, str]:
    return {"token": page_token(people, link), "phone": "13800000001", "consent": "1", **over}


@pytest.fixture
async def link(people: Personas) -> Link:
    return await shared(people)


async def test_a_wrong_number_comes_back_in_its_field_with_the_reason_beside_it(
    people: Personas, link: Link
) -> None:
    form = _form(people, link, phone="1380000")
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
        answer = await client.post(f"/s/{link.code}/lead", data=form)
        assert answer.status_code == 422
        assert answer.headers["cache-control"] == "no-store"
        kept = _inputs(answer, "lead")
        assert kept["phone"]["value"] == "1380000"
        assert kept["phone"]["aria-describedby"] == "lead-phone-e"
        assert "checked" in kept["consent"]
        assert re.search(r'id="lead-phone-e">[^<]*11 位手机号', answer.text)
        assert _bank(answer) == _bank(page)
        assert "王小明" in answer.text, "the employee's card is still there"
        assert "data-beacon-url" not in answer.text, "the same page again is no new view"
        again = {"token": kept["token"]["value"], "phone": "13800000001", "consent": "1"}
        assert (await client.post(f"/s/{link.code}/lead", data=again)).status_code == 201
    assert len(await leads(people)) == 1


async def test_the_form_of_a_product_asks_for_a_name_that_may_stay_empty(
    people: Personas, link: Link
) -> None:
    form = _form(people, link, name="赵敏", phone="1380000")
    async with visitor(people) as client:
        asked = _inputs(await client.get(f"/s/{link.code}"), "lead")["name"]
        kept = _inputs(await client.post(f"/s/{link.code}/lead", data=form), "lead")["name"]
        long = await client.post(f"/s/{link.code}/lead", data=_form(people, link, name="很" * 21))
        good = await client.post(f"/s/{link.code}/lead", data={**form, "phone": "13800000001"})
    assert (asked["value"], asked["maxlength"], kept["value"]) == ("", "20", "赵敏")
    assert _inputs(long, "lead")["name"]["aria-describedby"] == "lead-name-e"
    assert good.status_code == 201
    (lead,) = await leads(people)
    assert lead.name_masked == "赵*"


async def test_the_form_comes_back_to_its_own_place_on_the_page(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
    assert f'action="/s/{link.code}/lead#lead"' in page.text
    assert 'id="lead"' in page.text
    assert "checked" not in _inputs(page, "lead")["consent"]


async def test_consent_is_not_ticked_where_it_was_missing(people: Personas, link: Link) -> None:
    form = _form(people, link)
    del form["consent"]
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/lead", data=form)
    kept = _inputs(answer, "lead")
    assert answer.status_code == 422
    assert "checked" not in kept["consent"]
    assert kept["phone"]["value"] == "13800000001"
    assert 'id="lead-consent-e"' in answer.text


async def test_too_quick_keeps_the_number_and_the_page(people: Personas, link: Link) -> None:
    token = page_token(people, link, age_seconds=0)
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/lead", data=_form(people, link, token=token))
    kept = _inputs(answer, "lead")
    assert answer.status_code == 422
    assert re.search(r'role="alert">[^<]*太快', answer.text)
    assert (kept["phone"]["value"], kept["token"]["value"]) == ("13800000001", token)


@pytest.mark.parametrize("token", ["", "A" * 54])
async def test_an_old_page_gets_a_new_token_and_keeps_the_number(
    people: Personas, link: Link, token: str
) -> None:
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/lead", data=_form(people, link, token=token))
    kept = _inputs(answer, "lead")
    assert answer.status_code == 422
    assert "再提交一次" in answer.text
    assert kept["phone"]["value"] == "13800000001"
    assert len(kept["token"]["value"]) == 54


async def test_a_robots_field_comes_back_empty(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        form = _form(people, link, website="http://spam")
        answer = await client.post(f"/s/{link.code}/lead", data=form)
    assert answer.status_code == 422
    assert "value" not in _inputs(answer, "lead")["website"]
    assert "关闭自动填表" in answer.text


async def test_a_number_longer_than_any_is_named_in_its_field(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        answer = await client.post(
            f"/s/{link.code}/lead", data=_form(people, link, phone="1" * 301)
        )
    assert answer.status_code == 422
    assert re.search(r'id="lead-phone-e">[^<]*太长', answer.text)


async def test_too_many_tries_keep_the_number_and_say_when(people: Personas, link: Link) -> None:
    form = _form(people, link, phone="12")
    async with visitor(people) as client:
        answers = [await client.post(f"/s/{link.code}/lead", data=form) for _ in range(7)]
    last = answers[-1]
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0
    assert _inputs(last, "lead")["phone"]["value"] == "12"
    assert "提交太频繁" in last.text


async def test_a_sign_up_comes_back_with_name_and_number_in_its_own_form(people: Personas) -> None:
    link = await activity(people)
    form = _form(people, link, name="<b>李芳</b>", phone="12")
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/signup", data=form)
        unticked = {name: value for name, value in form.items() if name != "consent"}
        both = await client.post(f"/s/{link.code}/signup", data=unticked)
    kept, other = _inputs(answer, "signup"), _inputs(answer, "lead")
    assert answer.status_code == 422
    assert (kept["name"]["value"], kept["phone"]["value"]) == ("<b>李芳</b>", "12")
    assert "<b>李芳" not in answer.text
    assert 'id="su-phone-e"' in answer.text
    assert 'id="su-phone-e"' in both.text  # all that is wrong is named at once
    assert 'id="su-consent-e"' in both.text
    assert other["phone"]["value"] == ""
    assert "aria-invalid" not in other["phone"]


async def test_a_full_activity_says_so_on_its_page(people: Personas) -> None:
    link = await activity(people, capacity=1)
    async with visitor(people) as client:
        first = await client.post(f"/s/{link.code}/signup", data=_form(people, link))
        full = await client.post(
            f"/s/{link.code}/signup", data=_form(people, link, phone="13800000002")
        )
    assert (first.status_code, full.status_code) == (201, 409)
    assert re.search(r'role="alert">[^<]*名额已满', full.text)
    assert _inputs(full, "signup")["phone"]["value"] == "13800000002"
    async with people.house.database.reading(people.ours.tenant) as db:
        assert len(list(await db.scalars(select(Signup)))) == 1


async def test_a_full_page_has_no_form_but_for_who_holds_places(people: Personas) -> None:
    link = await activity(people, capacity=4, signup_fields=["people", "remark"])
    here, ours = f"/s/{link.code}/signup", people.ours
    form = _form(people, link)
    async with visitor(people) as client, visitor(people) as other:
        assert (await client.get(here)).json() == {"seats": 0, "signups": 0, "most": 0}
        open_page = (await client.get(f"/s/{link.code}")).text
        assert (await client.post(here, data=form | {"people": "3"})).status_code == 201
        own = await client.get(here)
        other.cookies["ch_v"] = uuid4().hex
        assert (await other.get(here)).json()["seats"] == 0
        changed = await client.post(here, data=form | {"people": "4"})
        async with people.house.database.unit_of_work(ours.tenant) as db:
            item = await db.get_one(Item, (ours.tenant, link.item_id))
            # Nobody listens for changes here: a page that was opened once is kept a while.
            again = await make_link(db, item, ours.employee)
        full = (await other.get(f"/s/{again.code}")).text
        lead = _form(people, link, phone="13800000002")
        kept = await other.post(f"/s/{link.code}/lead", data=lead)
    assert 'value="4">4 位</option>' in open_page
    assert 'value="5">5 位</option>' not in open_page
    assert "称呼、几位参加、备注。" in open_page
    assert "使用我填写的手机号、称呼、几位参加、备注与我联系" in open_page
    assert own.json() == {"seats": 3, "signups": 1, "most": 4}
    assert own.headers["cache-control"] == "no-store"
    assert "data-full" not in open_page
    assert (changed.status_code, kept.status_code) == (201, 201)
    assert '<p class="lead" data-full>名额已满' in full
    assert re.search(r'<form [^>]*/signup#signup"[^>]* hidden>', full)


async def test_a_sign_up_for_what_is_no_activity_is_refused_in_the_banks_look(
    people: Personas, link: Link
) -> None:
    async with visitor(people) as client:
        page = await client.get(f"/s/{link.code}")
        answer = await client.post(f"/s/{link.code}/signup", data=_form(people, link))
    assert answer.status_code == 409
    assert _bank(answer) == _bank(page)
    assert "不是活动" in answer.text


async def test_a_script_gets_its_problem_as_before(people: Personas, link: Link) -> None:
    body: dict[str, Any] = _form(people, link, phone="12")
    async with visitor(people) as client:
        answer = await client.post(f"/s/{link.code}/lead", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
