"""What the pages say and ask of 「联系我」 codes: wanted here, made by the worker."""

from dataclasses import dataclass
from datetime import datetime

from contenthub.db import Read, Write
from contenthub.errors import Invalid
from contenthub.posters import actions_contact, queries, queries_contact
from contenthub.posters.contactcodes import CHANNEL, shows_contact
from contenthub.posters.jobs import new_code
from contenthub.posters.layers import QrLayer, walk
from contenthub.posters.template import Template
from contenthub.tenants import outside
from contenthub.tenants.models import Staff
from contenthub.web.house import House
from contenthub.web.signin import Principal

CARD = "card"
PEOPLE_MAX = 5000
NAMED_AT_MOST = 8
_UNCONNECTED = f"没有「联系我」二维码：{outside.NotConnected.title}"
_NO_ACCOUNT = "员工资料里没有企业微信账号，没有「联系我」二维码：请管理员补填"
_COMING = "「联系我」二维码正在向企业微信申请，一般几分钟就好，请稍后刷新"


@dataclass(frozen=True, slots=True)
class Standing:
    """An employee's code: what it says, or why there is none yet."""

    text: str = ""
    why: str = ""


async def standing(db: Write, person: Staff, *, at: datetime, channel: str = CARD) -> Standing:
    """Return an employee's code; one that nobody asked for yet is asked for."""
    if not await outside.is_connected(db):
        return Standing(why=_UNCONNECTED)
    if not person.wecom_userid:
        return Standing(why=_NO_ACCOUNT)
    way = await queries_contact.of_employee(db, person.id, channel=channel)
    if way is None:
        await actions_contact.want(db, [person], channel=channel, at=at, new_code=new_code)
        return Standing(why=_COMING)
    if way.text:
        return Standing(way.text)
    return Standing(why=f"「联系我」二维码没有申请到：{way.problem}" if way.problem else _COMING)


async def public_text(db: Read, person: Staff) -> str:
    """Return what an employee's code says on their card, or '' while there is none."""
    return (await queries_contact.texts(db, [person.id], channel=CARD)).get(person.id, "")


async def require_codes(house: House, who: Principal, design: Template, *, at: datetime) -> None:
    """Do nothing if everybody who will have a poster has the codes it shows; asks for the rest.

    Raises Invalid naming the layer, what is missing, and the fix.
    """
    if not shows_contact(design):
        return
    field = next(
        f"{path}.code"
        for path, layer in walk(design.layers)
        if isinstance(layer, QrLayer) and layer.code == "contact"
    )
    # What is asked for here stays, also when the submission is refused below.
    async with house.database.unit_of_work(who.tenant) as db:
        why = await _why_not(db, at=at)
    if why:
        raise Invalid.of(field, why)


async def _why_not(db: Write, *, at: datetime) -> str:
    if not await outside.is_connected(db):
        return _UNCONNECTED + "，或把这个码改成分享链接"
    people = await queries.sharers(db, limit=PEOPLE_MAX)
    known = await queries_contact.texts(db, [each.id for each in people], channel=CHANNEL)
    without = [each for each in people if each.id not in known]
    nameless = [each for each in without if not each.wecom_userid]
    if nameless:
        names = "、".join(
            f"{each.name}（工号 {each.staff_no}）" for each in nameless[:NAMED_AT_MOST]
        )
        more = f"等 {len(nameless)} 人" if len(nameless) > NAMED_AT_MOST else ""
        return (
            f"这些员工没有企业微信账号，申请不到「联系我」二维码：{names}{more}，请在员工资料里补填"
        )
    if not without:
        return ""
    await actions_contact.want(db, without, channel=CHANNEL, at=at, new_code=new_code)
    return (
        f"有 {len(without)} 位员工的「联系我」二维码正在向企业微信申请，请几分钟后再提交；"
        "一直没有的，请看员工的手机「我的码」里写的原因"
    )
