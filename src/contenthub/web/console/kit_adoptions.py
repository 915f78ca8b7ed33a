"""已采用的内容: what came from kits, what its sources changed since, merging or leaving that."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.kits import actions_adoptions, actions_updates, kitstates, queries
from contenthub.library import placeholders
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.tenants.models import LongJob, Staff
from contenthub.web import kit_desk, sheets
from contenthub.web.api.jobs import own_job
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.job_progress import ENDED, progress_answer, progress_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May, principal_of

HERE = "/console/kits/adopted"
SEE, ADOPT = [May("kits.view")], [May("kits.adopt")]
PAGE = 50
PROGRESS = ("/console/kits/adoptions", "采用进度")
COLUMNS = ("编号", "标题", "本行状态", "上级情况", "来自", "内容包版本", "采用时间")


@dataclass
class MergeForm:
    """Whether own changes that the source did not touch stay."""

    keep_own: str = ""


@get(HERE, guards=SEE, include_in_schema=False)
async def adopted_page(
    request: Request[Any, Any, Any],
    db: Db,
    stand: FromQuery[str] = "",
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show what was taken over; the address filters it by what the source does now."""
    every = await queries.adopted(db, q=q)
    counts = {name: sum(one.stand == name for one in every) for name in kitstates.ADOPTED}
    shown = [one for one in every if stand in ("", one.stand)]
    rows, next_cursor = kit_desk.page_of(shown, cursor, limit=PAGE)
    return page(
        request,
        "console/kit_adopted.html",
        rows=rows,
        matching=len(shown),
        next_cursor=next_cursor,
        is_first=not cursor,
        stand=stand,
        q=q,
        stands=kitstates.ADOPTED,
        counts=counts,
        total=len(every),
    )


@get(f"{HERE}/export", guards=SEE, include_in_schema=False)
async def export_adopted(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    *,
    stand: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Response[bytes]:
    """Return exactly what is filtered as xlsx."""
    rows = [
        (
            one.code,
            one.title,
            one.state,
            kitstates.ADOPTED[one.stand],
            one.part.kit_name,
            one.part.kit_no,
            one.part.adopted_at,
        )
        for one in await queries.adopted(db, stand=stand, q=q)
    ]
    data = sheets.xlsx("已采用的内容", COLUMNS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, "已采用的内容.xlsx")


@get("/console/kits/adoptions/{adoption_id:uuid}", guards=ADOPT, include_in_schema=False)
async def adoption_page(
    request: Request[Any, Any, Any], adoption_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show how far a large adoption is, then what was taken over and what was not, and why."""
    job = await _adoption(db, adoption_id, me)
    return page(
        request,
        "console/kit_adoption.html",
        job=job,
        progress=progress_of(job, *PROGRESS),
        is_running=job.state not in ENDED,
        made=len(job.result.get("made", {})),
        left=job.result.get("left", []),
        place=kit_desk.place,
        kit_id=job.params["kit_id"],
    )


@get("/console/kits/adoptions/{adoption_id:uuid}/progress", guards=ADOPT, include_in_schema=False)
async def adoption_progress(
    request: Request[Any, Any, Any], adoption_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Return the progress; at the end the page is asked to load anew."""
    return progress_answer(request, await _adoption(db, adoption_id, me), *PROGRESS)


async def _adoption(db: Read, job_id: UUID, me: Staff) -> LongJob:
    job = await own_job(db, job_id, me)
    if job.kind != actions_adoptions.KIND:
        raise NotFound("没有找到这次采用")
    return job


@get(f"{HERE}/{{subject_id:uuid}}", guards=SEE, include_in_schema=False)
async def changes_page(
    request: Request[Any, Any, Any], subject_id: FromPath[UUID], db: Db, bank: OurBank
) -> Template:
    """Show field by field, word by word, what the source changed since it was taken over."""
    one = await kit_desk.standing(db, subject_id)
    found = await kit_desk.differences(db, one, zone=bank.zone)
    return page(
        request,
        "console/kit_changes.html",
        one=one,
        changed=found.theirs,
        own=found.own,
        stands=kitstates.ADOPTED,
        href=_place(one),
    )


def _place(one: queries.Adopted) -> str:
    return kit_desk.place(one.part.subject_kind, one.part.subject_id)


@get(f"{HERE}/{{subject_id:uuid}}/note", guards=SEE, include_in_schema=False)
async def link_note(
    request: Request[Any, Any, Any], subject_id: FromPath[UUID], db: Db
) -> Template:
    """Return the note an item's page shows of where it came from; empty when from nowhere."""
    item = await library.item(db, subject_id)
    link = await queries.link_of(db, subject_id)
    one = await kit_desk.standing(db, subject_id) if link else None
    labels: list[str] = []
    if (link or item.must_fill) and item.working_revision_id:
        seen = await library.revision(db, item.working_revision_id)
        labels = placeholders.open_labels(
            item.must_fill,
            seen.kind,
            seen.topic,
            title=seen.title,
            fields=seen.fields,
            body=seen.body,
        )
    return page(
        request,
        "console/_kit_note.html",
        one=one,
        item=item,
        source=await _copied_from(db, item),
        labels=labels,
        stands=kitstates.ADOPTED,
    )


async def _copied_from(db: Read, item: Item) -> Item | None:
    """Return the adopted item that an item is a copy of, when its parent may recall it."""
    if item.copy_of_id is None:
        return None
    link = await queries.link_of(db, item.copy_of_id)
    if link is None or link.source_bank_id is None:
        return None
    return await library.item(db, item.copy_of_id)


@post(f"{HERE}/{{subject_id:uuid}}/merge", guards=ADOPT, include_in_schema=False)
async def merge_update(
    request: Request[Any, Any, Any],
    subject_id: FromPath[UUID],
    data: URLEncodedBody[MergeForm],
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Make the source's newer wording the next draft; then to the item."""
    who = principal_of(request)
    await kit_desk.merge(house, who, subject_id, keep_own=bool(data.keep_own), at=now)
    async with house.database.reading(who.tenant) as db:
        return go(request, _place(await kit_desk.standing(db, subject_id)))


@post(f"{HERE}/{{subject_id:uuid}}/dismiss", guards=ADOPT, include_in_schema=False)
async def dismiss_update(
    request: Request[Any, Any, Any], subject_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Leave the source's newer wording aside."""
    newer = (await kit_desk.standing(db, subject_id)).newer
    known = newer.hash if newer else ""
    await actions_updates.dismiss_update(db, subject_id, known, by=me, at=now)
    return go(request, HERE)


HANDLERS = [
    adopted_page,
    export_adopted,
    adoption_page,
    adoption_progress,
    changes_page,
    link_note,
    merge_update,
    dismiss_update,
]
