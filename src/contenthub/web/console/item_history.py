"""The history of an item: its versions, any two side by side, an old one restored."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from contenthub.errors import Invalid
from contenthub.library import actions_copies, findings, kinds, queries, queries_reviews
from contenthub.tenants import access, queries_audit
from contenthub.tenants import actions as tenants
from contenthub.web import sheets
from contenthub.web.audit_words import detail_words, event_words
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.keyset import id_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May
from contenthub.web.wordings import changes, current_hits

HERE = "/console/library"
PAGE = 50
EXPORT_ROWS = 5_000


@get(f"{HERE}/{{item_id:uuid}}/history", guards=[May("library.drafts")], include_in_schema=False)
async def history_page(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    cursor: FromQuery[str] = "",
) -> Template:
    """Show every version of an item with its review, and who did what when."""
    revisions = await queries.revisions(db, item_id)
    item, newest, _ = await queries.item_wordings(db, item_id)
    reviews = await queries_reviews.reviews_of_all(db, [one.id for one in revisions])
    wanted = queries_audit.Filter(subject_ids=(item_id, *(one.id for one in revisions)))
    trail = await queries_audit.trail(db, wanted, before=id_of(cursor), limit=PAGE + 1)
    named = await queries.names(
        db, [*(one.author_id for one in revisions), *(one.reviewer_id for one in reviews)]
    )
    return page(
        request,
        "console/item_history.html",
        item=item,
        kind=kinds.KINDS[item.kind],
        newest=newest,
        current=await queries.last_shown(db, item),
        revisions=revisions,
        decided=[one for one in reviews if one.state in ("approved", "returned")],
        named=named,
        trail=[(one, event_words(one.event), detail_words(one)) for one in trail[:PAGE]],
        next_cursor=str(trail[PAGE - 1].id) if len(trail) > PAGE else None,
        is_first=not cursor,
        may_restore=access.may(me.roles, "library.write") and newest.state != "in_review",
    )


@get(
    f"{HERE}/{{item_id:uuid}}/history/export",
    guards=[May("library.drafts")],
    include_in_schema=False,
)
async def export_history(
    item_id: FromPath[UUID], db: Db, me: Me, bank: OurBank, now: Now
) -> Response[bytes]:
    """Return who did what to an item as xlsx, newest first; taking it is an audit entry."""
    item = await queries.item(db, item_id)
    numbers = {one.id: one.no for one in await queries.revisions(db, item_id)}
    about = queries_audit.Filter(subject_ids=(item_id, *numbers))
    trail = await queries_audit.trail(db, about, limit=EXPORT_ROWS)
    tenants.record(db, "item.exported", "item", item.id, by=me, at=now, rows=len(trail))
    rows = (
        [
            one.at,
            one.actor_name,
            event_words(one.event),
            one.detail.get("no", numbers.get(one.subject_id or item_id)),
            detail_words(one),
        ]
        for one in trail
    )
    columns = ("时间", "操作人", "操作", "版本", "详情")
    data = sheets.xlsx("历史", columns, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, f"{item.code}-历史.xlsx")


@get(f"{HERE}/{{item_id:uuid}}/compare", guards=[May("library.drafts")], include_in_schema=False)
async def compare_page(
    request: Request[Any, Any, Any],
    item_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    from_no: Annotated[int, QueryParameter(name="from", ge=0, le=100_000)] = 0,
    to_no: Annotated[int, QueryParameter(name="to", ge=0, le=100_000)] = 0,
) -> Template:
    """Show what changed between two versions; without numbers, of the newest one.

    The other side is then what customers see or saw last, or the version before.
    """
    item, newest, _ = await queries.item_wordings(db, item_id)
    after = await queries.revision_no(db, item_id, to_no) if to_no else newest
    if not from_no:
        seen = await queries.last_shown(db, item)
        from_no = seen.no if seen is not None and seen.no < after.no else max(1, after.no - 1)
    before = await queries.revision_no(db, item_id, from_no)
    revisions = await queries.revisions(db, item_id)
    return page(
        request,
        "console/item_compare.html",
        item=item,
        kind=kinds.KINDS[item.kind],
        newest=newest,
        before=before,
        after=after,
        revisions=revisions,
        changed=await changes(db, before, after, zone=bank.zone),
        named=await queries.names(db, [one.author_id for one in revisions]),
        blocks={
            one.no: findings.block_count(await current_hits(db, one)) for one in (before, after)
        },
        may_restore=access.may(me.roles, "library.write") and newest.state != "in_review",
    )


@post(f"{HERE}/{{item_id:uuid}}/restore", guards=[May("library.write")], include_in_schema=False)
async def restore_item(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Make a new draft of an older version, and go on writing it."""
    form = await request.form()
    no = str(form.get("no", ""))
    if not no.isdecimal() or not 0 < int(no[:9]) <= 100_000:
        raise Invalid.of("no", "请在版本列表里选择要恢复的版本")
    await actions_copies.restore_revision(
        db, item_id, int(no), known_hash=str(form.get("known_hash", "")), by=me, at=now
    )
    return go(request, f"{HERE}/{item_id}/edit?restored={int(no)}")


HANDLERS = [history_page, export_history, compare_page, restore_item]
