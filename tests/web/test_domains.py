"""A bank's own domain: claimed by the bank, served only once an operator has confirmed it."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from tests.personas import Personas
from tests.web.test_platform import Door, door  # noqa: F401  # the fixture

from contenthub.errors import ContentHubError
from contenthub.tenants.bankbrand import proof_of_domain
from contenthub.tenants.models import AuditEntry, Bank
from contenthub.tenants.models_security import PlatformEntry


async def _bank(people: Personas, *, theirs: bool = False) -> Bank:
    side = people.theirs if theirs else people.ours
    async with people.house.database.reading(side.tenant) as db:
        return await db.get_one(Bank, side.tenant)


async def _claim(people: Personas, domain: str | None, *, theirs: bool = False) -> dict[str, Any]:
    side = people.theirs if theirs else people.ours
    async with people.client(side.admin) as client:
        answer = await client.patch("/api/v1/bank", json={"domain": domain})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _knows(people: Personas, domain: str, slug: str) -> bool:
    async with people.client() as client:
        page = await client.get("/login", headers={"host": domain})
    return f'value="{slug}"' in page.text and f"/brand/{slug}/look.css" in page.text


async def test_nobody_is_served_under_a_domain_that_is_only_claimed(
    people: Personas,
    door: Door,  # noqa: F811
) -> None:
    bank = await _bank(people)
    domain = f"{bank.slug}.example.com"
    said = await _claim(people, domain.upper())
    name, value = proof_of_domain(bank.id, domain)
    assert said["domain"] is None
    assert said["domain_claim"] == {
        "domain": domain,
        "state": "waiting",
        "reason": "",
        "txt_name": name,
        "txt_value": value,
    }
    assert not await _knows(people, domain, bank.slug)
    async with people.client(people.ours.admin) as client:
        page = (await client.get("/console/bank")).text
    assert "待验证" in page
    assert value in page
    async with door.client(door.anna) as client:
        page = (await client.get("/platform/domains")).text
        assert domain in page
        assert value in page
        answer = await client.post(
            f"/platform/domains/{bank.slug}/confirm", data={"domain": domain}
        )
        assert answer.status_code == 303
        assert domain not in (await client.get("/platform/domains")).text
    assert await _knows(people, domain, bank.slug)
    async with people.client(people.ours.admin) as client:
        shown = (await client.get("/api/v1/bank")).json()
        assert (shown["domain"], shown["domain_claim"]) == (domain, None)
        assert "已验证" in (await client.get("/console/bank")).text


async def test_a_new_claim_leaves_the_confirmed_one_in_service_until_it_is_confirmed(
    people: Personas,
    door: Door,  # noqa: F811
) -> None:
    bank = await _bank(people)
    old, new = f"{bank.slug}.example.com", f"{bank.slug}.example.net"
    async with door.client(door.anna) as client:
        for domain in (old, new):
            await _claim(people, domain)
            assert not await _knows(people, domain, bank.slug)
            assert await _knows(people, old, bank.slug) is (domain == new)
            path = f"/platform/domains/{bank.slug}/confirm"
            assert (await client.post(path, data={"domain": domain})).status_code == 303
    assert await _knows(people, new, bank.slug)
    assert not await _knows(people, old, bank.slug)
    assert (await _claim(people, new))["domain_claim"] is None  # its own already
    gone = await _claim(people, None)
    assert (gone["domain"], gone["domain_claim"]) == (None, None)
    assert not await _knows(people, new, bank.slug)


async def test_a_refused_claim_tells_the_bank_why(
    people: Personas,
    door: Door,  # noqa: F811
) -> None:
    bank = await _bank(people)
    domain = f"{bank.slug}.example.com"
    await _claim(people, domain)
    path = f"/platform/domains/{bank.slug}/refuse"
    async with door.client(door.anna) as client:
        nameless = await client.post(path, data={"domain": domain, "reason": " "})
        assert nameless.status_code == 422
        said = {"domain": domain, "reason": "备案主体不是贵行"}
        assert (await client.post(path, data=said)).status_code == 303
        again = await client.post(path, data=said)
        assert again.status_code == 409
    async with people.client(people.ours.admin) as client:
        claim = (await client.get("/api/v1/bank")).json()["domain_claim"]
        page = (await client.get("/console/bank")).text
    assert (claim["state"], claim["reason"]) == ("refused", "备案主体不是贵行")
    assert "备案主体不是贵行" in page
    assert not await _knows(people, domain, bank.slug)
    async with people.house.database.reading(people.ours.tenant) as db:
        assert "bank.domain_refused" in set(await db.scalars(select(AuditEntry.event)))
    async with people.house.database.platform_unit_of_work() as platform:
        events = set(await platform.scalars(select(PlatformEntry.event)))
    assert "bank.domain_refused" in events


async def test_two_banks_may_claim_a_domain_and_one_gets_it(
    people: Personas,
    door: Door,  # noqa: F811
) -> None:
    ours, theirs = await _bank(people), await _bank(people, theirs=True)
    domain = f"{ours.slug}.example.com"
    await _claim(people, domain)
    await _claim(people, domain, theirs=True)
    async with door.client(door.anna) as client:
        said = {"domain": domain}
        first = await client.post(f"/platform/domains/{ours.slug}/confirm", data=said)
        assert first.status_code == 303
        assert f"已属于 {ours.slug}" in (await client.get("/platform/domains")).text
        second = await client.post(f"/platform/domains/{theirs.slug}/confirm", data=said)
        assert second.status_code == 409
        assert "另一家银行" in second.text
        await _claim(people, None, theirs=True)
        changed = await client.post(f"/platform/domains/{theirs.slug}/confirm", data=said)
        assert changed.status_code == 409
    assert await _knows(people, domain, ours.slug)


async def test_only_platform_operators_judge_domains(
    people: Personas,
    door: Door,  # noqa: F811
) -> None:
    slug = (await _bank(people)).slug
    for who, expected in ((None, 401), (door.agency, 403)):
        async with door.client(who) as client:
            shown = await client.get("/platform/domains")
            assert shown.status_code in (expected, 303)
            for verb in ("confirm", "refuse"):
                path = f"/platform/domains/{slug}/{verb}"
                answer = await client.post(path, data={"domain": "a.example.com"})
                assert answer.status_code in (expected, 303), who
                if answer.status_code == 303:
                    assert "/platform/login" in answer.headers["location"]
    async with door.client(door.anna) as client:
        path = "/platform/domains/nobody-here/confirm"
        assert (await client.post(path, data={"domain": "a.example.com"})).status_code == 404


async def test_the_database_itself_refuses_a_domain_that_the_app_enters(people: Personas) -> None:
    row = "insert into directory_entries values ('domain', :n, :b, :b)"
    with pytest.raises((DBAPIError, ContentHubError)):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await db.execute(text(row), {"n": "stolen.example.com", "b": people.ours.tenant})
    change = "update directory_entries set kind = 'domain' where bank_id = :b"
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        key = "insert into directory_entries values ('key', :n, :b, :b)"
        await db.execute(text(key), {"n": "stolen.example.com", "b": people.ours.tenant})
    with pytest.raises((DBAPIError, ContentHubError)):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await db.execute(text(change), {"b": people.ours.tenant})
