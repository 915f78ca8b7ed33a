"""A bank's door to the outside world: its WeCom app, as a Channel.

The client is made outside any transaction's life: it is cached per process, keeps its
own access token, and its secret is opened only to make it.
"""

from datetime import datetime
from uuid import UUID
from weakref import WeakKeyDictionary

import httpx
from sqlalchemy import select

from contenthub.channels.channel import Channel
from contenthub.channels.gate import Gate
from contenthub.channels.pace import RedisPace
from contenthub.channels.sandbox.hand import is_on_this_machine
from contenthub.channels.wecom import WeComClient
from contenthub.db import Read
from contenthub.errors import Conflict
from contenthub.tenants.models import WeComApp
from contenthub.tenants.sealing import bank_id, keyring, settings_of

_clients: WeakKeyDictionary[httpx.AsyncClient, dict[tuple[UUID, UUID, datetime], WeComClient]] = (
    WeakKeyDictionary()
)
"""By the house's HTTP client: two houses in one process have nothing in common."""


class NotConnected(Conflict):
    """The bank has no WeCom app yet."""

    code = "wecom_not_connected"
    title = "本行还没有接入企业微信应用，请管理员先在设置里填写企业 ID 和应用密钥"


async def channel(db: Read) -> Channel:
    """Return the bank's WeCom channel; raises NotConnected."""
    return await wecom(db)


async def is_connected(db: Read) -> bool:
    """Return whether the bank has a WeCom app."""
    return await _app(db) is not None


async def wecom(db: Read) -> WeComClient:
    """Return the bank's WeCom app with all it can do beyond sending; raises NotConnected."""
    app = await _app(db)
    if app is None:
        raise NotConnected()
    known = _clients.setdefault(db.info["http"], {})
    key = (app.tenant_id, app.id, app.created_at)
    if key not in known:
        known[key] = _client(db, app)
    return known[key]


async def sandbox_url(db: Read) -> str:
    """Return the base URL of the bank's WeCom app if it stands on this machine, else ''."""
    app = await _app(db)
    if app is None:
        return ""
    base_url = app.base_url or settings_of(db).wecom_base_url
    return base_url if is_on_this_machine(base_url) else ""


async def _app(db: Read) -> WeComApp | None:
    return await db.scalar(
        select(WeComApp)
        .where(WeComApp.tenant_id == bank_id(db))
        .order_by(WeComApp.created_at.desc())
        .limit(1)
    )


def _client(db: Read, app: WeComApp) -> WeComClient:
    http, settings = db.info["http"], settings_of(db)
    if not isinstance(http, httpx.AsyncClient):
        raise TypeError("the session was opened without a house")
    pace = db.info.get("pace")
    secret = keyring(db).open(app.tenant_id, f"wecom_apps.secret:{app.id}", app.secret_sealed)
    return WeComClient(
        app.base_url or settings.wecom_base_url,
        corpid=app.corpid,
        secret=secret,
        agentid=app.agentid,
        http=http,
        gate=Gate(pace=pace if isinstance(pace, RedisPace) else None),
    )
