"""导入客户: upload, which column is what, trial, load, result; the file is one LongJob."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, MultipartBody
from litestar.response import Template

from contenthub.customers import (
    actions_import,
    actions_uploads,
    actions_uploads_undo,
    mergerules,
    queries_imports,
    queries_uploads,
    sheetout,
)
from contenthub.customers.rows import field_label, level_label
from contenthub.errors import Conflict
from contenthub.tenants import queries
from contenthub.web.api.import_undos import left_view
from contenthub.web.api.imports import import_view
from contenthub.web.deps import Db, Me, Now, TheHouse
from contenthub.web.job_progress import progress_answer, progress_of
from contenthub.web.pages import go, page
from contenthub.web.sheets import download
from contenthub.web.signin import May, principal_of
from contenthub.web.uploads import (
    MAX_BODY_BYTES,
    STAGES,
    checked,
    keep,
    mapping_in,
    merge_in,
    picked,
    standing,
)

PROGRESS = ("/console/imports", "导入进度")


@dataclass
class UploadForm:
    """What the upload form sends."""

    file: UploadFile | None = None


@get("/console/imports", guards=[May("customers.import")], include_in_schema=False)
async def imports_page(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show the upload form and the newest imports."""
    jobs = await queries.long_jobs(db, queries_uploads.KIND)
    return page(request, "console/imports.html", jobs=[import_view(j) for j in jobs], stages=STAGES)


@get("/console/imports/template.xlsx", guards=[May("customers.import")], include_in_schema=False)
async def template_file() -> Response[bytes]:
    """Return the workbook a clerk fills in."""
    return download(sheetout.template_xlsx(), "客户导入模板.xlsx")


@post(
    "/console/imports",
    guards=[May("customers.import")],
    request_max_body_size=MAX_BODY_BYTES,
    include_in_schema=False,
)
async def upload(
    request: Request[Any, Any, Any], data: MultipartBody[UploadForm], house: TheHouse, now: Now
) -> Response[Any]:
    """Check and keep a file, and go on to its columns."""
    file = picked(data.file, "请先选择要导入的 .csv 或 .xlsx 文件")
    principal = principal_of(request)
    async with checked(file, house) as found:
        async with house.database.reading(principal.tenant) as read:
            mapping = await queries_uploads.mapping_for(read, found.sheet.headers)
        kept = await keep(found, house, principal.tenant, mapping)
    async with house.database.unit_of_work(principal.tenant) as db:
        actions_uploads.start_upload(db, kept, mapping, by=principal.staff, at=now)
    return go(request, f"/console/imports/{kept.job_id}")


@get("/console/imports/{job_id:uuid}", guards=[May("customers.import")], include_in_schema=False)
async def one_import(
    request: Request[Any, Any, Any], job_id: FromPath[UUID], db: Db, now: Now
) -> Template:
    """Show an import where it stands: columns, progress or result."""
    job = await queries_uploads.upload(db, job_id)
    before = await queries_uploads.loaded_before(db, job.params["sha256"])
    merge = job.params.get("merge")
    return page(
        request,
        "console/import_one.html",
        job=import_view(job),
        progress=progress_of(job, *PROGRESS),
        preview=job.params["preview"],
        problems=job.result.get("first_problems", []),
        fields=sheetout.field_choices(),
        merged=mergerules.MERGED,
        shown_plans=min(job.result.get("updated", 0), actions_import.SHOWN),
        rules=list(mergerules.RULES.items()),
        merge=await queries_uploads.merge_for(db) if merge is None else merge,
        field_label=field_label,
        level_label=level_label,
        **standing(job),
        before=before if before is not None and before.id != job.id else None,
        stages=STAGES,
        ahead=await queries_imports.ahead(db, job, at=now),
        left=[left_view(*row) for row in await queries_imports.left(db, job.id)],
    )


@get(
    "/console/imports/{job_id:uuid}/progress",
    guards=[May("customers.import")],
    include_in_schema=False,
)
async def progress(request: Request[Any, Any, Any], job_id: FromPath[UUID], db: Db) -> Template:
    """Return the progress; at the end the page is asked to load anew."""
    job = await queries_uploads.upload(db, job_id)
    return progress_answer(request, job, *PROGRESS)


@post(
    "/console/imports/{job_id:uuid}/run",
    guards=[May("customers.import")],
    include_in_schema=False,
)
async def run(
    request: Request[Any, Any, Any],
    job_id: FromPath[UUID],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Try or load the file as chosen (fields `mapping.<field>` and `merge.<field>`)."""
    dry_run = data.get("how") != "load"
    if not dry_run and not data.get("force"):
        job = await queries_uploads.upload(db, job_id)
        known = await queries_uploads.loaded_before(db, job.params["sha256"])
        if known is not None:
            raise Conflict("这个文件已经导入过；如果确实要再导入一次，请勾选“仍要再次导入”")
    await actions_uploads.confirm_upload(
        db, job_id, mapping_in(data), merge=merge_in(data), dry_run=dry_run, by=me, at=now
    )
    return go(request, f"/console/imports/{job_id}")


@post(
    "/console/imports/{job_id:uuid}/cancel",
    guards=[May("customers.import")],
    include_in_schema=False,
)
async def cancel(
    request: Request[Any, Any, Any], job_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Stop an import; what was loaded stays."""
    await actions_uploads.cancel_upload(db, job_id, by=me, at=now)
    return go(request, f"/console/imports/{job_id}")


@post(
    "/console/imports/{job_id:uuid}/undo",
    guards=[May("customers.import")],
    include_in_schema=False,
)
async def undo(
    request: Request[Any, Any, Any], job_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take a load back; customers with whom somebody went on since are left."""
    await actions_uploads_undo.undo_import(db, job_id, by=me, at=now)
    return go(request, f"/console/imports/{job_id}")


HANDLERS = [imports_page, template_file, upload, one_import, progress, run, cancel, undo]
