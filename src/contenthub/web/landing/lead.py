"""POST /s/{code}/lead and /signup: a visitor leaves a number, with consent."""

from typing import Any

from litestar import Request, Response, Router, post
from litestar.params import FromPath
from litestar.response import Template

from contenthub.errors import ContentHubError
from contenthub.library.queries import NotLive
from contenthub.sharing import actions_leads
from contenthub.sharing.actions_leads import Contact
from contenthub.web.deps import TheHouse
from contenthub.web.house import House
from contenthub.web.landing import forms
from contenthub.web.landing.again import shown_again
from contenthub.web.landing.words import TAKEN, server_of

_YES = {"on", "1", "true", "yes"}


def _contact(sent: forms.Sent) -> Contact:
    return Contact(
        phone=sent.values.get("phone", ""),
        name=sent.values.get("name", ""),
        visitor_id=sent.visitor_id,
        agreed=sent.values.get("consent", "").lower() in _YES,
        said=sent.values,
    )


async def _believed(house: House, sent: forms.Sent) -> Contact:
    visit = forms.page_behind(sent, house)
    await forms.limit_contact(house, sent, visit.visit_id)
    return _contact(sent)


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
            await actions_leads.leave_signup(
                db,
                shown.link,
                contact,
                shown=(shown.item, shown.revision),
                employee=shown.employee,
                at=sent.at,
            )
    except ContentHubError as error:
        return await shown_again(request, house, sent, form="signup", error=error)
    title, follows = TAKEN[shown.item.kind]
    text = f"“{shown.revision.title}”{title}，{follows.format(server_of(shown))}。"
    return forms.done(
        request, sent, title=title, text=text, bank=shown.bank, body={"state": "signed_up"}
    )


HANDLERS = [Router("/s", route_handlers=[leave_lead, sign_up], exception_handlers=forms.REFUSALS)]
