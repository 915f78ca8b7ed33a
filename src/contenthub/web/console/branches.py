"""组织架构: the bank's tree, one branch with its history, and what can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import actions_branches as customers
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import access, actions_branches, branchtree, queries, queries_branches
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Branch, Staff
from contenthub.web import sheets
from contenthub.web.api.branches import apply
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.signin import May

COLUMNS = (
    "机构号",
    "机构",
    "类型",
    "上级机构号",
    "上级机构",
    "本机构员工",
    "含下级员工",
    "状态",
    "并入",
)


@dataclass
class NewBranchForm:
    """What the form of a new branch sends."""

    code: str = ""
    name: str = ""
    parent_id: str = ""
    kind: str = "branch"


@dataclass
class BranchForm:
    """What the form of changes sends; an empty parent leaves the branch where it is."""

    name: str = ""
    sort_no: str = "0"
    parent_id: str = ""
    address: str | None = None


@dataclass
class MergeForm:
    """Where a branch goes."""

    into_id: str = ""


def chosen(name: str, text: str) -> UUID:
    """Return the id a select field sent; raises Invalid when nothing was chosen."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid.of(name, "请选择一个机构") from error


async def choices(db: Read, viewer: Staff) -> list[tuple[UUID, str]]:
    """Return the open branches as options of a select field, indented by depth."""
    nodes = await queries_branches.tree(db, viewer=viewer)
    return [(n.branch.id, "　" * n.depth + n.branch.name) for n in nodes]


@get("/console/branches", guards=[May("staff.view")], include_in_schema=False)
async def branches_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    q: FromQuery[str] = "",
    gone: FromQuery[bool] = False,
    parent_id: FromQuery[UUID | None] = None,
) -> Template:
    """Show the tree inside one's data scope; a search lists what it finds with its place."""
    everything = await queries_branches.tree(db, viewer=me, with_gone=True)
    return page(
        request,
        "console/branches.html",
        nodes=_found(everything, q.strip(), gone=gone),
        names={node.branch.id: node.branch.name for node in everything},
        kept=urlencode({"q": q, "gone": 1 if gone else 0}),
        parent_id=parent_id,
        q=q,
        gone=gone,
        gone_count=sum(node.branch.state != "open" for node in everything),
        total=everything[0].people_below if everything else 0,
        options=await choices(db, me),
        kinds=branchtree.KINDS,
        states=branchtree.STATES,
        can_manage=access.may(me.roles, "staff.manage"),
    )


def _found(
    nodes: Sequence[queries_branches.Node], text: str, *, gone: bool
) -> list[queries_branches.Node]:
    """Return the branches whose name holds `text` or whose number begins with it."""
    return [
        node
        for node in nodes
        if (gone or node.branch.state == "open")
        and (not text or text in node.branch.name or node.branch.code.startswith(text))
    ]


@get("/console/branches/export", guards=[May("staff.view")], include_in_schema=False)
async def export_branches(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    q: FromQuery[str] = "",
    gone: FromQuery[bool] = False,
) -> Response[bytes]:
    """Return what the page shows as xlsx, each branch with the number of the one above."""
    nodes = await queries_branches.tree(db, viewer=me, with_gone=True)
    by_id: dict[UUID | None, Branch] = {node.branch.id: node.branch for node in nodes}
    rows = []
    for node in _found(nodes, q.strip(), gone=gone):
        one = node.branch
        above, into = by_id.get(one.parent_id), by_id.get(one.merged_into_id)
        rows.append(
            (
                one.code,
                one.name,
                branchtree.KINDS.get(one.kind, one.kind),
                above.code if above else "",
                above.name if above else "",
                node.people,
                node.people_below,
                branchtree.STATES[one.state],
                into.name if into else "",
            )
        )
    data = sheets.xlsx("组织架构", COLUMNS, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, "组织架构.xlsx")


@post("/console/branches", guards=[May("staff.manage")], include_in_schema=False)
async def open_branch(
    request: Request[Any, Any, Any], data: URLEncodedBody[NewBranchForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Add a branch below its parent."""
    parent = await queries_branches.open_branch(db, chosen("parent_id", data.parent_id))
    opened = await tenants.open_branch(
        db, data.code, data.name, kind=data.kind, parent=parent, at=now, by=me
    )
    return go(request, f"/console/branches/{opened.id}")


@get("/console/branches/{branch_id:uuid}", guards=[May("staff.view")], include_in_schema=False)
async def one_page(
    request: Request[Any, Any, Any], branch_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show one branch, its place, its history and what can be done."""
    branch = await queries_branches.visible(db, branch_id, viewer=me)
    nodes = await queries_branches.tree(db, viewer=me, with_gone=True)
    node = next(n for n in nodes if n.branch.id == branch_id)
    seen = {n.branch.id: n.branch for n in nodes}
    below = queries.subtree([n.branch for n in nodes], branch_id)
    path = [seen[i] for i in queries.ancestors(list(seen.values()), branch_id) if i in seen]
    return page(
        request,
        "console/branch_one.html",
        branch=branch,
        node=node,
        path=list(reversed(path)),
        into=seen.get(branch.merged_into_id) if branch.merged_into_id else None,
        children=[n for n in nodes if n.branch.parent_id == branch_id],
        options=[o for o in await choices(db, me) if o[0] not in below],
        open_ids={str(n.branch.id) for n in nodes if n.branch.state == "open"},
        history=await queries_branches.history(db, branch_id),
        changes=branchtree.CHANGES,
        kinds=branchtree.KINDS,
        states=branchtree.STATES,
        can_manage=access.may(me.roles, "staff.manage"),
    )


@post("/console/branches/{branch_id:uuid}", guards=[May("staff.manage")], include_in_schema=False)
async def change_branch(
    request: Request[Any, Any, Any],
    branch_id: FromPath[UUID],
    data: URLEncodedBody[BranchForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Rename, reorder or move a branch."""
    if not data.sort_no.strip().isdecimal() or len(data.sort_no.strip()) > 5:
        raise Invalid.of("sort_no", "排序应为 0–99999 的整数，小的排在前面")
    facts: dict[str, Any] = {"name": data.name, "sort_no": int(data.sort_no)}
    if data.parent_id:
        facts["parent_id"] = chosen("parent_id", data.parent_id)
    if data.address is not None:
        facts["address"] = data.address
    await apply(db, branch_id, facts, by=me, at=now)
    return go(request, f"/console/branches/{branch_id}")


@post(
    "/console/branches/{branch_id:uuid}/move", guards=[May("staff.manage")], include_in_schema=False
)
async def move_branch(
    request: Request[Any, Any, Any],
    branch_id: FromPath[UUID],
    data: URLEncodedBody[BranchForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Move a branch: the button that takes a move back."""
    parent_id = chosen("parent_id", data.parent_id)
    await customers.move_branch(db, branch_id, parent_id, by=me, at=now)
    return go(request, f"/console/branches/{branch_id}")


@post(
    "/console/branches/{branch_id:uuid}/merge",
    guards=[May("staff.manage")],
    include_in_schema=False,
)
async def merge_branch(
    request: Request[Any, Any, Any],
    branch_id: FromPath[UUID],
    data: URLEncodedBody[MergeForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Merge a branch into another with its people, children and customers."""
    into_id = chosen("into_id", data.into_id)
    await customers.merge_branch(db, branch_id, into_id, by=me, at=now)
    return go(request, f"/console/branches/{branch_id}")


@post(
    "/console/branches/{branch_id:uuid}/close",
    guards=[May("staff.manage")],
    include_in_schema=False,
)
async def close_branch(
    request: Request[Any, Any, Any], branch_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Close an empty branch."""
    await customers.close_branch(db, branch_id, by=me, at=now)
    return go(request, f"/console/branches/{branch_id}")


@post(
    "/console/branches/{branch_id:uuid}/reopen",
    guards=[May("staff.manage")],
    include_in_schema=False,
)
async def reopen_branch(
    request: Request[Any, Any, Any], branch_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Open a closed branch again."""
    await actions_branches.reopen_branch(db, branch_id, by=me, at=now)
    return go(request, f"/console/branches/{branch_id}")


HANDLERS = [
    branches_page,
    export_branches,
    open_branch,
    one_page,
    change_branch,
    move_branch,
    merge_branch,
    close_branch,
    reopen_branch,
]
