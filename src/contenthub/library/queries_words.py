"""The condition under which an item is found by what somebody typed."""

from sqlalchemy import ColumnElement, and_, func, select

from contenthub.library.models import Item, ItemToken
from contenthub.library.search_tokens import Asked, asked_code, query_tokens

_TITLE_CHARS = 2
"""Fewer are in half of all titles: they name none."""


def has_words(q: str, *, live_only: bool) -> list[ColumnElement[bool]]:
    """Return conditions on Item, all of which hold for what `q` finds; none for an empty one.

    With `live_only` the words of a draft find nothing.
    """
    return [_has(asked, live_only=live_only) for asked in query_tokens(q.replace("\x00", " "))]


def is_named(q: str, item: type[Item] = Item) -> ColumnElement[bool] | None:
    """Return whether `q` names an item by its code, or by words of its title as they stand.

    None where a text names none: it is too short, or has nothing to be looked for.
    """
    if code := asked_code(q):
        return item.code == code
    words = " ".join(q.replace("\x00", " ").split())
    if len(words) < _TITLE_CHARS or not any(char.isalnum() for char in words):
        return None
    # Only what has the words already is looked at: no index is asked for. Chinese has no
    # capitals: the titles of all that was found then need no folding.
    has_case = words.lower() != words.upper()
    title = func.lower(item.title) if has_case else item.title
    return func.strpos(title, words.lower()) > 0


def named_first(q: str) -> list[ColumnElement[bool]]:
    """Return what to sort items by before all else: those that `q` names (`is_named`)."""
    named = is_named(q)
    return [] if named is None else [named.desc()]


def _has(asked: Asked, *, live_only: bool) -> ColumnElement[bool]:
    # Comparisons of text stay indexed under row-level security, LIKE does not (design T8);
    # the column's collation is "C", so a prefix is one stretch of the primary key.
    said: ColumnElement[bool] = ItemToken.token == asked.token
    if asked.is_prefix:
        said = and_(ItemToken.token >= asked.token, ItemToken.token < asked.after)
    found = select(ItemToken.item_id).where(
        ItemToken.tenant_id == Item.tenant_id, said, ItemToken.item_id == Item.id
    )
    if live_only:
        found = found.where(ItemToken.of_live)
    return found.exists()
