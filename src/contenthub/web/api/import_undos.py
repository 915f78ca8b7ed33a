"""/imports/{id}/undo: what taking a load of customers back would do, doing it, whom it left."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery

from contenthub.customers import actions_uploads_undo, queries_imports, queries_uploads
from contenthub.customers.models import Customer
from contenthub.web.api.imports import ImportView, import_view
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

LEFT_AT_ONCE = 50


class UndoAhead(msgspec.Struct):
    """What an undo would take back, as far as nobody went on with it since, and until when."""

    may_undo: bool
    added: int = 0
    changed: int = 0
    tags: int = 0
    until: datetime | None = None


class LeftCustomer(msgspec.Struct):
    """A customer whom an undo left as they are, and why."""

    customer_id: UUID
    name: str
    phone: str
    reason: str


class LeftList(msgspec.Struct):
    """Customers whom an undo left; `next_cursor` asks for more."""

    items: list[LeftCustomer]
    next_cursor: str | None = None


@get(
    "/imports/{job_id:uuid}/undo",
    guards=[May("customers.import")],
    summary="撤销导入会做什么",
    tags=["imports"],
)
async def show_undo(job_id: FromPath[UUID], db: Db, now: Now) -> UndoAhead:
    """Return what an undo would take back."""
    job = await queries_uploads.upload(db, job_id)
    found = await queries_imports.ahead(db, job, at=now)
    if found is None:
        return UndoAhead(may_undo=False)
    return UndoAhead(True, found.added, found.changed, found.tags, found.until)


@post(
    "/imports/{job_id:uuid}/undo",
    guards=[May("customers.import")],
    status_code=202,
    summary="撤销导入",
    tags=["imports"],
)
async def undo_import(job_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ImportView:
    """Take a load back; customers with whom somebody went on since are left and listed."""
    return import_view(await actions_uploads_undo.undo_import(db, job_id, by=me, at=now))


NO_MAX = 2**31 - 1
"""The largest number that a customer can have: a column of 32 bits."""


@get(
    "/imports/{job_id:uuid}/left",
    guards=[May("customers.import")],
    summary="没有撤销的客户",
    tags=["imports"],
)
async def left_customers(job_id: FromPath[UUID], db: Db, cursor: FromQuery[int] = 0) -> LeftList:
    """Return the customers whom an undo left, 50 at a time, each with the reason."""
    job = await queries_uploads.upload(db, job_id)
    rows = await queries_imports.left(
        db, job.id, after_no=min(max(cursor, 0), NO_MAX), limit=LEFT_AT_ONCE
    )
    more = str(rows[-1][0].no) if len(rows) == LEFT_AT_ONCE else None
    return LeftList([left_view(*row) for row in rows], more)


def left_view(customer: Customer, reason: str) -> LeftCustomer:
    """Return what is shown of a customer whom an undo left."""
    return LeftCustomer(customer.id, customer.name_masked, customer.phone_masked, reason)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[show_undo, undo_import, left_customers],
        after_request=keep_answer,
    )
]
