"""The conditions of a list of items, written once for each shape of a filter.

To write a statement anew takes longer than to ask it. What a filter says goes in by parameters,
so that all filters of one shape share a statement.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, or_, select

from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item, Revision
from contenthub.library.models_labels import Label, LabelledItem
from contenthub.library.queries_words import Naming, has_tokens, is_named, words_of
from contenthub.tenants.sealing import BANK

_OF_WORKING = frozenset({"draft", "in_review", "returned", "approved"})
"""States in which a new revision may be while an older one is live."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which conditions a filter has; filters of one shape differ in what they say only."""

    given: frozenset[str]
    state: str
    """`newest` or `item`: whose state is asked for; empty for none."""
    validity: str
    labels: int
    tokens: tuple[bool, ...]
    """Of each token whether it is the beginning of words."""
    naming: Naming
    live_only: bool


def shape_of(wanted: Filter) -> Shape:
    """Return which conditions a filter has; raises ValueError for a validity at no instant."""
    if wanted.validity and wanted.at is None:
        raise ValueError("an instant is needed to judge validity by")
    words = words_of(wanted.q)
    of_newest = wanted.state in _OF_WORKING and not wanted.live_only
    return Shape(
        frozenset(name for name in _PLAIN if getattr(wanted, name) not in ("", None)),
        ("newest" if of_newest else "item") if wanted.state else "",
        wanted.validity,
        len(wanted.label_ids),
        tuple(one.is_prefix for one in words.tokens),
        words.naming,
        wanted.live_only,
    )


def values_of(wanted: Filter, under: str = "") -> dict[str, Any]:
    """Return what a filter says, by the names of its parameters `under` a prefix."""
    words = words_of(wanted.q)
    said: dict[str, Any] = {name: getattr(wanted, name) for name in (*_PLAIN, "state")}
    if wanted.validity:
        said["at"] = wanted.at
        if wanted.validity == "expiring":
            said["expiring_before"] = wanted.expiring_before
    said |= {f"label{no}": one for no, one in enumerate(wanted.label_ids)}
    for no, one in enumerate(words.tokens):
        said[f"token{no}"] = one.token
        said[f"before{no}"] = one.after if one.is_prefix else ""
    said["named"] = words.named
    return {under + name: value for name, value in said.items() if value not in ("", None)}


def conditions(shape: Shape, under: str = "") -> list[ColumnElement[bool]]:
    """Return the conditions of a shape on Item, their parameters named `under` a prefix."""
    said = _Said(under)
    found = [Item.tenant_id == BANK, *(_PLAIN[name](said) for name in sorted(shape.given))]
    if shape.live_only or "quiet_since" in shape.given:
        found.append(Item.live_revision_id.is_not(None))
    if shape.state:
        is_newest = shape.state == "newest"
        found.append(_newest_is(said("state")) if is_newest else Item.state == said("state"))
    found += _valid(shape, said)
    found += has_tokens(
        (
            (said(f"token{no}"), said(f"before{no}") if is_prefix else None)
            for no, is_prefix in enumerate(shape.tokens)
        ),
        live_only=shape.live_only,
    )
    return [*found, *(_labelled(said(f"label{no}")) for no in range(shape.labels))]


def named(shape: Shape, item: type[Item] = Item) -> ColumnElement[bool] | None:
    """Return whether an item is one that a list names, or None where it can name none."""
    return is_named(shape.naming, bindparam("named"), item)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a filter says, as parameters."""

    under: str

    def __call__(self, name: str) -> BindParameter[Any]:
        return bindparam(self.under + name)


_PLAIN: dict[str, Any] = {
    "kind": lambda said: Item.kind == said("kind"),
    "topic": lambda said: Item.topic == said("topic"),
    "author_id": lambda said: Item.author_id == said("author_id"),
    "updated_from": lambda said: Item.updated_at >= said("updated_from"),
    "updated_before": lambda said: Item.updated_at < said("updated_before"),
    "quiet_since": lambda said: or_(Item.shared_on.is_(None), Item.shared_on < said("quiet_since")),
}
"""The conditions that are one comparison with what a field of the filter says."""


def _newest_is(state: Any) -> ColumnElement[bool]:
    newest = select(Revision.id).where(
        Revision.tenant_id == Item.tenant_id,
        Revision.item_id == Item.id,
        Revision.id == Item.working_revision_id,
        Revision.state == state,
    )
    return newest.exists()


def _valid(shape: Shape, said: _Said) -> list[ColumnElement[bool]]:
    is_live = Item.live_revision_id.is_not(None)
    at = said("at")
    if not shape.validity:
        return []
    if shape.validity == "current":
        return [is_live, or_(Item.live_until.is_(None), Item.live_until > at)]
    if shape.validity == "expiring":
        return [Item.live_until > at, Item.live_until <= said("expiring_before")]
    if shape.validity == "expired":
        return [or_(Item.state == "expired", Item.live_until <= at)]
    # What waits for its first day is known to those who may see drafts only.
    return [_newest_is("approved"), *([is_live] if shape.live_only else [])]


def _labelled(label_id: Any) -> ColumnElement[bool]:
    there = select(Label.id).where(
        Label.tenant_id == BANK, Label.id == label_id, Label.deleted_at.is_(None)
    )
    has = select(LabelledItem.item_id).where(
        LabelledItem.tenant_id == Item.tenant_id,
        LabelledItem.label_id == there.scalar_subquery(),
        LabelledItem.item_id == Item.id,
    )
    return has.exists()
