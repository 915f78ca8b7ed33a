"""Writes of the words an item is found by."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.library import queries, richtext
from contenthub.library.models import Item, ItemToken, Revision
from contenthub.library.search_tokens import tokens
from contenthub.tenants.sealing import bank_id


async def index(db: Write, item: Item) -> None:
    """Let an item be found by its newest and its live wording, and by no others.

    The words of the live one are marked: a draft's must not be found by who sees no drafts.
    """
    found: dict[str, bool] = {}
    for revision_id in (item.working_revision_id, item.live_revision_id):
        if revision_id is not None:
            revision = await queries.revision(db, revision_id)
            is_live = revision_id == item.live_revision_id
            found |= dict.fromkeys(_words(item, revision), is_live)
    table = ItemToken
    await db.execute(delete(table).where(table.tenant_id == bank_id(db), table.item_id == item.id))
    rows = [
        {"tenant_id": bank_id(db), "token": token, "item_id": item.id, "of_live": is_live}
        for token, is_live in sorted(found.items())
    ]
    if rows:
        await db.execute(insert(table).values(rows).on_conflict_do_nothing())


def _words(item: Item, revision: Revision) -> set[str]:
    said = (str(value) for value in revision.fields.values() if isinstance(value, str))
    text = " ".join([item.code, *said, richtext.plain(revision.body)])
    return set(tokens(revision.title, text))
