"""What the pages say and ask of 「联系我」 codes: wanted here, made by the worker."""

from dataclasses import dataclass
from datetime import datetime

from contenthub.db import Read, Write
from contenthub.errors import Invalid
from contenthub.posters import actions_contact, queries, queries_contact
from contenthub.posters.contactcodes import shows_contact
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


@dataclass(frozen=True, slots=True)
class Standing:
    """An employee's code: what it says, or why there is none yet."""

    text: str = ""
    why: str = ""


async def standing(db: Write, person: Staff, *, at: datetime, channel: str = CARD) -> Standing:
    """Return an employee's code; one that nobody asked for yet is asked for."""
    known = await queries_contact.texts(db, [person.id], channel=channel)
    if person.id in known and await outside.is_connected(db):
        return Standing(known[person.id])
    lacking = await queries_contact.lacking(db, [person], channel=channel)
    why = lacking.get(person.id, queries_contact.UNCONNECTED)
    if why == queries_contact.COMING:
        await actions_contact.want(db, [person], channel=channel, at=at, new_code=new_code)
    return Standing(why=why)


async def public_text(db: Read, person: Staff) -> str:
    """Return what an employee's code says on their card, or '' while there is none."""
    return (await queries_contact.texts(db, [person.id], channel=CARD)).get(person.id, "")


async def require_codes(
    house: House, who: Principal, design: Template, *, leave_out: bool = False, at: datetime
) -> None:
    """Do nothing if everybody who will have a poster has the codes it shows; asks for the rest.

    With `leave_out` some may be without: they have no poster until their code is there.

    Raises Invalid naming the layer, the employees with the reason of each, and the fix.
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
        why = await _why_not(db, design, leave_out=leave_out, at=at)
    if why:
        raise Invalid.of(field, why)


async def _why_not(db: Write, design: Template, *, leave_out: bool, at: datetime) -> str:
    if not await outside.is_connected(db):
        return queries_contact.UNCONNECTED + "，或把这个码改成分享链接"
    people = await queries.sharers(db, limit=PEOPLE_MAX)
    lacking = await actions_contact.ask_for(db, design, people, at=at, new_code=new_code)
    without = [each for each in people if each.id in lacking]
    if not without or (leave_out and len(without) < len(people)):
        return ""
    refused = [each for each in without if lacking[each.id] != queries_contact.COMING]
    coming = len(without) - len(refused)
    if not refused:
        return f"有 {coming} 位员工的「联系我」二维码正在向企业微信申请，请几分钟后再提交"
    named = "；".join(
        f"{each.name}（工号 {each.staff_no}）：{lacking[each.id]}"
        for each in refused[:NAMED_AT_MOST]
    )
    more = f"；等共 {len(refused)} 人" if len(refused) > NAMED_AT_MOST else ""
    rest = f"另有 {coming} 位正在申请，一般几分钟就好。" if coming else ""
    return (
        f"这些员工没有「联系我」二维码——{named}{more}。{rest}"
        "更正后一小时内会自动再申请，也可以在“员工海报”页点“重新申请”；"
        "或者在那一页先不给他们出，直接提交"
    )
