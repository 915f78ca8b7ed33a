"""Writes of the words an item is found by."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.library import richtext
from contenthub.library.models import Item, ItemToken, Revision
from contenthub.library.search_tokens import tokens
from contenthub.tenants.sealing import bank_id


async def index(db: Write, item: Item, revision: Revision) -> None:
    """Let an item be found by the words of a revision, and by no others."""
    table = ItemToken
    await db.execute(delete(table).where(table.tenant_id == bank_id(db), table.item_id == item.id))
    text = " ".join([item.code, *(str(v) for v in revision.fields.values() if isinstance(v, str))])
    found = sorted(tokens(revision.title, text + " " + richtext.plain(revision.body)))
    if found:
        rows = [{"tenant_id": bank_id(db), "token": t, "item_id": item.id} for t in found]
        await db.execute(insert(table).values(rows).on_conflict_do_nothing())
