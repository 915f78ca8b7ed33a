"""模型和活动名单: upload, what is what, trial, load, result, undo; the file is one LongJob."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, MultipartBody
from litestar.response import Template

from contenthub.customers import actions_lists, listrows, queries_lists
from contenthub.customers.behaviour import OFFLINE
from contenthub.customers.scoring import SCORED
from contenthub.errors import Conflict
from contenthub.tenants import queries
from contenthub.tenants.topics import TOPICS
from contenthub.web.api.lists import list_view, newest
from contenthub.web.deps import Db, Me, Now, TheHouse
from contenthub.web.job_progress import progress_answer, progress_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May, principal_of
from contenthub.web.uploads import (
    MAX_BODY_BYTES,
    STAGES,
    checked,
    keep,
    mapping_in,
    picked,
    standing,
)

PROGRESS = ("/console/lists", "导入进度")
WISHES = ("source", "topic", "act", "said_on", "until_on", "half_life_days", "scale")


@dataclass
class ListUploadForm:
    """What the upload form sends."""

    file: UploadFile | None = None
    kind: str = listrows.SCORES


@get("/console/lists", guards=[May("customers.import")], include_in_schema=False)
async def lists_page(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show the upload form and the newest lists."""
    return page(
        request,
        "console/lists.html",
        lists=await newest(db),
        kinds=listrows.KINDS,
        stages=STAGES,
    )


@post(
    "/console/lists",
    guards=[May("customers.import")],
    request_max_body_size=MAX_BODY_BYTES,
    include_in_schema=False,
)
async def upload_list(
    request: Request[Any, Any, Any], data: MultipartBody[ListUploadForm], house: TheHouse, now: Now
) -> Response[Any]:
    """Check and keep a list, and go on to its columns."""
    file = picked(data.file, "请先选择要导入的 .csv 或 .xlsx 文件")
    listrows.fields_of(data.kind)
    principal = principal_of(request)
    async with checked(file, house) as found:
        async with house.database.reading(principal.tenant) as read:
            defaults = await queries_lists.defaults_for(read, data.kind, found.sheet.headers)
        kept = await keep(found, house, principal.tenant, defaults[0])
    async with house.database.unit_of_work(principal.tenant) as db:
        actions_lists.start_list(db, data.kind, kept, defaults, by=principal.staff, at=now)
    return go(request, f"/console/lists/{kept.job_id}")


@get("/console/lists/{list_id:uuid}", guards=[May("customers.import")], include_in_schema=False)
async def one_list(
    request: Request[Any, Any, Any], list_id: FromPath[UUID], db: Db, now: Now
) -> Template:
    """Show a list where it stands: columns, progress or result."""
    job = await queries_lists.job(db, list_id)
    kind = job.params["kind"]
    today = await queries.today(db, at=now)
    before = await queries_lists.loaded_before(db, job.params["sha256"], kind)
    first: dict[str, Any] = {
        "said_on": today,
        "until_on": today + timedelta(days=listrows.HOLDS_DAYS),
    }
    if kind == listrows.ACTS and "day_on" in job.params["mapping"]:
        first = {}
    return page(
        request,
        "console/list_one.html",
        job=list_view(job, await queries_lists.the_list(db, job.id)),
        kinds=listrows.KINDS,
        progress=progress_of(job, *PROGRESS),
        preview=job.params["preview"],
        problems=job.result.get("first_problems", []),
        fields=listrows.fields_of(kind),
        wish=dict.fromkeys(WISHES, "") | first | job.params["wish"],
        topics=list((SCORED if kind == listrows.SCORES else TOPICS).items()),
        acts=list(OFFLINE.items()),
        scales=list(listrows.SCALES.items()),
        label_of=listrows.label_of,
        **standing(job),
        before=before if before is not None and before.id != job.id else None,
        stages=STAGES,
    )


@get(
    "/console/lists/{list_id:uuid}/progress",
    guards=[May("customers.import")],
    include_in_schema=False,
)
async def list_progress(
    request: Request[Any, Any, Any], list_id: FromPath[UUID], db: Db
) -> Template:
    """Return the progress; at the end the page is asked to load anew."""
    return progress_answer(request, await queries_lists.job(db, list_id), *PROGRESS)


@post(
    "/console/lists/{list_id:uuid}/run", guards=[May("customers.import")], include_in_schema=False
)
async def run_list(
    request: Request[Any, Any, Any],
    list_id: FromPath[UUID],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Try or load the list with the chosen columns and what holds for all of it."""
    dry_run = data.get("how") != "load"
    if not dry_run and not data.get("force"):
        job = await queries_lists.job(db, list_id)
        kind = job.params["kind"]
        if await queries_lists.loaded_before(db, job.params["sha256"], kind) is not None:
            raise Conflict("这份名单已经导入过；如果确实要再导入一次，请勾选“仍要再次导入”")
    wish = {name: data.get(name, "") for name in WISHES}
    await actions_lists.confirm_list(
        db, list_id, mapping_in(data), wish, dry_run=dry_run, by=me, at=now
    )
    return go(request, f"/console/lists/{list_id}")


@post(
    "/console/lists/{list_id:uuid}/cancel",
    guards=[May("customers.import")],
    include_in_schema=False,
)
async def cancel_list(
    request: Request[Any, Any, Any], list_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Stop a list; what was loaded can be undone."""
    await actions_lists.cancel_list(db, list_id, by=me, at=now)
    return go(request, f"/console/lists/{list_id}")


@post(
    "/console/lists/{list_id:uuid}/undo", guards=[May("customers.import")], include_in_schema=False
)
async def undo_list(
    request: Request[Any, Any, Any], list_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take a loaded list back."""
    await actions_lists.undo_list(db, list_id, by=me, at=now)
    return go(request, f"/console/lists/{list_id}")


HANDLERS = [lists_page, upload_list, one_list, list_progress, run_list, cancel_list, undo_list]
