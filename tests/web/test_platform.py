"""The platform's own door, and the only two ways through it into a bank."""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text
from tests.faults import Faults
from tests.house.routing import routes
from tests.make import NOW
from tests.personas import Personas, house_app

from contenthub.db import new_id
from contenthub.errors import Conflict
from contenthub.tenants import actions_guests, actions_operators, totp
from contenthub.tenants.actions_operators import NewLogIn
from contenthub.tenants.models import AuditEntry, Bank
from contenthub.tenants.models_security import AgencyInvitation, Operator, PlatformVisit
from contenthub.tenants.platformvisits import OwnRequest
from contenthub.web import signin
from contenthub.web.house import House


@dataclass
class Door:
    """A house that serves the platform, and two operators and an agency's."""

    house: House
    anna: NewLogIn
    berta: NewLogIn
    agency: NewLogIn

    @asynccontextmanager
    async def client(self, who: NewLogIn | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Open a client on the whole app, signed in at the platform's door."""
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=_app(self.house)), base_url="http://hub.test"
        ) as client:
            await client.get("/platform/login")
            client.headers["x-csrftoken"] = client.cookies["csrftoken"]
            if who is not None:
                answer = await client.post("/platform/login", data=_form(who))
                assert answer.status_code == 303, answer.text
                client.headers["x-csrftoken"] = client.cookies["csrftoken"]
            yield client

    async def operator(self, who: NewLogIn) -> Operator:
        """Return an operator's row."""
        async with self.house.database.platform_unit_of_work() as db:
            found = await db.scalar(select(Operator).where(Operator.login == who.login))
            assert found is not None
            return found


_apps: dict[int, tuple[House, Any]] = {}


def _app(house: House) -> Any:
    if id(house.database) not in _apps:
        _apps[id(house.database)] = (house, house_app(house))
    return _apps[id(house.database)][1]


def _code(who: NewLogIn) -> str:
    secret = base64.b32decode(who.secret + "=" * (-len(who.secret) % 8))
    return totp.code_of(secret, totp.step_at(datetime.now(UTC)))


def _form(who: NewLogIn, **over: str) -> dict[str, str]:
    return {"login": who.login, "password": who.password, "code": _code(who), **over}


@pytest.fixture
async def door(house: House) -> Door:
    open_house = replace(house, settings=replace(house.settings, platform_console=True))
    made = []
    for kind in ("platform", "platform", "agency"):
        async with house.database.platform_unit_of_work() as db:
            made.append(
                await actions_operators.create_operator(
                    db,
                    f"op-{new_id().hex[-12:]}",
                    name={"agency": "运小二"}.get(kind, "安娜"),
                    kind=kind,
                    company="云帆营销" if kind == "agency" else "",
                    fresh=actions_operators.Fresh(
                        secrets.token_urlsafe(15), secrets.token_bytes(totp.SECRET_BYTES)
                    ),
                    keyring=house.keyring,
                    at=NOW,
                )
            )
    return Door(open_house, *made)


async def _slug(people: Personas) -> str:
    async with people.house.database.reading(people.ours.tenant) as db:
        return (await db.get_one(Bank, people.ours.tenant)).slug


PLATFORM = [r for r in routes() if r.path.startswith("/platform") and r.permission != "public"]


async def test_no_page_of_the_platform_opens_to_nobody_or_to_a_banks_people(
    people: Personas, door: Door
) -> None:
    values: dict[str, object] = {"slug": await _slug(people), "ref": "0" * 64}
    values |= {n: new_id() for n in ("visit_id", "invitation_id")}
    faults = Faults()
    async with door.client() as nobody, people.client(people.ours.admin) as clerk:
        await clerk.get("/login")
        clerk.headers["x-csrftoken"] = clerk.cookies["csrftoken"]
        for route in PLATFORM:
            with faults.of(route.name):
                url = route.path.format(**values)
                answer = await nobody.request(route.method, url)
                assert (answer.status_code, answer.headers["location"]) == (303, "/platform/login")
                # This house does not serve the platform at all.
                assert (await clerk.request(route.method, url)).status_code == 404
    faults.none()


async def test_an_agencys_operator_opens_no_page_of_the_platforms_own(
    people: Personas, door: Door
) -> None:
    values: dict[str, object] = {"slug": await _slug(people), "ref": "0" * 64}
    values |= {n: new_id() for n in ("visit_id", "invitation_id")}
    faults = Faults()
    async with door.client(door.agency) as client:
        # Who logs out is let in no more: last.
        for route in sorted(PLATFORM, key=lambda r: r.path == "/platform/logout"):
            url = route.path.format(**values)
            # An agency's operator has their own banks and their own log-in.
            if any(place in url for place in ("/agency", "/platform/account")):
                continue
            with faults.of(route.name):
                fine = url in ("/platform", "/platform/logout")
                answer = await client.request(route.method, url)
                assert answer.status_code == (303 if fine else 403)
    faults.none()


@pytest.mark.parametrize("wrong", ["login", "password", "code"])
async def test_password_and_code_are_both_needed(door: Door, wrong: str) -> None:
    async with door.client() as client:
        form = _form(door.anna, **{wrong: "000000" if wrong == "code" else "nobody-knows"})
        answer = await client.post("/platform/login", data=form, headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert "不正确" in answer.text
    assert "operator" not in client.cookies


async def test_a_code_is_good_once(door: Door) -> None:
    form = _form(door.anna)
    async with door.client() as client:
        assert (await client.post("/platform/login", data=form)).status_code == 303
        client.headers["x-csrftoken"] = client.cookies["csrftoken"]
        again = await client.post("/platform/login", data=form, headers={"hx-request": "true"})
    assert again.status_code == 401


async def test_an_operator_opens_a_bank_and_sees_only_counts(door: Door) -> None:
    slug = f"neu-{new_id().hex[-10:]}"
    async with door.client(door.anna) as client:
        made = await client.post(
            "/platform/banks", data={"slug": slug, "name": "新河农商银行", "admin_login": "boss"}
        )
        assert made.status_code == 200, made.text[-900:]
        assert "离开后不再显示" in made.text
        assert slug in (await client.get("/platform")).text
        again = await client.post(
            "/platform/banks", data={"slug": slug, "name": "新河农商银行", "admin_login": "boss"}
        )
        assert again.status_code == 409


async def test_banks_and_entries_are_found_by_name_slug_and_state(
    people: Personas, door: Door
) -> None:
    ours = await _slug(people)
    async with people.house.database.reading(people.theirs.tenant) as db:
        theirs = (await db.get_one(Bank, people.theirs.tenant)).slug
    async with door.client(door.anna) as client:
        found = (await client.get("/platform", params={"q": ours.upper()})).text
        assert f"/platform/banks/{ours}" in found
        assert f"/platform/banks/{theirs}" not in found
        none = (await client.get("/platform", params={"q": ours, "state": "deleting"})).text
        assert "没有符合条件的银行" in none
        await client.post(f"/platform/banks/{ours}/suspend", data={"reason": "合同到期了"})
        await client.post(f"/platform/banks/{ours}/resume")
        assert "合同到期了" in (await client.get("/platform/entries", params={"bank": ours})).text
        other = (await client.get("/platform/entries", params={"bank": theirs})).text
        assert "合同到期了" not in other


async def test_limits_state_and_parent_are_set_and_stand_in_both_trails(
    people: Personas, door: Door
) -> None:
    slug = await _slug(people)
    async with people.house.database.reading(people.theirs.tenant) as db:
        parent = (await db.get_one(Bank, people.theirs.tenant)).slug
    async with door.client(door.anna) as client:
        base = f"/platform/banks/{slug}"
        assert (await client.post(base + "/quotas", data={"staff": "50"})).status_code == 303
        assert (await client.post(base + "/parent", data={"parent": parent})).status_code == 303
        refused = await client.post(base + "/suspend", data={"reason": ""})
        assert refused.status_code == 422
        assert (
            await client.post(base + "/suspend", data={"reason": "合同到期了"})
        ).status_code == 303
        assert "合同到期了" in (await client.get(base)).text
        assert (await client.post(base + "/resume")).status_code == 303
        assert (
            await client.post(base + "/request_deletion", data={"reason": "行里来函"})
        ).status_code == 303
        assert (await client.post(base + "/undo_deletion")).status_code == 303
        assert "暂停服务" in (await client.get("/platform/entries")).text
    async with people.house.database.reading(people.ours.tenant) as db:
        bank = await db.get_one(Bank, people.ours.tenant)
        assert (bank.state, bank.quotas, bank.parent_id) == (
            "active",
            {"staff": 50},
            people.theirs.tenant,
        )
        events = set(await db.scalars(select(AuditEntry.event)))
    assert {
        "bank.quotas_changed",
        "bank.parent_changed",
        "bank.suspended",
        "bank.resumed",
        "bank.deletion_requested",
        "bank.deletion_undone",
    } <= events


async def _asked(people: Personas, door: Door, *, minutes: int = 30) -> PlatformVisit:
    anna = await door.operator(door.anna)
    async with door.house.database.platform_unit_of_work() as db:
        return await actions_guests.request_visit(
            db,
            await _slug(people),
            reason="行里报障，看推送为何没发",
            minutes=minutes,
            by=anna,
            at=datetime.now(UTC),
        )


async def test_a_visit_needs_a_reason_a_second_person_and_at_most_an_hour(
    people: Personas, door: Door
) -> None:
    slug = await _slug(people)
    async with door.client(door.anna) as client:
        for form in ({"reason": "", "minutes": "10"}, {"reason": "行里报障了", "minutes": "61"}):
            answer = await client.post("/platform/visits", data={"bank": slug, **form})
            assert answer.status_code == 422
        visit = await _asked(people, door)
        own = await client.post(f"/platform/visits/{visit.id}/grant")
        assert own.status_code == 409
        assert (await client.post(f"/platform/visits/{visit.id}/enter")).status_code == 409


async def test_a_granted_visitor_looks_changes_nothing_and_sees_no_customer(
    people: Personas, door: Door
) -> None:
    visit = await _asked(people, door)
    async with door.client(door.berta) as client:
        assert (await client.post(f"/platform/visits/{visit.id}/grant")).status_code == 303
        # Granted to the one who asked, not to the one who granted.
        assert (await client.post(f"/platform/visits/{visit.id}/enter")).status_code == 404
    async with door.client(door.anna) as client:
        assert (await client.post(f"/platform/visits/{visit.id}/enter")).status_code == 303
        home = await client.get("/console/pushes")
        assert home.status_code == 200
        assert "平台临时访问" in home.text
        assert "结束访问" in home.text
        assert (await client.get("/api/v1/customers")).status_code == 403
        assert (await client.get("/console/customers")).status_code == 403
        assert (await client.post("/api/v1/items", json={})).status_code == 403
        assert (await client.patch("/api/v1/bank", json={"name": "坏"})).status_code == 403
        async with people.client(people.ours.admin) as admin:
            assert "行里报障" in (await admin.get("/console/visits")).text
        assert (await client.post("/console/leave")).status_code == 303
        signin._known.clear()
        assert (await client.get("/api/v1/me")).status_code == 401
    async with people.house.database.reading(people.ours.tenant) as db:
        events = set(await db.scalars(select(AuditEntry.event)))
    assert {
        "platform_visit.requested",
        "platform_visit.granted",
        "platform_visit.entered",
        "platform_visit.ended",
    } <= events


async def test_every_write_of_the_house_is_refused_to_a_visitor(
    people: Personas, door: Door
) -> None:
    visit = await _asked(people, door)
    berta, anna = await door.operator(door.berta), await door.operator(door.anna)
    async with door.house.database.platform_unit_of_work() as db:
        await actions_guests.grant_visit(db, visit.id, by=berta, at=datetime.now(UTC))
    async with people.house.database.unit_of_work(people.ours.tenant) as db2:
        staff = await actions_guests.enter_visit(db2, visit.id, by=anna, at=datetime.now(UTC))
    going = {"POST /console/leave", "POST /logout", "POST /api/v1/logout"}
    writes = [
        r
        for r in routes()
        if r.method != "GET" and r.permission not in ("public", "platform") and r.name not in going
    ]
    assert len(writes) > 100
    refused = {}
    async with people.client(staff) as client:
        await client.get("/login")
        headers = {"x-csrftoken": client.cookies["csrftoken"]}
        for route in writes:
            url = route.url({n: new_id() if k is UUID else "x" for n, k in route.parameters})
            answer = await client.request(route.method, url, headers=headers)
            refused[route.name] = answer.status_code
    assert {n: status for n, status in refused.items() if status not in (403, 429)} == {}


async def test_a_visit_ends_by_itself_and_the_bank_may_end_it(people: Personas, door: Door) -> None:
    for how in ("time", "bank"):
        visit = await _asked(people, door)
        berta, anna = await door.operator(door.berta), await door.operator(door.anna)
        async with door.house.database.platform_unit_of_work() as db:
            await actions_guests.grant_visit(db, visit.id, by=berta, at=datetime.now(UTC))
        async with people.house.database.unit_of_work(people.ours.tenant) as db2:
            staff = await actions_guests.enter_visit(db2, visit.id, by=anna, at=datetime.now(UTC))
        async with people.client(staff) as client:
            assert (await client.get("/api/v1/me")).status_code == 200
            if how == "time":
                async with people.house.database.unit_of_work(people.ours.tenant) as db3:
                    await db3.execute(
                        text("update platform_visits set expires_at = now() where id = :i"),
                        {"i": visit.id},
                    )
            else:
                async with people.client(people.ours.admin) as admin:
                    await admin.get("/login")
                    headers = {"x-csrftoken": admin.cookies["csrftoken"]}
                    ended = await admin.post(f"/console/visits/{visit.id}/end", headers=headers)
                    assert ended.status_code == 303
            assert signin.CACHE_SECONDS < 5
            signin._known.clear()
            assert (await client.get("/api/v1/me")).status_code == 401


async def test_an_old_request_is_void_and_nobody_grants_their_own(
    people: Personas, door: Door
) -> None:
    visit = await _asked(people, door)
    berta, anna = await door.operator(door.berta), await door.operator(door.anna)
    async with door.house.database.platform_unit_of_work() as db:
        with pytest.raises(OwnRequest):
            await actions_guests.grant_visit(db, visit.id, by=anna, at=datetime.now(UTC))
        with pytest.raises(Conflict, match="24 小时"):
            await actions_guests.grant_visit(
                db, visit.id, by=berta, at=datetime.now(UTC) + timedelta(hours=25)
            )


async def _invite(people: Personas, side: str, who: NewLogIn) -> None:
    ours = getattr(people, side)
    async with people.client(ours.admin) as admin:
        await admin.get("/login")
        headers = {"x-csrftoken": admin.cookies["csrftoken"]}
        until = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
        form = {"operator_login": who.login, "until": until}
        shown = await admin.post("/console/agency", data=form, headers=headers)
        assert "运小二" in shown.text
        assert "云帆营销" in shown.text
        form["confirmed"] = who.login
        answer = await admin.post("/console/agency", data=form, headers=headers)
        assert answer.status_code == 303, answer.text
        listed = (await admin.get("/console/agency")).text
        assert f">{until}<" in listed


async def test_an_agency_works_in_the_banks_that_invited_it_and_switches(
    people: Personas, door: Door
) -> None:
    await _invite(people, "ours", door.agency)
    await _invite(people, "theirs", door.agency)
    async with door.client(door.agency) as client:
        page = (await client.get("/platform/agency")).text
        ids = [part.split("/enter")[0][-36:] for part in page.split("/platform/agency/")[1:]]
        banks = set()
        for invitation in dict.fromkeys(ids):
            assert (await client.post(f"/platform/agency/{invitation}/enter")).status_code == 303
            me = (await client.get("/api/v1/me")).json()
            assert me["roles"] == ["agency_operator"]
            assert "reviews.decide" not in me["permissions"]
            assert "customers.view" not in me["permissions"]
            banks.add(me["bank"])
            assert "切换银行" in (await client.get("/console/library")).text
        assert len(banks) == 2
        # The second bank is the one they are in now; it revokes.
        side = people.theirs if me["bank"] != await _slug(people) else people.ours
        async with people.client(side.admin) as admin:
            await admin.get("/login")
            headers = {"x-csrftoken": admin.cookies["csrftoken"]}
            answer = await admin.post(f"/console/agency/{invitation}/revoke", headers=headers)
            assert answer.status_code == 303
        signin._known.clear()
        assert (await client.get("/api/v1/me")).status_code == 401
        assert (await client.post(f"/platform/agency/{invitation}/enter")).status_code == 404


async def test_only_an_agencys_operator_can_be_invited(people: Personas, door: Door) -> None:
    until = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    async with people.client(people.ours.admin) as admin:
        await admin.get("/login")
        headers = {"x-csrftoken": admin.cookies["csrftoken"]}
        for login in (door.berta.login, "nobody-yet"):
            form = {"operator_login": login, "until": until, "confirmed": login}
            answer = await admin.post("/console/agency", data=form, headers=headers)
            assert answer.status_code == 422
            assert f"没有登录名为 {login} 的代运营人员" in answer.text


async def test_a_log_in_made_after_the_invitation_opens_nothing(
    people: Personas, door: Door
) -> None:
    await _invite(people, "ours", door.agency)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        invited = (await db.scalars(select(AgencyInvitation))).one()
        invited.created_at = NOW - timedelta(days=1)
        invitation = invited.id
    async with door.client(door.agency) as client:
        assert (await client.post(f"/platform/agency/{invitation}/enter")).status_code == 404
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_disabled_operator_is_out_of_everything(people: Personas, door: Door) -> None:
    async with door.client(door.anna) as client:
        assert (await client.get("/platform")).status_code == 200
        async with door.house.database.platform_unit_of_work() as db:
            await actions_operators.disable_operator(db, door.anna.login, at=NOW)
        assert (await client.get("/platform")).status_code == 303


async def test_what_operators_do_is_only_added(house: House) -> None:
    async with house.database.platform_unit_of_work() as db:
        for right in ("update", "delete"):
            may = await db.scalar(
                text("select has_table_privilege('platform_entries', :p)"), {"p": right}
            )
            assert may is False
