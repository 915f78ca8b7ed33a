"""POST /imports: a bank's customer file becomes a long job; GET /jobs/{id} follows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody

from contenthub.customers import actions_uploads, queries_uploads, sheetout
from contenthub.customers.mergerules import MERGED
from contenthub.errors import Forbidden, Invalid
from contenthub.posters import actions_staff, staffsheet
from contenthub.tenants import access, queries
from contenthub.tenants.models import LongJob
from contenthub.uploads import actions as uploads
from contenthub.web import staff_lists
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.idempotency import Once
from contenthub.web.sheets import MIME, download
from contenthub.web.signin import May, principal_of
from contenthub.web.uploads import MAX_BODY_BYTES, Checked, checked, keep, sent_json

NO_MAPPING = '列对应关系应为 JSON，例如 {"name": "客户姓名", "phone": "手机号"}'
NO_MERGE = '合并规则应为 JSON，例如 {"aum": "newer", "grid": "empty"}'


class ImportStarted(msgspec.Struct):
    """The job to follow; `is_repeat` says that this very file was loaded before."""

    job_id: UUID
    state: str
    is_repeat: bool
    message: str
    encoding: str
    mapping: dict[str, str]


class UndoneView(msgspec.Struct):
    """What an undo did: customers deleted, restored and left, tags taken off the others."""

    deleted: int = 0
    restored: int = 0
    untagged: int = 0
    kept: int = 0


class PlannedView(msgspec.Struct):
    """A field whose cell says other than we have; `is_taken` says whether the file's holds."""

    field: str
    label: str
    old: str
    new: str
    is_taken: bool


class PlanView(msgspec.Struct):
    """What a line of the file would change of a customer who is there, masked."""

    line: int
    name: str
    fields: list[PlannedView]


class ImportView(msgspec.Struct):
    """An import: the file, its mapping, how far it is and what came of it."""

    job_id: UUID
    filename: str
    stage: str
    state: str
    done: int
    total: int
    encoding: str
    headers: list[str]
    mapping: dict[str, str]
    merge: dict[str, str]
    """Field -> rule (file, empty, newer, ours) of what the file does to what is there."""
    added: int
    updated: int
    repeated: int
    failed: int
    message: str
    created_at: datetime
    finished_at: datetime | None
    undone: UndoneView | None = None
    plans: list[PlanView] = []
    """Of a trial: what its first rows would change, as long as the file is kept."""


class ImportList(msgspec.Struct):
    """The newest imports; there is one page."""

    items: list[ImportView]
    next_cursor: str | None = None


class RunBody(msgspec.Struct, forbid_unknown_fields=True):
    """How to run a file that is kept: field -> header, and whether only to try."""

    mapping: Annotated[
        dict[str, str], msgspec.Meta(examples=[{"name": "客户姓名", "phone": "手机号"}])
    ]
    dry_run: bool = False
    merge: Annotated[
        dict[str, str] | None, msgspec.Meta(examples=[{"aum": "newer", "grid": "empty"}])
    ] = None
    """Field -> rule: file, empty, newer or ours; left out: as last time."""


@dataclass
class ImportForm:
    """A file; `mapping` is JSON of field -> header, guessed when it is left out.

    `merge` is JSON of field -> rule (file, empty, newer, ours), as last time when left out.
    """

    file: UploadFile
    dry_run: bool = False
    mapping: str = ""
    merge: str = ""
    force: bool = False
    photos: UploadFile | None = None
    """With `kind=staff`: a ZIP of portraits named by staff number."""


def import_view(job: LongJob) -> ImportView:
    """Return what is shown of an import."""
    facts, found = job.params, job.result
    return ImportView(
        job_id=job.id,
        filename=facts["filename"],
        stage=facts["stage"],
        state=job.state,
        done=job.done,
        total=job.total,
        encoding=facts["encoding"],
        headers=facts["headers"],
        mapping=facts["mapping"],
        merge=facts.get("merge", {}),
        added=found.get("added", 0),
        updated=found.get("updated", 0),
        repeated=found.get("repeated", 0),
        failed=found.get("failed", 0),
        message=job.message,
        created_at=job.created_at,
        finished_at=job.finished_at,
        undone=UndoneView(**found["undo"]) if "undo" in found else None,
        plans=[_plan_view(plan) for plan in found.get(uploads.PLANS, [])],
    )


def _plan_view(plan: dict[str, Any]) -> PlanView:
    fields = [PlannedView(label=MERGED[one["field"]], **one) for one in plan["fields"]]
    return PlanView(plan["line"], plan["name"], fields)


def _started(job: LongJob, *, is_repeat: bool = False) -> ImportStarted:
    message = job.message
    if is_repeat:
        message = f"这个文件已经导入过，没有重复导入；要再导入一次请加 force=true。{message}"
    facts = job.params
    return ImportStarted(job.id, job.state, is_repeat, message, facts["encoding"], facts["mapping"])


@post(
    "/imports",
    guards=[May("customers.import")],
    status_code=202,
    request_max_body_size=MAX_BODY_BYTES,
    summary="导入客户或员工文件",
    tags=["imports"],
    opt={"idempotent": True},
)
async def import_file(
    request: Request[Any, Any, Any],
    data: MultipartBody[ImportForm],
    house: TheHouse,
    now: Now,
    kind: FromQuery[str] = "customers",
) -> ImportStarted:
    """Check a CSV or xlsx file and let the worker try or load it.

    The same file again is answered with the first import, so a lost answer may be asked for
    again; `force` loads it once more.
    """
    principal = principal_of(request)
    chosen = sent_json(data.mapping, dict[str, str], "mapping", message=NO_MAPPING)
    if kind == "staff":
        return await _staff(request, data, chosen, house=house, now=now)
    if kind != "customers":
        raise Invalid.of("kind", "可以导入 customers（客户）或 staff（员工），请修改 kind")
    async with checked(data.file, house) as found:
        once = Once(request, *_asked(data, found, kind))
        await once.replay()
        # Short units of work: none is open while the file travels.
        async with house.database.reading(principal.tenant) as read:
            known = await queries_uploads.loaded_before(read, found.sha256)
            if known is not None and not (data.force or data.dry_run):
                return await _repeated(request, known, house=house, once=once)
            guessed = await queries_uploads.mapping_for(read, found.sheet.headers)
        mapping = actions_uploads.check_mapping(
            chosen if chosen is not None else guessed, found.sheet.headers
        )
        return await _start(request, found, mapping, house=house, data=data, once=once, now=now)


async def _staff(
    request: Request[Any, Any, Any],
    data: ImportForm,
    chosen: dict[str, str] | None,
    *,
    house: TheHouse,
    now: datetime,
) -> ImportStarted:
    """Check a staff list and let the worker try or load it: people are found by their number."""
    principal = principal_of(request)
    if not access.may(principal.staff.roles, "staff.manage"):
        raise Forbidden("您的角色不能导入员工，请联系本行管理员")
    async with checked(data.file, house) as found:
        once = Once(request, *_asked(data, found, "staff"))
        await once.replay()
        guessed = staffsheet.guess_mapping(found.sheet.headers)
        mapping = actions_staff.check_mapping(
            guessed if chosen is None else chosen, found.sheet.headers
        )
        kept = await staff_lists.keep(found, data.photos, house, principal.tenant)
        async with house.database.unit_of_work(principal.tenant) as db:
            await once.claim(db)
            job = actions_staff.start_import(db, kept, mapping, by=principal.staff, at=now)
            await db.flush()
            await actions_staff.confirm_import(
                db, job.id, mapping, dry_run=data.dry_run, by=principal.staff, at=now
            )
            answer = ImportStarted(job.id, job.state, False, job.message, "", mapping)
            await once.keep(db, answer)
            return answer


def _asked(data: ImportForm, found: Checked, kind: str) -> tuple[bytes, ...]:
    """Return what tells two imports under one Idempotency-Key apart."""
    wishes = f"{kind} {data.dry_run} {data.force} {data.mapping} {data.merge}"
    return found.sha256.encode(), found.filename.encode(), wishes.encode()


async def _repeated(
    request: Request[Any, Any, Any], known: LongJob, *, house: TheHouse, once: Once
) -> ImportStarted:
    answer = _started(known, is_repeat=True)
    async with house.database.unit_of_work(principal_of(request).tenant) as db:
        await once.claim(db)
        await once.keep(db, answer)
    return answer


async def _start(
    request: Request[Any, Any, Any],
    found: Checked,
    mapping: dict[str, str],
    *,
    house: TheHouse,
    data: ImportForm,
    once: Once,
    now: datetime,
) -> ImportStarted:
    principal = principal_of(request)
    upload = await keep(found, house, principal.tenant, mapping)
    async with house.database.unit_of_work(principal.tenant) as db:
        await once.claim(db)
        actions_uploads.start_upload(db, upload, mapping, by=principal.staff, at=now)
        await db.flush()
        job = await actions_uploads.confirm_upload(
            db,
            upload.job_id,
            mapping,
            merge=sent_json(data.merge, dict[str, str], "merge", message=NO_MERGE),
            dry_run=data.dry_run,
            by=principal.staff,
            at=now,
        )
        answer = _started(job)
        await once.keep(db, answer)
        return answer


@get("/imports", guards=[May("customers.import")], summary="导入记录", tags=["imports"])
async def list_imports(db: Db) -> ImportList:
    """Return the bank's newest imports."""
    return ImportList([import_view(j) for j in await queries.long_jobs(db, queries_uploads.KIND)])


@get(
    "/imports/template.xlsx",
    guards=[May("customers.import")],
    summary="下载导入模板",
    tags=["imports"],
    opt={"files": (MIME,)},
)
async def import_template() -> Response[bytes]:
    """Return the workbook a clerk fills in."""
    return download(sheetout.template_xlsx(), "客户导入模板.xlsx")


@get(
    "/imports/{job_id:uuid}",
    guards=[May("customers.import")],
    summary="一次导入",
    tags=["imports"],
)
async def show_import(job_id: FromPath[UUID], db: Db) -> ImportView:
    """Return an import with its counts."""
    return import_view(await queries_uploads.upload(db, job_id))


@post(
    "/imports/{job_id:uuid}/run",
    guards=[May("customers.import")],
    status_code=202,
    summary="试算后正式导入",
    tags=["imports"],
)
async def run_import(
    job_id: FromPath[UUID], data: JSONBody[RunBody], db: Db, me: Me, now: Now
) -> ImportStarted:
    """Try or load a file that was uploaded before."""
    return _started(
        await actions_uploads.confirm_upload(
            db, job_id, data.mapping, merge=data.merge, dry_run=data.dry_run, by=me, at=now
        )
    )


@post(
    "/imports/{job_id:uuid}/cancel",
    guards=[May("customers.import")],
    status_code=200,
    summary="取消导入",
    tags=["imports"],
)
async def cancel_import(job_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ImportView:
    """Stop an import; what was loaded stays."""
    return import_view(await actions_uploads.cancel_upload(db, job_id, by=me, at=now))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            import_file,
            list_imports,
            import_template,
            show_import,
            run_import,
            cancel_import,
        ],
        after_request=keep_answer,
    )
]
