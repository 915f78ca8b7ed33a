"""The condition under which an item is found by what somebody typed."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Text, and_, func, select, type_coerce

from contenthub.library.models import Item, ItemToken
from contenthub.library.search_tokens import Asked, asked_code, query_tokens

_TITLE_CHARS = 2
"""Fewer are in half of all titles: they name none."""
_KEPT = 256

Naming = Literal["", "code", "title", "any_case"]
"""What of an item a text may be: its code, words of its title as they stand, or in any case."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a text looks for: the tokens that an item must all have, and what it may name."""

    tokens: tuple[Asked, ...]
    naming: Naming
    named: str
    """The code, or the words of the title in lower case."""


@lru_cache(maxsize=_KEPT)
def words_of(q: str) -> Words:
    """Return what `q` looks for; it names no item where it is short or has nothing to look for."""
    said = q.replace("\x00", " ")
    tokens = tuple(query_tokens(said))
    if code := asked_code(q):
        return Words(tokens, "code", code)
    words = " ".join(said.split())
    if len(words) < _TITLE_CHARS or not any(char.isalnum() for char in words):
        return Words(tokens, "", "")
    # Chinese has no capitals: the titles of all that was found then need no folding.
    has_case = words.lower() != words.upper()
    return Words(tokens, "any_case" if has_case else "title", words.lower())


def has_words(q: str, *, live_only: bool) -> list[ColumnElement[bool]]:
    """Return conditions on Item, all of which hold for what `q` finds; none for an empty one.

    With `live_only` the words of a draft find nothing.
    """
    tokens = words_of(q).tokens
    return has_tokens(
        ((one.token, one.after if one.is_prefix else None) for one in tokens), live_only=live_only
    )


def has_tokens(tokens: Iterable[tuple[Any, Any]], *, live_only: bool) -> list[ColumnElement[bool]]:
    """Return conditions on Item: each token is there, or one from it on and before another."""
    return [_has(token, before, live_only=live_only) for token, before in tokens]


def named_first(q: str) -> list[ColumnElement[bool]]:
    """Return what to sort items by before all else: those that `q` names."""
    words = words_of(q)
    named = is_named(words.naming, words.named)
    return [] if named is None else [named.desc()]


def is_named(naming: Naming, named: Any, item: type[Item] = Item) -> ColumnElement[bool] | None:
    """Return whether an item's code, or its title, is or holds `named`; None where nothing may."""
    if not naming:
        return None
    if naming == "code":
        is_code: ColumnElement[bool] = item.code == named
        return is_code
    # Only what has the words already is looked at: no index is asked for.
    title = func.lower(item.title) if naming == "any_case" else item.title
    holds: ColumnElement[bool] = func.strpos(title, type_coerce(named, Text)) > 0
    return holds


def _has(token: Any, before: Any, *, live_only: bool) -> ColumnElement[bool]:
    # Comparisons of text stay indexed under row-level security, LIKE does not (design T8);
    # the column's collation is "C", so a prefix is one stretch of the primary key.
    said: ColumnElement[bool] = ItemToken.token == token
    if before is not None:
        said = and_(ItemToken.token >= token, ItemToken.token < before)
    found = select(ItemToken.item_id).where(
        ItemToken.tenant_id == Item.tenant_id, said, ItemToken.item_id == Item.id
    )
    if live_only:
        found = found.where(ItemToken.of_live)
    return found.exists()
