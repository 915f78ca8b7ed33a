"""Forms as a browser sends them, with the page's token."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx


def tomorrow_at_ten() -> datetime:
    """Return ten o'clock tomorrow in Shanghai: a time that pages, which read the clock, take."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    return (now + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)


async def post_form(
    client: httpx.AsyncClient, url: str, data: dict[str, Any] | None = None, *, htmx: bool = True
) -> httpx.Response:
    """Send a form, by htmx or as a browser without script does."""
    if "csrftoken" not in client.cookies:
        await client.get("/login")
    headers = {"x-csrftoken": str(client.cookies["csrftoken"])}
    if htmx:
        headers["hx-request"] = "true"
    return await client.post(url, data=data or {}, headers=headers)


def onward(answer: httpx.Response) -> str:
    """Return where a form that succeeded sends the browser."""
    assert answer.status_code in (204, 303), answer.text
    return str(answer.headers.get("hx-redirect") or answer.headers["location"])
