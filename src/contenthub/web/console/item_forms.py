"""The form of an item, made from its kind's fields: new, edit, save."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from contenthub.errors import Invalid
from contenthub.library import (
    actions,
    actions_begun,
    bodytext,
    kinds,
    messagetext,
    queries,
    queries_assets,
    window,
)
from contenthub.library.models import Item, Revision
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank
from contenthub.tenants.topics import TOPICS
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.house import House
from contenthub.web.pages import go, page
from contenthub.web.picture_uploads import keep_picture
from contenthub.web.signin import May, principal_of

HERE = "/console/library"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the form: its declaration and what its input shows."""

    spec: kinds.Field
    value: Any


def rows_of(kind: str, topic: str, values: dict[str, Any], *, bank: Bank) -> list[Row]:
    """Return the form's fields in order, then the bank's own ones that the item has.

    A field that the bank has not switched on is asked for nowhere.
    """
    held = effective(bank.settings)
    specs = [
        spec for spec in kinds.fields_of(kind, topic) if not spec.setting or held[spec.setting]
    ]
    declared = {spec.name for spec in kinds.KINDS[kind].fields}
    own = [kinds.field(kind, topic, name) for name in values if name not in declared]
    return [Row(spec, _shown(spec, values.get(spec.name))) for spec in [*specs, *own]]


def files_in(rows: list[Row]) -> list[UUID]:
    """Return the ids of the files that a form's fields name."""
    named = [str(row.value) for row in rows if row.spec.type == "asset" and row.value]
    return [UUID(one) for one in named if _ID.fullmatch(one)]


def _shown(spec: kinds.Field, value: Any) -> Any:
    """Return a kept value as its input shows it; what people typed stays as typed."""
    if isinstance(value, int) and spec.type == "rate_bp":
        return value  # the percent input shows basis points itself
    return kinds.typed(spec, value)


def typed_fields(form: FormMultiDict, kind: str, topic: str) -> dict[str, Any]:
    """Return the fields a form sent, as typed; those of another topic are left out."""
    specs = {spec.name: spec for spec in kinds.fields_of(kind, topic)}
    declared = {spec.name for spec in kinds.KINDS[kind].fields}
    found: dict[str, Any] = {}
    for key in dict.fromkeys(form.keys()):
        name = key.removeprefix("fields.")
        if name == key or (name in declared and name not in specs):
            continue
        texts = [one for one in form.getall(key) if isinstance(one, str) and one.strip()]
        if texts:
            spec = specs.get(name)
            is_many = spec is not None and spec.type == "list" and spec.choices
            found[name] = texts if is_many else texts[-1]
    return found


def text_in(form: FormMultiDict, name: str) -> str:
    """Return one text of a form, empty when it was not sent."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def draft_of(form: FormMultiDict, kind: str, zone: str) -> actions.Draft:
    """Return what an author typed; raises Invalid for an unknown topic or a wrong date."""
    topic = text_in(form, "topic")
    times = window.both(text_in(form, "valid_from"), text_in(form, "valid_until"), zone)
    return actions.Draft(
        kind=kind,
        topic=topic,
        title=text_in(form, "title"),
        fields=typed_fields(form, kind, topic),
        body=text_in(form, "body"),
        valid_from=times["valid_from"],
        valid_until=times["valid_until"],
    )


async def _taken(request: Request[Any, Any, Any], house: House, *, at: datetime) -> FormMultiDict:
    """Return the form; a cover sent without script is kept first, before any transaction."""
    form = await request.form()
    file = form.get("cover_file")
    if not isinstance(file, UploadFile) or not file.filename:
        return form
    asset = await keep_picture(house, principal_of(request), file, at=at)
    pairs = [(k, v) for k, v in form.multi_items() if k != "fields.cover"]
    return FormMultiDict([*pairs, ("fields.cover", str(asset.id))])


def _context(
    kind: str,
    topic: str,
    *,
    bank: Bank,
    item: Item | None = None,
    newest: Revision | None = None,
) -> dict[str, Any]:
    values = dict(newest.fields) if newest else {}
    cover = str(newest.cover_asset_id) if newest and newest.cover_asset_id else ""
    return {
        "item": item,
        "newest": newest,
        "kind": kinds.KINDS[kind],
        "topic": topic,
        "topics": list(TOPICS.items()),
        "rows": rows_of(kind, topic, {**values, **({"cover": cover} if cover else {})}, bank=bank),
        "variables": messagetext.VARIABLES,
        "page_variables": bodytext.VARIABLES,
    }


@get(f"{HERE}/new", guards=[May("library.write")], include_in_schema=False)
async def new_item(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    kind: FromQuery[str] = "",
    topic: FromQuery[str] = "",
    form: FromQuery[str] = "",
) -> Response[Any] | Template:
    """Show the choice of a kind, or the empty form of one.

    `form` is that form opened before: back on it after a save, one is led to what it made.
    """
    if kind not in kinds.KINDS:
        return page(request, "console/item_new.html", kinds=kinds.KINDS)
    key = UUID(form) if _ID.fullmatch(form) else uuid4()
    begun = await actions_begun.item_of_form(db, key, by=me) if form else None
    if begun is not None:
        return go(request, f"{HERE}/{begun.id}/edit")
    chosen = topic if topic in TOPICS else _usual_topic(kind)
    values = _context(kind, chosen, bank=bank)
    values |= {"times": _times(None, ""), "form_key": key}
    return page(request, "console/item_form.html", **values)


def _usual_topic(kind: str) -> str:
    return {"right": "rights", "article": "education", "activity": "life"}.get(kind, "deposit")


def _times(newest: Revision | None, zone: str) -> dict[str, tuple[str, str]]:
    """Return (input type, value) of the two ends of the validity."""
    ends = (("valid_from", False), ("valid_until", True))
    if newest is None:
        return {name: ("date", "") for name, _ in ends}
    return {
        name: window.for_input(getattr(newest, name), zone, is_end=is_end) for name, is_end in ends
    }


@get(f"{HERE}/{{item_id:uuid}}/edit", guards=[May("library.write")], include_in_schema=False)
async def edit_item(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    bank: OurBank,
    restored: FromQuery[str] = "",
) -> Response[Any] | Template:
    """Show the form of the newest wording; one that waits for review sends to its detail."""
    item, newest, _ = await queries.item_wordings(db, item_id)
    if newest.state == "in_review":
        return go(request, f"{HERE}/{item_id}")
    values = _context(newest.kind, newest.topic, bank=bank, item=item, newest=newest)
    values["file_names"] = await queries_assets.names(db, files_in(values["rows"]))
    values["restored"] = restored if restored.isdecimal() else ""
    return page(request, "console/item_form.html", **values, times=_times(newest, bank.zone))


@post(HERE, guards=[May("library.write")], include_in_schema=False)
async def create_item(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now, house: TheHouse
) -> Response[Any]:
    """Keep a new item as a draft, or hand it to review at once."""
    form = await _taken(request, house, at=now)
    draft = draft_of(form, kind_in(form), bank.zone)
    key = form_key_in(form)
    item, _ = await actions_begun.begin_item(db, draft, form_key=key, by=me, at=now)
    return await _onward(request, db, item, form, by=me, at=now)


def form_key_in(form: FormMultiDict) -> UUID | None:
    """Return which opened form of a new item was sent, None when it does not say."""
    key = text_in(form, "form_key")
    return UUID(key) if _ID.fullmatch(key) else None


def kind_in(form: FormMultiDict) -> str:
    """Return the kind a form is of; raises Invalid (field `kind`)."""
    kind = text_in(form, "kind")
    if kind not in kinds.KINDS:
        raise Invalid.of("kind", "请先选择内容类型")
    return kind


async def _onward(
    request: Request[Any, Any, Any],
    db: Db,
    item: Item,
    form: FormMultiDict,
    *,
    by: Me,
    at: datetime,
) -> Response[Any]:
    if text_in(form, "then") == "submit":
        # A refusal rolls the save back too; what was typed stays in the form and is autosaved.
        await actions.submit(db, item.id, by=by, at=at)
        return go(request, f"{HERE}/{item.id}")
    return go(request, f"{HERE}/{item.id}/edit?saved=1")


@post(f"{HERE}/{{item_id:uuid}}/draft", guards=[May("library.write")], include_in_schema=False)
async def save_item(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    house: TheHouse,
) -> Response[Any]:
    """Keep the draft, and hand it to review if asked."""
    form = await _taken(request, house, at=now)
    item = await queries.item(db, item_id)
    draft = draft_of(form, item.kind, bank.zone)
    known = text_in(form, "known_hash")
    item, _ = await actions.write_draft(db, item_id, draft, known_hash=known, by=me, at=now)
    return await _onward(request, db, item, form, by=me, at=now)


@post(f"{HERE}/fields", guards=[May("library.write")], include_in_schema=False)
async def topic_fields(request: Request[Any, Any, Any], db: Db, bank: OurBank) -> Template:
    """Return the fields of the topic just chosen, with what was typed kept."""
    form = await request.form()
    kind, topic = kind_in(form), text_in(form, "topic")
    kinds.fields_of(kind, topic)
    rows = rows_of(kind, topic, typed_fields(form, kind, topic), bank=bank)
    return page(
        request,
        "console/_item_fields.html",
        rows=rows,
        kind=kinds.KINDS[kind],
        file_names=await queries_assets.names(db, files_in(rows)),
    )


HANDLERS = [
    new_item,
    edit_item,
    create_item,
    save_item,
    topic_fields,
]
