"""内容标签: the bank's own labels, and those of one item."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.errors import Invalid
from contenthub.library import actions_labels, queries, queries_labels
from contenthub.library.actions_labels import Change
from contenthub.tenants import access
from contenthub.web.deps import Db, Me, Now
from contenthub.web.item_filters import HERE as LIBRARY
from contenthub.web.pages import go, page
from contenthub.web.signin import May

HERE = f"{LIBRARY}/labels"


@dataclass
class LabelForm:
    """What the form of a label sends."""

    name: str = ""


@get(HERE, guards=[May("library.drafts")], include_in_schema=False)
async def labels_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    deleted: FromQuery[UUID | None] = None,
    restored: FromQuery[UUID | None] = None,
    left_out: FromQuery[int] = 0,
) -> Template:
    """Show the labels with how many items have each, and the one `deleted` or `restored` just now.

    `left_out` is on how many full items one that came back was left out.
    """
    back = await queries_labels.label(db, restored, even_deleted=True) if restored else None
    gone = await queries_labels.label(db, deleted, even_deleted=True) if deleted else None
    return page(
        request,
        "console/labels.html",
        labels=await queries_labels.labels(db),
        counts=await queries_labels.label_counts(db),
        left_out=left_out,
        back=back if back is not None and not back.deleted_at else None,
        full=actions_labels.OF_ITEM_MAX,
        gone=gone if gone is not None and gone.deleted_at else None,
        may_write=access.may(me.roles, "library.write"),
    )


@post(HERE, guards=[May("library.write")], include_in_schema=False)
async def add_label(
    request: Request[Any, Any, Any], data: URLEncodedBody[LabelForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a label."""
    await actions_labels.create_label(db, data.name, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{label_id:uuid}}/rename", guards=[May("library.write")], include_in_schema=False)
async def rename_label(
    request: Request[Any, Any, Any],
    label_id: FromPath[UUID],
    data: URLEncodedBody[LabelForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Call a label otherwise."""
    await actions_labels.rename_label(db, label_id, data.name, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{label_id:uuid}}/delete", guards=[May("library.write")], include_in_schema=False)
async def delete_label(
    request: Request[Any, Any, Any], label_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Delete a label and take it off its items; the page offers it back."""
    await actions_labels.delete_label(db, label_id, by=me, at=now)
    return go(request, f"{HERE}?deleted={label_id}")


@post(f"{HERE}/{{label_id:uuid}}/restore", guards=[May("library.write")], include_in_schema=False)
async def restore_label(
    request: Request[Any, Any, Any], label_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Bring a deleted label back, on the items that had it."""
    _, left_out = await actions_labels.restore_label(db, label_id, by=me, at=now)
    return go(request, f"{HERE}?restored={label_id}&left_out={left_out}")


@post(f"{LIBRARY}/{{item_id:uuid}}/labels", guards=[May("library.write")], include_in_schema=False)
async def label_item(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Give an item exactly the ticked labels, and a new one if its name was typed."""
    await queries.item(db, item_id)
    form = await request.form()
    ticked = set(_ids([str(one) for one in form.getall("label_ids", [])]))
    if typed := str(form.get("new_label", "")).strip():
        ticked.add(await actions_labels.label_named(db, typed, by=me, at=now))
    had = {one.id for one in (await queries_labels.labels_of(db, [item_id])).get(item_id, [])}
    change = Change(add=sorted(ticked - had), remove=sorted(had - ticked))
    if change.add or change.remove:
        await actions_labels.change_labels(db, [item_id], change, by=me, at=now)
    return go(request, f"{LIBRARY}/{item_id}")


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise Invalid.of("label_ids", "勾选的标签不正确，请刷新后再试") from error


HANDLERS = [labels_page, add_label, rename_label, delete_label, restore_label, label_item]
