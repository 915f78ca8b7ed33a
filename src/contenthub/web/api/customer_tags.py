"""GET/PUT/POST/DELETE /customers/{id}/tags: one customer's tags, why they have them, by hand."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from contenthub.customers import actions, actions_tag_changes, queries_rules, queries_tags
from contenthub.customers.actions_tag_changes import Wish
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.api.customers import CustomerView, customer_view
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May


class PutTagBody(msgspec.Struct, forbid_unknown_fields=True):
    """A tag to put on; without `until` it holds as the tag itself says."""

    tag_id: UUID
    until: date | None = None


class TagsBody(msgspec.Struct, forbid_unknown_fields=True):
    """The tags a customer shall have; all others are taken away."""

    tag_ids: Annotated[list[UUID], msgspec.Meta(max_length=200)]


class FactView(msgspec.Struct):
    """One condition of a rule in words, and whether it holds for the customer today."""

    said: str
    holds: bool


class RuleWhy(msgspec.Struct):
    """The rule that gave a tag, and its conditions one by one."""

    id: UUID
    name: str
    expr: str
    facts: list[FactView]


class HeldView(msgspec.Struct):
    """A tag of the customer: hand, bulk, import, merge or rule; by whom, since and until when."""

    tag_id: UUID
    tag: str
    source: str
    by: str
    tagged_at: datetime
    until_on: date | None
    rule: RuleWhy | None


class HeldList(msgspec.Struct):
    """Every tag of the customer; there is one page."""

    items: list[HeldView]
    next_cursor: str | None = None


@get(
    "/customers/{customer_id:uuid}/tags",
    guards=[May("customers.view")],
    summary="客户的标签和来由",
    tags=["customers"],
)
async def list_held(customer_id: FromPath[UUID], db: Db, me: Me, now: Now) -> HeldList:
    """Return the customer's tags, each with where it comes from and which facts matched."""
    found = await in_reach(db, customer_id, me)
    held = await queries_tags.held(db, found)
    why = await queries_rules.reasons(db, found.no, held, at=now)
    return HeldList(
        [
            HeldView(
                one.tag.id,
                one.tag.name,
                one.source,
                one.by,
                one.tagged_at,
                one.until_on,
                _why(why.get(one.tag.id)),
            )
            for one in held
        ]
    )


def _why(why: queries_rules.Why | None) -> RuleWhy | None:
    if why is None:
        return None
    facts = [FactView(fact.said, fact.holds) for fact in why.facts]
    return RuleWhy(why.rule.id, why.rule.name, why.rule.expr, facts)


@put(
    "/customers/{customer_id:uuid}/tags",
    guards=[May("customers.write")],
    summary="设置客户标签",
    tags=["customers"],
)
async def set_tags(
    customer_id: FromPath[UUID], data: JSONBody[TagsBody], db: Db, me: Me, now: Now
) -> CustomerView:
    """Make these the customer's tags."""
    found = await in_reach(db, customer_id, me, lock=True)
    await actions.set_tags(db, found, data.tag_ids, by=me, at=now)
    return await customer_view(db, found)


@post(
    "/customers/{customer_id:uuid}/tags",
    guards=[May("customers.write")],
    status_code=200,
    summary="给客户贴一个标签",
    tags=["customers"],
)
async def put_tag(
    customer_id: FromPath[UUID], data: JSONBody[PutTagBody], db: Db, me: Me, now: Now
) -> CustomerView:
    """Put one tag on, until a day; of an exclusive group the other one comes off."""
    found = await in_reach(db, customer_id, me, lock=True)
    wish = Wish("put", data.tag_id, data.until)
    await actions_tag_changes.put_one(db, found, wish, by=me, at=now)
    return await customer_view(db, found)


@delete(
    "/customers/{customer_id:uuid}/tags/{tag_id:uuid}",
    guards=[May("customers.write")],
    summary="取下客户的一个标签",
    tags=["customers"],
)
async def take_tag(
    customer_id: FromPath[UUID], tag_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> None:
    """Take one tag off; one that the customer has not is a 404."""
    found = await in_reach(db, customer_id, me, lock=True)
    await actions_tag_changes.take_one(db, found, tag_id, by=me, at=now)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_held, set_tags, put_tag, take_tag],
        after_request=keep_answer,
    )
]
