"""What is done with ticked items of the library at once, and how each of these is undone."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.response import Template

from contenthub.db import Read, Write, savepoint
from contenthub.errors import Conflict, Invalid
from contenthub.library import (
    actions,
    actions_labels,
    findings,
    queries,
    queries_labels,
)
from contenthub.tenants import queries_audit
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me, Now
from contenthub.web.item_filters import HERE, Asked
from contenthub.web.pages import go, page
from contenthub.web.signin import May

BULK = 100
UNDO_FOR = timedelta(hours=1)
"""How long putting labels on can be taken back by one press."""
LABELLED = "item.labelled"
Deed = Callable[[Write, UUID], Awaitable[str]]
"""Does something to an item and returns what else its author should know of it."""


@post(f"{HERE}/submit", guards=[May("library.write")], include_in_schema=False)
async def submit_items(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Template:
    """Submit every ticked draft on its own; those that cannot be are named with the reason."""

    async def submit(db: Write, item_id: UUID) -> str:
        _, sent = await actions.submit(db, item_id, by=me, at=now)
        blocks = findings.block_count(sent.hits)
        return f"（有 {blocks} 处必须修改，改好才能通过）" if blocks else ""

    return await _each(request, db, submit, verb="submit")


@post(f"{HERE}/withdraw", guards=[May("library.write")], include_in_schema=False)
async def withdraw_items(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Template:
    """Take every ticked submission back to draft; those that cannot be are named."""

    async def withdraw(db: Write, item_id: UUID) -> str:
        await actions.withdraw(db, item_id, by=me, at=now)
        return ""

    return await _each(request, db, withdraw, verb="withdraw")


async def _each(request: Request[Any, Any, Any], db: Write, deed: Deed, *, verb: str) -> Template:
    """Return what became of each ticked item; what was done can be undone from there."""
    form = await request.form()
    ids = _ids([str(one) for one in form.getall("ids", [])])
    done: list[tuple[UUID, str]] = []
    refused: list[tuple[str, str]] = []
    for item_id in ids:
        _, newest, _ = await queries.item_wordings(db, item_id)
        title = newest.title
        try:
            async with savepoint(db):
                done.append((item_id, title + await deed(db, item_id)))
        except (Conflict, Invalid) as error:
            # One that cannot must not hold back the others; it is told beside them.
            refused.append((title, error.detail))
    return page(request, "console/_bulk_result.html", verb=verb, done=done, refused=refused)


@post(f"{HERE}/labels/put", guards=[May("library.write")], include_in_schema=False)
async def label_items(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Put one label on every ticked item, or take it off, and show the same list again."""
    form = await request.form()
    ids = _ids([str(one) for one in form.getall("ids", [])])
    chosen = _label_id(str(form.get("label_id", "")))
    change = actions_labels.Change(add=[chosen])
    if form.get("verb") == "remove":
        change = actions_labels.Change(remove=[chosen])
    await actions_labels.change_labels(db, ids, change, by=me, at=now)
    asked, _ = Asked.of_text(str(form.get("back", "")))
    return go(request, f"{asked.url()}&labelled={_mark(now)}")


def _label_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid.of("label_id", "请选择一个标签；没有合适的请先新增") from error


def _ids(texts: list[str]) -> list[UUID]:
    if not texts:
        raise Invalid.of("ids", "请先在列表左侧勾选内容")
    if len(texts) > BULK:
        raise Invalid.of("ids", f"一次最多处理 {BULK} 条")
    try:
        return [UUID(text) for text in dict.fromkeys(texts)]
    except ValueError as error:
        raise Invalid.of("ids", "勾选的内容不正确，请刷新列表后再试") from error


def _mark(at: datetime) -> str:
    """Return an instant as an address names it."""
    return str(int(at.timestamp()) * 1_000_000 + at.microsecond)


async def labelled_at(db: Read, mark: str, me: Staff, *, at: datetime) -> dict[str, Any] | None:
    """Return what somebody's own change of labels did, None when it is not theirs or long ago."""
    entries = await _entries(db, mark, me, at=at)
    if not entries:
        return None
    added = sorted({name for one in entries for name in one.detail.get("added", [])})
    removed = sorted({name for one in entries for name in one.detail.get("removed", [])})
    return {"mark": mark, "items": len(entries), "added": added, "removed": removed}


async def _entries(db: Read, mark: str, me: Staff, *, at: datetime) -> list[Any]:
    if not (mark.isascii() and mark.isdecimal() and len(mark) <= 16):
        return []
    then = datetime.fromtimestamp(int(mark) // 1_000_000, UTC)
    then = then.replace(microsecond=int(mark) % 1_000_000)
    if not at - UNDO_FOR <= then <= at:
        return []
    # An item's labels change once in a deed: its entries share the instant and the person.
    about = queries_audit.Filter(event=LABELLED, actor_id=me.id, since_at=then)
    found = await queries_audit.trail(db, about, limit=actions_labels.ITEMS_MAX * 2)
    return [one for one in found if one.at == then]


@post(f"{HERE}/labels/undo", guards=[May("library.write")], include_in_schema=False)
async def undo_labels(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Take the own last change of labels back, item by item; a label that is gone stays gone."""
    form = await request.form()
    entries = await _entries(db, str(form.get("mark", "")), me, at=now)
    if not entries:
        raise Conflict("这次改动已经超过 1 小时或不是您做的，不能一键撤销；请重新勾选后贴上或取下")
    named = {one.name: one.id for one in await queries_labels.labels(db)}

    def ids_of(names: list[str]) -> list[UUID]:
        return [named[name] for name in names if name in named]

    changes = {
        one.subject_id: actions_labels.Change(
            add=ids_of(one.detail.get("removed", [])), remove=ids_of(one.detail.get("added", []))
        )
        for one in entries
    }
    await actions_labels.change_each(db, changes, by=me, at=now)
    asked, _ = Asked.of_text(str(form.get("back", "")))
    return go(request, f"{asked.url()}&labelled={_mark(now)}&undone=1")


HANDLERS = [submit_items, withdraw_items, label_items, undo_labels]
