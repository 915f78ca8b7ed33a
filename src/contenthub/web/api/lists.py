"""/lists: models' results and offline lists about customers, from a file, tried, loaded, undone."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, JSONBody, MultipartBody

from contenthub.customers import actions_lists, listrows, queries_lists
from contenthub.customers.models_lists import CustomerList
from contenthub.errors import Conflict
from contenthub.tenants import queries
from contenthub.tenants.models import LongJob
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.idempotency import Once
from contenthub.web.signin import May, principal_of
from contenthub.web.uploads import MAX_BODY_BYTES, checked, keep, sent_json

AGAIN = "这份名单已经导入过；要再导入一次请加 force=true"
NO_MAPPING = '列对应关系应为 JSON，例如 {"phone": "手机号", "points": "得分"}'
NO_WISH = '应为 JSON，例如 {"source": "零售贷款模型", "topic": "loan"}'


class WishBody(msgspec.Struct, forbid_unknown_fields=True):
    """What holds for the whole list; an empty topic, act or day is said by a column."""

    source: Annotated[str, msgspec.Meta(examples=["零售贷款模型"])] = ""
    """Who made it; without one the list is refused."""
    topic: Annotated[str, msgspec.Meta(examples=["loan"])] = ""
    act: Annotated[str, msgspec.Meta(examples=[""])] = ""
    """Of an offline list: attended, visited or roadshow."""
    said_on: date | None = None
    """The day the result is of, or of what was done; left out: today, or a column."""
    until_on: date | None = None
    """Of a result: the last day it counts; left out: 90 days."""
    half_life_days: Annotated[int | None, msgspec.Meta(examples=[30])] = None
    """Of a result: after so many days it is worth half; left out: it does not fade."""
    scale: Annotated[int, msgspec.Meta(examples=[100])] = 100
    """Of a result: what the file's scores go up to: 1, 100 or 1000."""


class ListRun(msgspec.Struct, forbid_unknown_fields=True):
    """How to run a list that is kept: field -> header, what holds for all, only to try or not."""

    mapping: Annotated[
        dict[str, str], msgspec.Meta(examples=[{"phone": "手机号", "points": "得分"}])
    ]
    wish: WishBody
    dry_run: bool = False


class ListView(msgspec.Struct):
    """A list: the file, what holds for it, how far it is and what came of it."""

    job_id: UUID
    kind: str
    filename: str
    stage: str
    state: str
    done: int
    total: int
    encoding: str
    headers: list[str]
    mapping: dict[str, str]
    source: str
    topics: list[str]
    said_on: date | None
    until_on: date | None
    told: int
    """Lines that told something new."""
    people: int
    repeated: int
    empty: int
    failed: int
    message: str
    may_undo: bool
    created_at: datetime
    finished_at: datetime | None


class ListViews(msgspec.Struct):
    """The newest lists; there is one page."""

    items: list[ListView]
    next_cursor: str | None = None


class ListStarted(msgspec.Struct):
    """The job to follow, with the columns and the rest as they were guessed or chosen."""

    job_id: UUID
    state: str
    mapping: dict[str, str]
    message: str


@dataclass
class ListForm:
    """A file; `mapping` is JSON of field -> header, `wish` JSON of what holds for all of it.

    Nothing is taken from an earlier list: without `mapping` columns are as the headers say, what
    is left out of `wish` is as WishBody says, and a source has to be there.
    """

    file: UploadFile
    kind: str = listrows.SCORES
    mapping: str = ""
    wish: str = ""
    dry_run: bool = False
    force: bool = False


def list_view(job: LongJob, held: CustomerList | None) -> ListView:
    """Return what is shown of a list; `held` is there once it was loaded."""
    facts, found = job.params, job.result
    return ListView(
        job_id=job.id,
        kind=facts["kind"],
        filename=facts["filename"],
        stage=facts["stage"],
        state=job.state,
        done=job.done,
        total=job.total,
        encoding=facts["encoding"],
        headers=facts["headers"],
        mapping=facts["mapping"],
        source=facts["wish"].get("source", ""),
        topics=held.topics.split() if held else [],
        said_on=held.said_on if held else None,
        until_on=held.until_on if held else None,
        **{name: found.get(name, 0) for name in actions_lists.FIGURES},
        message=job.message,
        may_undo=held is not None and actions_lists.may_undo(job, held),
        created_at=job.created_at,
        finished_at=job.finished_at,
    )


def texts_of(wish: WishBody) -> dict[str, str]:
    """Return a wish as the texts a form sends."""
    said = msgspec.to_builtins(wish)
    return {name: str(value) for name, value in said.items() if value not in (None, "")}


@post(
    "/lists",
    guards=[May("customers.import")],
    status_code=202,
    request_max_body_size=MAX_BODY_BYTES,
    summary="导入模型结果或线下活动名单",
    tags=["lists"],
    opt={"idempotent": True},
)
async def import_list(
    request: Request[Any, Any, Any], data: MultipartBody[ListForm], house: TheHouse, now: Now
) -> ListStarted:
    """Check a CSV or xlsx list and let the worker try or load it."""
    principal = principal_of(request)
    listrows.fields_of(data.kind)
    chosen = sent_json(data.mapping, dict[str, str], "mapping", message=NO_MAPPING)
    wished = sent_json(data.wish, WishBody, "wish", message=NO_WISH)
    async with checked(data.file, house) as found:
        asked = f"{data.kind} {data.dry_run} {data.force} {data.mapping} {data.wish}"
        once = Once(request, found.sha256.encode(), found.filename.encode(), asked.encode())
        await once.replay()
        async with house.database.reading(principal.tenant) as read:
            known = await queries_lists.loaded_before(read, found.sha256, data.kind)
            if known is not None and not (data.force or data.dry_run):
                raise Conflict(AGAIN)
        mapping = chosen
        if mapping is None:
            mapping = queries_lists.guessed_for(data.kind, found.sheet.headers)
        wish = {} if wished is None else texts_of(wished)
        kept = await keep(found, house, principal.tenant, mapping)
        async with house.database.unit_of_work(principal.tenant) as db:
            await once.claim(db)
            actions_lists.start_list(
                db, data.kind, kept, (mapping, wish), by=principal.staff, at=now
            )
            await db.flush()
            job = await actions_lists.confirm_list(
                db, kept.job_id, mapping, wish, dry_run=data.dry_run, by=principal.staff, at=now
            )
            answer = ListStarted(job.id, job.state, job.params["mapping"], job.message)
            await once.keep(db, answer)
            return answer


@get("/lists", guards=[May("customers.import")], summary="名单", tags=["lists"])
async def list_lists(db: Db) -> ListViews:
    """Return the bank's newest lists."""
    return ListViews(await newest(db))


async def newest(db: Db) -> list[ListView]:
    """Return the newest lists as they are shown."""
    jobs = await queries.long_jobs(db, queries_lists.SORT.kind)
    held = await queries_lists.lists(db, [job.id for job in jobs])
    return [list_view(job, held.get(job.id)) for job in jobs]


@get("/lists/{list_id:uuid}", guards=[May("customers.import")], summary="一份名单", tags=["lists"])
async def show_list(list_id: FromPath[UUID], db: Db) -> ListView:
    """Return a list with its counts."""
    job = await queries_lists.job(db, list_id)
    return list_view(job, await queries_lists.the_list(db, list_id))


@post(
    "/lists/{list_id:uuid}/run",
    guards=[May("customers.import")],
    status_code=202,
    summary="试算后正式导入名单",
    tags=["lists"],
)
async def run_list(
    list_id: FromPath[UUID], data: JSONBody[ListRun], db: Db, me: Me, now: Now
) -> ListStarted:
    """Try or load a list that was uploaded before."""
    job = await actions_lists.confirm_list(
        db, list_id, data.mapping, texts_of(data.wish), dry_run=data.dry_run, by=me, at=now
    )
    return ListStarted(job.id, job.state, job.params["mapping"], job.message)


@post(
    "/lists/{list_id:uuid}/cancel",
    guards=[May("customers.import")],
    status_code=200,
    summary="取消导入名单",
    tags=["lists"],
)
async def cancel_list(list_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ListView:
    """Stop a list; what was loaded of it can be undone."""
    job = await actions_lists.cancel_list(db, list_id, by=me, at=now)
    return list_view(job, await queries_lists.the_list(db, list_id))


@post(
    "/lists/{list_id:uuid}/undo",
    guards=[May("customers.import")],
    status_code=202,
    summary="撤销名单",
    tags=["lists"],
)
async def undo_list(list_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ListView:
    """Take a list back: its scores count no more, its acts were never done."""
    job = await actions_lists.undo_list(db, list_id, by=me, at=now)
    return list_view(job, await queries_lists.the_list(db, list_id))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[import_list, list_lists, show_list, run_list, cancel_list, undo_list],
        after_request=keep_answer,
    )
]
