"""The import of a bank's people with their portraits: a long job in steps.

It stands in this room because it is the lowest that knows sheets, pictures and people; the
rows are written by the tenants room. `position` is the last line of the list that is done;
`result.photo` counts the photos that are. Each step commits by itself, so a killed worker's
import goes on where it was, and a row that is loaded twice changes nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from contenthub.customers.rows import shown
from contenthub.db import Read, Write
from contenthub.errors import Conflict, ContentHubError, Invalid
from contenthub.posters import names, staffsheet
from contenthub.posters.staffsheet import StaffRow
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_staff, queries, queries_branches, queries_staff
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.quotas import QuotaReached
from contenthub.tenants.sealing import bank_id
from contenthub.uploads import actions as uploads
from contenthub.uploads import headers as upload_headers
from contenthub.uploads import queries as upload_queries
from contenthub.uploads.sorts import RowProblem, Sort

SORT = Sort(
    "posters.import_staff",
    "posters.import_staff",
    "posters.drop_staff_list",
    files=("source_key", "photos_key"),
)
KIND = SORT.kind
PHOTO_LINES = 1_000_000_000
"""Added to a photo's place, so that its problem stands after those of the list."""
COUNTS = ("added", "updated", "same", "photos", "failed")
SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class StaffFile:
    """A staff list that was checked and kept, and how many photos came with it."""

    job_id: UUID
    source_key: str
    photos_key: str
    filename: str
    headers: tuple[str, ...]
    row_count: int
    photo_count: int


def start_import(
    db: Write, kept: StaffFile, mapping: Mapping[str, str], *, by: Staff, at: datetime
) -> LongJob:
    """Add the job of a kept list; it waits until its columns are confirmed."""
    facts = {
        "stage": "mapping",
        "source_key": kept.source_key,
        "photos_key": kept.photos_key,
        "filename": kept.filename,
        "headers": list(kept.headers),
        "mapping": dict(mapping),
        "rows": kept.row_count,
    }
    title = f"导入员工 {kept.filename}"
    job = uploads.start(
        db, SORT, title, facts, job_id=kept.job_id, rows=kept.row_count, by=by, at=at
    )
    job.total = kept.row_count + kept.photo_count
    return job


async def staff_import(db: Read, job_id: UUID, *, lock: bool = False) -> LongJob:
    """Return the job of a staff list; raises NotFound."""
    return await upload_queries.upload(db, SORT, job_id, lock=lock)


def check_mapping(mapping: Mapping[str, str], headers: Sequence[str]) -> dict[str, str]:
    """Return the mapping without empty choices; raises Invalid as uploads.headers."""
    return upload_headers.check_mapping(
        mapping, headers, labels=staffsheet.FIELD_LABELS, required=staffsheet.REQUIRED
    )


async def confirm_import(
    db: Write, job_id: UUID, mapping: Mapping[str, str], *, dry_run: bool, by: Staff, at: datetime
) -> LongJob:
    """Let a list be tried or loaded with this mapping.

    Raises:
        Conflict: it runs or was loaded. Invalid: as check_mapping.
    """
    job = await staff_import(db, job_id, lock=True)
    uploads.refuse_unless_open(job)
    facts = {"mapping": check_mapping(mapping, job.params["headers"])}
    await uploads.begin_run(
        db, SORT, job, "trial" if dry_run else "load", facts=facts, by=by, at=at
    )
    return job


async def take_rows(
    db: Write,
    job_id: UUID,
    rows: Sequence[StaffRow | RowProblem],
    *,
    after_line: int,
    last_line: int,
    at: datetime,
) -> bool:
    """Load (or try) one batch and move on; False when the job was ended or taken: stop."""
    job = await uploads.running(db, SORT, job_id, after=after_line)
    if job is None:
        return False
    by = await queries.staff(db, job.created_by)
    places = await queries_branches.by_word(db)
    tally = dict.fromkeys(COUNTS, 0)
    problems: list[RowProblem] = []
    rare: list[tuple[int, str, str]] = []
    for row in rows:
        found = row
        if isinstance(row, StaffRow):
            trial = job.params["stage"] == "trial"
            found = await _take(db, row, places, tally, trial=trial, by=by, at=at) or row
        if isinstance(found, RowProblem):
            problems.append(found)
        elif why := names.warning(found.facts.get("name", "")):
            rare.append((found.line, found.staff_no, why))
    job.result = {**job.result, "rare": [*job.result.get("rare", []), *rare][:SHOWN_PROBLEMS]}
    await _moved(db, job, tally, problems, done=len(rows))
    job.position = last_line
    return True


async def _moved(
    db: Write, job: LongJob, tally: dict[str, int], problems: list[RowProblem], *, done: int
) -> None:
    await uploads.keep_problems(db, job.id, problems)
    tally["failed"] += len(problems)
    was = job.result
    job.result = {**was, **{name: was.get(name, 0) + count for name, count in tally.items()}}
    await uploads.move_on(db, job, done=min(done, job.total - job.done))


async def _take(
    db: Write,
    row: StaffRow,
    places: Mapping[str, UUID],
    tally: dict[str, int],
    *,
    trial: bool,
    by: Staff,
    at: datetime,
) -> RowProblem | None:
    branch_id = places.get(row.branch)
    if branch_id is None:
        message = f"本行没有名为“{shown(row.branch)}”的机构，请改正机构名称或机构号"
        return RowProblem(row.line, "branch", shown(row.branch), message)
    known = await by_number(db, row.staff_no)
    try:
        # A refusal comes before the row's first write, so it takes no other row with it.
        if known is None:
            await _add(db, row, branch_id, trial=trial, by=by, at=at)
            tally["added"] += 1
        elif await _change(db, known, row, branch_id, trial=trial, by=by, at=at):
            tally["updated"] += 1
        else:
            tally["same"] += 1
    except QuotaReached:
        raise
    except ContentHubError as refused:
        field = next(iter(getattr(refused, "fields", {}) or {}), "")
        return RowProblem(row.line, field, shown(row.staff_no), refused.detail)
    return None


async def by_number(db: Read, staff_no: str) -> Staff | None:
    """Return the person with this staff number, or None."""
    rows = await db.scalars(
        select(Staff).where(Staff.tenant_id == bank_id(db), Staff.staff_no == staff_no)
    )
    return rows.one_or_none()


async def _add(
    db: Write, row: StaffRow, branch_id: UUID, *, trial: bool, by: Staff, at: datetime
) -> None:
    facts = {"roles": ["employee"], "login": row.staff_no, **row.facts, "staff_no": row.staff_no}
    if trial:
        if await queries.staff_by_login(db, facts["login"]) is not None:
            raise Invalid.of("login", f"登录名 {facts['login']} 已被使用，请换一个")
        await queries_staff.check_userid(db, facts.get("wecom_userid", ""))
        return
    branch = await queries_branches.open_branch(db, branch_id)
    # No password: nobody can log in as this person until an administrator sets one.
    await tenants.invite_staff(db, branch, facts=facts, password=None, by=by, at=at)


async def _change(
    db: Write,
    known: Staff,
    row: StaffRow,
    branch_id: UUID,
    *,
    trial: bool,
    by: Staff,
    at: datetime,
) -> bool:
    if known.state == "resigned":
        raise Conflict("这位员工已离职，不能再导入；如为重名请核对工号")
    login = row.facts.get("login", known.login)
    if login != known.login:
        raise Invalid.of("login", f"登录名不能修改，系统里是 {known.login}，请清空这一格")
    facts = {n: v for n, v in row.facts.items() if n != "login"} | {"branch_id": branch_id}
    changed = any(getattr(known, name) != value for name, value in facts.items())
    if changed and trial:
        await queries_staff.check_userid(db, facts.get("wecom_userid", ""), but=known.id)
    elif changed:
        await actions_staff.change_staff(db, known.id, facts=facts, by=by, at=at)
    return changed


async def photo_taken(  # one photo: whose, where it lies or why it does not, and its place
    db: Write,
    job_id: UUID,
    staff_no: str,
    *,
    place: int,
    key: str = "",
    why: str = "",
    at: datetime,
) -> bool:
    """Remember a photo that was stored (or why not) and move on; False when taken away."""
    job = await staff_import(db, job_id, lock=True)
    if job.state != "running" or int(job.result.get("photo", 0)) != place:
        return False
    tally, problems = dict.fromkeys(COUNTS, 0), []
    if why:
        problems = [RowProblem(PHOTO_LINES + place, "photo", shown(staff_no), why)]
    elif job.params["stage"] == "load":
        by, owner = await queries.staff(db, job.created_by), await by_number(db, staff_no)
        if owner is not None:
            await actions_staff.set_photo(db, owner.id, key, by=by, at=at)
    tally["photos"] += not why
    await _moved(db, job, tally, problems, done=1)
    job.result = {**job.result, "photo": place + 1}
    return True


async def finish(
    db: Write,
    job_id: UUID,
    *,
    errors_key: str,
    first: list[tuple[int, str, str, str]],
    at: datetime,
) -> None:
    """End an import that went through, with its counts and its first problems."""
    job = await staff_import(db, job_id, lock=True)
    if job.state != "running":
        return
    counts = {name: int(job.result.get(name, 0)) for name in COUNTS}
    trial = job.params["stage"] == "trial"
    rare = job.result.get("rare", [])
    job.result = {**counts, "first_problems": [list(row) for row in first], "rare": rare}
    job.errors_key = errors_key
    said = "试算完成，没有写入：将" if trial else "导入完成："
    message = (
        f"{said}新增 {counts['added']} 位，更新 {counts['updated']} 位，"
        f"无变化 {counts['same']} 位，照片 {counts['photos']} 张；有误 {counts['failed']} 条"
    )
    told = {name: counts[name] for name in ("added", "updated", "failed")}
    await uploads.finish(db, SORT, job, message, told=told, at=at)


async def cancel_import(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Stop an import of people; rows and photos that were loaded stay.

    Raises:
        Conflict: it has ended.
    """
    job = await staff_import(db, job_id, lock=True)
    loaded = job.params["stage"] == "load"
    counts = {name: int(job.result.get(name, 0)) for name in COUNTS}
    written = counts["added"] + counts["updated"] if loaded else 0
    message = (
        f"已取消；取消前新增 {counts['added']} 位、更新 {counts['updated']} 位、"
        f"照片 {counts['photos']} 张，都保留"
        if loaded
        else "已取消，没有写入员工"
    )
    await uploads.cancel(db, SORT, job, message, written=written, by=by, at=at)
    return job
