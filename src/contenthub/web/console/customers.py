"""客户: one customer from all sides, what may be written about them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.customers import (
    actions,
    actions_consents,
    actions_people,
    actions_tag_changes,
    queries,
    queries_rules,
    queries_tags,
    queries_texts,
    suitability,
)
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.contacts import WAYS
from contenthub.customers.taggroups import SOURCES
from contenthub.errors import Invalid
from contenthub.tenants import access, reveals
from contenthub.tenants import queries as tenants
from contenthub.tenants.topics import TOPICS
from contenthub.web import customer_facts, wish_proof
from contenthub.web.api.customer_rights import erase, exported, in_reach
from contenthub.web.contact_desk import ReasonForm
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import fragment_headers, go, page
from contenthub.web.scope_choices import chosen_id
from contenthub.web.signin import May
from contenthub.web.tag_desk import tag_options


@dataclass
class TagsForm:
    """The ticked tags; a form sends one as a text and several as a list."""

    tag_ids: list[str] | str = field(default_factory=list)


@dataclass
class TagForm:
    """One tag to put on, until a day, or to take off."""

    tag_id: str = ""
    until: str = ""


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


@get(
    "/console/customers/{customer_id:uuid}", guards=[May("customers.view")], include_in_schema=False
)
async def one_customer(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Template:
    """Show a customer in scope from all sides."""
    found = await in_reach(db, customer_id, me)
    refusals, consents = await queries.wishes(db, found)
    owner = await tenants.staff(db, found.owner_id) if found.owner_id else None
    branches = {b.id: b.name for b in await tenants.branches(db)}
    groups = await queries_tags.groups(db)
    held = await queries_tags.held(db, found)
    return page(
        request,
        "console/customer.html",
        customer=found,
        facts=customer_facts.facts_of(found),
        remark=queries.masked_remark(db, found),
        owner=owner,
        branch=branches.get(found.branch_id, ""),
        refusals=refusals,
        consents=consents,
        held=held,
        why=await queries_rules.reasons(db, found.no, held, at=now),
        sources=SOURCES,
        groups=groups,
        tags_to_put=tag_options(groups, but_retired=True),
        topics=list(TOPICS.items()),
        ways=list(WAYS.items()),
        versions=await queries_texts.own_versions(db),
        may_add_text=access.may(me.roles, "customers.texts"),
        reasons=reveals.REASONS,
        grades=suitability.GRADES,
        can_write=access.may(me.roles, "customers.write"),
        has_rights=access.may(me.roles, "customers.rights"),
    )


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
    "/console/customers/{customer_id:uuid}/tags/put",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def put_tag(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[TagForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Put one tag on, until a day; one that is there holds as said now."""
    found = await in_reach(db, customer_id, me, lock=True)
    wish = Wish(
        "put", _tag_id(data), _day(data.until, "日期应写成 2027-01-31，按标签的设置请不要填")
    )
    await actions_tag_changes.put_one(db, found, wish, by=me, at=now)
    return go(request, f"/console/customers/{customer_id}")


@post(
    "/console/customers/{customer_id:uuid}/tags/take",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def take_tag(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[TagForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Take one tag off."""
    found = await in_reach(db, customer_id, me, lock=True)
    await actions_tag_changes.take_one(db, found, _tag_id(data), by=me, at=now)
    return go(request, f"/console/customers/{customer_id}")


def _tag_id(data: TagForm) -> UUID:
    tag_id = chosen_id(data.tag_id, "tag_id")
    if tag_id is None:
        raise Invalid.of("tag_id", "请选择标签")
    return tag_id


def _day(text: str, message: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise Invalid.of("until", message) from wrong


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
    until = _day(data.until, "日期应写成 2027-01-31，长期拒绝请不要填")
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
    await actions_consents.record_consent(
        db, found, data.topic, text_version=data.text_version, by=me, at=now
    )
    return go(request, f"/console/customers/{customer_id}")


@post(
    "/console/customers/{customer_id:uuid}/consent/withdraw",
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
    found = await in_reach(db, customer_id, me, lock=True)
    await actions_consents.withdraw_consent(db, found, data.topic, by=me, at=now)
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


@get(
    "/console/customers/{customer_id:uuid}/wishes.xlsx",
    guards=[May("customers.rights")],
    include_in_schema=False,
)
async def prove_wishes(
    customer_id: FromPath[UUID], db: Db, me: Me, bank: OurBank, now: Now
) -> Response[bytes]:
    """Return what the customer agreed to and refused, with who, when and by which text."""
    found = await in_reach(db, customer_id, me)
    return await wish_proof.proven(db, found, bank, by=me, at=now)


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
    one_customer,
    set_tags,
    put_tag,
    take_tag,
    refuse,
    unrefuse,
    consent,
    withdraw_consent,
    reveal,
    export_person,
    prove_wishes,
    erase_person,
]
