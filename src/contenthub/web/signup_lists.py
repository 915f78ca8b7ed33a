"""The list of sign-ups as the API and the console ask for it, and as a workbook."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.sharing import signupstates
from contenthub.sharing.queries_contacts import Wanted
from contenthub.sharing.queries_signups import SignupRow
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.web import sheets

COLUMNS = [
    *("时间", "称呼", "手机号", "状态", "活动或权益", "第几份", "人数"),
    *("活动时间", "客户经理", "机构", "层级", "备注", "要通知客户"),
]


async def wanted_of(
    db: Read,
    me: Staff,
    *,
    state: str = "",
    item_id: UUID | None = None,
    employee_id: UUID | None = None,
    branch_id: UUID | None = None,
    to_call: bool = False,
    to_tell: bool = False,
) -> Wanted:
    """Return what a list shows, within the person's data scope; a branch with those below it.

    Raises:
        Invalid: there is no such state.
    """
    if state and state not in signupstates.LABELS:
        known = "、".join(signupstates.LABELS)
        raise Invalid.of("state", f"没有“{state[:20]}”这个状态，可用：{known}")
    inside = None
    if branch_id is not None:
        inside = tenants.subtree(await tenants.branches(db), branch_id)
    visible = await tenants.visible_staff_ids(db, me)
    return Wanted(
        visible,
        state=state,
        item_id=item_id,
        employee_id=employee_id,
        branch_ids=inside,
        to_call=to_call,
        to_tell=to_tell,
    )


def _to_say(row: SignupRow) -> str:
    """Return what a recall or a change means for this customer, or nothing."""
    if not row.is_off:
        return f"已变更，请通知客户：{row.change}" if row.changed else ""
    return "活动已下架，请通知客户" if row.to_call else "活动已下架"


def workbook(rows: Sequence[SignupRow], *, bank: Bank, by: Staff, at: datetime) -> bytes:
    """Return the sign-ups as a workbook; names and numbers are masked there too."""
    cells = [
        (
            row.signup.created_at,
            row.signup.name_masked,
            row.signup.phone_masked,
            signupstates.label(row.signup.state, row.item.kind),
            row.title,
            row.signup.claim_no,
            row.signup.seats,
            row.starts_at,
            row.employee.name,
            row.branch.name,
            len(row.link.path) + 1,
            row.signup.note,
            _to_say(row),
        )
        for row in rows
    ]
    return sheets.xlsx("报名", COLUMNS, cells, by=by.name, at=at, zone=bank.zone)
