"""POST /links, GET /links/{code}."""

import secrets
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody

from contenthub.errors import Forbidden, Invalid, NotFound
from contenthub.library import queries as library
from contenthub.sharing import actions, queries
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.sharing.models import Link, LinkStat
from contenthub.tenants import access
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.signin import May, SignedIn

FOR_ANYONE = "pushes.write"
"""Who plans pushes may make any employee's link; an employee only their own (`links.write`)."""


class LinkBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whose link to which item, for which channel; who shares leaves out `employee_id`."""

    item_id: UUID
    employee_id: UUID | None = None
    channel: Annotated[str, msgspec.Meta(max_length=20, examples=["wecom"])] = "wecom"


class LinkView(msgspec.Struct, kw_only=True):
    """A share link and what it brought; `total_views` counts all links below it as well."""

    id: UUID
    code: str
    url: str
    item_id: UUID
    employee_id: UUID
    channel: str
    parent_id: UUID | None
    depth: int
    fetches: int
    views: int
    leads: int
    signups: int
    shares: int
    total_views: int
    total_leads: int
    total_signups: int


def view_of(link: Link, stat: LinkStat, *, public_url: str) -> LinkView:
    """Return what the API shows of a link."""
    return LinkView(
        id=link.id,
        code=link.code,
        url=f"{public_url}/s/{link.code}",
        item_id=link.item_id,
        employee_id=link.employee_id,
        channel=link.channel,
        parent_id=link.parent_id,
        depth=len(link.path),
        fetches=stat.fetches,
        views=stat.views,
        leads=stat.leads,
        signups=stat.signups,
        shares=stat.shares,
        total_views=stat.views + stat.sub_views,
        total_leads=stat.leads + stat.sub_leads,
        total_signups=stat.signups + stat.sub_signups,
    )


class MayLink(SignedIn):
    """A guard: the person may make links, be it their own or anyone's."""

    permission = "links.write"

    async def __call__(self, connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]  # any connection
        """Raise NotSignedIn or Forbidden unless the person may."""
        await super().__call__(connection, handler)
        roles = connection.user.staff.roles
        if not (access.may(roles, self.permission) or access.may(roles, FOR_ANYONE)):
            raise Forbidden("您的角色不能生成分享链接，请联系本行管理员")


async def employee_for(db: Db, employee_id: UUID | None, me: Staff) -> Staff:
    """Return whose link `me` may make: their own when nobody is named.

    Raises:
        Forbidden: an employee asks for a colleague's link. NotFound: out of the data scope.
        Invalid: nobody is named by one who does not share.
    """
    if employee_id is None and not access.may(me.roles, MayLink.permission):
        raise Invalid.of(
            "employee_id",
            "请写明链接记在哪位客户经理名下（employee_id，用 GET /api/v1/staff 查编号）；"
            "您的角色不能以自己的名义分享，不能省略",
        )
    if employee_id in (None, me.id):
        return me
    if not access.may(me.roles, FOR_ANYONE):
        raise Forbidden("只能生成自己的分享链接，不能用同事的名义分享")
    visible = await tenants.visible_staff_ids(db, me)
    if visible is not None and employee_id not in visible:
        raise NotFound("没有找到这位员工")
    return await tenants.staff(db, employee_id)


@post("/links", guards=[MayLink()], summary="生成分享链接", tags=["links"])
async def make_link(
    data: JSONBody[LinkBody], db: Db, me: Me, now: Now, house: TheHouse
) -> LinkView:
    """Return the employee's link to an item; asking again returns the same one."""
    employee = await employee_for(db, data.employee_id, me)
    item = await library.item(db, data.item_id)
    link = await actions.make_link(
        db,
        item,
        employee=employee,
        channel=data.channel,
        at=now,
        code=code_from(secrets.token_bytes(RANDOM_BYTES)),
    )
    stat = await queries.stat(db, link.id)
    return view_of(link, stat, public_url=house.settings.public_url)


@get("/links/{code:str}", guards=[May("library.view")], summary="查看分享链接", tags=["links"])
async def show_link(code: FromPath[str], db: Db, me: Me, house: TheHouse) -> LinkView:
    """Return a link of the caller's data scope with what it brought."""
    link = await queries.link_by_code(db, code)
    visible = await tenants.visible_staff_ids(db, me)
    if visible is not None and not await queries.is_within(db, link, visible):
        raise NotFound("没有找到这个分享链接")
    stat = await queries.stat(db, link.id)
    return view_of(link, stat, public_url=house.settings.public_url)


HANDLERS = [
    Router("/api/v1", route_handlers=[make_link, show_link], after_request=keep_answer),
]
