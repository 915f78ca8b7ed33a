"""GET /customers/{id}/timeline, POST /customers/{id}/contacts: what happened, what was said."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from contenthub.customers import actions_contacts
from contenthub.customers.contacts import ContactDraft
from contenthub.web import customer_timeline
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now, OurBank, keep_answer
from contenthub.web.signin import May


class ContactBody(msgspec.Struct, forbid_unknown_fields=True):
    """A contact with a customer; one that reached them moves their last contact."""

    way: Literal["call", "wecom", "visit", "counter", "other"]
    note: Annotated[str, msgspec.Meta(max_length=300, examples=["下月定期到期，愿意转存"])] = ""
    is_reached: bool = True
    on: date | None = None
    """The day, at most a year ago; today when left out."""


class ContactView(msgspec.Struct):
    """A contact as it is kept; its note is read in the timeline, masked."""

    id: UUID
    way: str
    is_reached: bool
    on: date
    recorded_at: datetime


class EntryView(msgspec.Struct):
    """One thing that happened: push, lead, signup, act, contact, move, trail or added."""

    at: datetime
    kind: str
    title: str
    detail: str
    by: str
    is_day: bool
    """Whether only the day of `at` is known."""


class TopicView(msgspec.Struct):
    """A topic to talk about next, and why."""

    topic: str
    reason: str


class TimelineView(msgspec.Struct):
    """What happened with a customer, newest first, and the topics that follow from it."""

    entries: list[EntryView]
    topics: list[TopicView]


@get(
    "/customers/{customer_id:uuid}/timeline",
    guards=[May("customers.view")],
    summary="客户时间线",
    tags=["customers"],
)
async def timeline(
    customer_id: FromPath[UUID], db: Db, me: Me, bank: OurBank, now: Now
) -> TimelineView:
    """Return pushes, acts, leads, contacts, changes of owner and branch, and records."""
    found = await in_reach(db, customer_id, me)
    story = await customer_timeline.story(db, found, bank, at=now)
    return TimelineView(
        [EntryView(e.at, e.kind, e.title, e.detail, e.by, e.is_day) for e in story.entries],
        [TopicView(topic, reason) for topic, reason in story.topics],
    )


@post(
    "/customers/{customer_id:uuid}/contacts",
    guards=[May("customers.write")],
    summary="记录客户联系",
    tags=["customers"],
)
async def record_contact(
    customer_id: FromPath[UUID], data: JSONBody[ContactBody], db: Db, me: Me, now: Now
) -> ContactView:
    """Write a contact down."""
    found = await in_reach(db, customer_id, me, lock=True)
    draft = ContactDraft(data.way, data.note, data.is_reached, data.on)
    made = await actions_contacts.record_contact(db, found, draft, by=me, at=now)
    return ContactView(made.id, made.way, made.is_reached, made.contacted_on, made.recorded_at)


HANDLERS = [Router("/api/v1", route_handlers=[timeline, record_contact], after_request=keep_answer)]
