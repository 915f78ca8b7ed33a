"""What the pages of tags, their changes and their rules share: words, choices, buttons."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.types import Guard

from contenthub.customers import queries_tags
from contenthub.customers.models import Tag, TagGroup
from contenthub.customers.models_tags import TagChange
from contenthub.db import Read, Write
from contenthub.errors import Invalid, NotFound
from contenthub.tenants import access
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go

Deed = Callable[..., Awaitable[str]]
"""What one button does with what it stands beside; returns the page that is shown then."""


def buttons(here: str, deeds: Mapping[str, Deed], *, guards: Sequence[Guard]) -> list[Any]:
    """Return the form handlers of all buttons beside one thing; `here` ends with its `{…:uuid}`."""
    return [_button(f"{here}/{verb}", deed, guards) for verb, deed in deeds.items()]


def _button(path: str, deed: Deed, guards: Sequence[Guard]) -> Any:
    @post(path, guards=guards, include_in_schema=False)
    async def press(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
        (thing_id,) = request.path_params.values()
        return go(request, await deed(db, thing_id, by=me, at=now))

    return press


def deed(act: Callable[..., Awaitable[object]], then: str, **how: Any) -> Deed:
    """Return the deed that does `act` with a thing and shows the page `then`, its id put in."""

    async def press(db: Write, thing_id: UUID, *, by: Staff, at: datetime) -> str:
        await act(db, thing_id, by=by, at=at, **how)
        return then.format(thing_id)

    return press


def chosen_id(text: str, field: str, message: str) -> UUID:
    """Return what was chosen in a list of a form; raises Invalid (`field`) when nothing was."""
    try:
        return UUID(text)
    except ValueError as wrong:
        raise Invalid.of(field, message) from wrong


def whole_days(text: str, field: str, message: str) -> int | None:
    """Return the days typed into a form, None for nothing; raises Invalid (`field`)."""
    if text.strip().startswith("-"):
        raise Invalid.of(field, message)
    return whole_number(text, field, message)


def whole_number(text: str, field: str, message: str) -> int | None:
    """Return the whole number typed into a form, None for nothing; raises Invalid (`field`)."""
    typed = text.strip()
    digits = typed.removeprefix("-")
    if typed and not (digits.isascii() and digits.isdigit() and len(digits) < 6):
        raise Invalid.of(field, message)
    return int(typed) if typed else None


STATES = {"running": "进行中", "done": "已完成", "undoing": "正在撤销", "undone": "已撤销"}


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """A change as it is shown: what it did, in words."""

    change: TagChange
    what: str
    result: str
    state: str
    by: str = ""


async def change_words(db: Read, change: TagChange) -> ChangeWords:
    """Return one change in words."""
    tag = await queries_tags.tag(db, change.tag_id, with_deleted=True)
    return words_of(change, tag.name)


def words_of(change: TagChange, tag: str, by: str = "") -> ChangeWords:
    """Return a change in words, given its tag's name and who made it."""
    return ChangeWords(change, _what(change, tag), _result(change), STATES[change.state], by)


def _what(change: TagChange, tag: str) -> str:
    if change.kind == "merge":
        return f"“{change.about.get('from', '')}”合并到“{tag}”"
    if change.kind == "one":
        return f"“{tag}”所在的组设为互斥，只留最新贴的"
    return f"{'贴上' if change.kind == 'put' else '取下'}“{tag}”"


def _result(change: TagChange) -> str:
    if change.state in ("running", "undoing"):
        return f"共 {change.people:,} 位客户"
    parts = []
    if change.kind != "one":
        same = change.people - change.changed
        verb = "取下" if change.kind == "take" else "贴上"
        parts.append(f"{change.changed:,} 位客户{verb}")
        if same:
            parts.append(
                f"{same:,} 位{'本来没有' if change.kind == 'take' else '原来就有'}，没有变动"
            )
    if change.replaced:
        parts.append(f"互斥的标签取下 {change.replaced:,} 个")
    return "，".join(parts)


async def own_change(db: Read, change_id: UUID, me: Staff) -> TagChange:
    """Return a change one may see: one's own, or any for who manages tags; raises NotFound."""
    found = await queries_tags.change(db, change_id)
    if found.by_id != me.id and not access.may(me.roles, "customers.tags"):
        raise NotFound("没有找到这次批量操作")
    return found


async def shown_changes(db: Read, me: Staff) -> list[ChangeWords]:
    """Return the newest changes a person is shown."""
    by = None if access.may(me.roles, "customers.tags") else me.id
    return [words_of(*row) for row in await queries_tags.changes(db, by=by)]


def tag_options(
    groups: Iterable[tuple[TagGroup, Iterable[Tag]]], *, but_retired: bool = False
) -> list[tuple[UUID, str]]:
    """Return every tag as a choice of a form, its group's name before it."""
    return [
        (tag.id, f"{group.name}：{tag.name}")
        for group, tags in groups
        for tag in tags
        if not (but_retired and tag.retired_at)
    ]
