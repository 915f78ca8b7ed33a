#!/usr/bin/env python3
"""Takes the documents' pictures from a running demo (`make run`) with Debian's Chromium.

.venv/bin/python scripts/screenshots.py [--data data] [--base http://127.0.0.1:8080]
    [--only NAME] [--page NAME=LOGIN:/path] [--out docs/images]

LOGIN may be BANK/LOGIN; a path may go on with `|CSS` for each link to follow, the first there.
"""

import argparse
import base64
import io
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from contenthub.tenants import totp

OUT = Path(__file__).resolve().parent.parent / "docs" / "images"
DESK, PHONE = (1440, 900), (390, 844)
MAX_BYTES = 200 * 1024
WAIT_SECONDS = 240
#: name -> who looks, at what
PAGES = {
    "console": ("author", "/console/posters"),
    "phone": ("employee1", "/m"),
    "phone-posters": ("employee1", "/m/posters"),
    "phone-card": ("employee1", "/m/code|a[href*='/c/']"),
    "phone-result": ("employee1", "/m/results/day"),
    "poster-import": ("author", "/console/posters|a:has-text('设计公司定稿')|a:has-text('修改')"),
    "poster-words": ("author", "/console/posters|a.n:has-text('换个背景')|a:has-text('只改文字')"),
    "poster-fonts": ("author", "/console/posters/fonts"),
    "poster-batch": ("manager", "/console/posters|a.n:has-text('换个背景')"),
    "library": ("author", "/console/library?kind=product"),
    "assets": ("author", "/console/assets"),
    "kits": ("liuhe/author", "/console/kits"),
    "script": ("employee1", "/m/scripts|a.ln"),
    "branches": ("admin", "/console/branches?gone=1"),
    "branch-history": ("admin", "/console/branches?q=柳林支行|main td a.n"),
    "staff": ("admin", "/console/staff"),
    "hand-over": ("admin", "/console/staff?state=resigned|main td a.n"),
    "roles": ("admin", "/console/roles"),
    "security": ("admin", "/console/security"),
    "keys": ("admin", "/console/keys"),
    "webhook": ("admin", "/console/webhooks|main td a"),
    "audit": ("auditor", "/console/audit?q=王一"),
    "bank-settings": ("admin", "/console/bank"),
    "members": ("shenglian/admin", "/console/members"),
    "reviews": ("liuhe/compliance", "/console/reviews?mine=1|a.n[title*='亲子存单']"),
    "review-flows": ("liuhe/admin", "/console/reviews/flows"),
    "review-records": ("auditor", "/console/reviews/records"),
    "platform-banks": ("platform/platform1", "/platform"),
    "platform-visits": ("platform/platform2", "/platform/visits"),
    "agency": ("platform/agency1", "/platform/agency"),
}
PLATFORM = "platform"
"""Stands for the bank in the log-ins of people who belong to none."""


@contextmanager
def signed_in(browser: Browser, base: str, account: dict[str, Any]) -> Iterator[Page]:
    """Yield a page of a person who is signed in; employees hold a phone."""
    on_phone = account["roles"] == ["employee"]
    width, height = PHONE if on_phone else DESK
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if on_phone else 1,
        is_mobile=on_phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    page = context.new_page()
    if account["bank"] == PLATFORM:
        _enter_platform(page, base, account)
    else:
        wanted = {key: account[key] for key in ("bank", "login", "password")}
        answer = context.request.post(f"{base}/api/v1/login", data=wanted, headers={"Origin": base})
        if not answer.ok:
            raise SystemExit(f"登录失败（{answer.status}）：{account['login']}")
    yield page
    context.close()


def _enter_platform(page: Page, base: str, account: dict[str, Any]) -> None:
    """Sign an operator in by password and the code of this moment."""
    secret = base64.b32decode(account["totp_secret"])
    page.goto(f"{base}/platform/login")
    page.locator("#f-login").fill(account["login"])
    page.locator("#f-password").fill(account["password"])
    page.locator("#f-code").fill(totp.code_of(secret, totp.step_at(datetime.now(UTC))))
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login" not in url)


def wait_for_task(page: Page, base: str) -> None:
    """Wait until the person has an open task: a fresh demo's first push hands them out."""
    for _ in range(WAIT_SECONDS):
        tasks = page.context.request.get(f"{base}/api/v1/tasks").json()["items"]
        if any(task["state"] == "open" for task in tasks):
            return
        time.sleep(1)
    sys.stderr.write("没有等到待办；请在新目录启动演示后的几分钟内拍\n")


def take(page: Page, url: str, path: Path) -> None:
    """Write one picture below the size limit; JPEG when PNG would be larger."""
    url, *links = url.split("|")
    answer = page.goto(url, wait_until="networkidle")
    for link in links:
        href = page.locator(link).first.get_attribute("href")
        url = urljoin(url, href or "")
        answer = page.goto(url, wait_until="networkidle")
    if page.locator("ch-poster-editor").count():
        page.locator("ch-poster-editor[data-ready]").wait_for()
    if answer is None or not answer.ok:
        raise SystemExit(f"{url} 答复 {answer.status if answer else '无'}")
    raw = page.screenshot()
    with Image.open(io.BytesIO(raw)) as opened:
        shot = opened.convert("RGB")
    shot.quantize(192, dither=Image.Dither.NONE).save(path.with_suffix(".png"), optimize=True)
    if path.with_suffix(".png").stat().st_size > MAX_BYTES:
        path.with_suffix(".png").unlink()
        shot.save(path.with_suffix(".jpg"), quality=82, optimize=True)


def main() -> None:
    """Take every picture, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--base", default="http://127.0.0.1:8080")
    parser.add_argument("--bank", default="qingyuan")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", choices=[*PAGES])
    parser.add_argument("--page", action="append", default=[], metavar="NAME=LOGIN:/path")
    asked = parser.parse_args()
    pages = {name: PAGES[name] for name in asked.only}
    for one in asked.page:
        name, _, rest = one.partition("=")
        login, _, path = rest.partition(":")
        pages[name] = (login, path)
    accounts = {
        f"{a['bank']}/{a['login']}": a
        for a in json.loads((asked.data / "demo-accounts.json").read_text("utf-8"))
    }
    asked.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
        for name, (login, path) in (pages or PAGES).items():
            who = login if "/" in login else f"{asked.bank}/{login}"
            with signed_in(browser, asked.base, accounts[who]) as page:
                if name == "phone":
                    wait_for_task(page, asked.base)
                take(page, asked.base + path, asked.out / name)
        browser.close()


if __name__ == "__main__":
    main()
