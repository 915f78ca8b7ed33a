"""PUT/POST/DELETE /customers/{id}/tags: the tags of one customer, by hand."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, post, put
from litestar.params import FromPath, JSONBody

from contenthub.customers import actions, actions_tag_changes
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
    Router("/api/v1", route_handlers=[set_tags, put_tag, take_tag], after_request=keep_answer)
]
