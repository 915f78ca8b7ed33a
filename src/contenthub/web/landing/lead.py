"""POST /s/{code}/lead and /signup: a visitor leaves a number, with consent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from contenthub.db import Write
from contenthub.errors import ContentHubError
from contenthub.library.queries import NotLive
from contenthub.sharing import (
    actions_leads,
    actions_places,
    queries,
    queries_claims,
    signupform,
)
from contenthub.sharing.actions_leads import Contact
from contenthub.sharing.models import Signup
from contenthub.web.deps import TheHouse
from contenthub.web.house import House
from contenthub.web.landing import forms
from contenthub.web.landing.again import shown_again
from contenthub.web.landing.limits import spend
from contenthub.web.landing.targets import Shown, shown_by
from contenthub.web.landing.words import STATES, server_of, taken

_OWN_AN_HOUR = 240
_YES = {"on", "1", "true", "yes"}


def _contact(sent: forms.Sent, visit_id: UUID) -> Contact:
    return Contact(
        phone=sent.values.get("phone", ""),
        name=sent.values.get("name", ""),
        visitor_id=sent.visitor_id,
        agreed=sent.values.get("consent", "").lower() in _YES,
        said=sent.values,
        visit_id=visit_id,
        told=sent.values.get("told", ""),
    )


async def _believed(house: House, sent: forms.Sent) -> Contact:
    visit = forms.page_behind(sent, house)
    await forms.limit_contact(house, sent, visit.visit_id)
    return _contact(sent, visit.visit_id)


@post("/{code:str}/lead", opt={"public": True}, include_in_schema=False)
async def leave_lead(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[Any] | Template:
    """Keep a visitor's number for the credited employee; the same number twice is one lead."""
    sent = await forms.sent_form(request, house, code)
    try:
        contact = await _believed(house, sent)
        async with house.database.unit_of_work(sent.tenant) as db:
            shown = await forms.shown_page(db, request, sent)
            await actions_leads.leave_lead(
                db, shown.link, contact, employee=shown.employee, at=sent.at
            )
    except ContentHubError as error:
        return await shown_again(request, house, sent, form="lead", error=error)
    # New or known: the same answer, so nobody learns whose number is with the bank.
    text = f"{server_of(shown)}会尽快与您联系。"
    return forms.done(
        request, sent, title="已收到", text=text, bank=shown.bank, body={"state": "received"}
    )


@post("/{code:str}/signup", opt={"public": True}, include_in_schema=False)
async def sign_up(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[Any] | Template:
    """Sign a visitor up for the link's activity while places are left."""
    sent = await forms.sent_form(request, house, code)
    try:
        contact = await _believed(house, sent)
        async with house.database.unit_of_work(sent.tenant) as db:
            shown = await forms.shown_page(db, request, sent)
            if shown.revision is None:
                raise NotLive()
            signup, became = await actions_places.leave_signup(
                db,
                shown.link,
                contact,
                shown=(shown.item, shown.revision),
                employee=shown.employee,
                at=sent.at,
            )
            rest = await _rest(db, shown, signup, at=sent.at)
    except ContentHubError as error:
        return await shown_again(request, house, sent, form="signup", error=error)
    title, follows = taken(shown.item.kind, became)
    party = f"，共 {signup.seats} 位" if signup.seats > 1 else ""
    text = f"“{shown.revision.title}”{title}{party}，{follows.format(server_of(shown))}。{rest}"
    return forms.done(
        request, sent, title=title, text=text, bank=shown.bank, body={"state": STATES[became]}
    )


@get("/{code:str}/signup", opt={"public": True}, include_in_schema=False)
async def own_signup(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[dict[str, int]]:
    """Return how many places this very browser holds of the link's activity, 0 for none.

    The page itself is kept for everybody; what is one's own is asked for apart and never kept.
    """
    sent = await forms.sent_form(request, house, code)
    answer = {"seats": 0, "signups": 0, "most": 0}
    if sent.visitor_id is not None:
        await spend(house, f"own:{sent.tenant}:{sent.visitor_id.hex}", limit=_OWN_AN_HOUR)
        async with house.database.reading(sent.tenant) as db:
            link = await queries.link(db, sent.link_id)
            held = await queries.held_by(db, link.item_id, sent.visitor_id)
            shown = await shown_by(db, link.id, at=sent.at) if held else None
        if shown is not None and shown.revision is not None and shown.item.kind == "activity":
            most = signupform.most_people(shown.left, held=max(one.seats for one in held))
            seats = sum(one.seats for one in held)
            answer = {"seats": seats, "signups": len(held), "most": most or 0}
    return Response(answer, headers={"Cache-Control": "no-store"})


async def _rest(db: Write, shown: Shown, signup: Signup, *, at: datetime) -> str:
    """Return which piece of a right this is and how many more one may claim; else nothing."""
    if shown.revision is None or shown.item.kind != "right":
        return ""
    zone = shown.bank.zone
    stand = await queries_claims.standing(db, signup, shown.revision.fields, zone=zone, at=at)
    if stand.limits.in_all == 1 or stand.left is None:
        return ""
    more = f"还可以再领 {stand.left} 份" if stand.left else "现在不能再领了"
    return f"这是您的第 {stand.taken} 份，{more}。"


HANDLERS = [
    Router(
        "/s", route_handlers=[leave_lead, sign_up, own_signup], exception_handlers=forms.REFUSALS
    )
]
