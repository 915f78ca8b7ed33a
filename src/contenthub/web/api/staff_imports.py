"""Imports of people after their start, and the first passwords of those who came by one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Request, Router, post
from litestar.params import FromPath, JSONBody

from contenthub.posters import actions_staff
from contenthub.tenants import actions_firstpasswords, duties
from contenthub.web import password_sheets
from contenthub.web.api.jobs import JobView, job_view
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.signin import May, principal_of


class HandOutBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whose first passwords are wanted."""

    branch_id: UUID | None = None
    """People of this branch only; left out: of the whole bank."""
    again: Annotated[bool, msgspec.Meta(examples=[False])] = False
    """Also renew first passwords that nobody has used."""


class HandedView(msgspec.Struct):
    """One person and their first password, told this once."""

    id: UUID
    staff_no: str
    name: str
    login: str
    branch: str
    initial_password: str


class HandOut(msgspec.Struct):
    """First passwords of up to 200 people; `left` is how many still have none."""

    items: list[HandedView]
    initial_password_until: datetime
    left: int


@post(
    "/staff/imports/{import_id:uuid}/cancel",
    guards=[May("staff.manage")],
    status_code=200,
    summary="取消员工导入",
    tags=["staff"],
)
async def cancel_import(import_id: FromPath[UUID], db: Db, me: Me, now: Now) -> JobView:
    """Stop an import of people; what was loaded stays."""
    return job_view(await actions_staff.cancel_import(db, import_id, by=me, at=now))


@post(
    "/staff/first-passwords",
    guards=[May("staff.manage")],
    opt={"idempotent": False},  # a kept answer would keep the passwords
    status_code=200,
    summary="批量下发首次密码",
    tags=["staff"],
)
async def hand_out(
    request: Request,  # type: ignore[type-arg]  # any request
    data: JSONBody[HandOutBody],
    house: TheHouse,
    now: Now,
) -> HandOut:
    """Give up to 200 people without a password a first one; call again while `left` is not 0."""
    principal = principal_of(request)
    handed = await password_sheets.hand_out(
        house,
        principal.tenant,
        branch_id=data.branch_id,
        again=data.again,
        by=principal.staff,
        at=now,
    )
    async with house.database.reading(principal.tenant) as db:
        left = await actions_firstpasswords.count_waiting(db, branch_id=data.branch_id)
    items = [HandedView(w.id, w.staff_no, w.name, w.login, w.branch, word) for w, word in handed]
    return HandOut(items, duties.first_password_until(now), left)


HANDLERS = [Router("/api/v1", route_handlers=[cancel_import, hand_out], after_request=keep_answer)]
