"""Pictures: a template's preview, an employee's poster, personal code and name card."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, Router, get
from litestar.params import FromPath, FromQuery, QueryParameter

from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.posters import qr
from contenthub.posters.easel import THUMBNAIL_MAX_PX, THUMBNAIL_MIN_PX
from contenthub.posters.rendering import PosterPlan
from contenthub.tenants import queries_staff
from contenthub.web import contact_ways, poster_faults, poster_work
from contenthub.web.deps import Now, TheHouse
from contenthub.web.house import House
from contenthub.web.signin import May, principal_of

QR_MIN_PX, QR_MAX_PX = 120, 2000

Width = Annotated[
    int | None,
    QueryParameter(
        name="width_px",
        description=f"小图的宽，{THUMBNAIL_MIN_PX} 到 {THUMBNAIL_MAX_PX} 像素，JPEG；不填为原尺寸",
        schema_extra={"minimum": THUMBNAIL_MIN_PX, "maximum": THUMBNAIL_MAX_PX},
    ),
]
Background = Annotated[
    int,
    QueryParameter(
        name="background", ge=0, le=8, description="用第几张背景：0 为原背景，1 起为可换的背景"
    ),
]
OwnBackground = Annotated[
    int | None,
    QueryParameter(
        name="background",
        ge=0,
        le=8,
        description="用第几张背景：0 为原背景，1 起为可换的背景；不填为这位员工自己选的",
    ),
]


def check_width(width_px: int | None) -> None:
    """Raise Invalid for a width that a small picture may not have; None is the whole one."""
    if width_px is not None and not THUMBNAIL_MIN_PX <= width_px <= THUMBNAIL_MAX_PX:
        raise Invalid.of(
            "width_px",
            f"宽度 {width_px} 像素不可用：请填 {THUMBNAIL_MIN_PX} 到 {THUMBNAIL_MAX_PX} 之间的"
            "整数，要原尺寸就去掉 width_px",
        )


async def picture(
    request: Request[Any, Any, Any],
    house: House,
    plan: PosterPlan,
    *,
    png: bool = False,
    width_px: int | None = None,
) -> Response[bytes]:
    """Return a plan's picture, or 304 when the asker has it; it is never another person's."""
    etag = f'"{plan.etag}-{"png" if png else "jpg"}{width_px or ""}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = request.headers.get("if-none-match", "")
    if etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]:
        return Response(b"", status_code=304, headers=headers)
    png = png and not width_px  # small ones are for looking at
    data = await poster_work.draw(house, plan, png=png, width_px=width_px or 0)
    mime = "image/png" if png else "image/jpeg"
    return Response(data, media_type=mime, headers=headers)


@get(
    "/poster-templates/{template_id:uuid}/preview.jpg",
    guards=[May("posters.view")],
    summary="海报预览（未审核的版本，二维码不可用）",
    tags=["posters"],
    media_type="image/jpeg",
)
async def preview(
    template_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    house: TheHouse,
    employee_id: FromQuery[UUID | None] = None,
    width_px: Width = None,
    background: Background = 0,
    placeholder: FromQuery[bool] = False,
) -> Response[bytes]:
    """Return the newest revision as it looks for an employee, without a real link.

    With `placeholder`, one that cannot be drawn is a picture (SVG) that says why.
    """
    check_width(width_px)
    try:
        plan = await poster_work.preview_plan(
            house,
            principal_of(request),
            template_id,
            employee_id=employee_id,
            background=background,
        )
        return await picture(request, house, plan, width_px=width_px)
    except Invalid as wrong:
        if not placeholder:
            raise
        reason = "；".join(wrong.fields.values()) or wrong.detail
    data = poster_faults.placeholder(reason)
    return Response(data, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@get(
    "/posters/{template_id:uuid}/{employee_file:str}",
    guards=[May("posters.view")],
    summary="员工海报：{employee_id}.jpg 或 {employee_id}.png",
    tags=["posters"],
    media_type="image/jpeg",
    opt={"files": ("image/jpeg", "image/png")},
)
async def poster(
    template_id: FromPath[UUID],
    employee_file: FromPath[str],
    request: Request[Any, Any, Any],
    house: TheHouse,
    now: Now,
    width_px: Width = None,
    background: OwnBackground = None,
) -> Response[bytes]:
    """Return an employee's poster of an approved template, their own link in its code.

    `background` is one of those approved with the template; without it, the one they chose.
    """
    check_width(width_px)
    stem, _, ending = employee_file.rpartition(".")
    try:
        employee_id = UUID(stem)
    except ValueError as error:
        raise NotFound("没有找到这位员工") from error
    if ending not in ("jpg", "png"):
        raise NotFound("海报只有 .jpg 和 .png 两种")
    plan = await poster_work.live_plan(
        house,
        principal_of(request),
        template_id,
        employee_id=employee_id,
        background=background,
        at=now,
    )
    return await picture(request, house, plan, png=ending == "png", width_px=width_px)


def check_side(size_px: int) -> None:
    """Raise Invalid for a side that a code alone may not have."""
    if not QR_MIN_PX <= size_px <= QR_MAX_PX:
        raise Invalid.of("size_px", f"边长应在 {QR_MIN_PX} 到 {QR_MAX_PX} 像素之间")


async def code(text: str, size_px: int) -> Response[bytes]:
    """Return a code alone as PNG, kept by the browser for five minutes."""
    data = await asyncio.to_thread(qr.png, text, size_px)
    headers = {"Cache-Control": "private, max-age=300"}
    return Response(data, media_type="image/png", headers=headers)


@get(
    "/employees/{employee_id:uuid}/qr.png",
    guards=[May("posters.view")],
    summary="员工个人码",
    tags=["posters"],
    media_type="image/png",
)
async def personal_code(
    employee_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    house: TheHouse,
    now: Now,
    item_id: FromQuery[UUID | None] = None,
    size_px: FromQuery[int] = 430,
) -> Response[bytes]:
    """Return a code with an employee's own link: to `item_id`, or to what their card shows."""
    check_side(size_px)
    plan = await poster_work.card_plan(
        house, principal_of(request), employee_id, item_id=item_id, at=now
    )
    return await code(plan.personal.qr_text, size_px)


@get(
    "/employees/{employee_id:uuid}/card.jpg",
    guards=[May("posters.view")],
    summary="员工电子名片",
    tags=["posters"],
    media_type="image/jpeg",
)
async def name_card(
    employee_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    house: TheHouse,
    now: Now,
    item_id: FromQuery[UUID | None] = None,
) -> Response[bytes]:
    """Return an employee's name card."""
    plan = await poster_work.card_plan(
        house, principal_of(request), employee_id, item_id=item_id, at=now
    )
    return await picture(request, house, plan)


@get(
    "/employees/{employee_id:uuid}/contact.png",
    guards=[May("posters.view")],
    summary="员工的企业微信「联系我」二维码",
    tags=["posters"],
    media_type="image/png",
)
async def contact_code(
    employee_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    house: TheHouse,
    now: Now,
    size_px: FromQuery[int] = 430,
) -> Response[bytes]:
    """Return the code that adds an employee in WeCom; 409 says why there is none yet."""
    check_side(size_px)
    who = principal_of(request)
    async with house.database.unit_of_work(who.tenant) as db:
        employee = await queries_staff.visible(db, employee_id, viewer=who.staff)
        found = await contact_ways.standing(db, employee, at=now)
    if found.why:
        raise Conflict(found.why)
    return await code(found.text, size_px)


HANDLERS = [
    Router("/api/v1", route_handlers=[preview, poster, personal_code, contact_code, name_card])
]
