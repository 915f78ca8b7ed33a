"""GET/POST /item-labels, and the labels of many items at once."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from contenthub.library import actions_labels, queries_labels
from contenthub.library.models_labels import Label
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

Name = Annotated[str, msgspec.Meta(max_length=100, examples=["春节"])]


class LabelBody(msgspec.Struct, forbid_unknown_fields=True):
    """A label's name; one spelling (case, width, script) is there once."""

    name: Name


class LabelView(msgspec.Struct):
    """A label of the bank's own and how many items have it."""

    id: UUID
    name: str
    items: int


class RestoredLabel(LabelView):
    """A label that came back."""

    left_out: int
    """On how many items it was left out: they have their full number of labels by now."""


class LabelList(msgspec.Struct):
    """Every label of the bank; there is one page."""

    items: list[LabelView]
    next_cursor: str | None = None


class LabelItemsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which labels to put on which items, and which to take off."""

    item_ids: Annotated[list[UUID], msgspec.Meta(max_length=200)]
    add: Annotated[list[UUID], msgspec.Meta(max_length=200)] = []
    remove: Annotated[list[UUID], msgspec.Meta(max_length=200)] = []


class Labelled(msgspec.Struct):
    """The items that have other labels now."""

    changed: list[UUID]


def _view(label: Label, items: int) -> LabelView:
    return LabelView(label.id, label.name, items)


@get("/item-labels", guards=[May("library.view")], summary="内容标签", tags=["library"])
async def list_labels(db: Db) -> LabelList:
    """Return the bank's labels by name."""
    counts = await queries_labels.label_counts(db)
    labels = await queries_labels.labels(db)
    return LabelList([_view(one, counts.get(one.id, 0)) for one in labels])


@post("/item-labels", guards=[May("library.write")], summary="新增内容标签", tags=["library"])
async def add_label(data: JSONBody[LabelBody], db: Db, me: Me, now: Now) -> LabelView:
    """Add a label."""
    return _view(await actions_labels.create_label(db, data.name, by=me, at=now), 0)


@patch(
    "/item-labels/{label_id:uuid}",
    guards=[May("library.write")],
    summary="内容标签改名",
    tags=["library"],
)
async def rename_label(
    label_id: FromPath[UUID], data: JSONBody[LabelBody], db: Db, me: Me, now: Now
) -> LabelView:
    """Call a label otherwise, on every item that has it."""
    label = await actions_labels.rename_label(db, label_id, data.name, by=me, at=now)
    return _view(label, (await queries_labels.label_counts(db)).get(label.id, 0))


@delete(
    "/item-labels/{label_id:uuid}",
    guards=[May("library.write")],
    summary="删除内容标签",
    tags=["library"],
)
async def delete_label(label_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Delete a label and take it off its items; `restore` brings it back on them."""
    await actions_labels.delete_label(db, label_id, by=me, at=now)


@post(
    "/item-labels/{label_id:uuid}/restore",
    guards=[May("library.write")],
    status_code=200,
    summary="恢复删除的内容标签",
    tags=["library"],
)
async def restore_label(label_id: FromPath[UUID], db: Db, me: Me, now: Now) -> RestoredLabel:
    """Bring a deleted label back, on the items that had it and have room for it."""
    label, left_out = await actions_labels.restore_label(db, label_id, by=me, at=now)
    items = (await queries_labels.label_counts(db)).get(label.id, 0)
    return RestoredLabel(label.id, label.name, items, left_out)


@post(
    "/items/labels",
    guards=[May("library.write")],
    status_code=200,
    summary="批量贴上、取下内容标签",
    tags=["library"],
)
async def label_items(data: JSONBody[LabelItemsBody], db: Db, me: Me, now: Now) -> Labelled:
    """Put labels on up to 200 items and take others off; no review is asked for."""
    change = actions_labels.Change(add=data.add, remove=data.remove)
    changed = await actions_labels.change_labels(db, data.item_ids, change, by=me, at=now)
    return Labelled(changed)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_labels,
            add_label,
            rename_label,
            delete_label,
            restore_label,
            label_items,
        ],
        after_request=keep_answer,
    )
]
