"""Writes of new items from a form: one opened form begins one item, however often it is sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from contenthub.db import Read, Write
from contenthub.library import actions, queries, review
from contenthub.library.actions import Draft
from contenthub.library.models import Item, Revision
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


async def item_of_form(db: Read, form_key: UUID, *, by: Staff) -> Item | None:
    """Return the item that a person began on an opened form, or None."""
    return await db.scalar(
        select(Item).where(
            Item.tenant_id == bank_id(db), Item.author_id == by.id, Item.form_key == form_key
        )
    )


async def begin_item(
    db: Write, draft: Draft, *, form_key: UUID | None, by: Staff, at: datetime
) -> tuple[Item, Revision]:
    """Return the item of an opened form with its draft: made the first time, then written on.

    Who goes back to the form after submitting meets the item they made, not a second one.
    None makes a new item.

    Raises:
        WrongStep: what the form began is past draft; it is named.
    """
    if form_key is None:
        return await actions.write_item(db, draft, by=by, at=at)
    await db.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:k, 0))"), {"k": f"form:{form_key}"}
    )
    found = await item_of_form(db, form_key, by=by)
    if found is None:
        item, first = await actions.write_item(db, draft, by=by, at=at)
        item.form_key = form_key
        await db.flush()
        return item, first
    _, newest, _ = await queries.item_wordings(db, found.id)
    if newest.state != "draft":
        raise review.WrongStep(
            f"这份表单已经保存为 {found.code}（{review.STATES[newest.state]}），没有再新建一条；"
            f"要修改请在内容库打开 {found.code}"
        )
    return await actions.write_draft(db, found.id, draft, by=by, at=at)
