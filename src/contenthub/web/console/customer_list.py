"""客户列表: who is found, exported masked, and tagged many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import (
    actions_tag_changes,
    queries_found,
    queries_mine,
    queries_tags,
    suitability,
)
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.holdings import PRODUCTS
from contenthub.customers.stages import STAGES
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import access, queries_views
from contenthub.tenants import actions as tenants_actions
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.queries_views import Shown
from contenthub.web import customer_facts, sheets
from contenthub.web.api.customers import place
from contenthub.web.customer_filters import CHOICES, HERE, OWNED, Asked
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.scope_choices import branch_options, chosen_id
from contenthub.web.signin import May
from contenthub.web.tag_desk import change_words, own_change, tag_options

PAGE = 50
EXPORT_MOST = 50_000
EXPORT_STEP = 2_000


@dataclass
class BulkForm:
    """What the bar above the list sends: who, which tag, put on or taken off."""

    kind: str = ""
    scope: str = "picked"
    """`picked`: the ticked ones; `found`: all that the filter finds."""
    ids: list[str] | str = field(default_factory=list)
    tag_id: str = ""
    until: str = ""
    back: str = ""


@get(HERE, guards=[May("customers.view")], include_in_schema=False)
async def customers_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    now: Now,
    cursor: FromQuery[str] = "",
    change: FromQuery[UUID | None] = None,
) -> Template | Response[Any]:
    """Show customers in scope, masked; a bare address opens with the person's default view.

    `change` is what was just done to many of them.
    """
    saved = await queries_views.views(db, me, place="customers")
    start = next((one.view for one in saved if one.is_start), None)
    if not request.query_params and start is not None:
        return go(request, f"{HERE}?{start.query}")
    asked = Asked.read(request.query_params)
    owner_ids = await tenants.visible_staff_ids(db, me)
    some = await queries_found.found(db, asked.filter(), owner_ids=owner_ids, at=now)
    after = place(cursor)
    rows = await queries_found.rows_of(db, some, after=after, limit=PAGE)
    groups = await queries_tags.groups(db)
    done = await own_change(db, change, me) if change else None
    return page(
        request,
        "console/customers.html",
        rows=rows,
        total=len(some),
        tags_of=await queries_mine.tags_of(db, [row.no for row in rows]),
        tones=queries_tags.tones_of(groups),
        tags=tag_options(groups),
        tags_to_put=tag_options(groups, but_retired=True),
        owners=await tenants.staff_names(db, {row.owner_id for row in rows if row.owner_id}),
        branches={b.id: b.name for b in await tenants.branches(db)},
        branch_options=await branch_options(db, me, owner_ids),
        stages=STAGES,
        owned=OWNED,
        products=PRODUCTS,
        choices={name: known for name, (known, _) in CHOICES.items()},
        dues={row.no: customer_facts.dues_of(row) for row in rows},
        asked=asked,
        kept=asked.query(),
        **_views(saved, me, asked),
        is_first=not cursor,
        next_cursor=str(rows[-1].no) if rows and some.rank(rows[-1].no) < len(some) else "",
        change=await change_words(db, done) if done else None,
        can_import=access.may(me.roles, "customers.import"),
        can_write=access.may(me.roles, "customers.write"),
        whole_bank=owner_ids is None,
    )


def _views(saved: Sequence[Shown], me: Staff, asked: Asked) -> dict[str, Any]:
    """Return the saved views as chips, and whether what is asked for can be saved as one."""
    query = asked.query()
    return {
        "views": saved,
        "may_share": access.may(me.roles, "customers.tags"),
        "can_save": bool(query) and all(one.view.query != query for one in saved),
    }


@post(f"{HERE}/tags", guards=[May("customers.write")], include_in_schema=False)
async def change_many(
    request: Request[Any, Any, Any], data: URLEncodedBody[BulkForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Put a tag on the ticked or on all found customers, or take it off; the list then says so."""
    tag_id = chosen_id(data.tag_id, "tag_id")
    if tag_id is None:
        raise Invalid.of("tag_id", "请选择要贴上或取下的标签")
    if data.kind not in ("put", "take"):
        raise Invalid.of("kind", "请点“贴上”或“取下”")
    try:
        until = date.fromisoformat(data.until) if data.until else None
    except ValueError as wrong:
        raise Invalid.of("until", "日期应写成 2027-01-31，按标签的设置请不要填") from wrong
    asked = Asked.of_text(data.back)
    reach = await tenants.visible_staff_ids(db, me)
    if data.scope == "found":
        some = await queries_found.found(db, asked.filter(), owner_ids=reach, at=now)
        words = await _words(db, asked)
    else:
        chosen = [data.ids] if isinstance(data.ids, str) else data.ids
        ids = [one for text in chosen if (one := chosen_id(text, "ids"))]
        some = await queries_found.numbers_of(db, ids, owner_ids=reach)
        words = "勾选的客户"
    wish = Wish(data.kind, tag_id, until)
    made = await actions_tag_changes.change_many(
        db, some, wish, about={"words": words}, by=me, at=now
    )
    kept = asked.query()
    return go(request, f"{HERE}?{kept}{'&' if kept else ''}change={made.id}")


async def _words(db: Read, asked: Asked) -> str:
    tags = {str(tag.id): tag.name for _, tags in await queries_tags.groups(db) for tag in tags}
    branches = {str(b.id): b.name for b in await tenants.branches(db)}
    return asked.words(tags, branches)


_COLUMNS = (
    *("客户号", "姓名", "手机号", "机构", "资产（元）"),
    *("风险承受等级", "风险测评有效期", "阶段", "标签", "客户经理", "出生日期", "农历生日"),
    *("村（网格）", "持有产品", "存款到期日", "理财到期日", "贷款到期日", "是否商户"),
    *("最近联系日期", "加微日期"),
)


@get(f"{HERE}/export.xlsx", guards=[May("customers.view")], include_in_schema=False)
async def export_list(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Response[bytes]:
    """Return what the list shows as a workbook, masked; that it was taken is audited."""
    asked = Asked.read(request.query_params)
    rows = await _export_rows(db, asked, me, at=now)
    words = await _words(db, asked)
    tenants_actions.record(
        db, "customers.exported", "customer", None, by=me, at=now, rows=len(rows), filter=words
    )
    book = sheets.xlsx("客户", _COLUMNS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(book, "客户.xlsx")


async def _export_rows(db: Read, asked: Asked, me: Staff, *, at: datetime) -> list[list[object]]:
    reach = await tenants.visible_staff_ids(db, me)
    some = await queries_found.found(db, asked.filter(), owner_ids=reach, at=at)
    branches = {b.id: b.name for b in await tenants.branches(db)}
    found: list[list[object]] = []
    after = 0
    while len(found) < EXPORT_MOST:
        rows = await queries_found.rows_of(db, some, after=after, limit=EXPORT_STEP)
        tags = await queries_mine.tags_of(db, [row.no for row in rows])
        owners = await tenants.staff_names(db, {row.owner_id for row in rows if row.owner_id})
        found += [
            [
                row.crm_no,
                row.name_masked,
                row.phone_masked,
                branches.get(row.branch_id, ""),
                row.aum_fen / 100,
                suitability.grade_word(row.risk_grade),
                row.risk_until,
                STAGES.get(row.stage, row.stage),
                "、".join(tags.get(row.no, [])),
                owners.get(row.owner_id, "") if row.owner_id else "",
                row.birthday,
                *customer_facts.cells_of(row),
            ]
            for row in rows
        ]
        if len(rows) < EXPORT_STEP:
            break
        after = rows[-1].no
    return found


HANDLERS = [customers_page, change_many, export_list]
