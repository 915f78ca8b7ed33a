"""GET and POST /s/{code}/refuse: the way out that every page carries (广告法 art. 43)."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Template

from contenthub.sharing import actions_refusals, notice, queries_contacts, queries_leads
from contenthub.sharing.models import Lead
from contenthub.tenants.topics import TOPICS
from contenthub.web.deps import TheHouse
from contenthub.web.landing import forms
from contenthub.web.landing.limits import spend
from contenthub.web.landing.targets import shown_by
from contenthub.web.pages import page


@get("/{code:str}/refuse", opt={"public": True}, include_in_schema=False)
async def refuse_page(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Template:
    """Ask what is refused, and for the number unless this browser left one before."""
    sent = await forms.read_form(request, house, code)
    known: Lead | None = None
    async with house.database.reading(sent.tenant) as db:
        shown = await shown_by(db, sent.link_id, at=sent.at)
        if sent.visitor_id is not None:
            known = await queries_leads.lead_of_visitor(db, sent.visitor_id)
    answer = page(
        request,
        "landing/refuse.html",
        bank=shown.bank,
        told=notice.refusal(shown.bank.name),
        code=sent.code,
        topic=shown.item.topic,
        topic_label=TOPICS.get(shown.item.topic, shown.item.topic),
        known_phone=known.phone_masked if known else "",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@post("/{code:str}/refuse", opt={"public": True}, include_in_schema=False)
async def refuse(
    request: Request[Any, Any, Any], code: FromPath[str], house: TheHouse
) -> Response[Any]:
    """Record the refusal; a recalled page's link still takes one."""
    sent = await forms.read_form(request, house, code)
    who = sent.visitor_id.hex if sent.visitor_id else f"address:{sent.address}"
    await spend(house, f"refuse:{sent.tenant}:{who}", limit=10)
    await spend(house, f"refuse-from:{sent.tenant}:{sent.address}", limit=300)
    async with house.database.unit_of_work(sent.tenant) as db:
        shown = await shown_by(db, sent.link_id, at=sent.at)
        request.scope["state"]["landing_bank"] = shown.bank
        phone = sent.values.get("phone", "")
        if not phone and sent.visitor_id is not None:
            known = await queries_leads.lead_of_visitor(db, sent.visitor_id)
            phone = queries_contacts.phone_of(db, known) if known else ""
        topic = sent.values.get("topic", "") or shown.item.topic
        await actions_refusals.refuse(db, phone, topic, at=sent.at)
    # Customer or stranger: the same answer, so nobody learns who banks here.
    return forms.done(
        request,
        sent,
        title="已登记",
        text="我们不再向您推荐此类信息，即刻生效。如需恢复，请联系客户经理。",
        bank=shown.bank,
        body={"state": "refused"},
    )


HANDLERS = [Router("/s", route_handlers=[refuse_page, refuse], exception_handlers=forms.REFUSALS)]
