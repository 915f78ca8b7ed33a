"""导入内容: template, upload, trial, load, result, undo; and the export of what is filtered."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery, MultipartBody
from litestar.response import Stream, Template

from contenthub.library import actions_item_uploads, kinds, queries_item_imports, sheetkinds
from contenthub.library.itembook import Reading
from contenthub.library.queries_item_imports import OUTCOMES
from contenthub.tenants import queries
from contenthub.tenants.models import LongJob
from contenthub.tenants.topics import TOPICS
from contenthub.web import item_workbooks
from contenthub.web.api.item_sheets import errors_file, started
from contenthub.web.deps import Db, Me, Now, TheHouse
from contenthub.web.item_filters import HERE, Asked
from contenthub.web.item_import_views import (
    column_forms,
    import_view,
    row_views,
    rows_are_gone,
    sheet_kinds,
    wishes_of,
)
from contenthub.web.item_workbooks import MAX_BODY_BYTES
from contenthub.web.job_progress import progress_answer, progress_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May, principal_of
from contenthub.web.uploads import picked

IMPORTS = f"{HERE}/imports"
PROGRESS = (IMPORTS, "导入进度")
ROWS = 50
STAGES = {"trial": "试算", "load": "正式导入", "undo": "撤销"}
_SHOWN_FIRST = ("failed", "changed", "added", "kept", "undone", "unchanged")


@dataclass
class WorkbookForm:
    """What the upload form sends."""

    file: UploadFile | None = None
    kind: str = ""


@get(IMPORTS, guards=[May("library.write")], include_in_schema=False)
async def imports_page(
    request: Request[Any, Any, Any], db: Db, kind: FromQuery[str] = ""
) -> Template:
    """Show the templates, the upload form and the newest imports."""
    jobs = await queries.long_jobs(db, queries_item_imports.KIND)
    return page(
        request,
        "console/item_imports.html",
        jobs=[import_view(job) for job in jobs],
        stages=STAGES,
        kinds=kinds.KINDS,
        kind=kind if kind in kinds.KINDS else "",
        kind_options=[("", "按工作表名称判断")]
        + [(each.slug, each.label) for each in kinds.KINDS.values()],
    )


@get(f"{IMPORTS}/template.xlsx", guards=[May("library.write")], include_in_schema=False)
async def template_file(kind: FromQuery[str] = "product") -> Stream:
    """Return the workbook a clerk fills in for a kind."""
    return await item_workbooks.template(item_workbooks.kind_asked(kind) or "product")


@post(
    IMPORTS,
    guards=[May("library.write")],
    request_max_body_size=MAX_BODY_BYTES,
    include_in_schema=False,
)
async def upload(
    request: Request[Any, Any, Any], data: MultipartBody[WorkbookForm], house: TheHouse, now: Now
) -> Response[Any]:
    """Read and keep a workbook, and try it at once: nothing is written yet."""
    file = picked(data.file, "请先选择要导入的 .xlsx 文件")
    kind = item_workbooks.kind_asked(data.kind)
    principal = principal_of(request)
    async with house.database.reading(principal.tenant) as read:
        reading = Reading(kind, await queries_item_imports.columns_chosen(read))
    async with item_workbooks.checked(file, reading) as found:
        job = await started(
            found,
            house,
            principal,
            None,
            is_trial=True,
            is_sent=False,
            at=now,
        )
    return go(request, f"{IMPORTS}/{job.id}")


@get(f"{IMPORTS}/{{workbook_id:uuid}}", guards=[May("library.write")], include_in_schema=False)
async def one_import(
    request: Request[Any, Any, Any],
    workbook_id: FromPath[UUID],
    db: Db,
    outcome: FromQuery[str] = "",
    after: FromQuery[int] = 0,
) -> Template:
    """Show an import where it stands: progress, or what came of its rows."""
    job = await queries_item_imports.import_job(db, workbook_id)
    counts = await queries_item_imports.counts(db, job.id)
    view = import_view(job, counts)
    if outcome not in OUTCOMES:
        order = _SHOWN_FIRST if view.stage != "undo" else ("kept", "undone", *_SHOWN_FIRST)
        outcome = next((name for name in order if counts[name]), "added")
    rows = await queries_item_imports.rows(
        db, job.id, outcome=outcome, after_no=max(0, min(after, 2**31 - 1)), limit=ROWS + 1
    )
    before = await queries_item_imports.loaded_before(db, job.params["sha256"])
    return page(
        request,
        "console/item_import.html",
        job=view,
        progress=progress_of(job, *PROGRESS),
        stages=STAGES,
        counts={name: counts[name] for name in OUTCOMES},
        chips=[
            (label, f"{IMPORTS}/{job.id}?outcome={name}", name == outcome, counts[name])
            for name, label in OUTCOMES.items()
            if counts[name] or name == outcome
        ],
        outcome=outcome,
        rows=row_views(rows[:ROWS], sheet_kinds(job)),
        next_no=rows[ROWS - 1].no if len(rows) > ROWS else None,
        is_first=not after,
        rows_gone=rows_are_gone(job),
        is_running=job.state in ("queued", "running"),
        is_tried=_is_tried(job),
        column_forms=column_forms(job) if _is_tried(job) else [],
        may_undo=_may_undo(job, counts),
        topics=[("", "不指定"), *TOPICS.items()],
        sheet_kinds=[(each.slug, each.label) for each in kinds.KINDS.values()],
        leave_out=(sheetkinds.LEAVE_OUT, "不导入这张表"),
        send_max=actions_item_uploads.SEND_MAX,
        before=import_view(before) if before is not None and before.id != job.id else None,
    )


def _is_tried(job: LongJob) -> bool:
    tried = job.state == "done" and job.params["stage"] == "trial"
    return tried and bool(job.params["source_key"])


def _may_undo(job: LongJob, counts: dict[str, int]) -> bool:
    ended = job.state in ("done", "cancelled", "failed")
    wrote = job.params["stage"] in ("load", "undo")
    return ended and wrote and not rows_are_gone(job) and bool(counts["added"] + counts["changed"])


@get(
    f"{IMPORTS}/{{workbook_id:uuid}}/progress",
    guards=[May("library.write")],
    include_in_schema=False,
)
async def progress(
    request: Request[Any, Any, Any], workbook_id: FromPath[UUID], db: Db
) -> Template:
    """Return the progress; at the end the page is asked to load anew."""
    job = await queries_item_imports.import_job(db, workbook_id)
    return progress_answer(request, job, *PROGRESS)


@post(f"{IMPORTS}/{{workbook_id:uuid}}/run", guards=[May("library.write")], include_in_schema=False)
async def run(
    request: Request[Any, Any, Any],
    workbook_id: FromPath[UUID],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Load a workbook that was tried; ticked, complete drafts are submitted too."""
    await actions_item_uploads.run_import(
        db, workbook_id, is_sent=bool(data.get("submit")), by=me, at=now
    )
    return go(request, f"{IMPORTS}/{workbook_id}")


@post(
    f"{IMPORTS}/{{workbook_id:uuid}}/columns",
    guards=[May("library.write")],
    include_in_schema=False,
)
async def columns(
    request: Request[Any, Any, Any],
    workbook_id: FromPath[UUID],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Try a workbook again with the chosen columns (fields `column.<sheet>.<place>`)."""
    principal = principal_of(request)
    async with house.database.reading(principal.tenant) as read:
        job = await queries_item_imports.import_job(read, workbook_id)
    wishes = wishes_of(job, data)
    await item_workbooks.try_again(house, principal, workbook_id, wishes, at=now)
    return go(request, f"{IMPORTS}/{workbook_id}")


@post(
    f"{IMPORTS}/{{workbook_id:uuid}}/cancel",
    guards=[May("library.write")],
    include_in_schema=False,
)
async def cancel(
    request: Request[Any, Any, Any], workbook_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Stop an import; what was written stays."""
    await actions_item_uploads.cancel_import(db, workbook_id, by=me, at=now)
    return go(request, f"{IMPORTS}/{workbook_id}")


@post(
    f"{IMPORTS}/{{workbook_id:uuid}}/undo", guards=[May("library.write")], include_in_schema=False
)
async def undo(
    request: Request[Any, Any, Any], workbook_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take the drafts of an import back."""
    await actions_item_uploads.undo_import(db, workbook_id, by=me, at=now)
    return go(request, f"{IMPORTS}/{workbook_id}")


@get(
    f"{IMPORTS}/{{workbook_id:uuid}}/errors.xlsx",
    guards=[May("library.write")],
    include_in_schema=False,
)
async def errors(
    request: Request[Any, Any, Any], workbook_id: FromPath[UUID], house: TheHouse, now: Now
) -> Stream:
    """Return the rows that were refused, as they were, each with its reason."""
    return await errors_file(workbook_id, house, principal_of(request), at=now)


@get(f"{HERE}/export.xlsx", guards=[May("library.drafts")], include_in_schema=False)
async def export_items(request: Request[Any, Any, Any], house: TheHouse, now: Now) -> Stream:
    """Return exactly what the library's page shows under the same address, to edit and import."""
    principal = principal_of(request)
    asked, _ = Asked.read(request.query_params)
    wanted = asked.filter(principal.staff, at=now, zone=principal.bank.zone)
    return await item_workbooks.export(house, principal, wanted, query=asked.query(), at=now)


HANDLERS = [
    imports_page,
    template_file,
    upload,
    one_import,
    progress,
    run,
    columns,
    cancel,
    undo,
    errors,
    export_items,
]
