"""The vCard file and the picture of an employee's card, under the card's own address."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from contenthub.db import TenantId
from contenthub.errors import NotFound
from contenthub.posters import easel, qr, queries_plans, rendering
from contenthub.sharing import queries, vcard
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Branch, Staff
from contenthub.web import contact_ways
from contenthub.web.deps import TheHouse
from contenthub.web.house import House
from contenthub.web.landing import forms
from contenthub.web.landing.card import is_card, offer_of
from contenthub.web.landing.limits import spend

CARDS_AN_HOUR = 600
"""Pictures and files per address; a whole village may share one."""
VCARD_PHOTO_PX = 240
CONTACT_PX = 430
_GONE = "没有找到这张名片，请向给您名片的客户经理再要一次"


async def _found(
    request: Request[Any, Any, Any], house: House, code: str
) -> tuple[TenantId, "_Facts"]:
    sent = await forms.read_form(request, house, code)
    await spend(house, f"card:{sent.address}", limit=CARDS_AN_HOUR)
    async with house.database.reading(sent.tenant) as db:
        link = await queries.link(db, sent.link_id)
        bank = await tenants.bank(db)
        if not is_card(link) or bank.state != "active":
            raise NotFound(_GONE)
        employee = await queries.credited(db, link.employee_id)
        if employee.state != "active":
            raise NotFound("这位员工已不在岗，请拨打本行客服电话")
        branch = await db.get(Branch, (employee.tenant_id, employee.branch_id))
        offer = await offer_of(db, link, employee, at=sent.at)
    return sent.tenant, _Facts(sent.code, bank, employee, branch, offer.shows_phone)


@dataclass(frozen=True, slots=True)
class _Facts:
    code: str
    bank: Bank
    employee: Staff
    branch: Branch | None
    shows_phone: bool


@get("/{code:str}/card.vcf", opt={"public": True}, include_in_schema=False)
async def card_file(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[bytes]:
    """Return the card as a vCard file, for the phone's address book."""
    _, facts = await _found(request, house, code)
    employee, bank, branch = facts.employee, facts.bank, facts.branch
    said = vcard.Card(
        name=employee.name,
        title=employee.title,
        bank=bank.full_name or bank.name,
        branch=branch.name if branch else "",
        phone=employee.phone if facts.shows_phone else "",
        hotline=bank.hotline,
        address=branch.address if branch else "",
        url=f"{house.settings.public_url}/c/{facts.code}",
        photo=await _small_photo(house, employee),
    )
    name = quote(f"{employee.name}-{bank.name}.vcf")
    headers = {
        "Content-Disposition": f"attachment; filename=\"card.vcf\"; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
    }
    return Response(vcard.vcard(said), media_type="text/vcard", headers=headers)


async def _small_photo(house: House, employee: Staff) -> bytes:
    if not employee.photo_key:
        return b""
    try:
        photo = await house.storage.get(employee.photo_key)
    except NotFound:
        return b""
    return await asyncio.to_thread(easel.shrunk, photo, VCARD_PHOTO_PX)


@get("/{code:str}/card.jpg", opt={"public": True}, include_in_schema=False)
async def card_picture(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[bytes]:
    """Return the card as a picture, its code leading to the card."""
    tenant, facts = await _found(request, house, code)
    url = f"{house.settings.public_url}/c/{facts.code}"
    async with house.database.reading(tenant) as db:
        plan = await queries_plans.prepare_card(db, facts.employee, qr_text=url)
    headers = {"Cache-Control": "public, max-age=300", "ETag": f'"{plan.etag}"'}
    if f'"{plan.etag}"' in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    data = await rendering.draw(house.storage, plan)
    return Response(data, media_type="image/jpeg", headers=headers)


@get("/{code:str}/contact.png", opt={"public": True}, include_in_schema=False)
async def contact_code(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[bytes]:
    """Return the code that adds the card's employee in WeCom."""
    tenant, facts = await _found(request, house, code)
    async with house.database.reading(tenant) as db:
        text = await contact_ways.public_text(db, facts.employee)
    if not text:
        raise NotFound("这位员工还没有企业微信二维码，请打电话或留下号码")
    data = await asyncio.to_thread(qr.png, text, CONTACT_PX)
    return Response(data, media_type="image/png", headers={"Cache-Control": "public, max-age=300"})


HANDLERS = [
    Router(
        "/c",
        route_handlers=[card_file, card_picture, contact_code],
        exception_handlers=forms.REFUSALS,
    )
]
