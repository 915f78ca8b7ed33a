"""/preview/{token}: a draft on the author's own telephone, for a few minutes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from markupsafe import Markup

from contenthub.errors import NotFound
from contenthub.library import queries
from contenthub.library.models import Revision
from contenthub.tenants import access
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.web import previews
from contenthub.web.deps import Now, TheHouse
from contenthub.web.files import file_answer
from contenthub.web.house import House
from contenthub.web.landing.preview import preview_values
from contenthub.web.landing.words import NOBODY
from contenthub.web.pages import page

_ASSETS = "/assets/"
_QUIET = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True)
class _Look:
    """One device's look at an address; `why_not` is what it reads instead of the draft."""

    preview: previews.Preview | None
    device: str
    why_not: str


async def _look(
    request: Request[Any, Any, Any], house: House, token: str, *, at: datetime
) -> _Look:
    found = await previews.find_preview(house.redis, token, at=at)
    device = request.cookies.get(previews.cookie_name(house.settings), "")
    if found is None:
        return _Look(None, device, "over")
    if await previews.is_first(house.redis, token, device):
        return _Look(found, device, "")
    claimed = await previews.is_claimed(house.redis, token)
    return _Look(found, device, "elsewhere" if claimed else "door")


def _door(request: Request[Any, Any, Any], why: str, token: str) -> Template:
    status = {"over": 404, "elsewhere": 403}.get(why, 200)
    answer = page(
        request, "landing/preview_door.html", status=status, why=why, token=token, bank=NOBODY
    )
    answer.headers.update(_QUIET)
    return answer


@get("/{token:str}", opt={"public": True}, include_in_schema=False)
async def show(
    request: Request[Any, Any, Any], token: FromPath[str], house: TheHouse, now: Now
) -> Template:
    """Show the newest wording to the device that opened the address, a door to a new one."""
    look = await _look(request, house, token, at=now)
    if look.why_not or look.preview is None:
        return _door(request, look.why_not, token)
    shown = look.preview
    async with house.database.reading(shown.tenant) as db:
        person, bank = await db.get(Staff, (shown.tenant, shown.staff_id)), await tenants.bank(db)
        if person is None or not _may_look(person, bank):
            return _door(request, "over", token)
        item, newest, _ = await queries.item_wordings(db, shown.item_id)
        values = _under(await preview_values(db, item, newest, bank=bank), token)
    answer = page(request, "landing/preview.html", **values, until=shown.until, watcher=person.name)
    answer.headers.update(_QUIET)
    return answer


def _may_look(person: Staff, bank: Bank) -> bool:
    is_at_work = person.state in ("active", "leave") and bank.state == "active"
    return is_at_work and access.may(person.roles, "library.drafts")


def _under(values: dict[str, Any], token: str) -> dict[str, Any]:
    """Return the page's values with every picture asked for under the address itself."""
    here = f"/preview/{token}{_ASSETS}"
    body = str(values["body"]).replace(f'src="{_ASSETS}', f'src="{here}')
    return {
        **values,
        "cover_url": values["cover_url"].replace(_ASSETS, here, 1),
        "body": Markup(body),  # noqa: S704  # cleaned by nh3; only the start of addresses changed
        "files": [{**one, "url": one["url"].replace(_ASSETS, here, 1)} for one in values["files"]],
    }


@post("/{token:str}/open", opt={"public": True}, include_in_schema=False)
async def open_here(
    request: Request[Any, Any, Any], token: FromPath[str], house: TheHouse, now: Now
) -> Response[Any]:
    """Bind the address to the device that asks first; a link checker presses no button."""
    look = await _look(request, house, token, at=now)
    if look.why_not == "over":
        return Redirect(f"/preview/{token}", status_code=303)
    mark = await previews.claim(house.redis, token, look.device)
    answer = Redirect(f"/preview/{token}", status_code=303)
    if mark:
        answer.set_cookie(previews.device_cookie(house.settings, token, mark))
    return answer


@get("/{token:str}/assets/{asset_id:uuid}", opt={"public": True}, include_in_schema=False)
async def picture(
    request: Request[Any, Any, Any],
    token: FromPath[str],
    asset_id: FromPath[UUID],
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Return a picture that the shown wording has, to the device that may look."""
    look = await _look(request, house, token, at=now)
    if look.why_not or look.preview is None:
        raise NotFound("没有找到这张图片")
    async with house.database.reading(look.preview.tenant) as db:
        _, newest, _ = await queries.item_wordings(db, look.preview.item_id)
        if not _has(newest, asset_id):
            raise NotFound("没有找到这张图片")
        asset = await queries.asset(db, asset_id)
    return await file_answer(request, house, asset, _QUIET)


def _has(revision: Revision, asset_id: UUID) -> bool:
    if revision.cover_asset_id == asset_id:
        return True
    named = [revision.body.lower(), *(str(value) for value in revision.fields.values())]
    return any(str(asset_id) in text for text in named)


HANDLERS = [Router("/preview", route_handlers=[show, open_here, picture])]
