"""One-time codes, own password and sessions over the whole app, as a browser sends them."""

import asyncio
import base64
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text
from tests.personas import Personas

from contenthub.tenants import actions as tenants
from contenthub.tenants import passwords, totp
from contenthub.tenants.keys import KeyTerms
from contenthub.tenants.models import AuditEntry, Staff
from contenthub.tenants.queries import bank as bank_of
from contenthub.web import audit_words, keysignin, signin

PASSWORD = "zhi-ma-kai-men-8"
FRESH = "seven geese walk home"


async def account(people: Personas, staff: Staff, **facts: Any) -> dict[str, str]:
    """Give somebody a password (and other facts) and return what they sign in with."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        known = await db.merge(staff)
        known.password_hash = passwords.hash_password(PASSWORD)
        for name, value in facts.items():
            setattr(known, name, value)
        return {"bank": (await bank_of(db)).slug, "login": known.login, "password": PASSWORD}


async def sign_in(client: httpx.AsyncClient, who: dict[str, str], **more: str) -> httpx.Response:
    """Sign in by the API."""
    return await client.post("/api/v1/login", json={**who, **more})


async def send(client: httpx.AsyncClient, url: str, **form: str) -> httpx.Response:
    """Send a page's form with the page's token."""
    if "csrftoken" not in client.cookies:
        await client.get("/login")
    return await client.post(url, data=form, headers={"x-csrftoken": client.cookies["csrftoken"]})


def secret_of(page: str) -> bytes:
    """Return the secret that the set-up page shows in groups."""
    found = re.search(r'class="totp-key">([A-Z2-7 ]+)<', page)
    assert found, "the page shows the secret in groups"
    return base64.b32decode(found.group(1).replace(" ", ""))


def code_now(secret: bytes, later: int = 0) -> str:
    """Return the code of this step, or of one `later`."""
    return totp.code_of(secret, totp.step_at(datetime.now(UTC)) + later)


async def set_up(client: httpx.AsyncClient) -> tuple[bytes, list[str]]:
    """Set one-time codes up as the signed-in person; return the secret and recovery codes."""
    left = totp.STEP_SECONDS - time.time() % totp.STEP_SECONDS
    if left < 3:  # the codes before, now and next are used: none may fall out of the window
        await asyncio.sleep(left)
    assert (await send(client, "/account/totp/start")).status_code == 303
    shown = await client.get("/account/totp")
    assert "data:image/png;base64," in shown.text
    secret = secret_of(shown.text)
    form = {"code": code_now(secret, -1), "password": PASSWORD}
    done = await send(client, "/account/totp/confirm", **form)
    assert done.status_code == 200
    codes = re.findall(r"<li><code>([a-z0-9-]{29})</code></li>", done.text)
    assert len(set(codes)) == totp.RECOVERY_CODES
    return secret, codes


async def events(people: Personas) -> Sequence[AuditEntry]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return (await db.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()


async def test_an_administrator_without_codes_gets_to_the_set_up_page_only(
    people: Personas,
) -> None:
    who = await account(people, people.ours.admin, totp_confirmed_at=None)
    async with people.client() as client:
        answer = await sign_in(client, who)
        assert answer.json()["duty"] == "totp"
        refused = await client.get("/api/v1/staff")
        assert (refused.status_code, refused.json()["code"]) == (403, "totp_setup_required")
        page = await client.get("/console/staff")
        assert (page.status_code, page.headers["location"]) == (303, "/account/totp")
        part = await client.get("/console", headers={"hx-request": "true"})
        assert part.headers["hx-redirect"] == "/account/totp"
        assert (await client.get("/api/v1/me")).json()["duty"] == "totp"
        before = client.cookies["session"]
        await set_up(client)
        assert client.cookies["session"] != before, "the id changes with what it is worth"
        assert (await client.get("/console/staff")).status_code == 200
        assert (await client.get("/api/v1/me")).json()["duty"] == ""


async def test_an_open_session_alone_binds_no_telephone_to_the_account(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        await send(client, "/account/totp/start")
        secret = secret_of((await client.get("/account/totp")).text)
        for password in ("", "guessed-by-a-passer-by"):
            form = {"code": code_now(secret), "password": password}
            refused = await send(client, "/account/totp/confirm", **form)
            assert (refused.status_code, "密码不正确" in refused.text) == (422, True)
            assert secret_of(refused.text) == secret
        form = {"code": code_now(secret), "password": PASSWORD}
        assert (await send(client, "/account/totp/confirm", **form)).status_code == 200


async def test_a_bank_that_does_not_ask_lets_the_password_do(people: Personas) -> None:
    who = await account(people, people.ours.admin, totp_confirmed_at=None)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        (await bank_of(db)).settings = {"totp_required": False}  # as banks kept it before
    async with people.client() as client:
        assert (await sign_in(client, who)).json()["duty"] == ""
        page = await client.get("/console/security")
        assert "本行没有要求动态验证码" in page.text


async def test_the_second_step_is_asked_for_and_each_code_is_good_once(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        secret, _ = await set_up(client)
    async with people.client() as client:
        first = await send(client, "/login", **who)
        assert first.status_code == 200
        assert PASSWORD not in first.text
        ticket = re.search(r'name="ticket" value="([^"]+)"', first.text)
        assert ticket
        form = {"ticket": ticket.group(1), "next": "/console/library"}
        wrong = await send(client, "/login/code", code="000000", **form)
        assert wrong.status_code == 401
        assert "session" not in client.cookies
        code = code_now(secret)
        inside = await send(client, "/login/code", code=code, **form)
        assert (inside.status_code, inside.headers["location"]) == (303, "/console/library")
        again = await send(client, "/login/code", code=code_now(secret, 1), **form)
        assert again.headers["location"].startswith("/login?"), "a ticket is used up"
    async with people.client() as client:
        assert (await sign_in(client, who)).json()["code"] == "totp_code_required"
        assert (await sign_in(client, who, code=code)).status_code == 401
        assert (await sign_in(client, who, code=code_now(secret, 1))).status_code == 200


async def test_of_two_log_ins_with_one_code_at_once_one_wins(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        secret, recovery = await set_up(client)
    for code in (code_now(secret), recovery[0]):
        async with people.client() as one, people.client() as two:
            answers = await asyncio.gather(
                sign_in(one, who, code=code), sign_in(two, who, code=code)
            )
        assert sorted(a.status_code for a in answers) == [200, 401]


async def test_wrong_codes_wait_longer_each_time_whatever_the_network(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        await set_up(client)
    async with people.client() as client:
        answers = [await sign_in(client, who, code="000000") for _ in range(8)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429


async def test_a_recovery_code_signs_in_once(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        _, codes = await set_up(client)
    async with people.client() as client:
        assert (await sign_in(client, who, code=codes[3].upper())).status_code == 200
        assert "恢复码还剩 <b>9</b> 个" in (await client.get("/console/security")).text
        assert (await sign_in(client, who, code=codes[3])).status_code == 401
    kept = [e for e in await events(people) if e.event == "recovery_code.used"]
    assert len(kept) == 1
    assert all(code not in str(e.detail) for e in await events(people) for code in codes)


async def test_new_recovery_codes_need_a_code_and_void_the_old(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        _, old = await set_up(client)
        refused = await send(client, "/account/recovery-codes", code="123456")
        assert refused.status_code == 422
        made = await send(client, "/account/recovery-codes", code=old[0])
        fresh = re.findall(r"<li><code>([a-z0-9-]{29})</code></li>", made.text)
        assert len(fresh) == totp.RECOVERY_CODES
    async with people.client() as client:
        assert (await sign_in(client, who, code=old[1])).status_code == 401
        assert (await sign_in(client, who, code=fresh[1])).status_code == 200


async def test_nobody_takes_off_their_own_codes_without_one(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        _, codes = await set_up(client)
        assert (await send(client, "/account/totp/start")).status_code == 409
        assert (await send(client, "/account/totp/remove", code="000000")).status_code == 422
        assert (await send(client, "/account/totp/remove", code=codes[0])).status_code == 303
        assert "显示二维码" in (await client.get("/account/totp")).text
    async with people.client() as client:
        assert (await sign_in(client, who)).status_code == 200


async def test_another_administrator_resets_codes_and_the_sessions_end(people: Personas) -> None:
    ours = people.ours
    who = await account(people, ours.author)
    async with people.client() as client, people.client(ours.admin) as admin:
        await sign_in(client, who)
        await set_up(client)
        url = f"/console/security/staff/{ours.author.id}"
        assert "恢复码剩 10 个" in (await admin.get(url)).text
        unsaid = await send(admin, url + "/totp-reset")
        assert (unsaid.status_code, "怎样核实" in unsaid.text) == (422, True)
        seen = await send(admin, url + "/totp-reset", identity_check="call_back")
        assert seen.status_code == 303
        assert (await client.get("/api/v1/me")).status_code == 401
        assert (await sign_in(client, who)).status_code == 200
        own = f"/console/security/staff/{ours.admin.id}/totp-reset"
        assert (await send(admin, own, identity_check="in_person")).status_code == 409
    reset = [e for e in await events(people) if e.event == "totp.reset"]
    assert [(e.actor_id, e.subject_id) for e in reset] == [(ours.admin.id, ours.author.id)]
    assert audit_words.detail_words(reset[0]) == "核实本人的方式：回拨本行登记的电话核实"


@pytest.mark.parametrize("role", ["author", "auditor", "branch_manager"])
async def test_only_who_manages_security_resets_or_looks(people: Personas, role: str) -> None:
    async with people.client(getattr(people.ours, role)) as client:
        url = f"/console/security/staff/{people.ours.employee.id}"
        assert (await client.get(url)).status_code == 403
        assert (await send(client, url + "/totp-reset")).status_code == 403
        assert (await send(client, url + "/end-sessions")).status_code == 403
        assert "员工登录情况" not in (await client.get("/console/security")).text


async def test_another_banks_person_is_as_absent_as_none(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        url = f"/console/security/staff/{people.theirs.author.id}"
        assert (await client.get(url)).status_code == 404
        gone = await send(client, url + "/totp-reset", identity_check="in_person")
        assert gone.status_code == 404
        assert (await send(client, url + "/end-sessions")).status_code == 404


async def test_a_password_of_an_administrator_is_for_the_first_log_in_only(
    people: Personas,
) -> None:
    ours = people.ours
    who = await account(people, ours.author)
    async with people.client(ours.admin) as admin:
        changed = await admin.patch(f"/api/v1/staff/{ours.author.id}", json={"password": FRESH})
        assert changed.status_code == 200
    async with people.client() as client:
        assert (await sign_in(client, {**who, "password": FRESH})).json()["duty"] == "password"
        refused = await client.get("/api/v1/items")
        assert refused.json()["code"] == "password_change_required"
        assert (await client.get("/console")).headers["location"] == "/account/password"
        form = {"old_password": FRESH, "password": PASSWORD, "again": PASSWORD}
        before = client.cookies["session"]
        assert (await send(client, "/account/password", **form)).status_code == 303
        assert client.cookies["session"] != before
        assert (await client.get("/console")).status_code == 200


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(
    people: Personas,
) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as here, people.client() as there:
        await sign_in(here, who)
        await sign_in(there, who)
        form = {"old_password": "wrong-one", "password": FRESH, "again": FRESH}
        wrong = await send(here, "/account/password", **form)
        assert (wrong.status_code, "原密码不正确" in wrong.text) == (422, True)
        weak = await send(
            here, "/account/password", old_password=PASSWORD, password="Passw0rd", again="Passw0rd"
        )
        assert "太常见" in weak.text
        unlike = await send(
            here, "/account/password", old_password=PASSWORD, password=FRESH, again=FRESH + "x"
        )
        assert "两次输入" in unlike.text
        done = await send(
            here, "/account/password", old_password=PASSWORD, password=FRESH, again=FRESH
        )
        assert done.status_code == 303
        assert (await here.get("/api/v1/me")).status_code == 200
        assert (await there.get("/api/v1/me")).status_code == 401
    kept = [e for e in await events(people) if e.event == "password.changed"]
    assert len(kept) == 1
    assert not any(
        word in str(e.detail) for e in await events(people) for word in (FRESH, PASSWORD)
    )


async def test_nobody_sets_their_own_password_without_the_old_one(people: Personas) -> None:
    async with people.client(people.ours.admin) as admin:
        answer = await admin.patch(
            f"/api/v1/staff/{people.ours.admin.id}", json={"password": FRESH}
        )
    assert answer.status_code == 409


async def test_own_sessions_are_listed_and_ended_one_by_one_or_all_others(
    people: Personas,
) -> None:
    who = await account(people, people.ours.author)
    agent = {"user-agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0"}
    async with people.client() as here, people.client() as phone, people.client() as third:
        await sign_in(here, who)
        phone.headers.update(agent)
        await sign_in(phone, who)
        await sign_in(third, who)
        shown = (await here.get("/console/security")).text
        assert "微信 · iPhone" in shown
        assert "本机" in shown
        refs = re.findall(r"/account/sessions/([0-9a-f]{64})/end", shown)
        assert len(set(refs)) == 2
        assert "微信 · iPhone" in (await phone.get("/m/account")).text
        gone = await send(here, f"/account/sessions/{'0' * 64}/end")
        assert gone.status_code == 404
        assert (await send(here, f"/account/sessions/{refs[0]}/end")).status_code == 303
        left = [c for c in (phone, third) if (await c.get("/api/v1/me")).status_code == 200]
        assert len(left) == 1
        assert (await send(here, "/account/sessions/end-others")).status_code == 303
        assert (await left[0].get("/api/v1/me")).status_code == 401
        assert (await here.get("/api/v1/me")).status_code == 200


async def test_nobody_ends_a_colleagues_session_by_its_name(people: Personas) -> None:
    ours = people.ours
    mine, theirs = await account(people, ours.author), await account(people, ours.employee)
    async with people.client() as me, people.client() as colleague:
        await sign_in(me, mine)
        await sign_in(colleague, theirs)
        await sign_in(colleague, theirs)
        shown = (await colleague.get("/console/security")).text
        refs = re.findall(r"/account/sessions/([0-9a-f]{64})/end", shown)
        for ref in refs:
            assert (await send(me, f"/account/sessions/{ref}/end")).status_code == 404
        assert (await colleague.get("/api/v1/me")).status_code == 200


async def test_an_administrator_ends_somebodys_sessions(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client, people.client(people.ours.admin) as admin:
        await sign_in(client, who)
        url = f"/console/security/staff/{people.ours.author.id}"
        assert (await admin.get(url)).text.count('data-label="设备"') == 1
        assert (await send(admin, url + "/end-sessions")).status_code == 303
        assert (await client.get("/api/v1/me")).status_code == 401
    ended = [e for e in await events(people) if e.event == "session.ended"]
    assert [(e.subject_id, e.detail) for e in ended] == [(people.ours.author.id, {"done": 1})]


async def test_other_roles_end_the_session_of_the_old_ones(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client, people.client(people.ours.admin) as admin:
        await sign_in(client, who)
        changed = await admin.patch(
            f"/api/v1/staff/{people.ours.author.id}", json={"roles": ["auditor"]}
        )
        assert changed.status_code == 200
        signin._known.clear()
        assert (await client.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize("state", ["disabled", "resigned"])
async def test_who_is_disabled_is_out_for_good_and_not_only_while_it_lasts(
    people: Personas, state: str
) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        await account(people, people.ours.author, state=state)
        assert signin.CACHE_SECONDS < 5
        signin._known.clear()
        assert (await client.get("/api/v1/me")).status_code == 401
        await account(people, people.ours.author, state="active")
        signin._known.clear()
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_suspended_banks_people_are_out(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who)
        async with people.house.database.platform_unit_of_work() as db:
            await db.execute(
                text("update banks set state = 'suspended' where id = :t"),
                {"t": people.ours.tenant},
            )
        signin._known.clear()
        assert (await client.get("/api/v1/me")).status_code == 401
        again = await sign_in(client, who)
        assert (again.status_code, again.json()["code"]) == (403, "bank_resting")


async def test_log_ins_are_kept_without_what_was_typed(people: Personas) -> None:
    who = await account(people, people.ours.author)
    async with people.client() as client:
        await sign_in(client, who, password="typed-by-mistake")
        await sign_in(client, who, login="my-secret-in-the-wrong-field")
        await sign_in(client, who)
    found = [e for e in await events(people) if e.event.startswith("login.")]
    assert [e.event for e in found] == ["login.refused", "login.refused", "login.accepted"]
    assert [e.subject_id for e in found[:2]] == [people.ours.author.id, None]
    assert all(e.detail["network"] for e in found)
    assert "typed" not in str([e.detail for e in found])
    assert "secret" not in str([e.detail for e in found])
    async with people.client(people.ours.admin) as admin:
        page = await admin.get("/console/security")
    assert "没有这个登录名" in page.text
    assert people.ours.author.name in page.text


@pytest.mark.parametrize("wrong", ["bank", "login", "password", "state"])
async def test_one_password_is_checked_whoever_is_asked_for(
    people: Personas, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    who = await account(people, people.ours.author)
    if wrong == "state":
        await account(people, people.ours.author, state="disabled")
    else:
        who[wrong] = "nobody-knows-it"
    checked: list[str] = []
    real = passwords._matches

    def counted(stored: str, password: str) -> bool:
        checked.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "_matches", counted)
    async with people.client() as client:
        answer = await sign_in(client, who)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("银行、登录名或密码不正确")
    assert len(checked) == 1


@pytest.mark.usefixtures("real_passwords")
async def test_a_hash_of_old_parameters_is_renewed_at_the_log_in(people: Personas) -> None:
    who = await account(people, people.ours.author)
    weak = PasswordHasher(memory_cost=8192, time_cost=1, parallelism=1).hash(PASSWORD)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        (await db.merge(people.ours.author)).password_hash = weak
    async with people.client() as client:
        assert (await sign_in(client, who)).status_code == 200
        assert (await client.get("/api/v1/me")).status_code == 200
    async with people.house.database.reading(people.ours.tenant) as db:
        kept = await db.get_one(Staff, (people.ours.tenant, people.ours.author.id))
    assert "m=19456,t=2,p=1" in kept.password_hash


async def test_the_administrator_switches_the_banks_requirement(people: Personas) -> None:
    async with people.client(people.ours.admin) as admin:
        off = await send(admin, "/console/security/totp-for", totp_for="none")
        assert off.status_code == 303
        for page in ("/console/security", "/console/bank"):
            assert "本行没有要求动态验证码" in (await admin.get(page)).text
        assert "可以只凭密码" in (await admin.get("/console/security")).text
        bad = await send(admin, "/console/security/totp-for", totp_for="perhaps")
        assert bad.status_code == 422
        await send(admin, "/console/security/totp-for", totp_for="all")
        page = (await admin.get("/console/security?lacking=1")).text
        assert people.ours.author.name in page
        await send(admin, "/console/security/totp-for", totp_for="privileged")
        page = (await admin.get("/console/security?lacking=1")).text
        assert "没有符合条件的员工" in page
        book = await admin.get("/console/security/export")
        assert book.content[:2] == b"PK"


@pytest.mark.parametrize(
    ("owed", "code"),
    [
        ({"must_change_password": True}, "password_change_required"),
        ({"totp_confirmed_at": None}, "totp_setup_required"),
    ],
)
async def test_a_key_waits_until_its_owner_has_done_their_duty(
    people: Personas, owed: dict[str, Any], code: str
) -> None:
    admin = people.ours.admin
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        terms = KeyTerms(scopes=("staff.view",))
        at = datetime.now(UTC)
        key, clear = await tenants.create_key(db, admin, "脚本", by=admin, at=at, terms=terms)
    async with people.client() as client:
        client.headers["authorization"] = f"Bearer {clear}"
        assert (await client.get("/api/v1/staff")).status_code == 200
        await account(people, admin, **owed)
        keysignin.forget(people.house, key.id)  # as three seconds later
        refused = await client.get("/api/v1/staff")
    assert (refused.status_code, refused.json()["code"]) == (403, code)


async def test_a_key_is_not_the_person(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        _, clear = await tenants.create_key(
            db, people.ours.author, "脚本", by=people.ours.admin, at=datetime.now(UTC)
        )
    async with people.client() as client:
        client.headers["authorization"] = f"Bearer {clear}"
        assert (await client.get("/console/security")).status_code == 403
        assert (await client.get("/account/totp")).status_code == 403
