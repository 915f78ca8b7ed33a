"""GET/POST /branches: the bank's tree."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from contenthub.tenants import actions as tenants
from contenthub.tenants import queries, queries_staff
from contenthub.tenants.models import Branch
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May


class BranchView(msgspec.Struct):
    """A node of the bank's tree."""

    id: UUID
    parent_id: UUID | None
    code: str
    name: str
    kind: str


class BranchList(msgspec.Struct):
    """Every branch of the bank, by code; a bank's tree is small, so there is one page."""

    items: list[BranchView]
    next_cursor: str | None = None


class BranchBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new branch below another."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["0012"])]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80, examples=["柳河支行"])]
    parent_id: UUID
    kind: Annotated[str, msgspec.Meta(examples=["branch"])] = "branch"


def branch_view(branch: Branch) -> BranchView:
    """Return what the API shows of a branch."""
    return BranchView(branch.id, branch.parent_id, branch.code, branch.name, branch.kind)


@get("/branches", guards=[May("staff.view")], summary="机构列表", tags=["staff"])
async def list_branches(db: Db) -> BranchList:
    """Return the bank's branches."""
    return BranchList([branch_view(b) for b in await queries.branches(db)])


@post("/branches", guards=[May("staff.manage")], summary="新增机构", tags=["staff"])
async def open_branch(data: JSONBody[BranchBody], db: Db, me: Me, now: Now) -> BranchView:
    """Add a branch below its parent."""
    parent = await queries_staff.branch(db, data.parent_id)
    opened = await tenants.open_branch(
        db, data.code, data.name, kind=data.kind, parent=parent, at=now, by=me
    )
    return branch_view(opened)


HANDLERS = [
    Router("/api/v1", route_handlers=[list_branches, open_branch], after_request=keep_answer)
]
