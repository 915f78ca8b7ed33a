"""导入员工: upload a list with photos, which column is what, trial, load, result."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, MultipartBody, URLEncodedBody
from litestar.response import Template

from contenthub.errors import Invalid
from contenthub.posters import actions_staff, staffsheet
from contenthub.tenants import actions_firstpasswords, duties, queries
from contenthub.web import password_sheets, staff_lists
from contenthub.web.console.branches import chosen
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.job_progress import progress_answer, progress_of
from contenthub.web.pages import go, page
from contenthub.web.sheets import download, xlsx
from contenthub.web.signin import May, principal_of
from contenthub.web.uploads import MAX_BODY_BYTES, STAGES, checked, mapping_in, picked, standing

PROGRESS = ("/console/staff/imports", "导入进度")
_EXAMPLE = {
    "staff_no": "0231",
    "name": "王小明",
    "branch": "城关支行",
    "title": "客户经理",
    "phone": "13800000001",
    "login": "wangxm",
    "roles": "客户经理",
    "wecom_userid": "wangxm",
    "qualification_no": "YX-2026-0231",
    "authorised_until": "2027-06-30",
}


@dataclass
class StaffListForm:
    """A list of people and, if there are, their photos."""

    file: UploadFile | None = None
    photos: UploadFile | None = None


@dataclass
class SheetForm:
    """Whose first passwords are wanted: of one branch or all, unused ones anew or not."""

    branch_id: str = ""
    again: str = ""


@get("/console/staff/imports", guards=[May("staff.manage")], include_in_schema=False)
async def imports_page(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show the upload form, the newest imports of people, and who has no password yet."""
    jobs = await queries.long_jobs(db, actions_staff.KIND)
    tree = await queries.branches(db)
    return page(
        request,
        "console/staff_imports.html",
        jobs=jobs,
        stages=STAGES,
        without=await actions_firstpasswords.count_waiting(db),
        unused=await actions_firstpasswords.count_waiting(db, again=True),
        most=actions_firstpasswords.SHEET_PEOPLE,
        first_hours=duties.FIRST_PASSWORD_HOURS,
        branches=[("", "全部机构"), *((str(b.id), b.name) for b in tree if b.state == "open")],
    )


@get("/console/staff/imports/template.xlsx", guards=[May("staff.manage")], include_in_schema=False)
async def template_file(me: Me, now: Now) -> Response[bytes]:
    """Return the workbook a clerk fills in, with one example row."""
    columns = [label for label, _ in staffsheet.FIELDS.values()]
    row = [_EXAMPLE[field] for field in staffsheet.FIELDS]
    data = xlsx("员工导入模板", columns, [row], by=me.name, at=now, zone="Asia/Shanghai")
    return download(data, "员工导入模板.xlsx")


@post(
    "/console/staff/imports",
    guards=[May("staff.manage")],
    request_max_body_size=MAX_BODY_BYTES,
    include_in_schema=False,
)
async def upload(
    request: Request[Any, Any, Any], data: MultipartBody[StaffListForm], house: TheHouse, now: Now
) -> Response[Any]:
    """Check and keep a list, and go on to its columns."""
    file = picked(data.file, "请先选择员工清单（.xlsx 或 .csv 文件）")
    principal = principal_of(request)
    async with checked(file, house) as found:
        mapping = staffsheet.guess_mapping(found.sheet.headers)
        kept = await staff_lists.keep(found, data.photos, house, principal.tenant)
    async with house.database.unit_of_work(principal.tenant) as db:
        actions_staff.start_import(db, kept, mapping, by=principal.staff, at=now)
    return go(request, f"/console/staff/imports/{kept.job_id}")


@get(
    "/console/staff/imports/{import_id:uuid}", guards=[May("staff.manage")], include_in_schema=False
)
async def one_import(
    request: Request[Any, Any, Any], import_id: FromPath[UUID], db: Db
) -> Template:
    """Show an import where it stands: columns, progress or result."""
    job = await actions_staff.staff_import(db, import_id)
    stage = job.params["stage"]
    return page(
        request,
        "console/staff_import_one.html",
        job=job,
        stage=stage,
        progress=progress_of(job, *PROGRESS),
        problems=job.result.get("first_problems", []),
        labels=staffsheet.LABELS,
        fields=[(name, label) for name, (label, _) in staffsheet.FIELDS.items()],
        required=staffsheet.REQUIRED,
        photo_lines=actions_staff.PHOTO_LINES,
        **standing(job),
        without=await actions_firstpasswords.count_waiting(db),
        stages=STAGES,
    )


@get(
    "/console/staff/imports/{import_id:uuid}/progress",
    guards=[May("staff.manage")],
    include_in_schema=False,
)
async def progress(request: Request[Any, Any, Any], import_id: FromPath[UUID], db: Db) -> Template:
    """Return the progress; at the end the page is asked to load anew."""
    job = await actions_staff.staff_import(db, import_id)
    return progress_answer(request, job, *PROGRESS)


@post(
    "/console/staff/imports/{import_id:uuid}/run",
    guards=[May("staff.manage")],
    include_in_schema=False,
)
async def run(
    request: Request[Any, Any, Any],
    import_id: FromPath[UUID],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Try or load the list with the chosen columns (fields `mapping.<field>`)."""
    dry_run = data.get("how") != "load"
    await actions_staff.confirm_import(
        db, import_id, mapping_in(data), dry_run=dry_run, by=me, at=now
    )
    return go(request, f"/console/staff/imports/{import_id}")


@post(
    "/console/staff/imports/{import_id:uuid}/cancel",
    guards=[May("staff.manage")],
    include_in_schema=False,
)
async def cancel(
    request: Request[Any, Any, Any], import_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Stop an import; what was loaded stays."""
    await actions_staff.cancel_import(db, import_id, by=me, at=now)
    return go(request, f"/console/staff/imports/{import_id}")


@post(
    "/console/staff/first-passwords",
    guards=[May("staff.manage")],
    status_code=200,
    include_in_schema=False,
)
async def first_passwords(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[SheetForm],
    house: TheHouse,
    bank: OurBank,
    now: Now,
) -> Response[bytes]:
    """Give people without a password a first one, and return the sheet: it exists only once."""
    principal = principal_of(request)
    handed = await password_sheets.hand_out(
        house,
        principal.tenant,
        branch_id=chosen("branch_id", data.branch_id) if data.branch_id else None,
        again=bool(data.again),
        by=principal.staff,
        at=now,
    )
    if not handed:
        raise Invalid.of(
            "branch_id", "没有需要首次密码的员工；已有密码但忘记的，请在员工页单独重设"
        )
    until = duties.first_password_until(now)
    rows = [(w.branch, w.staff_no, w.name, w.login, word, until) for w, word in handed]
    columns = ("机构", "工号", "姓名", "登录名", "首次密码", "有效期至")
    by = principal.staff.name
    data_out = xlsx("首次密码", columns, rows, by=by, at=now, zone=bank.zone)
    answer = download(data_out, "首次密码.xlsx")
    answer.headers["Cache-Control"] = "no-store"
    return answer


HANDLERS = [
    imports_page,
    template_file,
    upload,
    one_import,
    progress,
    run,
    cancel,
    first_passwords,
]
