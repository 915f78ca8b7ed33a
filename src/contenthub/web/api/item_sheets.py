"""Items by workbook: the template, POST /items/imports as a long job, the export."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody
from litestar.response import Stream

from contenthub.errors import Invalid, NotFound
from contenthub.library import actions_item_uploads, queries_item_imports
from contenthub.library.itembook import Reading
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries
from contenthub.tenants.models import LongJob
from contenthub.web import item_workbooks
from contenthub.web.api.jobs import fetched, stream_of
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.idempotency import Once
from contenthub.web.item_filters import ASKED, AskedItems
from contenthub.web.item_import_views import (
    ItemImportList,
    ItemImportView,
    RowPage,
    import_view,
    row_views,
    sheet_kinds,
)
from contenthub.web.item_workbooks import MAX_BODY_BYTES, Checked, SheetWish
from contenthub.web.keyset import page_size
from contenthub.web.sheets import MIME
from contenthub.web.signin import May, Principal, principal_of

ROWS = 50


class RunItemsBody(msgspec.Struct, forbid_unknown_fields=True):
    """How to load a file that was tried."""

    submit: Annotated[bool, msgspec.Meta(examples=[False])] = False
    """Also hand complete drafts without open findings to review."""


class SheetColumns(msgspec.Struct, forbid_unknown_fields=True):
    """What the headers of one sheet mean."""

    name: Annotated[str, msgspec.Meta(examples=["产品"])]
    columns: Annotated[
        dict[str, str], msgspec.Meta(examples=[{"产品名称": "title", "起点": "fields.minimum_fen"}])
    ] = {}
    """Header -> column name, "" for one that is not read; headers left out stay as they are."""
    topic: Annotated[str, msgspec.Meta(examples=["deposit"])] = ""
    """Of rows that do not say theirs."""
    kind: Annotated[str, msgspec.Meta(examples=["product"])] = ""
    """What the sheet holds, also of one that was not read; `skip` leaves it out, "" changes
    nothing. A sheet whose kind changes has its columns read anew."""


class ColumnsBody(msgspec.Struct, forbid_unknown_fields=True):
    """The columns of a workbook with headers of the bank's own."""

    sheets: list[SheetColumns]


@dataclass
class ItemImportForm:
    """A workbook; `kind` is for sheets that do not tell theirs by name or column."""

    file: UploadFile
    dry_run: bool = True
    submit: bool = False
    kind: str = ""
    force: bool = False


async def started(
    found: Checked,
    house: TheHouse,
    principal: Principal,
    once: Once | None,
    *,
    is_trial: bool,
    is_sent: bool,
    at: datetime,
) -> LongJob:
    """Keep a workbook that was read and start its trial or load."""
    upload = await item_workbooks.keep(found, house, principal.tenant)
    async with house.database.unit_of_work(principal.tenant) as db:
        if once is not None:
            await once.claim(db)
        job = await actions_item_uploads.start_import(
            db, upload, is_trial=is_trial, is_sent=is_sent, by=principal.staff, at=at
        )
        if once is not None:
            await once.keep(db, import_view(job))
    return job


@post(
    "/items/imports",
    guards=[May("library.write")],
    status_code=202,
    request_max_body_size=MAX_BODY_BYTES,
    summary="导入内容（xlsx）",
    tags=["library"],
    opt={"idempotent": True},
)
async def import_items(
    request: Request[Any, Any, Any], data: MultipartBody[ItemImportForm], house: TheHouse, now: Now
) -> ItemImportView:
    """Read a workbook of items and let the worker try it, or load it with `dry_run=false`.

    The same file again is answered with the import that loaded it; `force` loads it once more.
    """
    principal = principal_of(request)
    kind = item_workbooks.kind_asked(data.kind)
    async with house.database.reading(principal.tenant) as read:
        reading = Reading(kind, await queries_item_imports.columns_chosen(read))
    async with item_workbooks.checked(data.file, reading) as found:
        wishes = f"{data.dry_run} {data.submit} {data.force} {kind}"
        once = Once(request, found.sha256.encode(), found.filename.encode(), wishes.encode())
        await once.replay()
        if not (data.force or data.dry_run):
            async with house.database.reading(principal.tenant) as read:
                known = await queries_item_imports.loaded_before(read, found.sha256)
            if known is not None:
                return import_view(known, is_repeat=True)
        job = await started(
            found,
            house,
            principal,
            once,
            is_trial=data.dry_run,
            is_sent=data.submit,
            at=now,
        )
    return import_view(job)


@get("/items/imports", guards=[May("library.write")], summary="内容导入记录", tags=["library"])
async def list_item_imports(db: Db) -> ItemImportList:
    """Return the bank's newest imports of items."""
    jobs = await queries.long_jobs(db, queries_item_imports.KIND)
    return ItemImportList([import_view(job) for job in jobs])


@get(
    "/items/imports/{workbook_id:uuid}",
    guards=[May("library.write")],
    summary="一次内容导入",
    tags=["library"],
)
async def show_item_import(workbook_id: FromPath[UUID], db: Db) -> ItemImportView:
    """Return an import of items with its counts."""
    job = await queries_item_imports.import_job(db, workbook_id)
    return import_view(job, await queries_item_imports.counts(db, job.id))


@get(
    "/items/imports/{workbook_id:uuid}/rows",
    guards=[May("library.write")],
    summary="内容导入的各行结果",
    tags=["library"],
)
async def list_import_rows(
    workbook_id: FromPath[UUID],
    db: Db,
    outcome: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = ROWS,
) -> RowPage:
    """Return what became of the rows, in the order of the file."""
    if outcome and outcome not in queries_item_imports.OUTCOMES:
        known = "、".join(queries_item_imports.OUTCOMES)
        raise Invalid.of("outcome", f"没有“{outcome[:20]}”这种结果，应是 {known} 之一")
    limit = page_size(limit)
    job = await queries_item_imports.import_job(db, workbook_id)
    found = await queries_item_imports.rows(
        db, job.id, outcome=outcome, after_no=_after(cursor), limit=limit + 1
    )
    more = str(found[limit - 1].no) if len(found) > limit else None
    return RowPage(row_views(found[:limit], sheet_kinds(job)), more)


def _after(cursor: str) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 9):
        raise Invalid.of("cursor", "翻页位置不正确，请从第一页重新开始")
    return int(cursor)


@post(
    "/items/imports/{workbook_id:uuid}/run",
    guards=[May("library.write")],
    status_code=202,
    summary="试算后正式导入内容",
    tags=["library"],
)
async def run_item_import(
    workbook_id: FromPath[UUID], data: JSONBody[RunItemsBody], db: Db, me: Me, now: Now
) -> ItemImportView:
    """Load a workbook that was tried."""
    return import_view(
        await actions_item_uploads.run_import(db, workbook_id, is_sent=data.submit, by=me, at=now)
    )


@post(
    "/items/imports/{workbook_id:uuid}/columns",
    guards=[May("library.write")],
    status_code=202,
    summary="指定内容表的列，重新试算",
    tags=["library"],
)
async def choose_columns(
    request: Request[Any, Any, Any],
    workbook_id: FromPath[UUID],
    data: JSONBody[ColumnsBody],
    house: TheHouse,
    now: Now,
) -> ItemImportView:
    """Say which column is what, and try the workbook again; later files are read so too."""
    wishes = [SheetWish(one.name, one.columns, one.topic, one.kind) for one in data.sheets]
    principal = principal_of(request)
    return import_view(
        await item_workbooks.try_again(house, principal, workbook_id, wishes, at=now)
    )


@post(
    "/items/imports/{workbook_id:uuid}/cancel",
    guards=[May("library.write")],
    status_code=200,
    summary="取消内容导入",
    tags=["library"],
)
async def cancel_item_import(
    workbook_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> ItemImportView:
    """Stop an import; what was written stays and can be undone."""
    return import_view(await actions_item_uploads.cancel_import(db, workbook_id, by=me, at=now))


@post(
    "/items/imports/{workbook_id:uuid}/undo",
    guards=[May("library.write")],
    status_code=202,
    summary="撤销内容导入",
    tags=["library"],
)
async def undo_item_import(workbook_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ItemImportView:
    """Take the drafts of an import back, as far as nobody has worked on them since."""
    return import_view(await actions_item_uploads.undo_import(db, workbook_id, by=me, at=now))


@get(
    "/items/imports/{workbook_id:uuid}/errors.xlsx",
    guards=[May("library.write")],
    summary="内容导入的错误明细",
    tags=["library"],
    opt={"files": (MIME,)},
)
async def import_errors(
    request: Request[Any, Any, Any], workbook_id: FromPath[UUID], house: TheHouse, now: Now
) -> Stream:
    """Return the rows that were refused, as they were, each with its reason."""
    return await errors_file(workbook_id, house, principal_of(request), at=now)


async def errors_file(
    workbook_id: UUID, house: TheHouse, principal: Principal, *, at: datetime
) -> Stream:
    """Return an import's error file; raises NotFound when no row was refused."""
    # The store may be slow: the transaction ends before it is asked.
    async with house.database.unit_of_work(principal.tenant) as db:
        job = await queries_item_imports.import_job(db, workbook_id)
        if not job.errors_key:
            raise NotFound("这次导入没有错误明细")
        tenants.record(
            db, "job.downloaded", "job", job.id, by=principal.staff, at=at, what="errors"
        )
    file = await fetched(house.storage, job.errors_key)
    name = quote(f"错误明细-{job.params['filename']}")
    told = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return stream_of(file, mime=MIME, headers=told)


@get(
    "/items/template.xlsx",
    guards=[May("library.write")],
    summary="下载内容导入模板",
    tags=["library"],
    opt={"files": (MIME,)},
)
async def item_template(kind: FromQuery[str] = "product") -> Stream:
    """Return the workbook a clerk fills in for a kind."""
    return await item_workbooks.template(item_workbooks.kind_asked(kind) or "product")


@get(
    "/items/export.xlsx",
    guards=[May("library.drafts")],
    dependencies=ASKED,
    summary="导出内容（可改后导回）",
    tags=["library"],
    opt={"files": (MIME,)},
)
async def export_items(
    request: Request[Any, Any, Any], asked: AskedItems, house: TheHouse, now: Now
) -> Stream:
    """Return exactly what is filtered, in the columns of the template."""
    principal = principal_of(request)
    wanted = asked.filter(principal.staff, at=now, zone=principal.bank.zone)
    return await item_workbooks.export(house, principal, wanted, query=asked.query(), at=now)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            import_items,
            list_item_imports,
            show_item_import,
            list_import_rows,
            run_item_import,
            choose_columns,
            cancel_item_import,
            undo_item_import,
            import_errors,
            item_template,
            export_items,
        ],
        after_request=keep_answer,
    )
]
