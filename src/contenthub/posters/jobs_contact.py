"""Worker entry of 「联系我」 codes: asks WeCom for them, reads their pictures, deletes them."""

from datetime import UTC, datetime
from typing import Any

import httpx

from contenthub.channels.channel import ChannelError, ContactWay, Retry
from contenthub.channels.wecom import WeComClient
from contenthub.channels.wecom_errors import ABOUT_ONE_MEMBER, POLICIES
from contenthub.db import Database, Platform, TenantId
from contenthub.errors import ContentHubError, Invalid
from contenthub.posters import actions_contact as contact
from contenthub.posters import queries_contact, studio
from contenthub.posters.actions_contact import Claim
from contenthub.queue import job, sweep
from contenthub.tenants import outside

REMARKS = {"card": "电子名片", "poster": "海报"}
PICTURE_MAX_BYTES = 1 << 20
PICTURE_SECONDS = 15.0


@job(contact.JOB)
async def make_contact_ways(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Make, read and delete the bank's codes that are due, some at a time, until none is."""
    while True:
        async with database.unit_of_work(tenant) as db:
            taken = await contact.claim(db, at=datetime.now(UTC))
            if not taken:
                return
            app = await outside.wecom(db) if await outside.is_connected(db) else None
            http = db.info["http"]
        for one in taken:
            if not await _settle(database, tenant, one, app=app, http=http):
                return


@sweep(contact.JOB)
async def due_banks(db: Platform, now: datetime) -> list[tuple[Any, dict[str, str]]]:
    """Return banks with codes to make, or of people who left."""
    return [(bank, {}) for bank in await queries_contact.banks_due(db, at=now)]


async def _settle(
    database: Database,
    tenant: TenantId,
    one: Claim,
    *,
    app: WeComClient | None,
    http: httpx.AsyncClient,
) -> bool:
    """Do what one code needs; return whether the next may be tried at once."""
    try:
        if app is None:
            raise outside.NotConnected
        lost = await _lost(database, tenant, one, app=app)
        if one.is_over:
            for number in [one.config_id, *(way.config_id for way in lost)]:
                if number:
                    await app.del_contact_way(number)
            async with database.unit_of_work(tenant) as db:
                await contact.record_gone(db, one.id, at=datetime.now(UTC))
            return True
        qr_url = one.qr_url
        if not one.config_id:
            made = lost[0] if lost else await _asked(database, tenant, one, app=app)
            qr_url = made.qr_url
            async with database.unit_of_work(tenant) as db:
                await contact.record_made(
                    db,
                    one.id,
                    config_id=made.config_id,
                    qr_url=qr_url,
                    at=datetime.now(UTC),
                )
        said = await studio.read_code(await _picture(http, qr_url))
        async with database.unit_of_work(tenant) as db:
            await contact.record_read(db, one.id, text=said)
    except ContentHubError as error:
        async with database.unit_of_work(tenant) as db:
            await contact.record_problem(db, one.id, _why(error), at=datetime.now(UTC))
        return _is_theirs_alone(error)
    return True


def _why(error: ContentHubError) -> str:
    """Return a refusal as a clerk reads it: WeCom's English words are left out, its number not."""
    if isinstance(error, ChannelError) and error.errcode in POLICIES:
        return f"{POLICIES[error.errcode].text}（企业微信错误码 {error.errcode}）"
    return error.detail or error.title


def _is_theirs_alone(error: ContentHubError) -> bool:
    """Return whether the others' codes may be asked for all the same.

    A setting that is wrong, or a limit, stands in the way of all.
    """
    if isinstance(error, ChannelError):
        return error.retry is Retry.PERMANENT or error.errcode in ABOUT_ONE_MEMBER
    return not isinstance(error, outside.NotConnected)


async def _lost(
    database: Database, tenant: TenantId, one: Claim, *, app: WeComClient
) -> list[ContactWay]:
    """Return what WeCom made for a code when its answer was lost; more than one is too many."""
    if one.asked_at is None:
        return []
    async with database.reading(tenant) as db:
        known = await queries_contact.config_ids(db)
    found = await app.contact_ways(one.state, since=one.asked_at, known=known)
    for way in found[1:]:
        await app.del_contact_way(way.config_id)
    return found[:1]


async def _asked(
    database: Database, tenant: TenantId, one: Claim, *, app: WeComClient
) -> ContactWay:
    """Return a new code, asked for after that was written down."""
    async with database.unit_of_work(tenant) as db:
        await contact.record_asked(db, one.id, at=datetime.now(UTC))
    return await app.add_contact_way(one.userid, state=one.state, remark=REMARKS[one.channel])


async def _picture(http: httpx.AsyncClient, url: str) -> bytes:
    """Return the bytes of a code's picture, as WeCom names it; raises Invalid."""
    data = bytearray()
    try:
        async with http.stream("GET", url, timeout=PICTURE_SECONDS) as answer:
            answer.raise_for_status()
            async for part in answer.aiter_bytes():
                data += part
                if len(data) > PICTURE_MAX_BYTES:
                    raise Invalid.of("qr_url", "企业微信给的二维码图片太大，稍后再试")
    except (httpx.HTTPError, httpx.InvalidURL) as wrong:
        raise Invalid.of(
            "qr_url", f"取不到二维码图片（{type(wrong).__name__}），稍后再试"
        ) from None
    return bytes(data)
