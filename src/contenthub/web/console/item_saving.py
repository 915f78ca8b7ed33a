"""What the form of an item asks for while it is typed: autosave, conflicts, the rules' word."""

import base64
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath
from litestar.response import Template

from contenthub.db import Read, savepoint
from contenthub.errors import Conflict, Invalid
from contenthub.library import (
    actions,
    actions_begun,
    actions_copies,
    enddates,
    kinds,
    lint,
    queries,
    queries_fields,
    queries_rules,
    review,
    richtext,
)
from contenthub.library.models import Item, Revision
from contenthub.posters import qr
from contenthub.tenants import queries_audit
from contenthub.tenants.models import Bank
from contenthub.web import previews
from contenthub.web.console.item_forms import (
    HERE,
    draft_of,
    form_key_in,
    kind_in,
    text_in,
    typed_fields,
)
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.pages import fragment_headers, go, page
from contenthub.web.signin import May
from contenthub.web.wordings import changes, placed

SAVED, UNSAVED = "ch-saved", "ch-unsaved"
"""Events of an answer: the page knows from them whether leaving it would lose anything."""


@post(f"{HERE}/autosave", guards=[May("library.write")], include_in_schema=False)
async def autosave_new(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Keep a new item once it has a title; the page goes on as that item's own."""
    form = await request.form()
    if not text_in(form, "title").strip():
        return _saved(request, note="填写标题后开始自动保存")
    try:
        draft = draft_of(form, kind_in(form), bank.zone)
        async with savepoint(db):
            key = form_key_in(form)
            item, newest = await actions_begun.begin_item(db, draft, form_key=key, by=me, at=now)
    except (Invalid, Conflict) as wrong:
        return _saved(request, note=f"还没有保存：{wrong.detail}")
    answer = _saved(request, item=item, newest=newest, is_new=True)
    answer.headers["HX-Replace-Url"] = f"{HERE}/{item.id}/edit"
    return answer


@post(f"{HERE}/{{item_id:uuid}}/autosave", guards=[May("library.write")], include_in_schema=False)
async def autosave_item(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Keep the draft while it is typed; what is half-typed is told in a line, not in a dialog."""
    form = await request.form()
    item = await queries.item(db, item_id)
    known = text_in(form, "known_hash")
    try:
        draft = draft_of(form, item.kind, bank.zone)
        async with savepoint(db):
            item, newest = await actions.write_draft(
                db, item_id, draft, known_hash=known, by=me, at=now
            )
    except review.ChangedMeanwhile as wrong:
        theirs = await _theirs(db, item_id, draft, bank=bank)
        return _saved(request, item=item, note=f"还没有保存：{wrong.detail}", **theirs)
    except (Invalid, Conflict) as wrong:
        return _saved(request, note=f"还没有保存：{wrong.detail}")
    return _saved(request, item=item, newest=newest)


async def _theirs(db: Read, item_id: UUID, draft: actions.Draft, *, bank: Bank) -> dict[str, Any]:
    """Return what a colleague saved meanwhile beside what is in the form: who, when, what."""
    _, newest, _ = await queries.item_wordings(db, item_id)
    about = queries_audit.Filter(subject_id=item_id, event="revision.")
    last = await queries_audit.trail(db, about, limit=1)
    try:
        mine = _typed(draft, newest)
        changed = await changes(db, newest, mine, zone=bank.zone)
    except Invalid:
        changed = []  # what is half-typed cannot be compared yet
    return {"theirs": newest, "who": last[0].actor_name if last else "", "changed": changed}


def _typed(draft: actions.Draft, newest: Revision) -> Revision:
    """Return what is in the form as a revision that is kept nowhere, to compare it."""
    fields = {name: value for name, value in draft.fields.items() if name != "cover"}
    return Revision(
        kind=draft.kind,
        topic=draft.topic,
        title=draft.title,
        fields=kinds.check(draft.kind, draft.topic, draft.title, fields, complete=False),
        body=richtext.clean(draft.body, places=True),
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        cover_asset_id=newest.cover_asset_id,
    )


def _saved(
    request: Request[Any, Any, Any],
    *,
    item: Item | None = None,
    newest: Revision | None = None,
    is_new: bool = False,
    note: str = "",
    theirs: Revision | None = None,
    **found: Any,
) -> Template:
    answer = page(
        request,
        "console/_item_saved.html",
        item=item,
        newest=newest,
        is_new=is_new,
        note=note,
        theirs=theirs,
        **found,
    )
    answer.headers.update(fragment_headers({UNSAVED if note else SAVED: ""}))
    return answer


@post(f"{HERE}/{{item_id:uuid}}/mine", guards=[May("library.write")], include_in_schema=False)
async def save_mine(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Response[Any]:
    """Make what is in the form the newest draft; a colleague's stays in the history."""
    form = await request.form()
    item = await queries.item(db, item_id)
    draft = draft_of(form, item.kind, bank.zone)
    known = text_in(form, "their_hash")
    await actions_copies.write_beside(db, item_id, draft, known_hash=known, by=me, at=now)
    return go(request, f"{HERE}/{item_id}/edit?saved=1")


@post(f"{HERE}/{{item_id:uuid}}/phone", guards=[May("library.write")], include_in_schema=False)
async def show_on_phone(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    now: Now,
    house: TheHouse,
) -> Template:
    """Return a code that opens the newest wording on the author's own telephone."""
    url, until = await previews.preview_of(db, house, item_id, by=me, at=now)
    picture = base64.b64encode(qr.png(url, 360)).decode()
    answer = page(
        request,
        "console/_item_phone.html",
        picture=f"data:image/png;base64,{picture}",
        url=url,
        until=until,
    )
    answer.headers.update(fragment_headers())
    return answer


@post(f"{HERE}/lint", guards=[May("library.write")], include_in_schema=False)
async def check_form(request: Request[Any, Any, Any], db: Db, bank: OurBank, now: Now) -> Template:
    """Return what the rules say of the form as it stands."""
    form = await request.form()
    kind, topic = kind_in(form), text_in(form, "topic")
    body = text_in(form, "body")
    fields: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    title = text_in(form, "title")
    try:
        fields = kinds.check(kind, topic, title, typed_fields(form, kind, topic), complete=False)
    except Invalid as error:
        # Half-typed values are still read by the rules; the form itself names what is wrong.
        fields = kinds.as_kept(kind, topic, typed_fields(form, kind, topic))
        wrong = {name: message for name, message in error.fields.items() if name != "title"}
    wrong = enddates.over(kind, fields, zone=bank.zone, at=now) | wrong
    rules = await queries_rules.rules(db)
    product = await queries_rules.product_of(db, kind, topic, fields)
    found = lint.lint(kind, topic, fields, body, title=title, rules=rules, product=product)
    found += await queries_fields.picture_hits(db, body)
    return page(
        request,
        "console/_lint.html",
        hits=placed(kind, topic, [hit.as_dict() for hit in found]),
        blocks=lint.open_blocks(found),
        wrong=wrong,
        is_blank=not (title.strip() or fields or richtext.plain(body)),
        missing=_missing(kind, topic, fields),
        foreign=_foreign(body),
        rule_pack=rules.version,
    )


def _foreign(body: str) -> int:
    """Return how many pictures of other sites an unsaved body has."""
    try:
        return richtext.places_left(richtext.clean(body, places=True))
    except Invalid:
        return 0  # too long to look at; saving says so


def _missing(kind: str, topic: str, fields: Iterable[str]) -> list[tuple[str, str]]:
    filled = set(fields)
    return [
        (f"fields-{spec.name}", spec.label)
        for spec in kinds.fields_of(kind, topic)
        if spec.required and spec.name not in filled
    ]


HANDLERS = [autosave_new, autosave_item, save_mine, show_on_phone, check_form]
