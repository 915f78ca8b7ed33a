"""Writes of the words an item is found by."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import delete, select, text

from contenthub.db import Write
from contenthub.library import queries, richtext
from contenthub.library.models import WORDS_VERSION, Item, ItemToken, Revision
from contenthub.library.search_tokens import tokens
from contenthub.tenants.sealing import bank_id

_IS_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A picture's id is no word that anybody looks for."""

# One statement for any number of words: several hundred rows of `values` would be compiled anew
# at every save, which takes longer than writing them.
_PUT = text("""
insert into item_tokens (tenant_id, token, item_id, of_live)
select :bank, w.token, :item, w.of_live
from unnest(cast(:tokens as text[]), cast(:of_live as boolean[])) as w (token, of_live)
order by w.token on conflict do nothing
""")


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
    item.words_version = WORDS_VERSION
    put = {"tokens": [*found], "of_live": [*found.values()]}
    await db.execute(_PUT, {"bank": bank_id(db), "item": item.id, **put})


async def reindex(db: Write, *, limit: int) -> int:
    """Index some items anew that an older version of the index left; return how many.

    One at a time for a bank: who comes while another works finds nothing to do.
    """
    taken = await db.scalar(
        text("select pg_try_advisory_xact_lock(hashtextextended(:bank, 0))"),
        {"bank": f"words:{bank_id(db)}"},
    )
    if not taken:
        return 0
    rows = await db.scalars(
        select(Item)
        .where(Item.tenant_id == bank_id(db), Item.words_version < WORDS_VERSION)
        .order_by(Item.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    behind = rows.all()
    for item in behind:
        await index(db, item)
    await db.flush()
    return len(behind)


def _words(item: Item, revision: Revision) -> set[str]:
    return words(item.code, revision.title, revision.fields, body=revision.body)


def words(code: str, title: str, fields: Mapping[str, Any], *, body: str) -> set[str]:
    """Return the tokens that a wording is found by."""
    text = " ".join([code, *_said(fields), richtext.plain(body)])
    return set(tokens(title, text))


def _said(value: Any) -> Iterator[str]:
    """Yield every text of the fields, also those of lists (variants, selling points, agenda)."""
    if isinstance(value, str):
        if not _IS_ID.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _said(one)
    elif isinstance(value, list):
        for one in value:
            yield from _said(one)
