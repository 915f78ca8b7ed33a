"""A visitor of a landing page, as tests drive one."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
from tests.personas import Personas

from contenthub.db import new_id
from contenthub.sharing.models import Link
from contenthub.sharing.tokens import PURPOSE, microseconds, token

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x1800322b) NetType/WIFI"
)


@asynccontextmanager
async def visitor(people: Personas, browser: str = WECHAT) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client that looks like a customer's phone."""
    async with people.client() as client:
        client.headers["user-agent"] = browser
        yield client


def token_in(page: httpx.Response) -> str:
    """Return the page token of a landing page."""
    found = re.search(r'data-beacon-token="([\w-]+)"', page.text)
    assert found is not None
    return found[1]


def page_token(people: Personas, link: Link, *, age_seconds: float = 5) -> str:
    """Return the token of a page that was opened a while ago, so that no test has to wait."""
    at = datetime.now(UTC) - timedelta(seconds=age_seconds)
    sign = partial(people.house.keyring.sign, link.tenant_id, PURPOSE)
    return token(new_id().bytes, microseconds(at), link_id=link.id.bytes, browser=WECHAT, sign=sign)


async def send(
    client: httpx.AsyncClient, people: Personas, link: Link, what: str = "lead", /, **values: Any
) -> httpx.Response:
    """Send a form of the page as JSON; values override a good form, None leaves one out."""
    good = {"token": page_token(people, link), "phone": "13800000001", "consent": True}
    body = {k: v for k, v in {**good, **values}.items() if v is not None}
    return await client.post(f"/s/{link.code}/{what}", json=body)
