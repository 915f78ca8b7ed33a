"""机构与员工: the tree, the people, one person with photo and resignation."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, MultipartBody, URLEncodedBody
from litestar.response import Template

from contenthub.errors import Invalid, NotFound
from contenthub.posters import names
from contenthub.scheduler import actions_handover
from contenthub.tenants import (
    access,
    actions_staff,
    duties,
    qualification,
    queries,
    queries_branches,
    queries_handovers,
    queries_staff,
    staffstates,
)
from contenthub.tenants import actions as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Staff
from contenthub.web import firstpasswords, staff_names
from contenthub.web.api.staff import scoped
from contenthub.web.console.branches import choices, chosen
from contenthub.web.deps import Db, InState, Me, Now, OurBank, TheHouse
from contenthub.web.hygiene import within_reach
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.signin import May, principal_of
from contenthub.web.staff_photos import keep_photo

PAGE = 50
GIVEN = [(slug, word) for slug, word in access.ROLES.items() if slug not in access.BY_INVITATION]
"""The roles a form offers; the others come with an invitation or a visit."""


@dataclass
class StaffForm:
    """What the forms of a new person and of changes send."""

    name: str = ""
    login: str = ""
    staff_no: str = ""
    branch_id: str = ""
    roles: list[str] | str = field(default_factory=list)
    """A form sends one ticked box as a text and several as a list."""
    title: str = ""
    phone: str = ""
    wecom_userid: str = ""
    qualification_no: str = ""
    authorised_until: str = ""
    state: str = ""


@dataclass
class ResignForm:
    """Who takes over: by staff number or log-in, as people know each other."""

    successor: str = ""


@dataclass
class PhotoForm:
    """A picture of a person."""

    file: UploadFile


@get("/console/staff", guards=[May("staff.view")], include_in_schema=False)
async def staff_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    q: FromQuery[str] = "",
    branch_id: FromQuery[UUID | None] = None,
    role: FromQuery[str] = "",
    standing: FromQuery[str] = "",
    in_state: InState = "",
    outside: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show the people inside one's data scope, and whose authorisation ends."""
    today = bank_day(bank, now)
    asked: dict[str, Any] = {"q": q, "state": in_state, "role": role, "standing": standing}
    wanted = await scoped(db, me, branch_id=branch_id, on=today, outside=bool(outside), **asked)
    found = await queries_staff.staff_list(db, wanted, after=cursor, limit=PAGE + 1)
    nodes = await queries_branches.tree(db, viewer=me, with_gone=True)
    kept = urlencode(
        asked
        | ({"outside": 1} if outside else {})
        | ({"branch_id": branch_id} if branch_id else {})
    )
    return page(
        request,
        "console/staff.html",
        people=found[:PAGE],
        branches=await choices(db, me),
        branch_names={node.branch.id: node.branch.name for node in nodes},
        **asked,
        outside=outside,
        branch_id=branch_id,
        kept=kept,
        counts=await queries_staff.qualification_counts(db, wanted, on=today),
        standings=qualification.LABELS,
        standing_of={one.id: qualification.standing(one, on=today) for one in found},
        sharing_roles=queries_staff.SHARING_ROLES,
        states=staffstates.STATES,
        is_first=not cursor,
        next_cursor=found[PAGE - 1].staff_no if len(found) > PAGE else "",
        can_manage=access.may(me.roles, "staff.manage"),
        roles=GIVEN,
    )


@post("/console/staff", guards=[May("staff.manage")], status_code=200, include_in_schema=False)
async def invite_staff(
    request: Request[Any, Any, Any], data: URLEncodedBody[StaffForm], db: Db, me: Me, now: Now
) -> Template:
    """Add a person with a generated password, shown this once."""
    wrong = {
        name: f"请填写{word}"
        for name, word in (("name", "姓名"), ("login", "登录名"), ("staff_no", "工号"))
        if not getattr(data, name).strip()
    }
    if wrong:
        raise Invalid(fields=wrong)
    branch = await queries_branches.open_branch(db, chosen("branch_id", data.branch_id))
    facts = staff_names.checked(_facts(data)) | {
        "login": data.login.strip(),
        "staff_no": data.staff_no.strip(),
    }
    del facts["branch_id"], facts["state"]
    word = firstpasswords.generated()
    staff = await tenants.invite_staff(db, branch, facts=facts, password=word, by=me, at=now)
    return _told(request, staff, word, at=now)


def _told(request: Request[Any, Any, Any], staff: Staff, word: str, *, at: datetime) -> Template:
    """Show a generated password, this once."""
    part = "_first_password" if is_fragment(request) else "first_password"
    until = duties.first_password_until(at)
    said: dict[str, Any] = {"staff": staff, "word": word, "until": until}
    said["name_warning"] = names.warning(staff.name)
    answer = page(request, f"console/{part}.html", **said)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@post(
    "/console/staff/{staff_id:uuid}/reset-password",
    guards=[May("staff.manage")],
    status_code=200,
    include_in_schema=False,
)
async def reset_password(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Template:
    """Generate a first password anew and show it this once; the person's sessions end."""
    word = firstpasswords.generated()
    staff = await actions_staff.change_staff(db, staff_id, facts={"password": word}, by=me, at=now)
    return _told(request, staff, word, at=now)


@get("/console/staff/{staff_id:uuid}", guards=[May("staff.view")], include_in_schema=False)
async def one_page(
    request: Request[Any, Any, Any],
    staff_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Show one person and what can be done."""
    staff = await queries_staff.visible(db, staff_id, viewer=me)
    successor = None
    if staff.successor_id is not None:
        successor = await queries.staff(db, staff.successor_id)
    nodes = await queries_branches.tree(db, viewer=me, with_gone=True)
    return page(
        request,
        "console/staff_one.html",
        staff=staff,
        successor=successor,
        passing=await actions_handover.passing(db, staff.id),
        handover=await queries_handovers.handover_of(db, staff.id),
        branches=await choices(db, me),
        branch_names={n.branch.id: n.branch.name for n in nodes},
        can_manage=access.may(me.roles, "staff.manage") and staff.state != "resigned",
        roles=GIVEN,
        standing=qualification.standing(staff, on=bank_day(bank, now)),
        name_warning=names.warning(staff.name),
        standings=qualification.LABELS,
        states=[(s, staffstates.STATES[s]) for s in ("active", "leave", "disabled")],
    )


@post("/console/staff/{staff_id:uuid}", guards=[May("staff.manage")], include_in_schema=False)
async def change_staff(
    request: Request[Any, Any, Any],
    staff_id: FromPath[UUID],
    data: URLEncodedBody[StaffForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change a person's facts."""
    staff = await queries.staff(db, staff_id)
    facts = staff_names.checked(_facts(data), known=staff.name)
    facts["branch_id"] = chosen("branch_id", data.branch_id) if data.branch_id else staff.branch_id
    facts["state"] = data.state or staff.state
    await actions_staff.change_staff(db, staff_id, facts=facts, by=me, at=now)
    return go(request, f"/console/staff/{staff_id}")


@post(
    "/console/staff/{staff_id:uuid}/resign", guards=[May("staff.manage")], include_in_schema=False
)
async def resign_staff(
    request: Request[Any, Any, Any],
    staff_id: FromPath[UUID],
    data: URLEncodedBody[ResignForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Let a person go and name who takes over."""
    await queries.staff(db, staff_id)
    successor = await queries_staff.by_number_or_login(db, data.successor.strip())
    if successor is None:
        raise Invalid.of("successor", f"没有工号或登录名为“{data.successor[:30]}”的在职员工")
    await actions_handover.resign_staff(db, staff_id, successor.id, by=me, at=now)
    return go(request, f"/console/staff/{staff_id}")


@post("/console/staff/{staff_id:uuid}/photo", guards=[May("staff.manage")], include_in_schema=False)
async def upload_photo(
    request: Request[Any, Any, Any],
    staff_id: FromPath[UUID],
    data: MultipartBody[PhotoForm],
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Keep a person's photo as a square JPEG of 320 px."""
    principal = principal_of(request)
    async with house.database.reading(principal.tenant) as read:
        await queries.staff(read, staff_id)
    await keep_photo(house, principal, staff_id, await data.file.read(), at=now)
    return go(request, f"/console/staff/{staff_id}")


@get(
    "/console/staff/{staff_id:uuid}/photo.jpg", guards=[May("staff.view")], include_in_schema=False
)
async def show_photo(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], house: TheHouse
) -> Response[bytes]:
    """Return a person's photo."""
    principal = principal_of(request)
    async with house.database.reading(principal.tenant) as db:
        staff = await queries_staff.visible(db, staff_id, viewer=principal.staff)
    if not staff.photo_key:
        raise NotFound("这位员工还没有上传照片")
    data = await house.storage.get(staff.photo_key)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


def _facts(data: StaffForm) -> dict[str, Any]:
    until = data.authorised_until.strip()
    try:
        authorised_until = date.fromisoformat(until) if until else None
    except ValueError as error:
        raise Invalid.of("authorised_until", "日期应写成 2027-01-31 这样") from error
    if authorised_until:
        within_reach("authorised_until", authorised_until)
    return {
        "name": data.name.strip(),
        "title": data.title.strip(),
        "phone": data.phone.strip(),
        "roles": [data.roles] if isinstance(data.roles, str) else data.roles,
        "wecom_userid": data.wecom_userid.strip(),
        "qualification_no": data.qualification_no.strip(),
        "authorised_until": authorised_until,
        "branch_id": data.branch_id,
        "state": data.state,
    }


HANDLERS = [
    staff_page,
    invite_staff,
    one_page,
    change_staff,
    reset_password,
    resign_staff,
    upload_photo,
    show_photo,
]
