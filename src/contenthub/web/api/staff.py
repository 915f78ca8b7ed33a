"""GET/POST /staff, GET/PATCH /staff/{id}, POST /staff/{id}/resign."""

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from contenthub.db import Read, Write
from contenthub.posters import names, staffsheet
from contenthub.scheduler import actions_handover
from contenthub.tenants import (
    access,
    actions_staff,
    duties,
    qualification,
    queries,
    queries_branches,
    queries_staff,
    staffstates,
)
from contenthub.tenants import actions as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Handover, Staff
from contenthub.tenants.queries_staff import Filter
from contenthub.web import firstpasswords, staff_names
from contenthub.web.deps import Db, InState, Me, Now, OurBank, keep_answer
from contenthub.web.hygiene import within_reach
from contenthub.web.keyset import page_size, staff_cursor, staff_no_of
from contenthub.web.openapi import answers
from contenthub.web.sheets import AS_SHEET_TOO, download, xlsx
from contenthub.web.signin import May

PAGE, EXPORT_MOST = 50, 20_000
EXPORT_COLUMNS = (*staffsheet.LABELS_OUT, "机构名称", "状态")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, examples=["王小明"])]
Phone = Annotated[str, msgspec.Meta(max_length=20, examples=["13800000001"])]
Roles = Annotated[list[str], msgspec.Meta(min_length=1, max_length=7, examples=[["employee"]])]
Password = Annotated[str, msgspec.Meta(max_length=128, examples=["Qing-yuan-2026"])]
Title = Annotated[str, msgspec.Meta(max_length=60, examples=["客户经理"])]
ShortText = Annotated[str, msgspec.Meta(max_length=64)]


class StaffView(msgspec.Struct):
    """A person of the bank; never their password."""

    id: UUID
    staff_no: str
    login: str
    name: str
    title: str
    phone: str
    branch_id: UUID
    roles: list[str]
    state: str
    wecom_userid: str
    qualification_no: str
    authorised_until: date | None
    successor_id: UUID | None
    has_photo: bool
    name_warning: str
    """Which characters of the name posters lack, and what to do."""
    qualification: str
    """valid, ending (within 30 days), ended or missing, on the bank's day."""


class StaffList(msgspec.Struct):
    """One page of people by staff number."""

    items: list[StaffView]
    next_cursor: str | None


class StaffBody(msgspec.Struct, forbid_unknown_fields=True):
    """A person to invite."""

    login: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.@-]{2,60}$", examples=["wangxm"])]
    staff_no: Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["0231"])]
    name: Name
    branch_id: UUID
    roles: Roles
    password: Password | None = None
    """Left out: one is generated and told once in the answer."""
    title: Title = "客户经理"
    phone: Phone = ""
    wecom_userid: ShortText = ""
    qualification_no: ShortText = ""
    authorised_until: date | None = None


class InvitedView(StaffView):
    """A new person; a generated password is in this first answer only, never in a replay."""

    initial_password: str | None
    initial_password_until: datetime | None

    def without_secret(self) -> "InvitedView":
        """Return the answer as it may be kept."""
        return msgspec.structs.replace(self, initial_password=None)


class FirstPasswordView(msgspec.Struct):
    """A generated password, told this once; to be changed at the first log-in."""

    initial_password: str
    initial_password_until: datetime


class StaffPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Facts to change; what is left out stays."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    title: Title | msgspec.UnsetType = msgspec.UNSET
    phone: Phone | msgspec.UnsetType = msgspec.UNSET
    branch_id: UUID | msgspec.UnsetType = msgspec.UNSET
    roles: Roles | msgspec.UnsetType = msgspec.UNSET
    state: Annotated[str, msgspec.Meta(examples=["leave"])] | msgspec.UnsetType = msgspec.UNSET
    wecom_userid: ShortText | msgspec.UnsetType = msgspec.UNSET
    qualification_no: ShortText | msgspec.UnsetType = msgspec.UNSET
    authorised_until: date | msgspec.UnsetType | None = msgspec.UNSET
    password: Password | msgspec.UnsetType = msgspec.UNSET


class PassingView(msgspec.Struct):
    """What would pass to a successor now, and what would end instead."""

    customers: int
    tasks: int
    tasks_cancelled: int
    """Open tasks of group messages in the leaver's own WeCom: cancelled, not handed over."""
    leads: int
    links: int


class HandoverView(msgspec.Struct):
    """What passed on; customers of a large hand-over pass in `job_id` (GET /jobs/{id})."""

    successor_id: UUID
    customers: int
    tasks: int
    tasks_cancelled: int
    """Tasks that ended: their group messages lie in the leaver's own WeCom."""
    leads: int
    """Open leads and sign-ups."""
    links: int
    job_id: UUID | None
    at: datetime


class ResignedView(StaffView):
    """The person who left, and what passed on."""

    handover: HandoverView


class ResignBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who takes over."""

    successor_id: UUID


def staff_view(staff: Staff, *, on: date) -> StaffView:
    """Return what the API shows of a person on a day of the bank's."""
    return StaffView(
        id=staff.id,
        staff_no=staff.staff_no,
        login=staff.login,
        name=staff.name,
        title=staff.title,
        phone=staff.phone,
        branch_id=staff.branch_id,
        roles=list(staff.roles),
        state=staff.state,
        wecom_userid=staff.wecom_userid,
        qualification_no=staff.qualification_no,
        authorised_until=staff.authorised_until,
        successor_id=staff.successor_id,
        has_photo=bool(staff.photo_key),
        name_warning=names.warning(staff.name),
        qualification=qualification.standing(staff, on=on),
    )


async def scoped(
    db: Read,
    viewer: Staff,
    *,
    branch_id: UUID | None = None,
    q: str = "",
    state: str = "",
    role: str = "",
    standing: str = "",
    on: date | None = None,
    outside: bool = False,
) -> Filter:
    """Return what was asked for inside what `viewer` may see: outsiders only when asked for."""
    reach = await queries.visible_staff_ids(db, viewer)
    inside = None
    if branch_id is not None:
        await queries_staff.branch(db, branch_id)
        inside = frozenset(queries.subtree(await queries.branches(db), branch_id))
    return Filter(
        q=q,
        state=state,
        role=role,
        branch_ids=inside,
        qualification=standing,
        on=on,
        is_outside=outside or role in access.BY_INVITATION,
        visible_ids=None if reach is None else frozenset(reach),
    )


@get(
    "/staff",
    guards=[May("staff.view")],
    summary="员工列表",
    tags=["staff"],
    responses=answers(StaffList),
    opt=AS_SHEET_TOO,
)
async def list_staff(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    q: FromQuery[str] = "",
    standing: Annotated[str, QueryParameter(name="qualification")] = "",
    role: FromQuery[str] = "",
    in_state: InState = "",
    branch_id: FromQuery[UUID | None] = None,
    outside: FromQuery[bool] = False,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
    form: Annotated[str, QueryParameter(name="format")] = "json",
) -> Response[Any]:
    """Return people in the viewer's data scope; with `outside` (never xlsx) only outsiders."""
    limit = page_size(limit)
    today = bank_day(bank, now)
    asked: dict[str, Any] = {"q": q, "state": in_state, "role": role, "standing": standing}
    wanted = await scoped(db, me, branch_id=branch_id, on=today, outside=outside, **asked)
    if form == "xlsx":
        return await _sheet(db, wanted, me, bank, at=now)
    found = await queries_staff.staff_list(db, wanted, after=staff_no_of(cursor), limit=limit + 1)
    more = found[limit - 1].staff_no if len(found) > limit else None
    views = [staff_view(s, on=today) for s in found[:limit]]
    return Response(StaffList(views, staff_cursor(more)))


async def _sheet(
    db: Write, wanted: Filter, me: Staff, bank: Bank, *, at: datetime
) -> Response[bytes]:
    """Return everybody the filter finds as a workbook the importer reads again."""
    # The importer gives no roles of outsiders: the workbook is of the bank's own people.
    own = replace(wanted, is_outside=False)
    people = await queries_staff.staff_list(db, own, limit=EXPORT_MOST)
    branches = {b.id: b for b in await queries.branches(db)}
    rows = [
        (
            *(p.staff_no, p.name, branches[p.branch_id].code, p.title, p.phone, p.login),
            "、".join(access.ROLES[role] for role in p.roles),
            *(p.wecom_userid, p.qualification_no, p.authorised_until or ""),
            branches[p.branch_id].name,
            staffstates.STATES[p.state],
        )
        for p in people
    ]
    tenants.record(db, "staff.exported", "staff", None, by=me, at=at, rows=len(rows))
    data = xlsx("员工清单", EXPORT_COLUMNS, rows, by=me.name, at=at, zone=bank.zone)
    return download(data, f"员工清单-{bank_day(bank, at)}.xlsx")


@post("/staff", guards=[May("staff.manage")], summary="新增员工", tags=["staff"])
async def invite_staff(
    data: JSONBody[StaffBody], db: Db, me: Me, bank: OurBank, now: Now
) -> InvitedView:
    """Add a person with a first password, generated unless the caller brings one."""
    branch = await queries_branches.open_branch(db, data.branch_id)
    facts = staff_names.checked(msgspec.structs.asdict(data))
    if data.authorised_until:
        within_reach("authorised_until", data.authorised_until)
    brought = facts.pop("password")
    fresh = None if brought else firstpasswords.generated()
    del facts["branch_id"]
    staff = await tenants.invite_staff(
        db, branch, facts=facts, password=fresh or brought, by=me, at=now
    )
    view = staff_view(staff, on=bank_day(bank, now))
    return InvitedView(
        **msgspec.structs.asdict(view),
        initial_password=fresh,
        initial_password_until=duties.first_password_until(now) if fresh else None,
    )


@get("/staff/{staff_id:uuid}", guards=[May("staff.view")], summary="员工详情", tags=["staff"])
async def show_staff(
    staff_id: FromPath[UUID], db: Db, me: Me, bank: OurBank, now: Now
) -> StaffView:
    """Return one person inside the viewer's data scope."""
    found = await queries_staff.visible(db, staff_id, viewer=me)
    return staff_view(found, on=bank_day(bank, now))


@patch("/staff/{staff_id:uuid}", guards=[May("staff.manage")], summary="修改员工", tags=["staff"])
async def change_staff(
    staff_id: FromPath[UUID], data: JSONBody[StaffPatch], db: Db, me: Me, bank: OurBank, now: Now
) -> StaffView:
    """Change some facts of a person."""
    said = msgspec.structs.asdict(data).items()
    facts = {name: value for name, value in said if value is not msgspec.UNSET}
    staff_names.checked(facts, known=(await queries.staff(db, staff_id)).name)
    if facts.get("authorised_until"):
        within_reach("authorised_until", facts["authorised_until"])
    changed = await actions_staff.change_staff(db, staff_id, facts=facts, by=me, at=now)
    return staff_view(changed, on=bank_day(bank, now))


@post(
    "/staff/{staff_id:uuid}/reset-password",
    guards=[May("staff.manage")],
    opt={"idempotent": False},  # a kept answer would keep the password
    status_code=200,
    summary="重设员工密码",
    tags=["staff"],
)
async def reset_password(staff_id: FromPath[UUID], db: Db, me: Me, now: Now) -> FirstPasswordView:
    """Generate a first password anew; the person's sessions end."""
    fresh = firstpasswords.generated()
    await actions_staff.change_staff(db, staff_id, facts={"password": fresh}, by=me, at=now)
    return FirstPasswordView(fresh, duties.first_password_until(now))


@post(
    "/staff/{staff_id:uuid}/resign",
    guards=[May("staff.manage")],
    status_code=200,
    summary="办理离职",
    tags=["staff"],
)
async def resign_staff(
    staff_id: FromPath[UUID], data: JSONBody[ResignBody], db: Db, me: Me, bank: OurBank, now: Now
) -> ResignedView:
    """Let a person go; customers, open tasks, leads and links pass to the successor."""
    done = await actions_handover.resign_staff(db, staff_id, data.successor_id, by=me, at=now)
    gone = staff_view(await queries.staff(db, staff_id), on=bank_day(bank, now))
    return ResignedView(**msgspec.structs.asdict(gone), handover=handover_view(done))


def handover_view(done: Handover) -> HandoverView:
    """Return what the API shows of a hand-over."""
    return HandoverView(
        successor_id=done.to_id,
        customers=done.customers,
        tasks=done.tasks,
        tasks_cancelled=done.tasks_cancelled,
        leads=done.leads,
        links=done.links,
        job_id=done.job_id,
        at=done.at,
    )


@get(
    "/staff/{staff_id:uuid}/handover",
    guards=[May("staff.manage")],
    summary="离职前查看将交接的内容",
    tags=["staff"],
)
async def show_passing(staff_id: FromPath[UUID], db: Db, me: Me) -> PassingView:
    """Return what would pass to a successor now, and which tasks would be cancelled."""
    found = await queries_staff.visible(db, staff_id, viewer=me)
    return PassingView(**asdict(await actions_handover.passing(db, found.id)))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_staff,
            invite_staff,
            show_staff,
            change_staff,
            reset_password,
            resign_staff,
            show_passing,
        ],
        after_request=keep_answer,
    )
]
