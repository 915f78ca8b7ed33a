"""GET/POST /branches, PATCH /branches/{id}, its merging, closing, reopening and history."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.customers import actions_branches as customers
from contenthub.db import Write
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_branches, queries_branches
from contenthub.tenants.models import Branch, Staff
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80, examples=["柳河支行"])]
Address = Annotated[str, msgspec.Meta(max_length=120, examples=["清源县人民路 18 号"])]
SortNo = Annotated[int, msgspec.Meta(ge=0, le=100_000, examples=[10])]


class BranchView(msgspec.Struct):
    """A node of the bank's tree; `merged_into_id` says where a merged one went."""

    id: UUID
    parent_id: UUID | None
    code: str
    name: str
    kind: str
    state: str
    merged_into_id: UUID | None
    sort_no: int
    address: str


class BranchRow(BranchView):
    """A node in the list: who works right there, and everybody there and below."""

    people: int
    people_below: int


class BranchList(msgspec.Struct):
    """The viewer's branches, each parent before its children; a tree is small: one page."""

    items: list[BranchRow]
    next_cursor: str | None = None


class BranchBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new branch below another."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["0012"])]
    name: Name
    parent_id: UUID
    kind: Annotated[str, msgspec.Meta(examples=["branch"])] = "branch"


class BranchPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change; a new `parent_id` moves the branch with everything below it."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    parent_id: UUID | msgspec.UnsetType = msgspec.UNSET
    sort_no: SortNo | msgspec.UnsetType = msgspec.UNSET
    address: Address | msgspec.UnsetType = msgspec.UNSET


class MergeBody(msgspec.Struct, forbid_unknown_fields=True):
    """Where people, children and customers go."""

    into_id: UUID


class MergeView(msgspec.Struct):
    """The merged branch, and how much passed on."""

    branch: BranchView
    people: int
    children: int
    customers: int


class ChangeView(msgspec.Struct):
    """One step of a branch's history; `detail` says from where, to where, how many."""

    change: str
    detail: dict[str, Any]
    by_name: str
    at: datetime


class HistoryView(msgspec.Struct):
    """The steps of a branch, the newest first; there is one page."""

    items: list[ChangeView]
    next_cursor: str | None = None


def branch_view(branch: Branch) -> BranchView:
    """Return what the API shows of a branch."""
    return BranchView(**_facts(branch))


def _facts(branch: Branch) -> dict[str, Any]:
    return {name: getattr(branch, name) for name in BranchView.__struct_fields__}


async def apply(
    db: Write, branch_id: UUID, facts: dict[str, Any], *, by: Staff, at: datetime
) -> Branch:
    """Change a branch as `facts` (name, sort_no, parent_id) say; what is left out stays."""
    branch = await actions_branches.change_branch(db, branch_id, facts=facts, by=by, at=at)
    if "parent_id" in facts:
        branch = await customers.move_branch(db, branch_id, facts["parent_id"], by=by, at=at)
    return branch


@get("/branches", guards=[May("staff.view")], summary="机构列表", tags=["staff"])
async def list_branches(db: Db, me: Me, with_gone: FromQuery[bool] = False) -> BranchList:
    """Return the branches inside the viewer's data scope; merged and closed ones on request."""
    nodes = await queries_branches.tree(db, viewer=me, with_gone=with_gone)
    return BranchList(
        [BranchRow(**_facts(n.branch), people=n.people, people_below=n.people_below) for n in nodes]
    )


@post("/branches", guards=[May("staff.manage")], summary="新增机构", tags=["staff"])
async def open_branch(data: JSONBody[BranchBody], db: Db, me: Me, now: Now) -> BranchView:
    """Add a branch below its parent."""
    parent = await queries_branches.open_branch(db, data.parent_id)
    opened = await tenants.open_branch(
        db, data.code, data.name, kind=data.kind, parent=parent, at=now, by=me
    )
    return branch_view(opened)


@patch(
    "/branches/{branch_id:uuid}", guards=[May("staff.manage")], summary="修改机构", tags=["staff"]
)
async def change_branch(
    branch_id: FromPath[UUID], data: JSONBody[BranchPatch], db: Db, me: Me, now: Now
) -> BranchView:
    """Rename, reorder or move a branch."""
    said = msgspec.structs.asdict(data).items()
    facts = {name: value for name, value in said if value is not msgspec.UNSET}
    return branch_view(await apply(db, branch_id, facts, by=me, at=now))


@post(
    "/branches/{branch_id:uuid}/merge",
    guards=[May("staff.manage")],
    status_code=200,
    summary="并入另一机构",
    tags=["staff"],
)
async def merge_branch(
    branch_id: FromPath[UUID], data: JSONBody[MergeBody], db: Db, me: Me, now: Now
) -> MergeView:
    """Merge a branch into another: people, children and customers follow."""
    done, moved = await customers.merge_branch(db, branch_id, data.into_id, by=me, at=now)
    return MergeView(branch_view(done.branch), done.people, done.children, moved)


@post(
    "/branches/{branch_id:uuid}/close",
    guards=[May("staff.manage")],
    status_code=200,
    summary="撤销机构",
    tags=["staff"],
)
async def close_branch(branch_id: FromPath[UUID], db: Db, me: Me, now: Now) -> BranchView:
    """Close an empty branch."""
    return branch_view(await customers.close_branch(db, branch_id, by=me, at=now))


@post(
    "/branches/{branch_id:uuid}/reopen",
    guards=[May("staff.manage")],
    status_code=200,
    summary="恢复已撤销的机构",
    tags=["staff"],
)
async def reopen_branch(branch_id: FromPath[UUID], db: Db, me: Me, now: Now) -> BranchView:
    """Open a closed branch again."""
    return branch_view(await actions_branches.reopen_branch(db, branch_id, by=me, at=now))


@get(
    "/branches/{branch_id:uuid}/history",
    guards=[May("staff.view")],
    summary="机构变更历史",
    tags=["staff"],
)
async def branch_history(branch_id: FromPath[UUID], db: Db, me: Me) -> HistoryView:
    """Return what happened to a branch."""
    await queries_branches.visible(db, branch_id, viewer=me)
    return HistoryView(
        [
            ChangeView(step.change, step.detail, step.by_name, step.at)
            for step in await queries_branches.history(db, branch_id)
        ]
    )


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_branches,
            open_branch,
            change_branch,
            merge_branch,
            close_branch,
            reopen_branch,
            branch_history,
        ],
        after_request=keep_answer,
    )
]
