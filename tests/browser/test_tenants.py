"""Issue 3 in real browsers: people and branches, safe log-ins, keys and events, the platform.

It comes last in the directory: it lets people go and changes the demo bank.
"""

import asyncio
import json
import time
from typing import Any

import httpx
import pyotp
import pytest
from playwright.async_api import Page, expect
from python_calamine import CalamineWorkbook
from standardwebhooks import Webhook
from tests.browser import packages, steps
from tests.browser.people import People, shot
from tests.browser.steps import agree, submit, until
from tests.browser.walking import bring, problems_of, violations, walk
from tests.qrcodes import code_on
from tests.tenants.receiver import receiver

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

STEP_SECONDS = 30
NEW_BRANCH = "新城支行"
AT_THE_PLATFORM: dict[str, Page] = {}
"""Who is signed in there: a code counts once, so nobody signs in twice in half a minute."""


async def open_one(page: Page, start: str, name: str) -> None:
    """Open the page of the one a list shows under this name."""
    await page.goto(f"{start}?q={name}")
    await page.locator("main").get_by_role("link", name=name, exact=True).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)


async def test_8_branches_move_and_merge_and_their_history_stays(people: People) -> None:
    admin = await people.person("admin")
    await admin.goto("/console/branches")
    await admin.locator("#branch-form #f-code").fill("1900")
    await admin.locator("#branch-form #f-name").fill(NEW_BRANCH)
    await submit(admin, "新增机构")
    new_id = admin.url.rsplit("/", 1)[1]

    await open_one(admin, "/console/branches", "龙泉中街网点")
    await admin.locator("#change-form #f-parent_id").select_option(new_id)
    await submit(admin, "保存")
    moved = admin.get_by_role("row", name="调整上级")
    await expect(moved).to_contain_text(f"龙泉支行 → {NEW_BRANCH}")
    await agree(admin, "移回")
    await expect(moved.first).to_contain_text(f"{NEW_BRANCH} → 龙泉支行")
    await shot(admin, "8-1-moved", full=True)

    await open_one(admin, "/console/branches", "大营中街网点")
    await admin.locator("#merge-form #f-into_id").select_option(new_id)
    await agree(admin, "并入")
    await expect(admin.locator("main")).to_contain_text(f"这个机构已并入 {NEW_BRANCH}")
    await shot(admin, "8-2-merged", full=True)
    await admin.goto("/console/branches?gone=1")
    await expect(admin.get_by_role("row", name="大营中街网点")).to_contain_text("已并入")
    assert "大营中街网点" not in await (await admin.request.get("/console/branches")).text()
    people.all_well()


async def test_8_who_is_on_leave_is_told_so_at_the_door(people: People) -> None:
    admin = await people.person("admin")
    await open_one(admin, "/console/staff", "杨丽")
    await admin.locator("#staff-form #f-state").select_option("leave")
    await submit(admin, "保存")
    await expect(admin.locator("main")).to_contain_text("休假期间")
    door = await people.desk("on leave")
    await sign_in(door, people, "employee3")
    await expect(door.get_by_role("heading", level=1)).to_contain_text("休假状态")
    people.problems.clear()  # the refusal is what was asked for


async def test_8_the_old_code_of_who_left_leads_to_the_successor_and_credit_stays(
    people: People,
) -> None:
    leaver = await people.person("employee2", phone=True)
    item = (await people.get("author", "/items?kind=activity&state=live"))["items"][0]
    code = steps.code_of(await steps.own_link(leaver, item["id"]))
    picture = await leaver.request.get(f"/m/links/{code}/qr.png")
    printed = code_on(await picture.body())
    earned = await brought_by(people)

    admin = await people.person("admin")
    await open_one(admin, "/console/staff", "刘芳")
    await admin.locator("#f-successor").fill("employee1")
    await agree(admin, "办理离职")
    await expect(admin.locator("main")).to_contain_text("交接结果")
    await expect(admin.locator("main")).to_contain_text("旧码继续有效")
    await shot(admin, "8-3-handed-over", full=True)

    customer = await people.stranger("who kept the old poster")
    await steps.stay(customer, printed)
    await expect(customer.locator("main")).to_contain_text("王小明")
    assert "刘芳" not in await customer.locator("body").inner_text()
    await shot(customer, "8-4-successor")
    now = await until(
        lambda: brought_by(people), lambda seen: seen["王小明"] > earned["王小明"], seconds=60
    )
    assert now["刘芳"] == earned["刘芳"] > 0
    assert now["王小明"] == earned["王小明"] + 1

    async def where() -> str:
        await leaver.goto("/m")
        return leaver.url

    await until(where, lambda url: "/login" in url)
    people.all_well()


async def brought_by(people: People) -> dict[str, int]:
    """Return how many views each person of the branch is credited with."""
    rows = (await people.get("manager", "/reports/ranking"))["items"]
    return {row["name"]: row["figures"]["views"] for row in rows}


async def sign_in(page: Page, people: People, login: str) -> None:
    """Type a log-in and its password at the bank's door and press the button."""
    account = people.hub.account(login)
    await page.goto(account["url"])
    await page.locator("#f-login").fill(login)
    await page.locator("#f-password").fill(account["password"])
    await page.get_by_role("button", name="登录").click()


async def send_code(page: Page, code: str) -> None:
    """Give the second step what it asks for."""
    await page.locator("#f-code").fill(code)
    await page.get_by_role("button", name="登录").click()


async def test_9_one_time_codes_recovery_codes_and_ending_a_session(people: People) -> None:
    mine = await people.person("marketing")
    await mine.goto("/console/security")
    await mine.get_by_role("link", name="设置动态验证码").click()
    await mine.get_by_role("button", name="显示二维码").click()
    secret = mine.locator(".totp-key")
    await expect(secret).to_be_visible()
    telephone = pyotp.TOTP((await secret.inner_text()).replace(" ", ""))
    step = int(time.time()) // STEP_SECONDS
    await mine.locator("#f-code").fill(telephone.generate_otp(step))
    await mine.locator("#f-password").fill(people.hub.account("marketing")["password"])
    await mine.get_by_role("button", name="确认并启用").click()
    codes = mine.locator(".totp-codes code")
    await expect(codes).to_have_count(10)
    recovery = await codes.all_inner_texts()
    await mine.get_by_role("link", name="已经保存好，继续").click()

    other = await people.desk("another desk")
    await sign_in(other, people, "marketing")
    # Each code counts once; the telephone's next one is good already.
    await send_code(other, telephone.generate_otp(step + 1))
    await other.wait_for_url("**/console")
    await mine.goto("/console/security")
    await expect(mine.get_by_role("row", name="本机")).to_be_visible()
    await shot(mine, "9-1-security", full=True)
    await submit(mine, "退出")
    await expect(mine.get_by_role("button", name="退出", exact=True)).to_have_count(0)
    await other.goto("/console")
    assert "/login" in other.url

    await sign_in(other, people, "marketing")
    await send_code(other, recovery[0])
    await other.wait_for_url("**/console")
    people.all_well()
    await other.context.clear_cookies()
    await sign_in(other, people, "marketing")
    await send_code(other, recovery[0])
    await expect(other.locator(".note0.bad")).to_be_visible()
    people.problems.clear()  # the refusal is what was asked for
    # Whoever comes after in this demo signs in by password again.
    gone, _ = await people.call("marketing", "POST", "/me/totp/remove", code=recovery[1])
    assert gone == 204


async def test_9_a_key_opens_what_it_may_and_nothing_once_it_is_revoked(people: People) -> None:
    admin = await people.person("admin")
    await admin.goto("/console/keys")
    form = admin.locator("#key-form")
    await form.locator("#f-name").fill("人事系统")
    await form.locator("input[value='staff.view']").check()
    await form.get_by_role("button", name="生成密钥").click()
    made = admin.locator("[data-ch-copy^='ch_live_']")
    await expect(made).to_be_visible()
    key = await made.get_attribute("data-ch-copy")
    await shot(admin, "9-2-key")

    async def asked(path: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=people.hub.url, headers=headers) as script:
            return (await script.get(f"/api/v1{path}")).status_code

    assert (await asked("/staff"), await asked("/customers")) == (200, 403)
    await admin.goto("/console/keys")
    await admin.get_by_role("row", name="人事系统").get_by_role("button", name="吊销").click()
    async with admin.expect_event("load"):
        await admin.locator("#ch-confirm-ok").click()
    await until(lambda: asked("/staff"), lambda status: status == 401)
    await expect(admin.get_by_role("row", name="人事系统")).to_contain_text("已吊销")
    people.all_well()


async def test_9_the_banks_own_system_hears_a_signed_event(people: People) -> None:
    admin = await people.person("admin")
    async with receiver() as heard:
        await admin.goto("/console/webhooks")
        await admin.locator("#f-name").fill("工单系统")
        await admin.locator("#f-url").fill(heard.url)
        await admin.get_by_role("button", name="新增").click()
        made = admin.locator("[data-ch-copy^='whsec_']")
        await expect(made).to_be_visible()
        secret = await made.get_attribute("data-ch-copy")
        assert secret is not None
        await admin.locator("main").get_by_role("link", name="工单系统").first.click()
        await submit(admin, "发送测试事件")
        await asyncio.wait_for(heard.asked.wait(), 30)
        headers, body = heard.heard[0]
        assert Webhook(secret).verify(body, headers) == json.loads(body)

        async def delivered() -> int:
            await admin.reload()
            return await admin.get_by_role("row", name="已送达").count()

        await until(delivered, lambda count: count == 1)
        await submit(admin, "重发")
        await until(lambda: _soon(heard.ids), lambda ids: len(ids) == 2)
        assert heard.ids[0] == heard.ids[1], "the receiver can tell that it is the same event"
        await until(delivered, lambda count: count == 1)
        await shot(admin, "9-3-deliveries", full=True)
        await agree(admin, "删除")
    people.all_well()


async def _soon(seen: Any) -> Any:
    return seen


async def operator(people: People, login: str) -> Page:
    """Return the platform's page of an operator, who signs in once by password and code."""
    if login in AT_THE_PLATFORM:
        return AT_THE_PLATFORM[login]
    account = people.hub.account(login, bank="platform")
    page = await people.desk(login)
    await page.goto("/platform/login")
    await page.locator("#f-login").fill(login)
    await page.locator("#f-password").fill(account["password"])
    await page.locator("#f-code").fill(pyotp.TOTP(account["totp_secret"]).now())
    await page.get_by_role("button", name="登录").click()
    await page.wait_for_url(lambda url: "/login" not in url)
    AT_THE_PLATFORM[login] = page
    return page


@pytest.mark.parametrize("login", ["platform2", "agency1"])
async def test_10_every_page_of_the_platform_is_drawn_for(people: People, login: str) -> None:
    axe, page, faults = packages.axe_source(), await operator(people, login), []
    await bring(page, axe)
    async for kind in walk(page, "/platform", base=people.hub.url):
        faults += [f"{kind}: {fault}" for fault in await problems_of(page)]
        faults += [f"{kind}: {fault}" for fault in await violations(page, axe)]
        await shot(page, f"10-{kind.strip('/').replace('/', '-')}")
    assert faults == [], "\n".join(faults)
    people.all_well()


async def test_10_an_agency_works_in_one_bank_after_the_other(people: People) -> None:
    page = await operator(people, "agency1")
    for bank in ("清源农商银行", "柳河农商银行"):
        await page.goto("/platform/agency")
        async with page.expect_event("load"):
            await page.get_by_role("row", name=bank).get_by_role("button", name="进入").click()
        await expect(page.locator(".guest")).to_contain_text(f"代运营身份在 {bank} 工作")
        assert await page.get_by_role("link", name="客户", exact=True).count() == 0
    people.all_well()


async def test_10_the_platform_looks_in_by_two_people_and_the_bank_sees_it(
    people: People,
) -> None:
    first, second = await operator(people, "platform1"), await operator(people, "platform2")
    await first.goto("/platform/banks/qingyuan")
    await first.get_by_role("link", name="申请临时访问").click()
    await first.locator("#f-reason").fill("报障：推送明细打不开")
    await submit(first, "提交申请")
    asked = first.get_by_role("row", name="推送明细打不开")
    await expect(asked).to_contain_text("待批准")
    assert await asked.get_by_role("button", name="批准").count() == 0, "a second person does"
    await second.goto("/platform/visits")
    await (
        second.get_by_role("row", name="推送明细打不开").get_by_role("button", name="批准").click()
    )
    async with second.expect_event("load"):
        await second.locator("#ch-confirm-ok").click()
    await first.reload()
    async with first.expect_event("load"):
        await asked.get_by_role("button", name="进入").click()
    await expect(first.locator("body")).to_contain_text("平台运维")
    await shot(first, "10-1-inside")
    people.all_well()
    answer = await first.goto("/console/customers")
    assert answer is not None
    assert answer.status == 403, "who looks in from the platform sees no customer"
    people.problems.clear()
    await first.goto("/console/pushes")
    await submit(first, "结束访问")

    admin = await people.person("admin")
    await admin.goto("/console/visits")
    told = admin.get_by_role("row", name="推送明细打不开")
    await expect(told).to_contain_text("王一")
    await expect(told).to_contain_text("赵二")
    await expect(told).to_contain_text("已结束")
    await shot(admin, "10-2-seen-by-the-bank")
    people.all_well()


async def test_10_the_trail_is_filtered_and_what_is_shown_is_exported(people: People) -> None:
    auditor = await people.person("auditor")
    await auditor.goto("/console/audit")
    await auditor.get_by_role("textbox", name="操作人").fill("王一")
    await auditor.get_by_role("textbox", name="对象或详情").fill("推送明细打不开")
    await auditor.get_by_role("button", name="筛选").click()
    await auditor.wait_for_url("**q=*")
    rows = auditor.get_by_role("row")
    await expect(rows.filter(has_text="平台申请访问")).to_have_count(1)
    shown = [await row.locator("td").nth(2).inner_text() for row in (await rows.all())[1:]]
    await shot(auditor, "10-3-audit")
    async with auditor.expect_download() as coming:
        await auditor.get_by_role("link", name="导出 Excel").click()
    book = CalamineWorkbook.from_path(str(await (await coming.value).path()))
    sheet = book.get_sheet_by_index(0).to_python()
    heading = next(no for no, row in enumerate(sheet) if row[0] == "时间")
    assert [row[2] for row in sheet[heading + 1 :]] == shown
    people.all_well()


async def test_10_two_review_steps_ask_for_a_second_reviewer(people: People) -> None:
    admin = await people.person("admin")
    await admin.goto("/console/bank")
    await admin.locator("#f-review_steps").select_option("2")
    await submit(admin, "保存设置")
    changed = admin.get_by_role("region", name="与默认不同的设置").get_by_role(
        "row", name="审核步数"
    )
    await expect(changed).to_contain_text("两位不同的审核员")
    status, item = await people.call(
        "author",
        "POST",
        "/items",
        kind="article",
        topic="life",
        title="网点春节营业时间",
        fields={"summary": "除夕下午休息，初三恢复营业"},
        body="<p>各网点营业时间以门口公告为准。</p>",
    )
    assert status == 201, item
    status, said = await people.call("author", "POST", f"/items/{item['id']}/submit")
    assert status == 200, said
    waiting = (await people.get("reviewer", "/reviews?state=waiting"))["items"]
    review = next(r for r in waiting if r["title"] == "网点春节营业时间")
    status, said = await people.call("reviewer", "POST", f"/reviews/{review['id']}/approve")
    assert status == 200, said
    assert (await people.get("author", f"/items/{item['id']}"))["state"] != "live"
    await admin.goto("/console/bank")
    await shot(admin, "10-4-settings", full=True)
    await changed.get_by_role("button", name="恢复默认").click()
    await expect(changed).to_have_count(0)
    history = admin.get_by_role("region", name="修改记录").first
    await expect(history).to_contain_text("两位不同的审核员")
    people.all_well()
