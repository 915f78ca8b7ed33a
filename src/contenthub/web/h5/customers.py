"""我的客户: an employee's own customers, masked; call back, and write down what they refuse."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import (
    actions,
    actions_consents,
    actions_people,
    queries,
    queries_mine,
)
from contenthub.customers.contacts import WAYS
from contenthub.customers.models import Customer
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import reveals
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.topics import TOPICS
from contenthub.web import customer_facts
from contenthub.web.contact_desk import ReasonForm
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import fragment_headers, go, is_fragment, page
from contenthub.web.signin import May

PAGE = 30
CHANNEL = "h5"


@dataclass
class TopicForm:
    """What a topic chip sends."""

    topic: str = ""


async def _own(db: Read, customer_id: UUID, me: Staff) -> Customer:
    """Return one of the employee's own customers; raises NotFound for all others."""
    return await queries.customer(db, customer_id, owner_ids={me.id})


@get("/m/customers", guards=[May("customers.view")], include_in_schema=False)
async def customers_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    q: FromQuery[str] = "",
    tag_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[int] = 0,
) -> Template:
    """Show the employee's customers, by whole name, phone or CRM number, or by tag."""
    q = q[:40].strip()
    found = await queries.customers(
        db, owner_ids={me.id}, q=q, tag_id=tag_id, after=cursor, limit=PAGE + 1
    )
    rows = found[:PAGE]
    tags = await queries_mine.tag_counts(db, me.id)
    chips = [("全部", "/m/customers", tag_id is None and not q)]
    chips += [
        (f"{tag.name} {count}", f"/m/customers?tag_id={tag.id}", tag.id == tag_id)
        for tag, count in tags
    ]
    kept = {"q": q} if q else {}
    if tag_id is not None:
        kept["tag_id"] = str(tag_id)
    return page(
        request,
        "h5/customers.html",
        rows=rows,
        tags=await queries_mine.tags_of(db, [row.no for row in rows]),
        count=await queries_mine.mine_count(db, me.id),
        chips=chips,
        q=q,
        next_url=_next(kept, rows[-1].no) if len(found) > PAGE else "",
    )


def _next(kept: dict[str, str], last_no: int) -> str:
    return "/m/customers?" + urlencode({**kept, "cursor": last_no})


async def _values(db: Read, found: Customer, bank: Bank, *, at: datetime) -> dict[str, Any]:
    day = bank_day(bank, at)
    known = await queries.portrait(db, found)
    refusals = [r for r in known.refusals if r.until_on is None or r.until_on >= day]
    refused = {r.topic for r in refusals}
    return {
        "customer": found,
        "facts": customer_facts.facts_of(found),
        "ways": list(WAYS.items()),
        "tags": known.tags,
        "refusals": refusals,
        "consents": known.consents,
        "free_topics": [(slug, word) for slug, word in TOPICS.items() if slug not in refused],
        "is_birthday": customer_facts.is_birthday(found, day),
        "name": "",
        "phone": "",
        "reasons": reveals.REASONS,
    }


@get("/m/customers/{customer_id:uuid}", guards=[May("customers.view")], include_in_schema=False)
async def customer_page(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Show one of the employee's customers, masked, with tags and refusals."""
    found = await _own(db, customer_id, me)
    return page(request, "h5/customer.html", **await _values(db, found, bank, at=now))


@post(
    "/m/customers/{customer_id:uuid}/call",
    guards=[May("customers.reveal")],
    status_code=200,
    include_in_schema=False,
)
async def call_customer(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Show the number to dial; the look is written to the audit trail."""
    found = await _own(db, customer_id, me)
    values = await _values(db, found, bank, at=now)
    values["name"], values["phone"] = await actions_people.reveal(
        db, found, reason=data.reason, by=me, at=now
    )
    template = "h5/_customer_call.html" if is_fragment(request) else "h5/customer.html"
    answer = page(request, template, **values)
    answer.headers.update(fragment_headers())
    return answer


@post(
    "/m/customers/{customer_id:uuid}/refuse",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def refuse(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[TopicForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Write down that the customer wants nothing of a topic any more."""
    found = await _own(db, customer_id, me)
    _check(data.topic)
    await actions.record_refusal(db, found.no, data.topic, channel=CHANNEL, by=me, at=now)
    return go(request, f"/m/customers/{customer_id}")


@post(
    "/m/customers/{customer_id:uuid}/unrefuse",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def unrefuse(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[TopicForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Take a refusal back because the customer asked for it."""
    found = await _own(db, customer_id, me)
    _check(data.topic)
    await actions.withdraw_refusal(db, found, data.topic, by=me, at=now)
    return go(request, f"/m/customers/{customer_id}")


@post(
    "/m/customers/{customer_id:uuid}/consent/withdraw",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def withdraw_consent(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[TopicForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Take a consent back because the customer asked for it."""
    found = await _own(db, customer_id, me)
    _check(data.topic)
    await actions_consents.withdraw_consent(db, found, data.topic, channel=CHANNEL, by=me, at=now)
    return go(request, f"/m/customers/{customer_id}")


def _check(topic: str) -> None:
    if topic not in TOPICS:
        raise Invalid.of("topic", "请点选一个业务类别")


HANDLERS = [customers_page, customer_page, call_customer, refuse, unrefuse, withdraw_consent]
