"""The builder of an audience: one change of it, and what a page shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contenthub.customers import (
    blockfields,
    blocks,
    queries,
    queries_bitmaps,
    queries_clubs,
    queries_tags,
    tagexpr,
    taggroups,
    tagtext,
)
from contenthub.customers.tagtree import ExpressionInvalid, Node
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants import queries_staff as staff

MAX_GRIDS = 300


@dataclass(frozen=True, slots=True)
class TagWord:
    """A tag as the builder offers it: its group and the tone that shows its colour."""

    name: str
    group: str
    tone: str


@dataclass(frozen=True, slots=True)
class Words:
    """What the bank has to choose from, by the names the fields use."""

    tags: list[TagWord]
    names: dict[str, list[str]]

    def tag(self, name: str) -> TagWord:
        """Return what is known of a tag; one that is gone has no group and no colour."""
        return next((tag for tag in self.tags if tag.name == name), TagWord(name, "", ""))

    def has(self, words: str) -> bool:
        """Return whether the bank has any of these to choose."""
        return not words or bool(self.names.get(words))


@dataclass(frozen=True, slots=True)
class Change:
    """The text after one change, where to stand, what was wrong; the bank's words beside."""

    expr: str
    words: Words
    focus: str = ""
    why: str = ""


@dataclass
class Deed:
    """One change as the page sends it: what to do where, and the fields of every row."""

    deed: str = ""
    path: str = ""
    how: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def at(self, name: str) -> str:
        """Return a field of the row the change is about."""
        return self.fields.get(f"{self.path}:{name}", "")

    def row(self) -> dict[str, str]:
        """Return every field of the row the change is about."""
        start = f"{self.path}:"
        return {k.removeprefix(start): v for k, v in self.fields.items() if k.startswith(start)}


async def words(db: Read) -> Words:
    """Return what the builder offers: tags in groups with colours, branches, clubs, segments."""
    tags = [
        TagWord(tag.name, group.name, taggroups.tone(tag.colour, group.colour))
        for group, tags in await queries_tags.groups(db)
        for tag in tags
        if tag.retired_at is None
    ]
    names = {
        "tags": [tag.name for tag in tags],
        "branches": [b.name for b in await tenants.branches(db) if b.state == "open"],
        "clubs": [club.name for club, _ in await queries_clubs.clubs(db)],
        "segments": [one.name for one in await queries.segments(db)],
        "grids": await queries_bitmaps.keys_of(db, "grid", limit=MAX_GRIDS),
        "owners": await staff.numbers(db, limit=MAX_GRIDS),
    }
    return Words(tags, names)


async def changed(db: Read, expr: str, deed: Deed) -> Change:
    """Return the text after a change; one that cannot be made leaves it, and says why."""
    has = await words(db)
    try:
        node = tagexpr.parse(expr) if expr.strip() else None
        made, focus = _changed(node, deed, has.names)
    except ExpressionInvalid as error:
        return Change(expr, has, deed.path, error.fields["expr"])
    return Change("" if made is None else tagtext.to_text(made), has, focus)


def _changed(
    node: Node | None, deed: Deed, names: Mapping[str, list[str]]
) -> tuple[Node | None, str]:
    path = deed.path
    if deed.deed == "add":
        return blocks.add(node, path, blockfields.fresh(deed.at("add"), names))
    if node is None:
        raise ExpressionInvalid.whole("还没有条件，请先添加一个条件")
    if deed.deed == "set":
        kind, denied = deed.at("kind"), deed.at("no") == "1"
        made = blocks.set_row(node, path, kind=kind, denied=denied, fields=deed.row(), words=names)
        return made, path
    if deed.deed == "nest":
        leaf = blockfields.fresh("tag", names)
        return blocks.nest(node, path, leaf, how=deed.how)
    if deed.deed == "remove":
        return blocks.remove(node, path), path.rpartition(".")[0]
    if deed.deed == "join":
        return blocks.join(node, path, deed.at("join")), path
    if deed.deed == "deny":
        return blocks.deny(node, path, deed.at("no") == "1"), path
    raise ExpressionInvalid.whole("没有这种修改，请刷新页面后再试")


async def shown(
    db: Read,
    expr: str,
    *,
    change: Change | None = None,
    url: str,
    include: str,
    sync: str,
    apart: bool = False,
) -> dict[str, Any]:
    """Return what `_builder.html` shows of a text; `url` takes the changes made there.

    `include` is the form whose fields go along, `sync` the element whose requests it waits for.
    `apart`: it goes to its own place beside another fragment.
    """
    block, unread = None, ""
    if expr.strip():
        try:
            node = tagexpr.parse(expr)
        except ExpressionInvalid:
            unread = "文字里有一处还读不懂，改好以后这里会跟着变。"
        else:
            if blocks.is_drawable(node):
                block = blocks.drawn(node)
            else:
                unread = f"条件超过 {blocks.MAX_ROWS} 个或嵌套太深，请直接改文字。"
    return {
        "builder": {
            "block": block,
            "unread": unread,
            "why": change.why if change else "",
            "focus": change.focus if change else None,
            "writes": change.expr if change else None,
            "apart": apart,
            "url": url,
            "include": include,
            "sync": sync,
            "kinds": blockfields.KINDS,
            "words": change.words if change else await words(db),
        }
    }


def deed_of(form: Mapping[str, Any]) -> Deed:
    """Return the change that a posted form asks for."""
    fields = {k: v for k, v in form.items() if isinstance(v, str)}
    return Deed(fields.get("deed", ""), fields.get("path", ""), fields.get("how", ""), fields)
