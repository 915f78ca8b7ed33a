"""What every form of a landing page has in common: whose link, who sends, and how to answer.

The forms are public and know no session. What stands in for a CSRF token is the page's
own signed token; there is no authority that another site's page could borrow.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response

from contenthub.db import TenantId, Write
from contenthub.errors import ContentHubError, Invalid, NotFound, TooMany
from contenthub.library.queries import NotLive
from contenthub.sharing.codes import normalise
from contenthub.sharing.tokens import PURPOSE, Page, Sign, read_token
from contenthub.tenants import queries as tenants
from contenthub.web.addresses import client_address
from contenthub.web.house import House
from contenthub.web.landing import visitors
from contenthub.web.landing.limits import spend
from contenthub.web.landing.targets import Shown, shown_by
from contenthub.web.landing.words import LOST, NOBODY
from contenthub.web.pages import page
from contenthub.web.problems import problem_of

FILL_SECONDS = 2.0
FIELD_CHARS = 300


@dataclass(frozen=True, slots=True)
class Sent:
    """One form as it came in, before any of it was believed."""

    code: str
    tenant: TenantId
    link_id: UUID
    values: dict[str, str]
    visitor_id: UUID | None
    address: str
    browser: str
    at: datetime
    too_long: dict[str, str] = field(default_factory=dict)
    """Field → message of values that were cut."""


async def read_form(request: Request[Any, Any, Any], house: House, code: str) -> Sent:
    """Return the form (JSON or form-encoded) and the bank it belongs to.

    Raises:
        NotFound: an unknown code. Invalid: a body that is no form, or a value too long.
    """
    sent = await sent_form(request, house, code)
    if sent.too_long:
        raise Invalid(fields=sent.too_long)
    return sent


async def sent_form(request: Request[Any, Any, Any], house: House, code: str) -> Sent:
    """Return the form as `read_form` does, what is too long cut and named in `too_long`."""
    meant = normalise(code)
    if meant is None:
        raise NotFound("没有找到这个页面")
    async with house.database.unscoped_reading() as session:
        found = await tenants.find_in_directory(session, "code", meant)
    cookies = request.headers.get("cookie", "").encode("latin-1", "replace")
    visitor = visitors.visitor_in(cookies, house.settings)
    values, too_long = await _values(request) if request.method == "POST" else ({}, {})
    return Sent(
        code=meant,
        tenant=TenantId(found.bank_id),
        link_id=found.target_id,
        values=values,
        visitor_id=UUID(bytes=visitor) if visitor else None,
        address=client_address(request.scope),
        browser=request.headers.get("user-agent", ""),
        at=datetime.now(UTC),
        too_long=too_long,
    )


async def _values(request: Request[Any, Any, Any]) -> tuple[dict[str, str], dict[str, str]]:
    if not await request.body():
        return {}, {}
    if "json" in request.headers.get("content-type", ""):
        try:
            given = msgspec.json.decode(await request.body(), type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Invalid("请求的内容不是 JSON 对象") from error
    else:
        given = dict(await request.form())
    values, too_long = {}, {}
    for name, value in given.items():
        text = "on" if value is True else "" if value in (None, False) else str(value)
        if len(text) > FIELD_CHARS:
            too_long[str(name)[:40]] = f"内容太长，最多 {FIELD_CHARS} 个字"
        values[str(name)] = text[:FIELD_CHARS].strip()
    return values, too_long


def page_behind(sent: Sent, house: House) -> Page:
    """Return the page this form was filled on.

    Raises:
        Invalid: a value too long, no token of ours, filled faster than a person can, or a
        robot's field is filled.
    """
    if sent.too_long:
        raise Invalid(fields=sent.too_long)
    if sent.values.get("website"):
        raise Invalid.of("website", "检测到自动填写，请关闭自动填表后再提交")
    found = page_told(sent, house)
    if sent.at - found.at < timedelta(seconds=FILL_SECONDS):
        raise Invalid.of("token", "提交得太快了，请核对手机号后再提交一次")
    return found


def page_told(sent: Sent, house: House) -> Page:
    """Return what the form's token says of its page; raises Invalid for no token of ours."""
    return read_token(
        sent.values.get("token", ""),
        link_id=sent.link_id.bytes,
        browser=sent.browser,
        sign=signer(sent, house),
        now=sent.at,
    )


def signer(sent: Sent, house: House) -> Sign:
    """Return what signs the tokens of the form's bank."""
    return partial(house.keyring.sign, sent.tenant, PURPOSE)


async def limit_contact(house: House, sent: Sent, visit_id: UUID) -> None:
    """Take one from every bucket of a contact form; raises TooMany."""
    who = sent.visitor_id.hex if sent.visitor_id else f"address:{sent.address}"
    phone = f"{sent.tenant}:{sent.values.get('phone', '')}"
    for bucket, limit in (
        (f"page:{visit_id}", 5),
        (f"phone:{phone}", 5),
        (f"who:{sent.tenant}:{who}", 10),
        (f"from:{sent.tenant}:{sent.address}", 300),
        (f"code:{sent.code}", 2000),
    ):
        await spend(house, bucket, limit=limit)


async def shown_page(db: Write, request: Request[Any, Any, Any], sent: Sent) -> Shown:
    """Return what the link shows, and let a refusal be drawn with the bank's name.

    Raises:
        NotLive: the item is recalled, expired or not live yet.
    """
    shown = await shown_by(db, sent.link_id, at=sent.at)
    request.scope["state"]["landing_bank"] = shown.bank
    if shown.revision is None:
        raise NotLive("内容已下架，请联系页面上的客户经理了解最新情况")
    return shown


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Return whether the sender is a script rather than a form."""
    return "json" in request.headers.get("accept", "") or "json" in request.headers.get(
        "content-type", ""
    )


def done(
    request: Request[Any, Any, Any],
    sent: Sent,
    *,
    title: str,
    text: str,
    bank: object,
    body: dict[str, Any],
    url: str = "",
) -> Response[Any]:
    """Return the thank-you: JSON for a script, a page for a form."""
    if wants_json(request):
        return Response(body, status_code=201, headers={"Cache-Control": "no-store"})
    answer = page(
        request,
        "landing/done.html",
        status=201,
        bank=bank,
        done_title=title,
        done_text=text,
        back_url=f"/s/{sent.code}",
        url=url,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return a refusal as problem+json or as a page in the customer's look."""
    problem = problem_of(request, error)
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if wants_json(request):
        return Response(
            content=msgspec.json.encode(problem),
            status_code=problem.status,
            media_type="application/problem+json",
            headers=headers,
        )
    bank = request.scope["state"].get("landing_bank")
    if isinstance(error, NotFound) and bank is None:
        answer = page(request, "landing/lost.html", status=404, bank=NOBODY, lost=LOST[404])
        answer.headers.update(headers)
        return answer
    code = str(request.path_params.get("code", ""))
    answer = page(
        request,
        "landing/problem.html",
        status=problem.status,
        bank=bank or NOBODY,
        problem=problem,
        fields={e["pointer"][1:]: e["message"] for e in problem.errors},
        back_url=f"/s/{code}" if normalise(code) else "",
    )
    answer.headers.update(headers)
    return answer


REFUSALS: dict[Any, Any] = {ContentHubError: answer_error, NotFound: answer_error}
"""The exception handlers of every landing router; the app's own for NotFound would win else."""
