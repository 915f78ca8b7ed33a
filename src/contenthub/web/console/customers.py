"""客户: the list, one customer from all sides, what may be written about them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import (
    actions,
    actions_people,
    queries,
    queries_mine,
    queries_tags,
    suitability,
)
from contenthub.customers.stages import STAGES
from contenthub.errors import Invalid
from contenthub.scheduler import queries_person as pushed
from contenthub.sharing import queries_person as left
from contenthub.tenants import access, queries_audit, reveals
from contenthub.tenants import actions as tenants_actions
from contenthub.tenants import queries as tenants
from contenthub.tenants.topics import TOPICS
from contenthub.web import sheets
from contenthub.web.api.customer_rights import erase, exported, in_reach
from contenthub.web.api.customers import place
from contenthub.web.contact_desk import ReasonForm
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import fragment_headers, go, page
from contenthub.web.signin import May

PAGE = 50
EXPORT_MOST = 50_000
EXPORT_STEP = 2_000
CONSENT_TEXT = "柜面告知书"


@dataclass
class TagsForm:
    """The ticked tags; a form sends one as a text and several as a list."""

    tag_ids: list[str] | str = field(default_factory=list)


@dataclass
class RefusalForm:
    """A refused topic; without a date for good."""

    topic: str = ""
    until: str = ""


@dataclass
class TopicForm:
    """A topic, and the version of the text a customer saw when they agree."""

    topic: str = ""
    text_version: str = ""


@get("/console/customers", guards=[May("customers.view")], include_in_schema=False)
async def customers_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    q: FromQuery[str] = "",
    tag_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str] = "",
) -> Template:
    """Show customers in scope, masked; `q` is a whole name, phone or CRM number."""
    q = q[:60].strip()
    owner_ids = await tenants.visible_staff_ids(db, me)
    found = await queries.customers(
        db, owner_ids=owner_ids, q=q, tag_id=tag_id, after=place(cursor), limit=PAGE + 1
    )
    rows = found[:PAGE]
    kept = urlencode({k: v for k, v in (("q", q), ("tag_id", tag_id)) if v})
    return page(
        request,
        "console/customers.html",
        rows=rows,
        tags_of=await queries_mine.tags_of(db, [row.no for row in rows]),
        tags=[(tag.id, tag.name) for tag in await queries.tags(db)],
        owners=await _names(db, {row.owner_id for row in rows if row.owner_id}),
        branches={b.id: b.name for b in await tenants.branches(db)},
        q=q,
        tag_id=tag_id,
        kept=kept,
        is_first=not cursor,
        next_cursor=str(rows[-1].no) if len(found) > PAGE else "",
        can_import=access.may(me.roles, "customers.import"),
        whole_bank=owner_ids is None,
    )


async def _names(db: Db, staff_ids: set[UUID]) -> dict[UUID, str]:
    return {staff_id: (await tenants.staff(db, staff_id)).name for staff_id in staff_ids}


_COLUMNS = (
    *("客户号", "姓名", "手机号", "机构", "资产（元）"),
    *("风险承受等级", "风险测评有效期", "阶段", "标签"),
)


@get("/console/customers/export.xlsx", guards=[May("customers.view")], include_in_schema=False)
async def export_list(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    q: FromQuery[str] = "",
    tag_id: FromQuery[UUID | None] = None,
) -> Response[bytes]:
    """Return what the list shows as a workbook, masked; that it was taken is audited."""
    owner_ids = await tenants.visible_staff_ids(db, me)
    branches = {b.id: b.name for b in await tenants.branches(db)}
    found: list[list[object]] = []
    after = 0
    while len(found) < EXPORT_MOST:
        rows = await queries.customers(
            db, owner_ids=owner_ids, q=q[:60], tag_id=tag_id, after=after, limit=EXPORT_STEP
        )
        tags = await queries_mine.tags_of(db, [row.no for row in rows])
        for row in rows:
            found.append(
                [
                    row.crm_no,
                    row.name_masked,
                    row.phone_masked,
                    branches.get(row.branch_id, ""),
                    row.aum_fen / 100,
                    suitability.grade_word(row.risk_grade),
                    row.risk_until,
                    STAGES.get(row.stage, row.stage),
                    "、".join(tags.get(row.no, [])),
                ]
            )
        if len(rows) < EXPORT_STEP:
            break
        after = rows[-1].no
    tenants_actions.record(
        db, "customers.exported", "customer", None, by=me, at=now, rows=len(found), q=bool(q)
    )
    book = sheets.xlsx("客户", _COLUMNS, found, by=me.name, at=now, zone=bank.zone)
    return sheets.download(book, "客户.xlsx")


@get(
    "/console/customers/{customer_id:uuid}", guards=[May("customers.view")], include_in_schema=False
)
async def one_customer(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show a customer in scope from all sides."""
    found = await in_reach(db, customer_id, me)
    known = await queries.portrait(db, found)
    owner = await tenants.staff(db, found.owner_id) if found.owner_id else None
    branches = {b.id: b.name for b in await tenants.branches(db)}
    trail = await queries_audit.trail(db, queries_audit.Filter(subject_id=found.id), limit=20)
    return page(
        request,
        "console/customer.html",
        customer=found,
        owner=owner,
        branch=branches.get(found.branch_id, ""),
        known=known,
        mine={tag.id for tag in known.tags},
        groups=await _grouped_tags(db),
        topics=list(TOPICS.items()),
        consent_text=CONSENT_TEXT,
        sent=await pushed.pushes_to(db, found.no),
        left=await left.left_by(db, found.phone_index),
        trail=trail,
        reasons=reveals.REASONS,
        grades=suitability.GRADES,
        can_write=access.may(me.roles, "customers.write"),
        has_rights=access.may(me.roles, "customers.rights"),
        words=EVENTS,
    )


async def _grouped_tags(db: Db) -> list[tuple[str, list[tuple[UUID, str]]]]:
    return [
        (group.name, [(tag.id, tag.name) for tag in tags])
        for group, tags in await queries_tags.groups(db)
    ]


EVENTS = {
    "customer.added": "新增",
    "customer.tagged": "修改标签",
    "customer.refused": "记录拒绝",
    "customer.refusal_withdrawn": "撤回拒绝",
    "customer.consented": "记录授权",
    "customer.revealed": "查看明文",
    "customer.exported": "导出个人信息",
    "refusal.left": "客户在页面上拒绝",
}


@post(
    "/console/customers/{customer_id:uuid}/tags",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def set_tags(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[TagsForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Make the ticked tags the customer's."""
    found = await in_reach(db, customer_id, me, lock=True)
    chosen = [data.tag_ids] if isinstance(data.tag_ids, str) else data.tag_ids
    try:
        tag_ids = [UUID(one) for one in chosen if one]
    except ValueError as wrong:
        raise Invalid.of("tag_ids", "标签不正确，请刷新页面后重新勾选") from wrong
    await actions.set_tags(db, found, tag_ids, by=me, at=now)
    return go(request, f"/console/customers/{customer_id}")


@post(
    "/console/customers/{customer_id:uuid}/refuse",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def refuse(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[RefusalForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Write down a refusal."""
    found = await in_reach(db, customer_id, me, lock=True)
    try:
        until = date.fromisoformat(data.until) if data.until else None
    except ValueError as wrong:
        raise Invalid.of("until", "日期应写成 2027-01-31，长期拒绝请不要填") from wrong
    await actions.record_refusal(db, found.no, data.topic, until_on=until, by=me, at=now)
    return go(request, f"/console/customers/{customer_id}")


@post(
    "/console/customers/{customer_id:uuid}/unrefuse",
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
    """Take a refusal back."""
    found = await in_reach(db, customer_id, me, lock=True)
    await actions.withdraw_refusal(db, found, data.topic, by=me, at=now)
    return go(request, f"/console/customers/{customer_id}")


@post(
    "/console/customers/{customer_id:uuid}/consent",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def consent(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[TopicForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Write down a consent with the text the customer saw."""
    found = await in_reach(db, customer_id, me, lock=True)
    if not data.text_version.strip():
        raise Invalid.of("text_version", "请写明客户看过的是哪一版告知书")
    await actions.record_consent(
        db, found, data.topic, text_version=data.text_version.strip()[:60], by=me, at=now
    )
    return go(request, f"/console/customers/{customer_id}")


@post(
    "/console/customers/{customer_id:uuid}/reveal",
    guards=[May("customers.reveal")],
    status_code=200,
    include_in_schema=False,
)
async def reveal(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    db: Db,
    me: Me,
    now: Now,
) -> Template:
    """Return name and phone in clear for half a minute; the audit trail remembers it."""
    found = await in_reach(db, customer_id, me)
    name, phone = await actions_people.reveal(db, found, reason=data.reason, by=me, at=now)
    answer = page(request, "console/_customer_clear.html", id=found.id, name=name, phone=phone)
    answer.headers.update(fragment_headers())
    return answer


@get(
    "/console/customers/{customer_id:uuid}/export.json",
    guards=[May("customers.rights")],
    include_in_schema=False,
)
async def export_person(customer_id: FromPath[UUID], db: Db, me: Me, now: Now) -> Response[bytes]:
    """Return every row of the person, in clear."""
    return await exported(db, await in_reach(db, customer_id, me), by=me, at=now)


@post(
    "/console/customers/{customer_id:uuid}/erase",
    guards=[May("customers.rights")],
    include_in_schema=False,
)
async def erase_person(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Erase the person at their wish."""
    await erase(db, await in_reach(db, customer_id, me, lock=True), by=me, at=now)
    return go(request, "/console/customers")


HANDLERS = [
    customers_page,
    export_list,
    one_customer,
    set_tags,
    refuse,
    unrefuse,
    consent,
    reveal,
    export_person,
    erase_person,
]
